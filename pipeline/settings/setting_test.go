package settings

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs/training"
)

func TestTable(t *testing.T) {
	seen := map[string]string{}
	for _, s := range Table() {
		for _, n := range s.names() {
			if other, twice := seen[fold(n)]; twice {
				t.Errorf("%s of %s is taken by %s", n, s.Name, other)
			}
			seen[fold(n)] = s.Name
		}
		if strings.Contains(s.Name, "-") {
			t.Errorf("%s: TOML keys have underscores", s.Name)
		}
		switch {
		case s.Obsolete != "":
			if s.Help != "" || s.Hashed || s.InUID() {
				t.Errorf("%s does nothing, but has help, hash or a part of the UID", s.Name)
			}
			continue
		case s.Help == "" || strings.ContainsAny(s.Help, "`|\n"):
			t.Errorf("%s needs one line of help without backquotes and bars: %q", s.Name, s.Help)
		case s.Text(Defaults()) != s.Default:
			t.Errorf("default %q of %s reads back as %q", s.Default, s.Name, s.Text(Defaults()))
		case (s.Needs == "") != (s.used == nil):
			t.Errorf("%s needs both Needs and used, or neither", s.Name)
		case s.Hashed && !slices.Contains(stages, s.Stage):
			t.Errorf("%s: results depend on it, but from which stage on?", s.Name)
		}
	}
}

// others holds, for every setting, values other than the default, spelt as they
// are printed.
var others = map[string][]string{
	"dataset": {"fashionmnist", "folder:/my images"}, "data_dir": {`C:\da "ta"`, "/müll"}, "classes": {"3", "all"}, "label_noise": {"0.2", "1e-05", "1.0", "0.1,0.3"},
	"class_list": {"3,5", "cat"}, "noise": {"pair", "instance", "matrix", "file"}, "noise_file": {"/labels.npy"}, "noise_sha256": {"ab"},
	"fourclass_problem": {"true"}, "fc_noise_degree": {"0.25"}, "fourclass_twofeatures": {"true"},
	"val_samples": {"first", "random"}, "test_split_prop": {"0.1"}, "skip_unreadable": {"true"}, "mean": {"0.5,0.25,0.0"}, "std": {"1.0,1.0,0.5"},
	"sample_size": {"100"}, "val_split_prop": {"0.0", "0.30000000000000004"}, "seed": {"0", "9223372036854775807"},
	"width": {"1"}, "depth": {"9"}, "act_fn": {"sigmoid", "none"}, "use_bn": {"true"}, "use_layer_norm": {"true"}, "no_bias": {"true"},
	"ETF_fc": {"true"}, "fixdim": {"2048"}, "loss": {"LS", "LR", "MSE"}, "ls_alpha": {"0.0", "0.25"}, "lr_alpha": {"0.01"},
	"weight_decay": {"0.0", "5e-324"}, "sep_decay": {"true"}, "feature_decay_rate": {"1e+16"}, "feature_decay_on": {"normalised"},
	"optimizer": {"Adam", "LBFGS"}, "momentum": {"0.0"}, "lr": {"0.05", "1.7976931348623157e+308"}, "decay_type": {"step_80_120"}, "patience": {"0"},
	"gamma": {"0.5"}, "batch_size": {"16", "all"}, "micro_batch": {"8"}, "ghost_batch": {"0", "64"}, "history_size": {"1"}, "epochs": {"1"}, "threads": {"3"}, "device": {"cpu", "cuda:0", "cuda:3"}, "loop": {"host", "device"}, "tf32": {"true"}, "engine": {"onnx-go"},
	"uid": {"mine"}, "runs_dir": {"else/where"}, "force": {"true"},
	"measure_every": {"5"}, "full_metrics": {"true"}, "formats": {"parquet,csv"},
	"checkpoint_seconds": {"0.5"}, "keep_checkpoints": {"5"}, "keep_best": {"false"}, "checkpoint_every_epoch": {"true"},
	"ho": {"bayes_opt"}, "num_ho_runs": {"40"}, "use_ho_uid": {"true"}, "continue_ho": {"true"}, "continue_ho_base_path": {"studies/a"},
	"tensorboard": {"true"}, "mlflow": {"http://localhost:5000", "https://ml.example/base"}, "mlflow_experiment": {"noise"},
	"force_retrain": {"true"}, "delete_model": {"true"}, "from": {"data", "report"}, "until": {"metrics"},
	"model": {"MLP"}, "graph": {"/a model.onnx"}, "graph_sha256": {"ab"}, "logits": {"scores"}, "features_tensor": {"h"},
	"reset_head": {"true"}, "reset_weights": {"true"}, "SOTA": {"true"}, "use_largescale_uid": {"true"}, "params": {"fc.*"}, "freeze": {"conv1.*,bn1.*"},
}

// eachOther calls f with every setting and each of its other values.
func eachOther(t *testing.T, f func(t *testing.T, s Setting, value string)) {
	for _, s := range Table() {
		if s.Obsolete != "" {
			continue
		}
		values, ok := others[s.Name]
		if !ok {
			t.Errorf("%s has no row in others", s.Name)
		}
		for _, v := range values {
			t.Run(s.Name+"="+v, func(t *testing.T) { f(t, s, v) })
		}
	}
}

func TestSetChangesItsOwnFieldOnly(t *testing.T) {
	eachOther(t, func(t *testing.T, s Setting, value string) {
		e := experiment(t, s.Name, value)
		if got := s.Text(e); got != value {
			t.Errorf("%s is %q after being set to %q", s.Name, got, value)
		}
		for _, o := range Table() {
			if o.Name != s.Name && o.Text(e) != o.Text(Defaults()) {
				t.Errorf("setting %s changed %s to %s", s.Name, o.Name, o.Text(e))
			}
		}
		if !e.Given(s.Name) || Defaults().Given(s.Name) {
			t.Errorf("%s counts as given: %t, in the defaults %t", s.Name, e.Given(s.Name), Defaults().Given(s.Name))
		}
	})
}

func TestSetSpellings(t *testing.T) {
	tests := []struct{ name, value, setting, want string }{
		{"WEIGHT-DECAY", "1e-3", "weight_decay", "0.001"},
		{"etf", "True", "ETF_fc", "true"},
		{"ETF-FC", "1", "ETF_fc", "true"},
		{"no-bias", "true", "no_bias", "true"},
		{"loss", "ce", "loss", "CrossEntropy"},
		{"loss", "cross_entropy", "loss", "CrossEntropy"},
		{"Loss", "ls", "loss", "LS"},
		{"model", "mlp", "model", "MLP"},
		{"optimizer", "adam", "optimizer", "Adam"},
		{"optimizer", "L-BFGS", "optimizer", "LBFGS"},
		{"batch_size", "ALL", "batch_size", "all"},
		{"dataset", "Fashion-MNIST", "dataset", "fashionmnist"},
		{"act_fn", "ReLU", "act_fn", "relu"},
		{"engine", "ONNX_GO", "engine", "onnx-go"},
		{"feature_decay_on", "normalized", "feature_decay_on", "normalised"},
		{"decay_type", "STEP_10", "decay_type", "step_10"},
		{"classes", "All", "classes", "all"},
	}
	for _, tt := range tests {
		s, err := Lookup(tt.setting)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Text(experiment(t, tt.name, tt.value)); got != tt.want {
			t.Errorf("%s = %s makes %s %q, want %q", tt.name, tt.value, tt.setting, got, tt.want)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"weight_decya", "1", `unknown setting "weight_decya"; did you mean weight_decay?`},
		{"heap_memory", "1", `unknown setting "heap_memory"; memdil run --help lists the settings`},
		{"loss", "crossentrop", `loss: unknown value "crossentrop"; did you mean CrossEntropy?`},
		{"optimizer", "RMSprop", `optimizer: unknown value "RMSprop"; one of SGD, Adam, LBFGS`},
		{"batch_size", "0", "batch_size: 0 must be at least 1 (or all)"},
		{"history_size", "0", "history_size: 0 must be at least 1"},
		{"micro_batch", "-1", "micro_batch: -1 must not be negative"},
		{"dataset", "imagenet", `dataset: unknown value "imagenet"; one of cifar10, cifar100, cifar10_random, fashionmnist, mnist, svhn, or folder:PATH or arrow:PATH`},
		{"dataset", "data/birds", `dataset: unknown value "data/birds"; images of your own are folder:data/birds or, in a table, arrow:data/birds`},
		{"dataset", "folder:", `dataset: "folder:" lacks the path`},
		{"classes", "0", "classes: 0 must be at least 1 (or all)"},
		{"classes", "two", `classes: "two" is not a whole number (or all)`},
		{"label_noise", "1.1", "label_noise: 1.1 must lie between 0 and 1"},
		{"label_noise", "nan", `label_noise: "nan" is not a finite number`},
		{"label_noise", "0.1,x", `label_noise: "x" is not a finite number`},
		{"label_noise", "0.1,2", "label_noise: 2 must lie between 0 and 1"},
		{"label_noise", ",", `label_noise: "," is not a finite number`},
		{"mean", "0.5", "mean: 1 numbers, want 3, of red, green and blue"},
		{"std", "1,1,0", "std: 0 must be positive"},
		{"val_split_prop", "1", "val_split_prop: 1 must be at least 0 and below 1"},
		{"lr", "0", "lr: 0 must be positive"},
		{"lr", "Inf", `lr: "Inf" is not a finite number`},
		{"lr", "1e999", `lr: "1e999" is not a finite number`},
		{"ls_alpha", "1", "ls_alpha: 1 must be at least 0 and below 1"},
		{"lr_alpha", "0", "lr_alpha: 0 must be above 0 and below 1"},
		{"momentum", "-0.1", "momentum: -0.1 must be at least 0 and below 1"},
		{"weight_decay", "-1", "weight_decay: -1 must not be negative"},
		{"fixdim", "-1", "fixdim: -1 must be from 0 to 65536"},
		{"threads", "100000", "threads: 100000 must be from 0 to 1024"},
		{"keep_checkpoints", "2000000000", "keep_checkpoints: 2000000000 must be from 1 to 1000"},
		{"width", "100000000000", "width: 100000000000 must be from 1 to 65536"},
		{"epochs", "0", "epochs: 0 must be at least 1"},
		{"epochs", "1.5", `epochs: "1.5" is not a whole number`},
		{"seed", "9223372036854775808", "seed: 9223372036854775808 is too large"},
		{"seed", "-1", "seed: -1 must not be negative"},
		{"use_bn", "yes", `use_bn: "yes" is neither true nor false`},
		{"decay_type", "cosine", `decay_type: "cosine" is neither step nor step_M1_M2_… with the epochs M at which the rate decays`},
		{"decay_type", "step_", `decay_type: milestones of "step_": "" is not a whole number`},
		{"uid", "../x", "uid: must be the plain name of a folder, without path, colon or leading dot"},
		{"uid", strings.Repeat("x", 201), "uid: must not be longer than 200 bytes"},
		{"runs_dir", "", "runs_dir: must not be empty"},
		{"data_dir", "a\nb", `data_dir: "a\nb" holds control characters or is not UTF-8`},
		{"multi_gpu_ids", "0,1", "multi_gpu_ids: not supported; one run uses one device; run several experiments side by side instead"},
	}
	for _, tt := range tests {
		e := Defaults()
		err := e.Set(tt.name, tt.value)
		var u *UsageError
		if !errors.As(err, &u) || err.Error() != tt.want {
			t.Errorf("%s = %s: error is\n%v, want\n%s", tt.name, tt.value, err, tt.want)
		}
		if len(e.given) > 0 || len(e.Differences(Defaults(), StageReport)) > 0 {
			t.Errorf("%s = %s was refused but changed the experiment", tt.name, tt.value)
		}
	}
}

func TestSetLeavesCopiesAlone(t *testing.T) {
	a := experiment(t, "lr", "0.5")
	b := a
	if err := b.Set("epochs", "3"); err != nil {
		t.Fatal(err)
	}
	if a.Given("epochs") || !b.Given("lr") {
		t.Errorf("given: %v and, in the copy, %v", a.given, b.given)
	}
}

func TestWarnings(t *testing.T) {
	e := experiment(t, "gpu_id", "1", "use_cudnn", "True", "ls_alpha", "0.2", "momentum", "0.5", "patience", "3", "decay_type", "step_5")
	want := []string{
		"ls_alpha has no effect without loss = LS",
		"patience has no effect without decay_type = step and an optimizer other than LBFGS",
		"gpu_id has no effect: device says where to train: cuda:N",
		"use_cudnn has no effect: memdil does not use cuDNN itself",
	}
	if got := e.Warnings(); !slices.Equal(got, want) {
		t.Errorf("warnings are %q, want %q", got, want)
	}
}

func TestAlphaOfLoss(t *testing.T) {
	for loss, want := range map[training.LossKind]float64{"LS": 0.2, "LR": 0.3, "MSE": 0, "CrossEntropy": 0} {
		e := experiment(t, "ls_alpha", "0.2", "lr_alpha", "0.3", "loss", string(loss))
		if got := e.AlphaOfLoss(); got != want {
			t.Errorf("α of %s is %v, want %v", loss, got, want)
		}
	}
}
