package settings

import (
	"errors"
	"runtime"
	"testing"

	"github.com/memdil/memdil/ort"
)

func TestCheckResolves(t *testing.T) {
	e := experiment(t, "classes", "all", "sample_size", "100")
	if err := e.Check(); err != nil {
		t.Fatal(err)
	}
	if e.Classes != 10 || e.ValSplit != 0 || e.Threads != runtime.GOMAXPROCS(0) {
		t.Errorf("classes %d, val_split_prop %v, threads %d after Check", e.Classes, e.ValSplit, e.Threads)
	}
	if e = experiment(t, "loop", "host"); e.Check() != nil || e.Device.Kind != ort.CPU {
		t.Errorf("the host loop runs on %s", e.Device)
	}
	if e = experiment(t, "loop", "device"); e.Check() != nil || e.Device.Kind != ort.Auto {
		t.Errorf("the device loop runs on %s", e.Device)
	}
	e = experiment(t, "sample_size", "0", "val_split_prop", "0.25")
	if err := e.Check(); err != nil || e.ValSplit != 0.25 {
		t.Errorf("val_split_prop is %v without a sample size, error %v", e.ValSplit, err)
	}
}

// TestCheckResolvesGhostBatches cuts the batches of L-BFGS when they are all
// samples, or on request.
func TestCheckResolvesGhostBatches(t *testing.T) {
	for _, c := range []struct {
		set  []string
		want int // samples that are evaluated at once; 0 for whole batches
	}{
		{[]string{"optimizer", "LBFGS"}, 0},
		{[]string{"optimizer", "LBFGS", "batch_size", "2048"}, 0},
		{[]string{"optimizer", "LBFGS", "batch_size", "2048", "ghost_batch", "128"}, 128},
		{[]string{"optimizer", "LBFGS", "batch_size", "all"}, 128},
		{[]string{"optimizer", "LBFGS", "batch_size", "all", "ghost_batch", "0"}, 0},
		{[]string{"optimizer", "LBFGS", "batch_size", "all", "micro_batch", "5"}, 128},
		{[]string{"ghost_batch", "64"}, 0},
		{[]string{"micro_batch", "64"}, 64},
	} {
		e := experiment(t, c.set...)
		if err := e.Check(); err != nil {
			t.Fatal(err)
		}
		config := e.TrainConfig(nil)
		if config.MicroBatch != c.want {
			t.Errorf("%v evaluates %d samples at once, want %d", c.set, config.MicroBatch, c.want)
		}
		if host := isLBFGS(e) || c.want > 0; (e.Device.Kind == ort.CPU) != host {
			t.Errorf("%v trains on %s", c.set, e.Device)
		}
		if rate := config.Schedule.Rate(1000); isLBFGS(e) && rate != e.LR {
			t.Errorf("%v: the rate decays to %v", c.set, rate)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	tests := []struct {
		set  []string
		want string // "" for nothing
	}{
		{[]string{"classes", "1"}, "classes: one class (with a sigmoid and binary cross-entropy) is not supported; give 2 or more"},
		{[]string{"classes", "11"}, "classes: 11 asked for, but mnist has 10; give all for all of them"},
		{[]string{"classes", "10", "dataset", "fashionmnist"}, ""},
		{
			[]string{"sample_size", "5", "val_split_prop", "0.2"},
			"sample_size: 5 excludes a validation split, but val_split_prop is 0.2; leave one of them out",
		},
		{[]string{"sample_size", "5", "val_split_prop", "0"}, ""},
		{
			[]string{"ETF_fc", "true", "fixdim", "9", "classes", "all"},
			"ETF_fc: a simplex of 10 classes needs at least 10 features, but fixdim is 9; raise fixdim or leave it out",
		},
		{[]string{"ETF_fc", "true", "fixdim", "10", "classes", "all"}, ""},
		{[]string{"ETF_fc", "true"}, ""},
		{[]string{"fixdim", "1"}, ""},
		{
			[]string{"device", "CUDA", "loop", "host"},
			"loop: the host loop runs on the CPU only, not on cuda:0; leave loop out, or make it device",
		},
		{[]string{"device", "cuda:1", "loop", "device"}, ""},
		{[]string{"device", "cpu", "loop", "device"}, ""},
		{
			[]string{"optimizer", "LBFGS", "device", "cuda:1"},
			"optimizer: needs the host loop, which runs on the CPU only, not on cuda:1; leave device out, or make it cpu",
		},
		{[]string{"optimizer", "LBFGS", "loop", "device"}, "optimizer: needs the host loop; leave loop out, or make it host"},
		{[]string{"micro_batch", "8", "loop", "device"}, "micro_batch: needs the host loop; leave loop out, or make it host"},
		{[]string{"micro_batch", "128", "loop", "device"}, ""},
		{[]string{"micro_batch", "128", "batch_size", "all", "device", "cuda"}, "micro_batch: needs the host loop, which runs on the CPU only, not on cuda:0; leave device out, or make it cpu"},
		{[]string{"from", "metrics", "until", "train"}, "from: metrics comes after --until train: nothing is left to run"},
		{[]string{"from", "train", "until", "train"}, ""},
		{[]string{"from", "export", "force_retrain", "true"}, "force_retrain: the stages that are asked for do not train; leave --from or --until out"},
		{[]string{"until", "data", "force_retrain", "true"}, "force_retrain: the stages that are asked for do not train; leave --from or --until out"},
		{[]string{"until", "train", "delete_model", "true"}, "delete_model: the export of features, which needs the model, comes after --until train; leave one of them out"},
		{[]string{"from", "metrics", "delete_model", "true"}, ""},
	}
	for _, tt := range tests {
		e := experiment(t, tt.set...)
		got := ""
		if err := e.Check(); err != nil {
			if _, ok := errors.AsType[*UsageError](err); !ok {
				t.Errorf("%v: %T is no *UsageError", tt.set, err)
			}
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%v: Check says\n%q, want\n%q", tt.set, got, tt.want)
		}
	}
}
