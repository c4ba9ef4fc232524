package pipeline

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
			var u *UsageError
			if !errors.As(err, &u) {
				t.Errorf("%v: %T is no *UsageError", tt.set, err)
			}
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%v: Check says\n%q, want\n%q", tt.set, got, tt.want)
		}
	}
}
