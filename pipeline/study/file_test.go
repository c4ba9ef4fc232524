package study

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/search"
	"github.com/memdil/memdil/pipeline/settings"
)

// contract is the example of the design, to the letter but for its trials.
const contract = `
[experiment]                 # any setting of memdil run
model = "MLP"
[grid]                       # crossed
loss = ["CrossEntropy", "LS"]
label_noise = [0.0, 0.2]
seed = [1, 2]
[search]                     # optional, inside every cell of the grid
sampler = "tpe"              # random | sobol | tpe | gp | grid
scheduler = "asha"           # none | median | asha | hyperband
trials = 20
objective = "val_accuracy"   # maximised; "-val_loss" minimises
[search.space]
lr = { log = [1e-5, 0.5] }
gamma = { choice = [0.01, 0.1, 0.5] }
ls_alpha = { uniform = [0.01, 0.25], when = { loss = "LS" } }
[execute]
executor = "local"           # slurm | ray
concurrency = 2
`

func TestContract(t *testing.T) {
	p, err := Parse([]byte(contract))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Cells) != 8 || p.Trials() != 160 || p.Execute.Concurrency != 2 {
		t.Errorf("%d cells, %d trials", len(p.Cells), p.Trials())
	}
	if p.Search.Sampler != search.TPE || p.Search.Scheduler != search.ASHA || p.Search.Objective != (Objective{"val_accuracy", false}) {
		t.Errorf("search %+v", p.Search)
	}
	for i := range p.Cells {
		c := &p.Cells[i]
		searched := len(c.Space) == 3
		if searched != (c.Values["loss"] == "LS") {
			t.Errorf("cell %s searches %d settings", p.Label(c), len(c.Space))
		}
	}
	seen := map[string]bool{}
	for n := range p.Trials() {
		c, index := p.At(n)
		key := fmt.Sprint(c.Index, index)
		if seen[key] || index >= c.Trials {
			t.Fatalf("trial %d is %s", n, key)
		}
		seen[key] = true
	}
}

func TestMistakes(t *testing.T) {
	const experiment = "[experiment]\nmodel = \"MLP\"\n"
	const space = "[search.space]\nlr = { log = [1e-5, 0.5] }\n"
	for _, c := range []struct{ text, want string }{
		{"[experimnt]\n", `line 1: unknown key "experimnt"; the tables are [experiment], `},
		{experiment + "[search]\nmin-epochs = 3\n", `line 4: unknown key "search.min-epochs"; [search] has sampler, `},
		{experiment + "[execute]\ntime = \"1h\"\n", `line 4: unknown key "execute.time"; [execute] has executor, `},
		{"lr = 0.1\n", `line 1: unknown key "lr"; settings belong under [experiment]`},
		{"[experiment]\nmodel = \n", "line 2, column "},
		{"[experiment]\nlearning = 1\n", `experiment: unknown setting "learning"`},
		{"[experiment]\nlr = -1.0\n", "experiment.lr: -1 must be positive"},
		{"[experiment]\nuid = \"x\"\n", "experiment.uid: the study names the folders"},
		{"[grid]\nlr = 0.1\n", "grid.lr: must be a list of values; write lr = [0.1]"},
		{"[grid]\nlr = []\n", "grid.lr: the list of values is empty; leave it out"},
		{"[grid]\nlr = [0.1, 0.1]\n", "grid.lr: the value 0.1 stands twice"},
		{"[grid]\nloss = [\"XE\"]\n", "grid.loss: unknown value \"XE\""},
		{"[experiment]\nlr = 0.1\n[grid]\nlr = [0.2]\n", "grid.lr: given twice"},
		{experiment + "[search]\ntrials = 3\n", "search.space: there is nothing to search"},
		{experiment + "[search]\n" + space, "search.trials: must be at least 1"},
		{experiment + "[search]\ntrials = 2\nsampler = \"best\"\n" + space, `search.sampler: unknown value "best"; one of random, sobol, tpe, gp, grid`},
		{experiment + "[search]\ntrials = 2\nscheduler = \"x\"\n" + space, `search.scheduler: unknown value "x"`},
		{experiment + "[search]\ntrials = 2\nobjective = \"accuracy\"\n" + space, "search.objective: unknown objective accuracy"},
		{experiment + "[search]\ntrials = 2\nobjective = \"val_loss\"\n" + space, "search.objective: a search for the largest val_loss; write -val_loss"},
		{experiment + "[search]\ntrials = 2\nscheduler = \"asha\"\nobjective = \"test.nc1\"\n" + space, "search.scheduler: test.nc1 is not known before"},
		{experiment + "val_split_prop = 0.0\n[search]\ntrials = 2\n" + space, "search.objective: val_accuracy needs a validation split"},
		{experiment + "[search]\ntrials = 2\n[search.space]\nlr = { log = [0.5] }\n", "search.space.lr: a range has two ends; write log = [LOWEST, HIGHEST]"},
		{experiment + "[search]\ntrials = 2\n[search.space]\nlr = { log = [0.0, 1.0] }\n", "search.space.lr: 0 must be positive"},
		{experiment + "[search]\ntrials = 2\n[search.space]\nlr = { log = [1.0, 0.5] }\n", "search.space: lr: the range from 1 to 0.5 is empty"},
		{experiment + "[search]\ntrials = 2\n[search.space]\nlr = { log = [0.1, 0.5], choice = [1] }\n", "search.space.lr: must say in one way"},
		{experiment + "[search]\ntrials = 2\n[search.space]\nlr = { lg = [0.1, 0.5] }\n", `line 6: unknown key "search.space.lg"; a setting of the space has one of log, `},
		{experiment + "[search]\ntrials = 2\n[search.space]\nls_alpha = { uniform = [0.1, 0.5], when = { loss = \"XX\" } }\n", `search.space.ls_alpha.when.loss: unknown value "XX"`},
		{experiment + "[search]\ntrials = 2\n[search.space]\nlr = { uniform = [0.1, 1.0], when = { gamma = 1 } }\ngamma = { uniform = [0.1, 1.0], when = { lr = 1 } }\n", "search.space: the conditions of gamma, lr go round in a circle"},
		{experiment + "[final]\nepochs = 3\n", "final: there is no last training"},
		{experiment + "[execute]\nexecutor = \"cloud\"\n", `execute.executor: unknown value "cloud"; one of local, slurm, ray`},
		{experiment + "[execute]\nmemory = \"many\"\n", `execute.memory: "many" is no amount of memory`},
		{experiment + "[execute]\ntime_limit = \"5\"\n", `execute.time_limit: "5" is no duration`},
		{experiment + "[execute]\nconcurrency = -1\n", "execute.concurrency: -1 is no number"},
		{experiment + "[grid]\nclasses = [2, 11]\n", "cell classes=11: classes: "},
	} {
		_, err := Parse([]byte(c.text))
		var mistake *settings.UsageError
		if err == nil || !errors.As(err, &mistake) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q:\n  %v\nwant\n  %s…", c.text, err, c.want)
		}
	}
}

// TestConditionOnChoice has a condition on another searched setting.
func TestConditionOnChoice(t *testing.T) {
	p, err := Parse([]byte(`
[experiment]
model = "MLP"
[search]
sampler = "random"
trials = 30
[search.space]
loss = { choice = ["ce", "LS", "LR"] }
ls_alpha = { uniform = [0.01, 0.25], when = { loss = "ls" } }
width = { int = [8, 64] }
momentum = { uniform = [0.0, 0.9], when = { optimizer = "Adam" } }
`))
	if err != nil {
		t.Fatal(err)
	}
	space := p.Cells[0].Space
	if len(space) != 3 {
		t.Fatalf("space %+v: momentum has no effect, loss, ls_alpha and width have", space)
	}
	s := search.NewSampler(p.Search.Sampler, space, 1)
	for n := range 30 {
		v := space.Decode(s.Propose(n, nil, nil))
		if _, has := v["ls_alpha"]; has != (v["loss"] == "LS") {
			t.Errorf("trial %d: %v", n, v)
		}
		e, err := experiment(p.Settings(&p.Cells[0], v))
		if err != nil || e.Width < 8 || e.Width > 64 {
			t.Errorf("trial %d: %v, %v", n, v, err)
		}
	}
}

func TestChangedStudyIsRefused(t *testing.T) {
	_, dir := made(t, contract)
	for _, c := range []struct{ old, new, want string }{
		{"# maximised", "# to be maximised", ""},
		{"concurrency = 2", "concurrency = 4", ""},
		{`executor = "local"`, `executor = "slurm"`, ""},
		{"seed = [1, 2]", "seed = [1, 2, 3]", "grid.seed: [1 2 3] here, [1 2] there"},
		{`"tpe"`, `"gp"`, "search.sampler: gp here, tpe there"},
		{"1e-5", "1e-4", "search.space.lr: log from 0.0001 to 0.5 here, log from 1e-05 to 0.5 there"},
		{`model = "MLP"`, "model = \"MLP\"\nwidth = 8", "experiment.width: 8 here, none there"},
		{"trials = 20", "trials = 30", "search.trials: 30 here, 20 there); `memdil study resume --trials N"},
		{`loss = "LS"`, `loss = "CrossEntropy"`, "search.space.ls_alpha: "},
	} {
		p, err := Parse([]byte(strings.Replace(contract, c.old, c.new, 1)))
		if err != nil {
			t.Fatal(err)
		}
		switch err := Create(dir, p, Options{}); {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.new, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %s", c.new, err, c.want)
		}
	}
	stored, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if stored.Execute.Executor != "slurm" {
		t.Error("how trials are run is not changed")
	}
}

func TestCreateRefusesOtherFolders(t *testing.T) {
	p, err := Parse([]byte(contract))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := files.Write(dir+"/thesis.tex", nil); err != nil {
		t.Fatal(err)
	}
	if err := Create(dir, p, Options{}); err == nil || !strings.Contains(err.Error(), "neither empty nor a study") {
		t.Errorf("a folder of other files: %v", err)
	}
	if err := Create(dir+"/thesis.tex", p, Options{}); err == nil || !strings.Contains(err.Error(), "thesis.tex is not a folder") {
		t.Errorf("a file: %v", err)
	}
	if _, err := Read(dir+"/nothing", nil); !errors.As(err, new(*settings.UsageError)) || !strings.Contains(err.Error(), "-f names") {
		t.Errorf("a study file that is not there: %v", err)
	}
	for _, path := range []string{dir, dir + "/thesis.tex", dir + "/nothing"} {
		if _, err := Open(path); !errors.As(err, new(*settings.UsageError)) || !strings.Contains(err.Error(), "is no study") {
			t.Errorf("opening %s: %v", path, err)
		}
	}
}

// TestOriginal checks the studies that the original's flags make.
func TestOriginal(t *testing.T) {
	e := settings.Defaults()
	for _, s := range [][2]string{{"model", "MLP"}, {"loss", "LS"}, {"label_noise", "0.2"}, {"epochs", "200"}, {"num_ho_runs", "7"}} {
		if err := e.Set(s[0], s[1]); err != nil {
			t.Fatal(err)
		}
	}
	plan := func(e settings.Experiment) *Plan {
		t.Helper()
		text, err := Original(e)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Parse(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		return p
	}
	p := plan(e)
	c := &p.Cells[0]
	want := []string{"gamma: choice [0.01 0.1 0.5]", "lr: log from 1e-05 to 0.5", "ls_alpha: uniform from 0.01 to 0.25 when loss is LS"}
	if !slices.Equal(p.SpaceLines(), want) {
		t.Errorf("space %q", p.SpaceLines())
	}
	if p.epochs(c) != 160 || p.Final["epochs"] != int64(200) || p.Final["val_split_prop"] != 0.0 || p.Experiment["label_noise"] != 0.2 ||
		p.Search.Sampler != search.Random || p.Search.Scheduler != search.NoScheduler || p.Search.Trials != 7 {
		t.Errorf("simple: %+v, %+v, %v", p.Experiment, p.Search, p.Final)
	}
	for _, s := range [][2]string{{"model", "resnet18"}, {"classes", "all"}, {"val_split_prop", "0"}, {"ho", "bayes_opt"}, {"use_largescale_uid", "true"}} {
		if err := e.Set(s[0], s[1]); err != nil {
			t.Fatal(err)
		}
	}
	p = plan(e)
	_, noisy := p.Experiment["label_noise"]
	if noisy || p.Final["label_noise"] != 0.2 || p.Final["val_split_prop"] != 0.0 || p.epochs(&p.Cells[0]) != 200 ||
		p.Search.Sampler != search.GP || p.Search.Scheduler != search.ASHA {
		t.Errorf("large scale: %+v, %+v, %v", p.Experiment, p.Search, p.Final)
	}
}

func TestParseMemory(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "1024": 1024, "8G": 8 << 30, "8GiB": 8 << 30, "8GB": 8e9, "1.5 gb": 1.5e9, "500m": 500 << 20} {
		if got, err := ParseMemory(text); got != want || err != nil {
			t.Errorf("%q is %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"G", "-1", "8X", "1e99GB", "NaN", "0"} {
		if got, err := ParseMemory(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

// FuzzParse checks that no file makes the parser panic.
func FuzzParse(f *testing.F) {
	f.Add(contract)
	f.Add("[search]\nspace = { lr = { log = [1, 2] } }\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse([]byte(text))
		if err == nil && p.Trials() < 1 {
			t.Errorf("a study of %d trials", p.Trials())
		}
	})
}
