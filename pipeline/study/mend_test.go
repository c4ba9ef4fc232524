package study

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// damage replaces a file of a study; "folder" makes it one, "" empties it.
func damage(t *testing.T, text string, path ...string) {
	t.Helper()
	file := filepath.Join(path...)
	err := os.RemoveAll(file)
	switch {
	case err != nil:
	case text == "folder":
		err = os.Mkdir(file, 0o755)
	default:
		err = os.WriteFile(file, []byte(text), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// warned runs a study to its end and returns what it warned of.
func warned(t *testing.T, dir string) string {
	t.Helper()
	p, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	o := quiet("fake-trial")
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	if _, err := Run(t.Context(), dir, p, o); err != nil {
		t.Fatal(err)
	}
	return log.String()
}

// TestMend damages files of a study that is done, and of one that is not.
func TestMend(t *testing.T) {
	p, dir := made(t, fake+`
[grid]
lr = [0.1, 0.2, 0.3, 0.4]
`)
	mustRun(t, dir, p, "fake-trial")
	before := results(t, dir)
	trials := filepath.Join(dir, TrialsDir)
	settings := map[string]any{}
	for id := range before {
		trial, err := readTrial(filepath.Join(trials, id))
		if err != nil {
			t.Fatal(err)
		}
		settings[id] = trial.Settings
	}
	damage(t, "", dir, indexFile)
	damage(t, "", trials, "000000", ResultFile)
	damage(t, `{"state": "fin`, trials, "000001", ResultFile)
	damage(t, "{}", trials, "000002", ResultFile)
	damage(t, "folder", trials, "000003", ResultFile)
	damage(t, "", trials, "000000", TrialFile)
	damage(t, "{}", trials, "000001", TrialFile)
	damage(t, "folder", trials, "000002", TrialFile)
	if err := os.Remove(filepath.Join(trials, "000003", TrialFile)); err != nil {
		t.Fatal(err)
	}

	s := status(t, dir)
	if s.Failed != 0 || s.Finished != 0 || s.Waiting != 4 || len(s.Damaged) != 4 || s.Done {
		t.Errorf("status %s, want four trials that wait", asJSON(s))
	}
	log := warned(t, dir)
	for id, r := range before {
		if !strings.Contains(log, filepath.Join(id, ResultFile)+" is damaged") || !strings.Contains(log, filepath.Join(id, TrialFile)) {
			t.Errorf("no warning of trial %s in\n%s", id, log)
		}
		if !files.Exists(filepath.Join(trials, id, "result-1.json")) {
			t.Errorf("the damaged result of trial %s is gone", id)
		}
		trial, err := readTrial(filepath.Join(trials, id))
		if err != nil || asJSON(trial.Settings) != asJSON(settings[id]) {
			t.Errorf("trial %s has %v, want %v (%v)", id, trial.Settings, settings[id], err)
		}
		if after := results(t, dir)[id]; after.State != Finished || after.Epochs != r.Epochs {
			t.Errorf("trial %s: %s, was %s", id, asJSON(after), asJSON(r))
		}
	}
	if s := status(t, dir); s.Finished != 4 || !s.Done || len(s.Damaged) != 0 {
		t.Errorf("status %s, want four finished trials", asJSON(s))
	}
}

// TestMendSearch loses what samplers drew: it is drawn again where it follows
// from the study's file, and otherwise the trial is put aside.
func TestMendSearch(t *testing.T) {
	for _, sampler := range []string{"random", "tpe"} {
		t.Run(sampler, func(t *testing.T) {
			p, dir := made(t, fake+`
[search]
sampler = "`+sampler+`"
trials = 2
[search.space]
lr = { log = [1e-4, 1] }
[final]
epochs = 2
`)
			mustRun(t, dir, p, "fake-trial")
			trial := filepath.Join(dir, TrialsDir, "000001")
			before, err := readTrial(trial)
			if err != nil {
				t.Fatal(err)
			}
			damage(t, "", dir, indexFile)
			damage(t, "", trial, TrialFile)
			damage(t, "", trial, ResultFile)
			damage(t, "begun", trial, runfolder.ExperimentFile)
			final := filepath.Join(dir, FinalDir, finalID(0))
			damage(t, "", final, TrialFile)
			damage(t, "", final, ResultFile)
			log := warned(t, dir)
			after, err := readTrial(trial)
			if err != nil {
				t.Fatal(err)
			}
			aside, err := filepath.Glob(filepath.Join(dir, TrialsDir, ".damaged-*", "000001", runfolder.ExperimentFile))
			if err != nil {
				t.Fatal(err)
			}
			if sampler == "random" && (len(aside) != 0 || asJSON(after.Params) != asJSON(before.Params)) {
				t.Errorf("%v became %v; put aside: %v", before.Params, after.Params, aside)
			}
			if sampler == "tpe" && (len(aside) != 1 || !strings.Contains(log, "another trial is drawn")) {
				t.Errorf("put aside: %v; warnings:\n%s", aside, log)
			}
			s := status(t, dir)
			if s.Finished != 2 || s.Failed != 0 || s.Finals != 1 || !s.Done {
				t.Errorf("status %s", asJSON(s))
			}
			if _, err := readTrial(final); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestDamagedStudy has errors that name the file and what to do.
func TestDamagedStudy(t *testing.T) {
	_, dir := made(t, fake)
	for _, c := range []struct{ file, text, want string }{
		{originFile, "", "study.json is damaged: it is empty; delete it"},
		{originFile, `{"created"`, "study.json is damaged: unexpected end"},
		{originFile, "folder", "study.json is damaged: it is a folder"},
		{StudyFile, " \n", "study.toml is damaged: it is empty; copy"},
	} {
		path := filepath.Join(dir, c.file)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		damage(t, c.text, path)
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want %q on one line", err, c.want)
		}
		damage(t, string(good), path)
	}
	if err := os.Remove(filepath.Join(dir, originFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err != nil {
		t.Errorf("without study.json: %v", err)
	}
}

// FuzzReadTrial reads anything.
func FuzzReadTrial(f *testing.F) {
	f.Add([]byte(`{"id":"000000","settings":{"lr":0.1}}`))
	f.Add([]byte(`{"state":"finished"}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		for _, name := range []string{TrialFile, ResultFile} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		trial, err := readTrial(dir)
		if err == nil && (trial.ID == "" || !json.Valid(data)) {
			t.Errorf("%q is no trial", data)
		}
		if _, ok, err := readResult(dir); ok == (err != nil) {
			t.Errorf("%q: a result %v, error %v", data, ok, err)
		}
	})
}
