package train_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/train"
)

// at is a checkpoint that only its position tells from others.
func at(epoch int) train.Checkpoint {
	return train.Checkpoint{Key: "k", Notes: "n", Position: train.Position{Epoch: epoch, Loss: 0.1},
		Tensors: []*graphs.Tensor{graphs.NewFloats("w", []int64{2}, []float32{1, float32(epoch)})}}
}

func fileNames(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// TestKeepStates saves one state after the other and looks at what is left.
func TestKeepStates(t *testing.T) {
	for _, c := range []struct {
		keep int
		want string
	}{
		{1, "last.ckpt"},
		{2, "last.1.ckpt last.ckpt"},
		{3, "last.1.ckpt last.2.ckpt last.ckpt"},
	} {
		k := train.Checkpoints{Dir: t.TempDir(), Keep: 5}
		for epoch := range 9 {
			if epoch == 6 {
				k.Keep = c.keep // fewer than there are
			}
			if err := k.Save(at(epoch)); err != nil {
				t.Fatal(err)
			}
		}
		if got := fileNames(t, k.Dir); got != c.want {
			t.Errorf("of %d states these are left: %s", c.keep, got)
		}
		got, damaged, err := k.Recover()
		if err != nil || damaged != nil || got.Position != at(8).Position || got.Key != "k" || got.Notes != "n" {
			t.Errorf("recovered %+v, damaged %v, %v", got, damaged, err)
		}
		if w := got.Tensors[0]; w.Name != "w" || !slices.Equal(w.Float32s(), []float32{1, 8}) {
			t.Errorf("recovered tensor %+v", w)
		}
	}
}

// TestRecover damages states, or leaves a gap as a crash does, and expects the
// newest intact one. What is damaged never takes the place of what is intact.
func TestRecover(t *testing.T) {
	for name, c := range map[string]struct {
		damage, remove []string
		want           int // epoch; -1 for none
	}{
		"all intact":     {nil, nil, 8},
		"newest damaged": {[]string{"last.ckpt"}, nil, 7},
		"two damaged":    {[]string{"last.ckpt", "last.1.ckpt"}, nil, 6},
		"newest missing": {nil, []string{"last.ckpt"}, 7},
		"gap":            {[]string{"last.ckpt"}, []string{"last.1.ckpt"}, 6},
		"all damaged":    {[]string{"last.ckpt", "last.1.ckpt", "last.2.ckpt"}, nil, -1},
	} {
		t.Run(name, func(t *testing.T) {
			k := train.Checkpoints{Dir: t.TempDir(), Keep: 3}
			for epoch := range 9 {
				if err := k.Save(at(epoch)); err != nil {
					t.Fatal(err)
				}
			}
			for _, file := range c.remove {
				if err := os.Remove(filepath.Join(k.Dir, file)); err != nil {
					t.Fatal(err)
				}
			}
			for _, file := range c.damage {
				if err := os.Truncate(filepath.Join(k.Dir, file), 100); err != nil {
					t.Fatal(err)
				}
			}
			if !k.Exist() {
				t.Error("there is no state, they say")
			}
			got, damaged, err := k.Recover()
			if len(damaged) != len(c.damage) {
				t.Errorf("damaged: %v", damaged)
			}
			for _, d := range damaged {
				if !errors.Is(d, train.ErrCorrupt) {
					t.Errorf("%v does not say that the file is damaged", d)
				}
			}
			if c.want < 0 {
				if !errors.Is(err, os.ErrNotExist) {
					t.Errorf("error is %v", err)
				}
				return
			}
			if err != nil || got.Position.Epoch != c.want {
				t.Fatalf("recovered epoch %d, %v; want %d", got.Position.Epoch, err, c.want)
			}
			if err := k.Save(at(9)); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(k.Last()); err != nil {
				t.Fatal(err)
			}
			if got, damaged, err := k.Recover(); err != nil || damaged != nil || got.Position.Epoch != c.want {
				t.Errorf("after one more and its loss, recovered epoch %d, %v, %v; want %d", got.Position.Epoch, damaged, err, c.want)
			}
		})
	}
}

// TestKeepFails lets a save fail: all states stay where they are.
func TestKeepFails(t *testing.T) {
	dir := t.TempDir()
	k := train.Checkpoints{Dir: dir, Keep: 2}
	for epoch := range 2 {
		if err := k.Save(at(epoch)); err != nil {
			t.Fatal(err)
		}
	}
	k.Dir = filepath.Join(dir, "none")
	if err := k.Save(at(2)); err == nil {
		t.Error("saved to a folder that is not there")
	}
	k.Dir = dir
	if got, _, err := k.Recover(); err != nil || got.Position.Epoch != 1 {
		t.Errorf("recovered epoch %d, %v", got.Position.Epoch, err)
	}
}

// TestEpochModels keeps the weights of two epochs and rebuilds their models.
func TestEpochModels(t *testing.T) {
	config := smallConfig(t, nil)
	trainer := newTrainer(t, config, noise(29, pixels))
	k := train.Checkpoints{Dir: t.TempDir(), Keep: 1}
	want := map[int]map[string][]float32{}
	for epoch := 1; epoch <= 2; epoch++ {
		trainEpochs(t, trainer, epoch)
		weights, err := trainer.Weights("key")
		if err != nil {
			t.Fatal(err)
		}
		if err := train.WriteCheckpoint(k.Epoch(epoch), weights); err != nil {
			t.Fatal(err)
		}
		if err := trainer.Restore(weights); err == nil {
			t.Error("training goes on from weights alone")
		}
		want[epoch] = valuesOf(t, trainer)
	}
	for _, name := range []string{"epoch_3.ckpt", "epoch_004.ckpt.damaged", "last.ckpt", "best.ckpt"} {
		if err := os.WriteFile(filepath.Join(k.Dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	epochs, err := k.Epochs()
	if err != nil || fmt.Sprint(epochs) != "[1 2]" {
		t.Errorf("kept epochs %v, %v", epochs, err)
	}
	for epoch, values := range want {
		m, err := k.EpochModel(epoch, config.Net)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"fc.weight", "layers.1.running_var"} {
			if got := m.Graph.Initializer(name); got == nil || !slices.Equal(got.Float32s(), values[name]) {
				t.Errorf("epoch %d: %s is not what it was", epoch, name)
			}
		}
	}
	if _, err := k.EpochModel(3, config.Net); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing epoch: error is %v", err)
	}
	other := smallConfig(t, func(o *zoo.Options, _ *train.Config) { o.Width = 8 })
	if _, err := k.EpochModel(1, other.Net); err == nil {
		t.Error("weights of another net: no error")
	}
}
