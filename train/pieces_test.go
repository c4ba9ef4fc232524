package train_test

import (
	"reflect"
	"testing"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/train"
)

// TestPiecesMakeUpTheBatch trains with batches of 12 in pieces: without
// BatchNormalization it is the same to rounding as in one piece, the penalty of
// the features included, which is a sum over the batch. The last batch of 5
// and the last pieces are smaller.
func TestPiecesMakeUpTheBatch(t *testing.T) {
	for name, change := range map[string]func(*train.Config){
		"momentum": func(*train.Config) {},
		"Adam": func(c *train.Config) {
			c.Optimizer, c.Schedule.LR = training.Optimizer{Kind: training.Adam, WeightDecay: 1e-3}, 1e-3
		},
		"squared error": func(c *train.Config) { c.Objective.Loss.Kind = training.MeanSquaredError },
		"separate decay": func(c *train.Config) {
			c.Objective.Decay, c.Optimizer.WeightDecay = &training.SepDecay{WeightDecay: 1e-2, FeatureDecay: 1e-2}, 0
		},
		"decay of normalised features": func(c *train.Config) {
			c.Objective.Decay, c.Optimizer.WeightDecay = &training.SepDecay{WeightDecay: 1e-2, FeatureDecay: 1e-2, Normalised: true}, 0
		},
	} {
		t.Run(name, func(t *testing.T) {
			data := noise(29, pixels)
			config := smallConfig(t, func(o *zoo.Options, c *train.Config) {
				o.BatchNorm, c.BatchSize, c.Loop = false, 12, train.HostLoop
				change(c)
			})
			whole := newTrainer(t, config, data)
			want := trainEpochs(t, whole, 2)
			for _, size := range []int{1, 5, 11, 12, 30} {
				config.MicroBatch = size
				pieces := newTrainer(t, config, data)
				for i, got := range trainEpochs(t, pieces, 2) {
					if !near(got.Loss, want[i].Loss, 1e-4) || got.Accuracy != want[i].Accuracy {
						t.Errorf("pieces of %d: epoch %d is %+v, want %+v", size, i+1, got, want[i])
					}
				}
				values := valuesOf(t, pieces)
				for name, want := range valuesOf(t, whole) {
					if d := distance(values[name], want); !(d < 1e-3) {
						t.Errorf("pieces of %d: %s differs by %g of its norm", size, name, d)
					}
				}
			}
		})
	}
}

// TestPiecesUnderBatchNorm trains on one batch in pieces of 8, 8 and 9, the
// last of which would be of 8 and 1: the running statistics are those after
// three pieces.
func TestPiecesUnderBatchNorm(t *testing.T) {
	data := noise(25, pixels)
	mean := func(size int) []float32 {
		config := smallConfig(t, func(_ *zoo.Options, c *train.Config) {
			c.BatchSize, c.MicroBatch, c.Loop = 0, size, train.HostLoop
		})
		trainer := newTrainer(t, config, data)
		batches := 0
		if _, err := trainer.Train(t.Context(), func(_, n int, _ float64) { batches = n }); err != nil {
			t.Fatal(err)
		}
		if batches != 1 || trainer.Position().Steps != 1 {
			t.Errorf("all samples make %d batches", batches)
		}
		return valuesOf(t, trainer)["layers.1.running_var"]
	}
	whole, pieces := mean(0), mean(8)
	for i := range whole {
		// The initial 1 has a weight of 0.9 after one batch, 0.9³ after three;
		// the pieces' variances are near the whole batch's.
		batch := (whole[i] - 0.9) / 0.1
		if want := 0.729 + 0.271*batch; !near(float64(pieces[i]), float64(want), 0.05) {
			t.Errorf("running variance %d is %v, want about %v", i, pieces[i], want)
		}
	}
}

// TestPiecesResume interrupts training in pieces and goes on.
func TestPiecesResume(t *testing.T) {
	testResume(t, smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.MicroBatch, c.Loop = 3, train.HostLoop }))
}

// TestPiecesRefused asks for what cannot be.
func TestPiecesRefused(t *testing.T) {
	for name, change := range map[string]func(*zoo.Options, *train.Config){
		"negative":                      func(_ *zoo.Options, c *train.Config) { c.MicroBatch = -1 },
		"one, under BatchNormalization": func(_ *zoo.Options, c *train.Config) { c.MicroBatch = 1 },
		"device loop":                   func(_ *zoo.Options, c *train.Config) { c.MicroBatch, c.Loop = 4, train.DeviceLoop },
	} {
		refused(t, name, smallConfig(t, change))
	}
}

// TestPiecesAreWhole runs the device loop with pieces no smaller than batches.
func TestPiecesAreWhole(t *testing.T) {
	config := smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.Loop = train.DeviceLoop })
	want := trainEpochs(t, newTrainer(t, config, noise(16, pixels)), 1)
	config.MicroBatch = config.BatchSize
	if got := trainEpochs(t, newTrainer(t, config, noise(16, pixels)), 1); !reflect.DeepEqual(got, want) {
		t.Errorf("epochs %+v, want %+v", got, want)
	}
}

// TestPiecesSaveMemory compares the estimates for a batch and for its pieces.
func TestPiecesSaveMemory(t *testing.T) {
	config := smallConfig(t, func(_ *zoo.Options, c *train.Config) { c.BatchSize, c.Loop = 0, train.HostLoop })
	whole := newTrainer(t, config, noise(64, pixels)).Memory()
	config.MicroBatch = 8
	pieces := newTrainer(t, config, noise(64, pixels)).Memory()
	if images := int64(64 * pixels * 4); whole < images || whole > 10*images || pieces < whole/16 || pieces > whole/2 {
		t.Errorf("a batch of %d bytes takes %d, in pieces %d", images, whole, pieces)
	}
	config.MicroBatch, config.Loop = 0, train.DeviceLoop
	if got := newTrainer(t, config, noise(64, pixels)).Memory(); got != 0 {
		t.Errorf("the device loop takes %d bytes", got)
	}
}
