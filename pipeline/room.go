package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/machine"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// A full disk is better met before hours of training than after them: what a
// run is going to write is asked of the file system before the first epoch,
// and given back at once. It is a question, no reservation.

// futureFile is a file that a run will write, and about how large it will be.
type futureFile struct {
	name  string
	bytes int64
}

// checkRoom reports a disk, or a limit, that has no room for what is still to
// be written.
func (s *session) checkRoom(net *training.Net, samples int) error {
	all := s.future(net, samples)
	var total int64
	for _, f := range all {
		total += f.bytes
	}
	var held []*os.File // until all have their room
	defer func() {
		for _, f := range held {
			_ = f.Close() // nothing was written to it
		}
	}()
	for _, file := range all {
		f, err := os.CreateTemp(s.folder.file(runfolder.CheckpointsDir), ".room.tmp")
		if err != nil {
			return fmt.Errorf("asking for room in %s: %w", s.folder.path, err)
		}
		held = append(held, f)
		_ = os.Remove(f.Name()) // it lasts until it is closed
		switch err := machine.Allocate(f, file.bytes); {
		case err == nil:
		case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
			return fmt.Errorf("no room for %s: it takes %s, all that is to be written takes %s: %w",
				s.folder.file(file.name), machine.Megabytes(file.bytes), machine.Megabytes(total), err)
		default:
			return nil // this file system cannot say
		}
	}
	return nil
}

// future lists what a run that is now at the trainer's state will write, beyond
// what is there and will be replaced. New files are written beside old ones.
func (s *session) future(net *training.Net, samples int) []futureFile {
	state, weights := s.trainer.Sizes()
	all := []futureFile{{filepath.Join(runfolder.CheckpointsDir, "last.ckpt"), state}, {runfolder.ModelFile, weights}}
	for i := 1; i < s.exp.KeepCheckpoints; i++ {
		if name := filepath.Join(runfolder.CheckpointsDir, fmt.Sprintf("last.%d.ckpt", i)); !files.Exists(s.folder.file(name)) {
			all = append(all, futureFile{name, state})
		}
	}
	if s.exp.KeepBest {
		all = append(all, futureFile{filepath.Join(runfolder.CheckpointsDir, "best.ckpt"), weights})
	}
	if s.exp.CheckpointEveryEpoch {
		left := int64(s.exp.Epochs - s.trainer.Position().Epoch)
		all = append(all, futureFile{filepath.Join(runfolder.CheckpointsDir, "epoch_*.ckpt"), left * weights})
	}
	row := int64(4*net.Classes() + 4*featureDim(net) + 12)
	return append(all, futureFile{runfolder.FeaturesDir, row * int64(samples)})
}

// featureDim returns the number of features, 0 where no linear layer tells it.
func featureDim(net *training.Net) int {
	layer, err := training.ReadLastLayer(net.Model, net.Features, net.Logits)
	if err != nil || layer == nil {
		return 0
	}
	return layer.Dim
}

// checkMemory warns of batches that take more memory than there is. Where
// either number is 0, nobody knows.
func (s *session) checkMemory(takes, free int64) {
	if takes == 0 || free == 0 || takes <= free {
		return
	}
	setting := "micro_batch"
	if s.exp.Optimizer == training.LBFGS {
		setting = "ghost_batch"
	}
	s.log.Warn(fmt.Sprintf("evaluating a batch takes about %s of memory, and %s are free: --%s evaluates it in pieces", machine.Megabytes(takes), machine.Megabytes(free), setting))
}
