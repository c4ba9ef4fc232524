package study

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/memdil/memdil/ort/orttest"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// fake is an experiment for trials that train nothing.
const fake = `
[experiment]
model = "MLP"
data_dir = "embedded"
epochs = 8
`

// TestRealTrials runs a small study for real: a grid, a search in its cells, a
// trial that diverges, and the last trainings.
func TestRealTrials(t *testing.T) {
	orttest.Runtime(t)
	p, dir := made(t, `
[experiment]
model = "MLP"
data_dir = "embedded"
width = 8
depth = 2
epochs = 2
batch_size = 64
label_noise = 0.2
[grid]
loss = ["CrossEntropy", "LS"]
[search]
sampler = "grid"
objective = "val_accuracy"
[search.space]
lr = { choice = [0.05, 1e30] }
[final]
epochs = 1
`)
	mustRun(t, dir, p, "real-trial")
	s := status(t, dir)
	if s.Trials != 4 || s.Finished != 2 || s.Failed != 2 || s.Running != 0 || s.Finals != 2 || !s.Done {
		t.Fatalf("status %s", asJSON(s))
	}
	if len(s.Failures) != 1 || s.Failures[0].Failure != "diverged" || !strings.Contains(s.Failures[0].Reason, "the loss is") {
		t.Errorf("failures %+v", s.Failures)
	}
	for _, c := range s.Cells {
		best := filepath.Join(dir, TrialsDir, c.Best.ID)
		for _, name := range []string{TrialFile, ResultFile, MetricsFile, LogFile, runfolder.ExperimentFile, runfolder.ModelFile, runfolder.HistoryFile, runfolder.MetricsFile} {
			if !files.Exists(filepath.Join(best, name)) {
				t.Errorf("%s lacks %s", best, name)
			}
		}
		e, _, err := settings.ReadTOML(filepath.Join(dir, FinalDir, c.Final.ID, runfolder.ExperimentFile))
		if err != nil {
			t.Fatal(err)
		}
		if e.ValSplit != 0 || e.Epochs != 1 || e.LR != 0.05 || fmt.Sprint(e.Loss) != c.Grid["loss"] {
			t.Errorf("the last training has split %v, epochs %d, lr %v, loss %v", e.ValSplit, e.Epochs, e.LR, e.Loss)
		}
		if a := c.Final.Metrics["test.accuracy_top1"]; !(a > 60) {
			t.Errorf("test accuracy %v", a)
		}
		if !(*c.Best.Value > 60) || c.Best.Epochs != 2 {
			t.Errorf("best %s", asJSON(c.Best))
		}
	}
	again := mustRun(t, dir, p, "real-trial")
	if again.Ran != 0 {
		t.Errorf("a finished study ran %d trials", again.Ran)
	}
}

// TestSearch checks that a search with a scheduler gives trials up, learns, and
// retrains the best.
func TestSearch(t *testing.T) {
	p, dir := made(t, fake+`
[search]
sampler = "tpe"
scheduler = "asha"
trials = 25
objective = "-val_loss"
[search.space]
lr = { log = [1e-5, 1.0] }
[execute]
concurrency = 3
`)
	how := mustRun(t, dir, p, "fake-trial")
	if how.Ran != 26 || !(how.Busy > 0.3 && how.Busy <= 1) || how.Gap <= 0 {
		t.Errorf("summary %+v", how)
	}
	s := status(t, dir)
	if s.Finished != 25 || s.Pruned < 5 || s.Pruned > 23 || s.Finals != 1 {
		t.Fatalf("status %s", asJSON(s))
	}
	if best := *s.Cells[0].Best.Value; best > 10 { // of losses from 2.5 to 42.5
		t.Errorf("best loss %v", best)
	}
	for id, r := range results(t, dir) {
		stop, _ := os.ReadFile(filepath.Join(dir, TrialsDir, id, StopFile))
		if r.State == Pruned && (r.Epochs >= 8 || r.Reason != strings.TrimSpace(string(stop)) || !strings.HasPrefix(r.Reason, "asha gave it up after epoch ")) {
			t.Errorf("pruned %s", asJSON(r))
		}
		if r.State == Finished && (r.Epochs != 8 || r.Value == nil) {
			t.Errorf("finished %s", asJSON(r))
		}
	}
}

// TestBadTrials checks that whatever a trial does is recorded with its log, and
// that the study goes on.
func TestBadTrials(t *testing.T) {
	p, dir := made(t, fake+`
[grid]
params = ["panics", "exits", "hangs", "eats", "segfaults", "killed once", "killed always", "works"]
[execute]
concurrency = 8
retries = 1
stall_limit = "2s"
memory = "150MB"
`)
	mustRun(t, dir, p, "fake-trial")
	want := []struct {
		failure, reason string
		attempts        int
	}{
		{"crashed", "it ended with exit code 2; its log ends with: panic: something is wrong", 1},
		{"crashed", "it ended with exit code 7; its log ends with: the last words", 1},
		{"stalled", "it showed no progress for too long", 1},
		{"out of memory", "it used ", 1},
		{"crashed", "", 1},
		{"", "", 2},
		{"lost", "it was killed by signal 9, perhaps", 2},
		{"", "", 1},
	}
	for id, r := range results(t, dir) {
		w := want[r.Number]
		if r.Failure != w.failure || !strings.HasPrefix(r.Reason, w.reason) || attempts(t, dir, id) != w.attempts || r.Attempts != w.attempts {
			t.Errorf("%s: %s after %d attempts, want %+v", r.Grid["params"], asJSON(r), attempts(t, dir, id), w)
		}
	}
	if s := status(t, dir); s.Finished != 2 || s.Failed != 6 || !s.Done {
		t.Errorf("status %s", asJSON(s))
	}
	if err := RetryFailed(dir); err != nil {
		t.Fatal(err)
	}
	if s := status(t, dir); s.Failed != 0 || s.Waiting != 6 || s.Done {
		t.Errorf("before the retry: %s", asJSON(s))
	}
}

// TestLossesOfOneThatGetsOn checks that a trial may be lost more often than it is
// tried again as long as it gains epochs, and that its study's deaths do not
// count.
func TestLossesOfOneThatGetsOn(t *testing.T) {
	p, dir := made(t, fake+`
[grid]
params = ["killed as it gets on"]
[execute]
retries = 1
`)
	mustRun(t, dir, p, "fake-trial")
	for id, r := range results(t, dir) {
		if r.State != Finished || attempts(t, dir, id) != 4 {
			t.Errorf("%s after %d attempts", asJSON(r), attempts(t, dir, id))
		}
	}
	if n := (&attempt{dir: t.TempDir(), claim: claim{Attempt: 9}}).lose(); n != 1 {
		t.Errorf("the first loss after the deaths of eight studies counts as %d", n)
	}
}

// TestDamagedClaim checks that a claim which a power failure has left empty stops
// no study.
func TestDamagedClaim(t *testing.T) {
	p, dir := made(t, fake+`
[grid]
seed = [1, 2]
`)
	if err := os.MkdirAll(filepath.Join(dir, claimsDir), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := (Trial{ID: "000000", Settings: p.Settings(&p.Cells[0], nil)}).publish(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(claimPath(dir, "000000"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if s := status(t, dir); s.Running != 0 || s.Waiting != 2 {
		t.Errorf("before: %s", asJSON(s))
	}
	mustRun(t, dir, p, "fake-trial")
	if s := status(t, dir); s.Finished != 2 || !s.Done {
		t.Errorf("after: %s", asJSON(s))
	}
}

// TestShared has two processes work on one study at the same time.
func TestShared(t *testing.T) {
	p, dir := made(t, fake+`
[search]
sampler = "sobol"
trials = 30
retrain = true
[search.space]
lr = { log = [1e-5, 1.0] }
[execute]
concurrency = 2
`)
	ran := make(chan int)
	for range 2 {
		go func() {
			s, err := Run(t.Context(), dir, p, quiet("fake-trial"))
			if err != nil {
				t.Error(err)
			}
			ran <- s.Ran
		}()
	}
	a, b := <-ran, <-ran
	if a+b != 31 || a < 5 || b < 5 {
		t.Errorf("%d and %d trials were run, of 30 and the last one", a, b)
	}
	for id := range results(t, dir) {
		if n := attempts(t, dir, id); n != 1 {
			t.Errorf("trial %s was run %d times", id, n)
		}
	}
	if s := status(t, dir); s.Finished != 30 || s.Runners != 0 || !s.Done {
		t.Errorf("status %s", asJSON(s))
	}
}

// TestKilledStudy kills a study without warning, and resumes it.
func TestKilledStudy(t *testing.T) {
	p, dir := made(t, fake+`
[search]
sampler = "random"
trials = 12
[search.space]
lr = { log = [1e-5, 1.0] }
[execute]
concurrency = 3
`)
	runAndKill(t, dir, 4, func() {
		if s := status(t, dir); s.Runners != 1 || s.Running == 0 || s.Slots != 3 {
			t.Errorf("at work: %s", asJSON(s))
		}
	})
	before := results(t, dir)
	if s := status(t, dir); s.Runners != 0 || s.Running != 0 || s.Waiting == 0 {
		t.Errorf("killed: %s", asJSON(s))
	}
	mustRun(t, dir, p, "fake-trial")
	after := results(t, dir)
	if len(after) != 12 || status(t, dir).Finals != 1 {
		t.Errorf("%d results in the end", len(after))
	}
	for id, r := range before {
		if asJSON(after[id]) != asJSON(r) {
			t.Errorf("the result of trial %s was %s, is %s", id, asJSON(r), asJSON(after[id]))
		}
	}
}

// waitFor waits until something holds.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited for a minute")
		}
	}
}

// TestInterrupted stops a study and goes on with it: its trials are left to be
// gone on with, and nothing is claimed.
func TestInterrupted(t *testing.T) {
	p, dir := made(t, fake+`
[search]
sampler = "random"
trials = 6
[search.space]
lr = { log = [1e-5, 1.0] }
[execute]
concurrency = 2
`)
	ctx, cancel := context.WithCancel(t.Context())
	o := quiet("fake-trial")
	o.Show = func(e Event) {
		if e.Done == 2 {
			cancel()
		}
	}
	if _, err := Run(ctx, dir, p, o); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("interrupted: %v", err)
	}
	claims, err := readClaims(dir)
	if err != nil || len(claims) != 0 {
		t.Errorf("claims %v, %v", claims, err)
	}
	mustRun(t, dir, p, "fake-trial")
	if s := status(t, dir); s.Finished != 6 || s.Finals != 1 {
		t.Errorf("status %s", asJSON(s))
	}
}

// TestExtend goes on with more trials.
func TestExtend(t *testing.T) {
	p, dir := made(t, fake+`
[grid]
seed = [1, 2]
[search]
sampler = "sobol"
trials = 2
retrain = false
[search.space]
lr = { log = [1e-5, 1.0] }
`)
	mustRun(t, dir, p, "fake-trial")
	before := results(t, dir)
	if err := Extend(dir, 1); err == nil {
		t.Error("fewer trials were accepted")
	}
	if err := Extend(dir, 4); err != nil {
		t.Fatal(err)
	}
	p, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	mustRun(t, dir, p, "fake-trial")
	after := results(t, dir)
	if len(before) != 4 || len(after) != 8 {
		t.Errorf("%d results, then %d", len(before), len(after))
	}
	for id, r := range before {
		if asJSON(after[id]) != asJSON(r) {
			t.Errorf("trial %s has changed", id)
		}
	}
}

// TestIndex checks that the index is a cache: damaged, stale or missing, it
// changes nothing.
func TestIndex(t *testing.T) {
	p, dir := made(t, fake+`
[search]
sampler = "random"
trials = 4
retrain = false
[search.space]
lr = { log = [1e-5, 1.0] }
`)
	mustRun(t, dir, p, "fake-trial")
	want := asJSON(results(t, dir))
	index := filepath.Join(dir, indexFile)
	for _, text := range []string{"", "{\"id\": \"0000\nnonsense\n", `{"id":"000099","state":"failed"}` + "\n", "remove"} {
		if err := os.WriteFile(index, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if text == "remove" {
			if err := os.Remove(index); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // read from the folders, then from the index
			if got := asJSON(results(t, dir)); got != want {
				t.Errorf("with the index %q: %s, want %s", text, got, want)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, TrialsDir, "000002", ResultFile), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(index); err != nil {
		t.Fatal(err)
	}
	if s := status(t, dir); s.Finished != 3 || s.Failed != 0 || s.Waiting != 1 || len(s.Damaged) != 1 {
		t.Errorf("with a damaged result: %s", asJSON(s))
	}
}

// BenchmarkList lists a study of 100,000 finished trials, from the index.
func BenchmarkList(b *testing.B) {
	p, err := Parse([]byte(fake + "[search]\nsampler = \"random\"\ntrials = 100000\n[search.space]\nlr = { log = [1e-5, 1.0] }\n"))
	if err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(b.TempDir(), "study")
	if err := Create(dir, p, Options{}); err != nil {
		b.Fatal(err)
	}
	value := 50.0
	for n := range p.Trials() {
		trial := filepath.Join(dir, TrialsDir, trialID(n))
		r := Result{ID: trialID(n), Number: n, Index: n, Params: map[string]any{"lr": 0.1}, State: Finished, Value: &value, Epochs: 8, Ended: time.Now()}
		if err := os.Mkdir(trial, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(trial, ResultFile), []byte(asJSON(r)), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if s, err := ReadStatus(dir); err != nil || s.Finished != 100_000 {
			b.Fatal(err)
		}
	}
}
