package compare

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// with returns a copy of an experiment with further settings.
func with(t *testing.T, e settings.Experiment, set ...string) settings.Experiment {
	t.Helper()
	for i := 0; i < len(set); i += 2 {
		if err := e.Set(set[i], set[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// writeExperiment writes the settings of a run folder.
func writeExperiment(t *testing.T, run string, e settings.Experiment) {
	t.Helper()
	text, err := settings.EncodeTOML(e, settings.Provenance{})
	if err == nil {
		err = os.WriteFile(filepath.Join(run, runfolder.ExperimentFile), text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// finished makes a run folder with all that is read of a finished run, of the
// golden tables, and returns its path.
func finished(t *testing.T) string {
	t.Helper()
	run := t.TempDir()
	golden := filepath.Join("..", "..", "fixtures", "golden", "metrics")
	for to, from := range map[string]string{
		runfolder.TrainFeatures:  "k2_d2_n400/features.arrow",
		runfolder.ClassifierFile: "k2_d2_n400/classifier.arrow",
		runfolder.TestFeatures:   "k2_d2_n200_test/features.arrow",
	} {
		copyFile(t, filepath.Join(golden, from), filepath.Join(run, to))
	}
	var results measure.Results
	for file, to := range map[string]**metrics.Result{runfolder.TrainFeatures: &results.Train, runfolder.TestFeatures: &results.Test} {
		var err error
		if *to, _, err = measure.Table(t.Context(), filepath.Join(run, file), runfolder.Classifier(run), metrics.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := results.Write(run); err != nil {
		t.Fatal(err)
	}
	epochs := []history.Epoch{{Epoch: 1, TrainLoss: 0.7, TrainAcc: 50}, {Epoch: 2, TrainLoss: 0.3, TrainAcc: 90}}
	if err := history.Write(filepath.Join(run, runfolder.HistoryFile), epochs); err != nil {
		t.Fatal(err)
	}
	return run
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// study makes a study folder of finished trials, copies of one run under other
// settings, and returns its path.
func study(t *testing.T) string {
	t.Helper()
	run := finished(t)
	dir := filepath.Join(t.TempDir(), "noise-study")
	trial := func(id, loss string, seed string, files ...string) {
		path := filepath.Join(dir, runfolder.TrialsDir, id)
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			copyFile(t, filepath.Join(run, file), filepath.Join(path, file))
		}
		writeExperiment(t, path, with(t, settings.Defaults(), "label_noise", "0.2", "loss", loss, "seed", seed))
	}
	all := []string{runfolder.HistoryFile, runfolder.MetricsFile, runfolder.TrainFeatures, runfolder.TestFeatures, runfolder.ClassifierFile}
	trial("10", "LS", "2", all...)
	trial("9", "LS", "1", all...)
	trial("1", "CrossEntropy", "1", all...)
	trial("2", "CrossEntropy", "2", all...)
	trial("3", "MSE", "1", runfolder.HistoryFile) // stopped early
	trial("4", "MSE", "2")                        // waiting
	return dir
}

func TestRunFolders(t *testing.T) {
	dir := study(t)
	if err := os.Rename(filepath.Join(dir, runfolder.TrialsDir, "2"), filepath.Join(dir, runfolder.TrialsDir, "2.backup-1")); err != nil {
		t.Fatal(err)
	}
	runs, notes, err := findRuns([]Group{{Label: "x", Paths: []string{filepath.Join(dir, runfolder.TrialsDir, "9")}}, {Paths: []string{dir}}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range runs {
		names = append(names, r.group+filepath.Base(r.path))
	}
	if want := []string{"x9", "1", "3", "10"}; !slices.Equal(names, want) {
		t.Errorf("runs %q, want %q: each once, as people count, without backups and what has no results", names, want)
	}
	if want := []string{"4 of 5 runs in noise-study have results."}; !slices.Equal(notes, want) {
		t.Errorf("notes %q, want %q", notes, want)
	}
	matches := Matches{Pattern: "trials/*", Paths: []string{filepath.Join(dir, "study.toml")}}
	for _, id := range []string{"10", "2.backup-1", "3", "4"} {
		matches.Paths = append(matches.Paths, filepath.Join(dir, runfolder.TrialsDir, id))
	}
	runs, notes, err = findRuns([]Group{{Matches: []Matches{matches}}})
	if err != nil || len(runs) != 2 || !slices.Equal(notes, []string{"2 of 3 runs in * have results."}) {
		t.Errorf("a pattern found %v, %q (%v), want 10 and 3: no backup, nothing without results", runs, notes, err)
	}
	for _, path := range []string{filepath.Join(dir, "nosuch"), t.TempDir()} {
		var u *settings.UsageError
		if _, _, err := findRuns([]Group{{Paths: []string{path}}}); !errors.As(err, &u) {
			t.Errorf("%s: error %v, want a mistake of usage", path, err)
		}
	}
}

func TestReportOnAStudy(t *testing.T) {
	dir := study(t)
	out := filepath.Join(dir, runfolder.ReportDir)
	if err := Report(out, dir); err != nil {
		t.Fatal(err)
	}
	html, err := os.ReadFile(filepath.Join(out, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<h1>noise-study</h1>", "5 of 6 runs in noise-study have results.",
		`<strong>CrossEntropy</strong> <span class="uid">2 runs</span>`, `<strong>LS</strong> <span class="uid">2 runs</span>`,
		"± 0", `id="figure-memorization-dilation"`, `id="figure-run5-reliability"`, `id="figure-loss"`,
	} {
		if !strings.Contains(string(html), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestReportOnGroups(t *testing.T) {
	trials := filepath.Join(study(t), runfolder.TrialsDir)
	out := filepath.Join(t.TempDir(), "report")
	err := ReportGroups(out, []Group{
		{Label: "first <seed>", Paths: []string{filepath.Join(trials, "1"), filepath.Join(trials, "9")}},
		{Label: "second", Paths: []string{filepath.Join(trials, "2"), filepath.Join(trials, "10")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	html, err := os.ReadFile(filepath.Join(out, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<strong>first &lt;seed&gt;</strong>", "<strong>second</strong>", "<h1>4 runs compared</h1>"} {
		if !strings.Contains(string(html), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestMemorizationDilation(t *testing.T) {
	dir := study(t)
	s, err := MemorizationDilation(dir)
	if err != nil {
		t.Fatal(err)
	}
	results, err := measure.Read(filepath.Join(dir, runfolder.TrialsDir, "1", runfolder.MetricsFile))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Runs) != 4 || s.Runs[3].Run != "10" || s.Runs[3].Loss != "LS" || s.Runs[0].Loss != "CrossEntropy" {
		t.Fatalf("runs %+v, want those of the four finished trials", s.Runs)
	}
	r := s.Runs[0]
	if r.Memorization != results.Train.Memorization.Sum/metrics.Float(results.Train.N) || r.Dilation != results.Test.TraceSigmaW || !(math.Abs(float64(r.Noise)-0.2) <= 1e-15) {
		t.Errorf("%+v is not what the metrics say", r)
	}
	if s.Runs[0].Condition != s.Runs[2].Condition || s.Runs[0].Condition == s.Runs[1].Condition {
		t.Errorf("conditions %q, %q, %q: the seed counts, the loss does not", s.Runs[0].Condition, s.Runs[1].Condition, s.Runs[2].Condition)
	}
	if len(s.Absolute.Contrasts) != 1 || s.Absolute.Contrasts[0].Pairs != 2 {
		t.Errorf("contrasts %+v, want one of two pairs", s.Absolute.Contrasts)
	}
}

// TestGroupNames goes through what tells groups of runs apart.
func TestGroupNames(t *testing.T) {
	mlp := with(t, settings.Defaults(), "model", "MLP")
	for _, c := range []struct {
		name   string
		runs   []settings.Experiment
		want   []string
		noted  string // part of a note
		search string // a setting that was searched
	}{
		{name: "noise, seed and loss", runs: []settings.Experiment{mlp, with(t, mlp, "seed", "2"), with(t, mlp, "label_noise", "0.4"), with(t, mlp, "loss", "LR", "lr_alpha", "0.2")}, want: []string{"", "", "", ""}},
		{name: "data sets, each with its epochs", runs: []settings.Experiment{mlp, with(t, mlp, "dataset", "cifar10", "epochs", "400")}, want: []string{"mnist", "cifar10"}},
		{name: "models", runs: []settings.Experiment{with(t, mlp, "depth", "9"), with(t, mlp, "depth", "3"), with(t, mlp, "depth", "9", "seed", "2"), with(t, mlp, "depth", "3", "seed", "2"), settings.Defaults()},
			want: []string{"MLP, depth=9", "MLP, depth=3", "MLP, depth=9", "MLP, depth=3", "resnet18"}},
		{name: "numbers of classes", runs: []settings.Experiment{mlp, with(t, mlp, "classes", "10")}, want: []string{"classes=2", "classes=10"}},
		{name: "a choice", runs: []settings.Experiment{mlp, with(t, mlp, "use_bn", "true")}, want: []string{"use_bn=false", "use_bn=true"}},
		{name: "no effect", runs: []settings.Experiment{settings.Defaults(), with(t, settings.Defaults(), "depth", "9")}, want: []string{"", ""}},
		{name: "a number each", runs: []settings.Experiment{mlp, with(t, mlp, "lr", "0.2"), with(t, mlp, "lr", "0.3")}, want: []string{"", "", ""}, noted: "lr alone are not told apart"},
		{name: "numbers of two settings", runs: []settings.Experiment{mlp, with(t, mlp, "lr", "0.2"), with(t, mlp, "epochs", "3")}, want: []string{"", "", ""}, noted: "lr or epochs alone are not told apart: "},
		{name: "tuned for each loss", runs: []settings.Experiment{mlp, with(t, mlp, "seed", "2"), with(t, mlp, "loss", "LS", "weight_decay", "0.001"), with(t, mlp, "loss", "LS", "weight_decay", "0.001", "seed", "2")},
			want: []string{"", "", "", ""}, noted: "weight_decay goes with the loss"},
		{name: "searched", runs: []settings.Experiment{mlp, with(t, mlp, "optimizer", "Adam")}, want: []string{"", ""}, noted: "searched alone are not told apart: optimizer", search: "optimizer"},
		{name: "kinds of noise", runs: []settings.Experiment{mlp, with(t, mlp, "noise", "pair")}, want: []string{"noise=symmetric", "noise=pair"}},
		{name: "degrees of classes", runs: []settings.Experiment{with(t, mlp, "label_noise", "0.2"), with(t, mlp, "label_noise", "0.1,0.3")}, want: []string{"", "label_noise=by class"}},
		{name: "degrees of latent classes", runs: []settings.Experiment{with(t, mlp, "fourclass_problem", "true"), with(t, mlp, "fourclass_problem", "true", "fc_noise_degree", "0.1")}, want: []string{"", ""}},
		{name: "latent and other noise", runs: []settings.Experiment{with(t, mlp, "fourclass_problem", "true"), mlp}, want: []string{"fourclass_problem=true", "fourclass_problem=false"}},
	} {
		var placed []placedRun
		var losses []string
		for _, e := range c.runs {
			placed = append(placed, placedRun{exp: e, searched: []string{c.search}})
			losses = append(losses, string(e.Loss))
		}
		got, notes := groupNames(placed, losses)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: groups %q, want %q", c.name, got, c.want)
		}
		if note := strings.Join(notes, " "); !strings.Contains(note, c.noted) || (note == "") != (c.noted == "") {
			t.Errorf("%s: notes %q, want %q", c.name, note, c.noted)
		}
	}
}

// TestNoiseDegree counts both kinds of noise.
func TestNoiseDegree(t *testing.T) {
	for want, set := range map[float64][]string{
		0:    nil,
		0.2:  {"label_noise", "0.1,0.3"},
		0.35: {"fourclass_problem", "true", "fc_noise_degree", "0.35"},
	} {
		if got := noiseDegree(with(t, settings.Defaults(), set...)); got != want {
			t.Errorf("%q: %v, want %v", set, got, want)
		}
	}
	if got := noiseDegree(with(t, settings.Defaults(), "noise", "file")); !math.IsNaN(got) {
		t.Errorf("noise of a file: %v, want NaN", got)
	}
}

// TestConditions pairs the best settings of two losses' searches, but not two
// trials of them.
func TestConditions(t *testing.T) {
	dir := study(t)
	for id, lr := range map[string]string{"1": "0.3", "9": "0.1"} {
		trial := filepath.Join(dir, runfolder.TrialsDir, id)
		e, _, err := settings.ReadTOML(filepath.Join(trial, runfolder.ExperimentFile))
		if err != nil {
			t.Fatal(err)
		}
		writeExperiment(t, trial, with(t, e, "lr", lr))
	}
	for _, c := range []struct {
		trial string
		same  bool
	}{
		{`{"params": {"lr": 0.1}}`, false},
		{`{"params": {"lr": 0.1}, "final": true}`, true},
		{`{"params": {}, "final": true}`, false},
	} {
		paths := []string{filepath.Join(dir, runfolder.TrialsDir, "1"), filepath.Join(dir, runfolder.TrialsDir, "9")}
		for _, path := range paths {
			if err := os.WriteFile(filepath.Join(path, "trial.json"), []byte(c.trial), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s, err := MemorizationDilation(paths...)
		if err != nil {
			t.Fatal(err)
		}
		if same := s.Runs[0].Condition == s.Runs[1].Condition; same != c.same {
			t.Errorf("%s: conditions %q and %q", c.trial, s.Runs[0].Condition, s.Runs[1].Condition)
		}
	}
}

// TestLossNames tells an α of its own apart only where enough runs share it.
func TestLossNames(t *testing.T) {
	at := func(alpha string) placedRun {
		return placedRun{exp: with(t, settings.Defaults(), "loss", "LS", "ls_alpha", alpha)}
	}
	for _, c := range []struct {
		alphas, want []string
	}{
		{[]string{"0.1", "0.1"}, []string{"LS", "LS"}},
		{[]string{"0.1", "0.2", "0.3"}, []string{"LS", "LS", "LS"}},
		{[]string{"0.1", "0.1", "0.1", "0.2", "0.2", "0.2"}, []string{"LS 0.1", "LS 0.1", "LS 0.1", "LS 0.2", "LS 0.2", "LS 0.2"}},
	} {
		var placed []placedRun
		for _, a := range c.alphas {
			placed = append(placed, at(a))
		}
		if got := lossNames(placed); !slices.Equal(got, c.want) {
			t.Errorf("α %q: %q, want %q", c.alphas, got, c.want)
		}
	}
}
