package train

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
)

// Checkpoints is a folder of checkpoints of one training:
//
//	last.ckpt, last.1.ckpt, …   states to go on from, the newest first
//	best.ckpt                   the weights of the best epoch
//	epoch_001.ckpt, …           the weights after every epoch
//
// States hold what the optimizer remembers, weights do not.
type Checkpoints struct {
	Dir  string
	Keep int // number of states, at least 1
}

const (
	checkpointExt = ".ckpt"
	lastName      = "last"
	bestName      = "best"
)

var epochName = regexp.MustCompile(`^epoch_([0-9]{3,9})\.ckpt$`)

// state returns the path of the i-th newest state.
func (k Checkpoints) state(i int) string {
	name := lastName
	if i > 0 {
		name += "." + strconv.Itoa(i)
	}
	return filepath.Join(k.Dir, name+checkpointExt)
}

// Last returns the path of the newest state.
func (k Checkpoints) Last() string { return k.state(0) }

// Best returns the path of the best epoch's weights.
func (k Checkpoints) Best() string { return filepath.Join(k.Dir, bestName+checkpointExt) }

// Epoch returns the path of the weights after an epoch, counted from 1.
func (k Checkpoints) Epoch(epoch int) string {
	return filepath.Join(k.Dir, fmt.Sprintf("epoch_%03d%s", epoch, checkpointExt))
}

// Save makes c the newest state and drops those that are too many. A failure,
// or a crash at any moment, leaves at least the states that there were.
func (k Checkpoints) Save(c Checkpoint) error {
	return writeCheckpoint(k.Last(), c, func() error {
		for i := k.Keep - 1; i > 0; i-- {
			if err := os.Rename(k.state(i-1), k.state(i)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
		for i := max(k.Keep, 1); ; i++ {
			if err := os.Remove(k.state(i)); err != nil {
				if errors.Is(err, os.ErrNotExist) {
					return nil
				}
				return err
			}
		}
	})
}

// Recover reads the newest state that is intact, which takes the first place.
// Damaged ones are moved aside, as NAME.damaged, and returned as errors that
// wrap ErrCorrupt. Without any intact one, err wraps os.ErrNotExist.
func (k Checkpoints) Recover() (c Checkpoint, damaged []error, err error) {
	// A crash within Save may have left a gap in the names.
	for i, missing := 0, 0; missing < 2; i++ {
		c, err = ReadCheckpoint(k.state(i))
		switch {
		case errors.Is(err, os.ErrNotExist):
			missing++
		case errors.Is(err, ErrCorrupt):
			damaged = append(damaged, err)
			if err := os.Rename(k.state(i), k.state(i)+".damaged"); err != nil {
				return Checkpoint{}, damaged, fmt.Errorf("moving a damaged checkpoint aside: %w", err)
			}
		case err != nil:
			return Checkpoint{}, damaged, err
		default:
			if i > 0 {
				err = os.Rename(k.state(i), k.Last())
			}
			return c, damaged, err
		}
	}
	return Checkpoint{}, damaged, fmt.Errorf("reading checkpoints of %s: %w", k.Dir, os.ErrNotExist)
}

// Peek returns the newest state that is intact, as Recover does, but changes
// nothing. Without any, the error wraps os.ErrNotExist.
func (k Checkpoints) Peek() (Checkpoint, error) {
	for i, missing := 0, 0; missing < 2; i++ {
		c, err := ReadCheckpoint(k.state(i))
		switch {
		case errors.Is(err, os.ErrNotExist):
			missing++
		case !errors.Is(err, ErrCorrupt):
			return c, err
		}
	}
	return Checkpoint{}, fmt.Errorf("reading checkpoints of %s: %w", k.Dir, os.ErrNotExist)
}

// Exist reports whether there is any state, intact or not.
func (k Checkpoints) Exist() bool {
	for i := range 2 { // one may be missing for a moment
		if _, err := os.Stat(k.state(i)); err == nil {
			return true
		}
	}
	return false
}

// ForgetWeights removes the weights of all epochs: those of a training that
// starts anew are others.
func (k Checkpoints) ForgetWeights() error {
	epochs, err := k.Epochs()
	if err != nil {
		return err
	}
	paths := []string{k.Best()}
	for _, e := range epochs {
		paths = append(paths, k.Epoch(e))
	}
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("removing the checkpoint of another training: %w", err)
		}
	}
	return nil
}

// Epochs returns the epochs, counted from 1, whose weights are kept, in
// ascending order.
func (k Checkpoints) Epochs() ([]int, error) {
	entries, err := os.ReadDir(k.Dir)
	if err != nil {
		return nil, fmt.Errorf("listing checkpoints: %w", err)
	}
	var epochs []int
	for _, e := range entries {
		if m := epochName.FindStringSubmatch(e.Name()); m != nil {
			epoch, _ := strconv.Atoi(m[1]) // up to nine digits
			epochs = append(epochs, epoch)
		}
	}
	slices.Sort(epochs)
	return epochs, nil
}

// EpochModel returns net as it was after an epoch, counted from 1: the model
// that training would have left as model.onnx had it ended there.
func (k Checkpoints) EpochModel(epoch int, net *training.Net) (*graphs.Model, error) {
	path := k.Epoch(epoch)
	c, err := ReadCheckpoint(path)
	if err != nil {
		return nil, err
	}
	m, err := c.Model(net)
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", path, err)
	}
	return m, nil
}
