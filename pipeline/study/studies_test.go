package study

import (
	"path/filepath"
	"testing"
)

// TestReadyStudies parses and checks the study files that come with memdil, and
// proposes every trial of theirs.
func TestReadyStudies(t *testing.T) {
	files, err := filepath.Glob("../studies/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	trials := map[string]int{
		"conventional_noise.toml": 2 * 5 * 3 * 5, "conventional_noise_search.toml": 6 * 3 * 20, "latent_noise.toml": 2 * 4 * 3 * 5,
		"paper_conventional.toml": 2 * 5 * 3 * 5, "paper_latent.toml": 2 * 4 * 3 * 5, "paper_peer.toml": 2 * 3 * 5,
		"large_scale.toml": 4 * 2 * 3 * 20, "zhu_sgd.toml": 6, "zhu_adam.toml": 6, "zhu_lbfgs.toml": 6, "zhu_etf.toml": 8,
	}
	for _, file := range files {
		name := filepath.Base(file)
		p, err := Read(file, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		if p.Trials() != trials[name] {
			t.Errorf("%s has %d trials, want %d", name, p.Trials(), trials[name])
		}
		delete(trials, name)
		r := &runner{plan: p, contents: &Contents{}, slots: slots{threads: 1}}
		if err := r.openBooks(); err != nil {
			t.Fatal(err)
		}
		for n := range p.Trials() {
			trial := r.propose(n)
			e, err := experiment(trial.Settings)
			if err == nil {
				err = e.Check()
			}
			if err == nil && len(e.Warnings()) > 0 {
				t.Errorf("%s: trial %d: %s", name, n, e.Warnings())
			}
			if err != nil {
				t.Fatalf("%s: trial %d: %v", name, n, err)
			}
		}
	}
	if len(trials) > 0 {
		t.Errorf("studies that are not there: %v", trials)
	}
}
