package pipeline

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/train"
)

// checkpoints are those of the run folder.
func (r *run) checkpoints() train.Checkpoints {
	return train.Checkpoints{Dir: r.folder.checkpoint(""), Keep: r.exp.KeepCheckpoints}
}

// latest returns the newest state of this training that is intact; not ok when
// there is none, and training starts anew.
func (s *session) latest() (c train.Checkpoint, ok bool, err error) {
	c, damaged, err := s.checkpoints().Recover()
	for _, d := range damaged {
		s.log.Warn("moved a damaged checkpoint aside: " + d.Error())
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		if len(damaged) > 0 {
			s.log.Warn("training starts anew: there is no intact checkpoint")
		}
	case err != nil:
		return c, false, err
	case c.Key != s.key():
		s.log.Info("training starts anew: the checkpoint is of other settings", "file", s.checkpoints().Last())
	default:
		return c, true, nil
	}
	return c, false, s.checkpoints().ForgetWeights()
}

// keepWeights keeps the weights after the epoch that the history ends with, as
// far as that is asked for.
func (s *session) keepWeights() error {
	epoch := len(s.history)
	var paths []string
	if s.exp.CheckpointEveryEpoch {
		paths = append(paths, s.checkpoints().Epoch(epoch))
	}
	if s.exp.KeepBest && history.Best(s.history) == epoch {
		paths = append(paths, s.checkpoints().Best())
	}
	if len(paths) == 0 {
		return nil
	}
	c, err := s.trainer.Weights(s.key())
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := train.WriteCheckpoint(path, c); err != nil {
			return err
		}
	}
	return nil
}

// KeptModel returns a run folder's model as it was after an epoch whose weights
// are kept: the number of the epoch, or "best". It does not disturb a run that
// is at work.
func KeptModel(path, epoch string) (*graphs.Model, error) {
	e, err := runfolder.Experiment(path)
	if err != nil {
		return nil, err
	}
	r := &run{exp: e, folder: &folder{path: path}}
	file, err := keptFile(r.checkpoints(), epoch)
	if err != nil {
		return nil, err
	}
	c, err := train.ReadCheckpoint(file)
	if errors.Is(err, train.ErrCorrupt) {
		return nil, fmt.Errorf("%w; %s", err, trainedAnew)
	}
	if err != nil {
		return nil, err
	}
	if err := r.buildNet(); err != nil {
		return nil, err
	}
	m, err := c.Model(r.model)
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", file, err)
	}
	return m, nil
}

// keptFile returns the file of an epoch's weights.
func keptFile(k train.Checkpoints, epoch string) (string, error) {
	file := k.Best()
	if !strings.EqualFold(epoch, "best") {
		number, err := strconv.Atoi(epoch)
		if err != nil {
			return "", &settings.UsageError{Setting: "epoch", Reason: fmt.Sprintf("%q is neither the number of an epoch nor best", epoch)}
		}
		file = k.Epoch(number)
	}
	if files.Exists(file) {
		return file, nil
	}
	kept, err := k.Epochs()
	if err != nil {
		return "", err
	}
	hint := "train with --checkpoint_every_epoch"
	switch {
	case len(kept) > 0:
		hint = fmt.Sprintf("there are those of the epochs %d to %d", kept[0], kept[len(kept)-1])
	case file == k.Best():
		hint = "train with --keep_best"
	case files.Exists(k.Best()):
		hint += ", or take best"
	}
	return "", &settings.UsageError{Setting: "epoch", Reason: fmt.Sprintf("the weights of epoch %s are not kept in %s", epoch, k.Dir), Hint: hint}
}
