package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/train"
)

// MeasureEpochs measures the weights that a run folder keeps of its epochs and
// writes the numbers into history.arrow, epoch by epoch: epochs that are
// measured are passed over, so that it goes on where it was stopped. Matrices, if
// asked for, go to matrices/epoch_001 and so on. visit, unless it is nil, gets
// the results of each epoch that is measured. An epoch whose features are no
// numbers is passed over with a warning. Damaged weights do not keep the
// other epochs from being measured; the error, which wraps [train.ErrCorrupt],
// names their files in the end.
func MeasureEpochs(ctx context.Context, path string, o Options, visit func(epoch int, r *measure.Results) error) (err error) {
	r, err := openRun(path, o)
	if err != nil {
		return err
	}
	defer func() { r.end(err) }()
	r.startTracking()
	return r.finishTracking(r.measureAndConvert(ctx, visit))
}

// measureAndConvert measures the epochs and writes what was asked for beside.
func (r *run) measureAndConvert(ctx context.Context, visit func(int, *measure.Results) error) error {
	err := r.measureEpochs(ctx, visit)
	if err != nil {
		r.logFailure(settings.StageMetrics, err)
	}
	if err != nil && !errors.Is(err, train.ErrCorrupt) {
		return err
	}
	return errors.Join(err, r.interchange())
}

// measureEpochs measures the kept epochs that are not measured yet.
func (r *run) measureEpochs(ctx context.Context, visit func(int, *measure.Results) error) error {
	epochs, err := history.Read(r.folder.file(runfolder.HistoryFile))
	if err != nil {
		return err
	}
	kept, err := r.checkpoints().Epochs()
	if err != nil {
		return err
	}
	if len(kept) == 0 {
		return &settings.UsageError{Setting: "checkpoint_every_epoch", Reason: "no weights of single epochs are kept in " + r.folder.path, Hint: "train with --checkpoint_every_epoch, or with --measure_every N"}
	}
	m, err := r.newEpochMeasurer(ctx, epochs)
	if err != nil {
		return err
	}
	var damaged error
	for _, epoch := range kept {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if epoch > len(epochs) || r.epochDone(&epochs[epoch-1]) {
			continue
		}
		results, err := m.measure(ctx, epoch)
		if errors.Is(err, train.ErrCorrupt) {
			r.log.Warn(err.Error()+"; the epoch is passed over", "epoch", epoch)
			damaged = alsoDamaged(damaged, err)
			continue
		}
		if _, diverged := errors.AsType[*metrics.NotFiniteError](err); diverged {
			r.log.Warn(err.Error()+"; the epoch is passed over", "epoch", epoch)
			continue
		}
		if err != nil {
			return err
		}
		if visit != nil {
			if err := visit(epoch, results); err != nil {
				return err
			}
		}
	}
	if damaged != nil {
		return fmt.Errorf("%w; the other epochs are measured, and %s", damaged, trainedAnew)
	}
	return nil
}

// epochMeasurer measures weights of epochs and writes the numbers into the
// history.
type epochMeasurer struct {
	*run
	epochs []history.Epoch // of the history
	net    *training.Net
	device ort.Device
}

func (r *run) newEpochMeasurer(ctx context.Context, epochs []history.Epoch) (*epochMeasurer, error) {
	rt, err := ort.LoadFor(ctx, r.exp.Device)
	if err != nil {
		return nil, err
	}
	device, err := rt.Device(r.exp.Device)
	if err != nil {
		return nil, err
	}
	net, err := r.net()
	if err != nil {
		return nil, err
	}
	return &epochMeasurer{r, epochs, net, device}, nil
}

// measure measures one epoch; the error wraps [train.ErrCorrupt] where its
// weights are damaged.
func (m *epochMeasurer) measure(ctx context.Context, epoch int) (*measure.Results, error) {
	model, err := m.checkpoints().EpochModel(epoch, m.net)
	if err != nil {
		return nil, err
	}
	results, err := m.measureModel(ctx, model, m.device, metrics.Options{Full: m.exp.FullMetrics || m.opts.Full, Matrices: m.opts.Matrices})
	if err != nil {
		return nil, fmt.Errorf("measuring epoch %d: %w", epoch, err)
	}
	if err := results.WriteMatrices(m.epochMatrices(epoch)); err != nil {
		return nil, err
	}
	m.worked = true
	results.AddTo(&m.epochs[epoch-1])
	if err := m.rewriteHistory(m.epochs); err != nil {
		return nil, err
	}
	m.log.Info("measured", "epoch", epoch, "of", len(m.epochs), "train_nc1", results.Train.NC1, "test_trace_sigma_w", results.Test.TraceSigmaW)
	return results, nil
}

// trainedAnew says how kept weights that are lost come back.
const trainedAnew = "the run's command with --force_retrain trains these weights anew"

// alsoDamaged adds an error to those before, on one line.
func alsoDamaged(before, err error) error {
	if before == nil {
		return err
	}
	return fmt.Errorf("%w, %w", before, err)
}

// epochMatrices is the folder of an epoch's matrices.
func (r *run) epochMatrices(epoch int) string {
	return r.folder.file(filepath.Join(runfolder.MatricesDir, fmt.Sprintf("epoch_%03d", epoch)))
}

// epochDone reports whether all that is asked for of an epoch is there.
func (r *run) epochDone(e *history.Epoch) bool {
	_, full := e.Extra["test_measures.full.probe_accuracy"]
	return e.Measured() && (full || !r.opts.Full) && (!r.opts.Matrices || files.Exists(filepath.Join(r.epochMatrices(e.Epoch), "test.arrow")))
}

// rewriteHistory replaces history.arrow without a reason to train anew.
func (r *run) rewriteHistory(epochs []history.Epoch) error {
	if err := history.Write(r.folder.file(runfolder.HistoryFile), epochs); err != nil {
		return err
	}
	record, done := r.manifest[settings.StageTrain]
	if !done {
		return nil
	}
	var err error
	if record.Files[runfolder.HistoryFile], err = r.manifest.describe(r.folder, runfolder.HistoryFile); err != nil {
		return fmt.Errorf("recording %s: %w", runfolder.HistoryFile, err)
	}
	return r.manifest.write(r.folder)
}
