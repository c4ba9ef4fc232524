package settings

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var someProvenance = Provenance{
	Argv:   []string{"memdil", "run", "--uid", `quo"ted`, "new\nline"},
	Memdil: "v1", Go: "go1.26", Runtime: "1.32.0", Platform: "linux/amd64", CPU: "some processor",
}

// writeRead returns what ReadTOML makes of what EncodeTOML made of e.
func writeRead(t *testing.T, e Experiment) (Experiment, Provenance) {
	t.Helper()
	text, err := EncodeTOML(e, someProvenance)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "experiment.toml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	got, p, err := ReadTOML(path)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return got, p
}

func TestTOMLRoundTrip(t *testing.T) {
	eachOther(t, func(t *testing.T, s Setting, value string) {
		e := experiment(t, s.Name, value).resolved()
		got, p := writeRead(t, e)
		for _, o := range Table() {
			if want := o.Text(e); !o.PerCall && o.Text(got) != want {
				t.Errorf("%s was %s and is %s", o.Name, want, o.Text(got))
			}
		}
		if !reflect.DeepEqual(p, someProvenance) {
			t.Errorf("provenance was %+v and is %+v", someProvenance, p)
		}
	})
}

func TestTOMLRecordsAnExperimentNotACall(t *testing.T) {
	got, _ := writeRead(t, experiment(t, "force", "true", "runs_dir", "x", "gpu_id", "1", "sample_size", "9"))
	if got.Force || got.RunsDir != Defaults().RunsDir || len(got.Warnings()) > 0 {
		t.Errorf("reading an experiment gives force %t, runs_dir %s, warnings %q", got.Force, got.RunsDir, got.Warnings())
	}
	if err := got.Check(); err != nil {
		t.Errorf("an experiment that was resolved is refused: %v", err)
	}
}

func TestEncodeTOML(t *testing.T) {
	text, err := EncodeTOML(experiment(t, "threads", "2", "lr", "1e-5"), someProvenance)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# resnet18_mnist_c2_ln0.0_CrossEntropy_wd0.0005-0.0001_s6, as",
		"\n[experiment]\ndataset = 'mnist'\n", "\nepochs = 200 # epochs\n", "\nlr = 1e-05\n", "\nuse_bn = false\n", "\nthreads = 2 # threads\n",
		"\n[provenance]\nargv = ['memdil', 'run', ",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestReadTOMLByHand(t *testing.T) {
	e, _, err := parseTOML([]byte("[experiment]\nmodel = \"MLP\"\nloss = \"ls\"\nclasses = \"all\"\nWeight-Decay = 1\nuse_bn = true\ndepth = 9\ngpu_id = 0\n"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "MLP_mnist_c10_ln0.0_LS0.1_relu_d9_w1024_wd1.0-0.0001_with_bn_s6"; e.UID() != want {
		t.Errorf("UID is %s, want %s", e.UID(), want)
	}
	if len(e.Warnings()) != 1 || !e.Given("loss") || e.Given("lr") {
		t.Errorf("warnings %q, loss given: %t, lr given: %t", e.Warnings(), e.Given("loss"), e.Given("lr"))
	}
}

func TestReadTOMLLists(t *testing.T) {
	e, _, err := parseTOML([]byte("[experiment]\nlabel_noise = [0.1, 0.3, 0]\nclass_list = [3, 'cat', 7]\ndataset = 'cifar10'\nmean = '.5, .25, 0'\n"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(e.LabelNoise, []float64{0.1, 0.3, 0}) || e.ClassList != "3,cat,7" || !slices.Equal(e.Mean, []float64{0.5, 0.25, 0}) {
		t.Errorf("label_noise is %v, class_list %q, mean %v", e.LabelNoise, e.ClassList, e.Mean)
	}
}

func TestReadTOMLRefuses(t *testing.T) {
	tests := []struct{ text, want string }{
		{"[experiment]\nepoch = 3", `unknown setting "epoch"; did you mean epochs?`},
		{"[experiment]\nlr = 0.1\nLR = 0.2", "lr: given twice, as LR and as lr"},
		{"[experiment]\nlr = [0.1]", "lr: must be a number, a string, true or false"},
		{"[experiment]\nlr = -1", "lr: -1 must be positive"},
		{"[experiment]\nmulti_gpu_ids = ''", "multi_gpu_ids: not supported"},
		{"[experiment]\nlr = nan", `lr: "NaN" is not a finite number`},
		{"[experiment]\nepochs = true", `epochs: "true" is not a whole number`},
		{"lr = 0.1", `line 1: unknown key "lr"; lr belongs under [experiment]`},
		{"\n[experimnt]\nlr = 0.1", `line 2: unknown key "experimnt"; the tables are [experiment] and [provenance]`},
		{"[provenance]\nhost = 'x'", `line 2: unknown key "provenance.host"; the tables are [experiment] and [provenance]`},
		{"[experiment]\nlr = 0.1.2", "line 2, column "},
		{"experiment = 3", "line 1, column "},
		{"[experiment]\nlr = 0.1\nlr = 0.2", "line 3, column 1: toml: key lr is already defined"},
		{"\xff", "line 1, column "},
	}
	for _, tt := range tests {
		_, _, err := parseTOML([]byte(tt.text))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error is\n%v, want\n%s", tt.text, err, tt.want)
		}
	}
	missing := filepath.Join(t.TempDir(), "missing.toml")
	if _, _, err := ReadTOML(missing); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("error of a missing file is %v", err)
	}
}

// TestLongSettings refuses files of settings that are no settings by their size.
func TestLongSettings(t *testing.T) {
	path := file(t, "experiment.toml", "[experiment]\n#"+strings.Repeat("x", 16<<20))
	if _, _, err := ReadTOML(path); err == nil || !strings.Contains(err.Error(), "is larger than 16 MB") {
		t.Errorf("error %v", err)
	}
}

// What can be read can be written, and reads back as the same experiment.
func FuzzReadTOML(f *testing.F) {
	whole, err := EncodeTOML(Defaults(), someProvenance)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte("[experiment]\nmodel = \"MLP\"\nloss = \"ls\"\nclasses = \"all\"\nWeight-Decay = 1\nuse_bn = true\nlr = 1e-300"))
	f.Add([]byte("experiment = {lr = 0.1, decay_type = 'step_1_2'}"))
	f.Add([]byte("[experiment]\nlr = [1979-05-27T07:32:00Z, inf]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, p, err := parseTOML(data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error on several lines: %v", err)
			}
			return
		}
		text, err := EncodeTOML(e, p)
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := parseTOML(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if d := e.Differences(again, StageReport); len(d) > 0 || e.UID() != again.UID() || e.DataDir != again.DataDir {
			t.Errorf("written and read again: %q", d)
		}
	})
}
