package cli

import (
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline/settings"
)

// experimentOf returns the experiment that a command with all settings makes
// of its arguments.
func experimentOf(args ...string) (e settings.Experiment, rest []string, err error) {
	app := newApp(io.Discard, io.Discard)
	app.Commands = []*cli.Command{{
		Name:  "run",
		Flags: settingFlags(),
		Action: func(c *cli.Context) error {
			config, mistake := configFrom(c)
			if err = mistake; err == nil {
				e = config.Experiment
			}
			rest = c.Args().Slice()
			return err
		},
	}}
	prepare(app.Commands)
	err = app.Run(firstNames(app, append([]string{"memdil", "run"}, args...)))
	return e, rest, err
}

// sample is a value of each setting that is not its default.
func sample(s settings.Setting) string {
	if values := s.Values(); s.Boolean() || len(values) > 0 {
		i := slices.IndexFunc(values, func(v string) bool { return v != s.Default })
		return append(values, "true")[max(i, 0)]
	}
	return map[string]string{
		"data_dir": "/data", "device": "cpu", "graph": anyFile(), "decay_type": "step_3", "uid": "mine", "formats": "parquet", "mlflow": "http://localhost:1", "runs_dir": "elsewhere", "label_noise": "0.25", "class_list": "3,5", "noise_file": anyFile(), "noise_sha256": "ab", "fc_noise_degree": "0.25", "test_split_prop": "0.25", "mean": "0.5,0.5,0.5", "std": "0.5,0.5,0.5", "val_split_prop": "0.25",
		"ls_alpha": "0.25", "lr_alpha": "0.25", "momentum": "0.25", "lr": "0.25", "checkpoint_seconds": "0.25", "gamma": "0.25", "weight_decay": "0.25", "feature_decay_rate": "0.25",
	}[s.Name]
}

// anyFile names a file that is there.
func anyFile() string {
	path, err := filepath.Abs("settings_test.go")
	if err != nil {
		panic(err)
	}
	return path
}

func TestEveryFlagInEverySpelling(t *testing.T) {
	for _, s := range settings.Table() {
		if s.Obsolete != "" {
			continue
		}
		value := sample(s)
		if value == "" {
			value = "7" // whole numbers
		}
		for _, name := range append(s.Aliases, s.Name) {
			hyphens := strings.ReplaceAll(name, "_", "-")
			for _, spelling := range []string{name, hyphens, strings.ToUpper(name), strings.ToLower(hyphens), strings.ToTitle(hyphens)} {
				forms := [][]string{{"--" + spelling + "=" + value}, {"--" + spelling, value}}
				if s.Boolean() {
					forms[1] = forms[1][:1]
				}
				for _, form := range forms {
					args := append([]string{"--batch_size", "16"}, append(form, "--Epochs", "3")...)
					e, rest, err := experimentOf(args...)
					if err != nil || len(rest) > 0 {
						t.Errorf("%q: error %v, %q left over", args, err, rest)
						continue
					}
					if s.Name != "epochs" && s.Text(e) != value || e.Epochs != 3 {
						t.Errorf("%q: %s is %s, epochs are %d", args, s.Name, s.Text(e), e.Epochs)
					}
				}
			}
		}
	}
}

func TestHeadlineCommand(t *testing.T) {
	// The headline command of the original (design.md).
	command := "--loss LS --model MLP --dataset svhn --batch_size 16 --weight_decay 0.001 --depth 9 --width 2048 " +
		"--label_noise 0.2 --seed 42 --classes 2 --epochs 200 --use_bn --act_fn relu"
	e, rest, err := experimentOf(strings.Fields(command)...)
	if err != nil || len(rest) > 0 {
		t.Fatalf("error %v, %q left over", err, rest)
	}
	if got, want := e.UID(), "MLP_svhn_c2_ln0.2_LS0.1_relu_d9_w2048_wd0.001-0.0001_with_bn_s42"; got != want {
		t.Errorf("UID is %s, want %s", got, want)
	}
	if e.BatchSize != 16 || e.Epochs != 200 || e.Threads < 1 {
		t.Errorf("batch size %d, %d epochs, %d threads", e.BatchSize, e.Epochs, e.Threads)
	}
}

func TestSettingMistakes(t *testing.T) {
	tests := []struct{ args, want, hint string }{
		{"--lr -1", "--lr: -1 must be positive", ""},
		{"--loss crossentrop", `--loss: unknown value "crossentrop"`, "did you mean CrossEntropy?"},
		{"--classes 11", "--classes: 11 asked for, but mnist has 10", "give all for all of them"},
		{"--multi_gpu_ids 0,1", "--multi_gpu_ids: not supported", "one run uses one device; run several experiments side by side instead"},
		{"--sample_size 5 --val_split_prop .2", "--sample_size: 5 excludes a validation split, but val_split_prop is 0.2", "leave one of them out"},
	}
	for _, tt := range tests {
		_, _, err := experimentOf(strings.Fields(tt.args)...)
		var h hinted
		if !errors.Is(err, ErrUsage) || !errors.As(err, &h) || err.Error() != tt.want || h.hint != tt.hint {
			t.Errorf("%s: error is %v with hint %q, want %s with hint %q", tt.args, err, h.hint, tt.want, tt.hint)
		}
	}
	_, _, err := experimentOf("--fiveclass_problem")
	if !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), "--fiveclass_problem") {
		t.Errorf("error of an unknown flag is %v", err)
	}
}

func TestSettingsWithoutEffect(t *testing.T) {
	e, _, err := experimentOf("--gpu_id", "0", "--use_cudnn", "True", "--cust_path", "x")
	if err != nil || len(e.Warnings()) != 3 {
		t.Errorf("error %v, warnings %q", err, e.Warnings())
	}
}

// TestSwitchDefaults wants the help to tell the switches that are on.
func TestSwitchDefaults(t *testing.T) {
	for _, f := range settingFlags() {
		line := describeFlag(f)
		if on := strings.HasPrefix(line, "--keep_best\t"); strings.Contains(line, "(default: true)") != on || strings.Contains(line, "(default: false)") {
			t.Errorf("help %q", line)
		}
	}
}
