package train

import (
	"errors"
	"testing"
	"time"
)

// LimitChunks makes the device loop run so many steps at once at most, until
// the test ends.
func LimitChunks(t testing.TB, steps int) {
	before := maxChunk
	maxChunk = steps
	t.Cleanup(func() { maxChunk = before })
}

// GiveUpAfter sets how long a step of L-BFGS may go on after training was told
// to stop, until the test ends.
func GiveUpAfter(t testing.TB, after time.Duration) {
	before := giveUpAfter
	giveUpAfter = after
	t.Cleanup(func() { giveUpAfter = before })
}

// RecordAnywhere has the device loop go by what a GPU would record, on the CPU,
// for a learning rate that lasts so many steps alone, until the test ends.
func RecordAnywhere(t testing.TB, worthSteps int) {
	before := worthKnowing
	recordsAnywhere, worthKnowing = true, worthSteps
	t.Cleanup(func() { recordsAnywhere, worthKnowing = false, before })
}

// Records reports whether a trainer goes by what a GPU would record.
func Records(trainer *Trainer) bool {
	_, ok := trainer.loop.(*deviceLoop).engine.(*recorder)
	return ok
}

// FailToRecord has a trainer's recorder compile nothing more.
func FailToRecord(t testing.TB, trainer *Trainer) {
	l := trainer.loop.(*deviceLoop)
	if _, ok := l.engine.(*recorder); !ok {
		t.Fatalf("the engine is a %T", l.engine)
	}
	l.engine = unable{l.engine}
}

type unable struct{ engine }

func (unable) compile(int, float64) error { return errors.New("an operator waits for the CPU") }

// Lasts is Schedule.lasts.
func Lasts(s Schedule, epoch int) int { return s.lasts(epoch) }
