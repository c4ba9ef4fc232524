package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/settings"
)

// State is what has become of a run.
type State string

// The states.
const (
	StateRunning  State = "running"
	StateFinished State = "finished" // all stages are done
	StateDone     State = "done"     // the stages that were asked for are done
	StateStopped  State = "stopped"  // interrupted or killed
	StateFailed   State = "failed"
)

// Progress is what a run folder says of the call at work in it, or of the last
// one. It is for people and their tools; nothing that memdil does depends on it.
type Progress struct {
	State State          `json:"state"`
	Stage settings.Stage `json:"stage,omitempty"`
	// Epoch is the epoch under way or, between epochs, the last one; of Epochs.
	Epoch  int `json:"epoch,omitempty"`
	Epochs int `json:"epochs,omitempty"`
	// Done of Total batches of the epoch, or samples of a split, are done.
	Done  int `json:"done,omitempty"`
	Total int `json:"total,omitempty"`
	// Loss and Accuracy are the training's, in percent the latter: of the last
	// epoch, or of the first one so far.
	Loss     *float64 `json:"loss,omitempty"`
	Accuracy *float64 `json:"accuracy,omitempty"`
	// SecondsLeft is how long the rest of the training will take, going by what
	// this call has trained.
	SecondsLeft *float64 `json:"seconds_left,omitempty"`
	// Error is why the call failed.
	Error   string    `json:"error,omitempty"`
	Holder  Holder    `json:"process,omitzero"`
	Updated time.Time `json:"updated,omitzero"`
}

// progressFile is the name of the file, among the checkpoints.
const progressFile = "progress.json"

// progressEvery is the shortest time between two writes of it within a stage.
const progressEvery = time.Second

// recorder is a Reporter that notes in the run folder what it is told.
type recorder struct {
	Reporter
	folder *folder
	at     Progress
	epoch  *history.Epoch // the last one of this call
	start  time.Time
	first  float64 // epochs done at the start
}

var _ Reporter = (*recorder)(nil)

func newRecorder(to Reporter, f *folder) *recorder {
	return &recorder{Reporter: to, folder: f, at: Progress{State: StateRunning, Holder: f.holder}}
}

// Stage notes the stage that begins.
func (r *recorder) Stage(s settings.Stage, skipped bool) {
	if !skipped {
		r.at.Stage, r.at.Done, r.at.Total, r.at.SecondsLeft = s, 0, 0, nil
		r.start = time.Time{}
		r.write()
	}
	r.Reporter.Stage(s, skipped)
}

// Batch notes how far an epoch is.
func (r *recorder) Batch(epoch, epochs, batch, batches int, loss float64) {
	done := float64(epoch-1) + float64(batch)/float64(batches)
	if r.start.IsZero() {
		r.start, r.first = time.Now(), done
	} else if done > r.first {
		left := time.Since(r.start).Seconds() * (float64(epochs) - done) / (done - r.first)
		r.at.SecondsLeft = &left
	}
	r.at.Epoch, r.at.Epochs, r.at.Done, r.at.Total = epoch, epochs, batch, batches
	if r.epoch == nil {
		r.at.Loss = &loss
	}
	r.now()
	r.Reporter.Batch(epoch, epochs, batch, batches, loss)
}

// Epoch notes an epoch's record.
func (r *recorder) Epoch(e history.Epoch, epochs int) {
	r.epoch = &e
	r.at.Epoch, r.at.Epochs, r.at.Done, r.at.Total = e.Epoch, epochs, 0, 0
	r.at.Loss, r.at.Accuracy = &e.TrainLoss, &e.TrainAcc
	r.now()
	r.Reporter.Epoch(e, epochs)
}

// Export notes how many samples are done.
func (r *recorder) Export(split string, done, total int) {
	r.at.Done, r.at.Total = done, total
	r.now()
	r.Reporter.Export(split, done, total)
}

// end notes how the call ended. One that had nothing to do leaves what is there,
// and so does one that was refused as it stood.
func (r *recorder) end(err error, finished bool) {
	r.at.SecondsLeft = nil
	switch {
	case r.at.Stage == "" && (err == nil || errors.As(err, new(*settings.UsageError)) && readProgress(r.folder) != nil):
		return
	case err == nil && finished:
		r.at.State = StateFinished
	case err == nil:
		r.at.State = StateDone
	case errors.Is(err, context.Canceled):
		r.at.State = StateStopped
	default:
		r.at.State, r.at.Error = StateFailed, err.Error()
	}
	r.write()
}

// now writes, unless that was done a moment ago.
func (r *recorder) now() {
	if time.Since(r.at.Updated) >= progressEvery {
		r.write()
	}
}

// write replaces the file as a whole. It need not survive a power failure, and
// a full disk is for others to report.
func (r *recorder) write() {
	r.at.Updated = time.Now()
	data, err := json.Marshal(r.at)
	if err != nil {
		return // a number that is not finite
	}
	// Nobody else writes here, so any name will do that the sweep knows. One of
	// os.CreateTemp could not be read by other users, who may look at the run.
	made := r.folder.checkpoint("." + progressFile + "1")
	err = os.WriteFile(made, append(data, '\n'), 0o644)
	if err == nil {
		err = os.Rename(made, r.folder.checkpoint(progressFile))
	}
	if err != nil {
		_ = os.Remove(made)
	}
}

// readProgress reads what a run folder says of its last call, nil when that is
// nothing that can be understood.
func readProgress(f *folder) *Progress {
	data, err := files.Read(f.checkpoint(progressFile))
	if err != nil {
		return nil
	}
	var p Progress
	if err := json.Unmarshal(data, &p); err != nil {
		return nil
	}
	return &p
}
