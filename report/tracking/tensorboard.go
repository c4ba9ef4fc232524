package tracking

import (
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// TensorBoard writes an event file.
type TensorBoard struct {
	file *os.File // nil after a failure
	log  *slog.Logger
	had  steps
	now  func() time.Time
}

var _ Tracker = (*TensorBoard)(nil)

// eventFile is how the names of TensorBoard's files begin; it looks for
// "tfevents" in them.
const eventFile = "events.out.tfevents."

// OpenTensorBoard begins an event file in dir, which is made if needed, with
// the run's settings for the HParams view. Event files of earlier sessions of
// the run are removed: their points are to be added again, from the history. A
// failure is a warning to log, and the tracker does nothing.
func OpenTensorBoard(dir string, params []Param, log *slog.Logger) *TensorBoard {
	t := &TensorBoard{log: log, had: steps{}, now: time.Now}
	if err := t.open(dir, params); err != nil {
		t.fail(err)
	}
	return t
}

func (t *TensorBoard) open(dir string, params []Param) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	old, err := fs.Glob(os.DirFS(dir), eventFile+"*.memdil*")
	if err != nil {
		return err
	}
	now := t.now()
	name := fmt.Sprintf("%s%010d.memdil.%d", eventFile, now.Unix(), os.Getpid())
	// The name must be new: TensorBoard goes on reading a file it knows.
	for i := 1; t.file == nil; i++ {
		t.file, err = os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o644)
		if err != nil && (!os.IsExist(err) || i == 100) {
			return err
		}
		name = fmt.Sprintf("%s%010d.memdil.%d.%d", eventFile, now.Unix(), os.Getpid(), i)
	}
	for _, event := range []message{versionEvent(now), sessionStart(now, params)} {
		if err := writeRecord(t.file, event); err != nil {
			return err
		}
	}
	for _, name := range old {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

// Add writes points, those of a step as one event. Values that are not finite
// have no place in a chart and are left out.
func (t *TensorBoard) Add(points ...Point) {
	if t.file == nil {
		return
	}
	points = t.had.fresh(points)
	for len(points) > 0 {
		n := 1
		for n < len(points) && points[n].Step == points[0].Step {
			n++
		}
		var finite []Point
		for _, p := range points[:n] {
			if !math.IsNaN(p.Value) && !math.IsInf(p.Value, 0) {
				finite = append(finite, p)
			}
		}
		if len(finite) > 0 {
			if err := writeRecord(t.file, scalarEvent(t.now(), points[0].Step, finite)); err != nil {
				t.fail(err)
				return
			}
		}
		points = points[n:]
	}
}

// Attach does nothing: event files hold numbers.
func (t *TensorBoard) Attach(...File) {}

// Finish writes how the run ended and closes the file. A run that is only
// interrupted has not ended: TensorBoard keeps the first end that it hears of.
func (t *TensorBoard) Finish(s Status) {
	if t.file == nil {
		return
	}
	var err error
	if s != Stopped {
		err = writeRecord(t.file, sessionEnd(t.now(), s))
	}
	if closing := t.file.Close(); err == nil {
		err = closing
	}
	t.file = nil
	if err != nil {
		t.warn(err)
	}
}

// fail gives the file up.
func (t *TensorBoard) fail(err error) {
	if t.file != nil {
		_ = t.file.Close() // what is lost is said already
		t.file = nil
	}
	t.warn(err)
}

func (t *TensorBoard) warn(err error) {
	t.log.Warn("TensorBoard's event file is not written on: " + strings.TrimSpace(err.Error()))
}
