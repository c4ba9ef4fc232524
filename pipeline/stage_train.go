package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/machine"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/train"
)

// train is the stage that trains the model. It goes on from a checkpoint if
// there is one.
func (r *run) train(ctx context.Context) (facts, error) {
	d, err := r.selected(ctx)
	if err != nil {
		return nil, err
	}
	net, err := r.net()
	if err != nil {
		return nil, err
	}
	if err := r.keepGraph(); err != nil { // one that was lost since the run began
		return nil, err
	}
	trainer, err := r.newTrainer(ctx, net, split(d, datasets.Train))
	if err != nil {
		return nil, err
	}
	defer trainer.Close()
	s := &session{run: r, trainer: trainer, val: split(d, datasets.Val), saved: time.Now()}
	if err := s.resume(); err != nil {
		return nil, err
	}
	if trainer.Position().Epoch < r.exp.Epochs {
		if err := s.checkRoom(net, len(d.TrainSamples)+len(d.TestSamples)); err != nil {
			return nil, err
		}
		s.checkMemory(trainer.Memory(), machine.FreeMemory())
	}
	for trainer.Position().Epoch < r.exp.Epochs {
		if err := s.epoch(ctx); err != nil {
			return nil, err
		}
	}
	return s.finish(ctx, split(d, datasets.Test))
}

// newTrainer makes what trains the net on the samples.
func (r *run) newTrainer(ctx context.Context, net *training.Net, samples samples) (trainer *train.Trainer, err error) {
	rt, err := ort.LoadFor(ctx, r.exp.Device)
	if err != nil {
		return nil, err
	}
	config := r.exp.TrainConfig(net)
	if samples.Len() < config.BatchSize { // the one batch of an epoch is a partial one
		r.log.Warn("a batch has all training samples, which are fewer than batch_size", "samples", samples.Len(), "batch_size", config.BatchSize)
		config.BatchSize = samples.Len()
	}
	config.Evaluated = func(batch, batches int, loss float64) {
		r.opts.Reporter.Batch(trainer.Position().Epoch+1, r.exp.Epochs, batch, batches, loss)
	}
	trainer, err = train.New(rt, config, r.seen(samples))
	if loop := (*train.LoopError)(nil); errors.As(err, &loop) {
		return nil, &settings.UsageError{Setting: "loop", Reason: loop.Error(), Hint: "train on the CPU by the host loop"}
	}
	if err != nil {
		return nil, err
	}
	r.log.Info("training", "device", trainer.Device().String(), "loop", trainer.Loop())
	return trainer, nil
}

// seen returns the samples as training sees them.
func (r *run) seen(s samples) train.Data {
	if r.exp.SOTA {
		return train.Augment(s, uint64(r.exp.Seed), s.images.H, s.images.W)
	}
	return s
}

// session is a training under way.
type session struct {
	*run
	trainer *train.Trainer
	val     samples
	history []history.Epoch
	saved   time.Time
}

// key ties a checkpoint to the settings it was trained with.
func (s *session) key() string { return s.exp.Hash(settings.StageTrain) }

// resume puts the trainer where an interrupted run stopped.
func (s *session) resume() error {
	c, ok, err := s.latest()
	if !ok || err != nil {
		return err
	}
	if err := s.trainer.Restore(c); err != nil {
		return fmt.Errorf("checkpoint %s: %w", s.checkpoints().Last(), err)
	}
	if s.history, err = s.historyOf(c); err != nil {
		return err
	}
	s.log.Info("resumed", "epoch", c.Position.Epoch, "batch", c.Position.Batch)
	s.opts.Reporter.Resumed(c.Position.Epoch, s.exp.Epochs)
	return nil
}

// historyOf returns the records of the epochs that a checkpoint has finished.
// One of an older memdil has none of its own.
func (s *session) historyOf(c train.Checkpoint) ([]history.Epoch, error) {
	var epochs []history.Epoch
	var err error
	if c.Notes != "" {
		epochs, err = history.Decode(c.Notes)
	} else if c.Position.Epoch > 0 {
		epochs, err = history.Read(s.folder.file(runfolder.HistoryFile))
	}
	if err != nil {
		return nil, fmt.Errorf("%w; `memdil run --force_retrain` trains anew", err)
	}
	if len(epochs) < c.Position.Epoch {
		return nil, fmt.Errorf("%s: %d epochs are recorded, the checkpoint has finished %d; `memdil run --force_retrain` trains anew", s.folder.file(runfolder.HistoryFile), len(epochs), c.Position.Epoch)
	}
	epochs = epochs[:c.Position.Epoch]
	if len(epochs) == 0 {
		return nil, nil
	}
	return epochs, history.Write(s.folder.file(runfolder.HistoryFile), epochs)
}

// epoch trains one epoch, measures it and keeps what came of it. When it is
// interrupted it leaves a checkpoint.
func (s *session) epoch(ctx context.Context) error {
	number := s.trainer.Position().Epoch + 1
	var saving error
	record, err := s.trainer.Train(ctx, func(batch, batches int, loss float64) {
		s.opts.Reporter.Batch(number, s.exp.Epochs, batch, batches, loss)
		if saving == nil && time.Since(s.saved).Seconds() > s.exp.CheckpointSeconds {
			saving = s.save()
		}
	})
	if err := errors.Join(err, saving); err != nil {
		return s.interrupted(ctx, err)
	}
	if record.Skipped > 0 && number == 1 {
		s.log.Info("the last sample of each epoch is left out: a batch of one has no variance for BatchNormalization")
	}
	// Not interruptible: a checkpoint stands before or after what follows an
	// epoch, never in it.
	e, err := s.evaluate(context.WithoutCancel(ctx), record)
	if err != nil {
		return err
	}
	return s.keep(e)
}

// evaluate adds to what training tells of an epoch what the validation samples
// do and, where that is asked for, the metrics.
func (s *session) evaluate(ctx context.Context, record train.Epoch) (e history.Epoch, err error) {
	e = history.Epoch{
		Epoch: record.Epoch, LR: record.LR, TrainLoss: record.Loss, TrainAcc: record.Accuracy,
		ValLoss: math.NaN(), ValAcc: math.NaN(), Seconds: record.Seconds, SamplesPerSecond: record.SamplesPerSecond,
		Extra: map[string]float64{history.PeakMemory: float64(machine.PeakMemory())},
	}
	if s.val.Len() > 0 {
		if e.ValLoss, e.ValAcc, err = s.trainer.Evaluate(ctx, s.val); err != nil {
			return e, err
		}
	}
	if s.measures(record.Epoch) {
		err = s.measureNow(ctx, &e)
	}
	return e, err
}

// keep records an epoch, and keeps of its state what is asked for.
func (s *session) keep(e history.Epoch) error {
	s.history = append(s.history, e)
	if err := s.keepWeights(); err != nil {
		return err
	}
	if err := history.Write(s.folder.file(runfolder.HistoryFile), s.history); err != nil {
		return err
	}
	s.trackers.add(s.history)
	s.opts.Reporter.Epoch(e, s.exp.Epochs)
	s.file.Info("epoch", "epoch", e.Epoch, "of", s.exp.Epochs, "lr", e.LR, "train_loss", e.TrainLoss, "train_accuracy", e.TrainAcc,
		"val_loss", metrics.Float(e.ValLoss), "val_accuracy", metrics.Float(e.ValAcc), "seconds", e.Seconds, "samples_per_second", e.SamplesPerSecond)
	if e.Epoch == s.exp.Epochs {
		return s.save()
	}
	return nil
}

// interrupted keeps the state at the batch boundary where training stopped.
func (s *session) interrupted(ctx context.Context, cause error) error {
	if !errors.Is(cause, context.Cause(ctx)) {
		return cause // and nothing worth keeping
	}
	if err := s.save(); err != nil && !errors.Is(err, train.ErrTorn) {
		return errors.Join(cause, err)
	}
	return cause
}

func (s *session) save() error {
	s.saved = time.Now()
	c, err := s.trainer.Checkpoint(s.key())
	if err != nil {
		return err
	}
	if c.Notes, err = history.Encode(s.history); err != nil {
		return err
	}
	return s.checkpoints().Save(c)
}

// finish writes the trained model and measures it on the test set.
func (s *session) finish(ctx context.Context, test samples) (facts, error) {
	m, err := s.trainer.Model()
	if err != nil {
		return nil, err
	}
	if err := graphs.Save(s.folder.file(runfolder.ModelFile), m); err != nil {
		return nil, err
	}
	loss, accuracy, err := s.trainer.Evaluate(ctx, test)
	if err != nil {
		return nil, err
	}
	if !metrics.Float(loss).Defined() {
		s.log.Warn(fmt.Sprintf("the trained model's loss on the test samples is %g: its numbers have grown too large; try a smaller learning rate", loss))
	}
	found := facts{"test_loss": metrics.Float(loss), "test_accuracy": metrics.Float(accuracy)}
	s.log.Info("trained", "epochs", s.exp.Epochs, "test_loss", found["test_loss"], "test_accuracy", found["test_accuracy"])
	return found, nil
}
