package compare

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// MemorizationDilation places runs in the plane of memorization and dilation
// and analyses them by loss. Paths are run folders, study folders or folders of
// run folders; of the latter two, runs without metrics are left out.
func MemorizationDilation(paths ...string) (*metrics.MDStatistics, error) {
	folders, _, err := findRuns([]Group{{Paths: paths}})
	if err != nil {
		return nil, err
	}
	var placed []placedRun
	for _, f := range folders {
		if !f.listed && !files.Exists(filepath.Join(f.path, runfolder.MetricsFile)) {
			continue
		}
		e, err := runfolder.Experiment(f.path)
		if err != nil {
			return nil, err
		}
		results, err := measure.Read(filepath.Join(f.path, runfolder.MetricsFile))
		if err != nil {
			return nil, err
		}
		placed = append(placed, newPlacedRun(f, e, results))
	}
	return dilationOf(placed), nil
}

// placedRun is what a run's place in the plane is made of.
type placedRun struct {
	name     string
	exp      settings.Experiment
	results  *measure.Results
	searched []string // settings that a study drew for the run
	final    bool     // whether it is the best setting of a search, trained in the end
}

func newPlacedRun(f found, e settings.Experiment, r *measure.Results) placedRun {
	searched, final := searchedSettings(f.path)
	return placedRun{runfolder.Name(f.path), e, r, searched, final}
}

// searchedSettings are those that a study's search drew for a trial, as its
// trial.json says, and whether it is the best one, trained in the end; none of
// other runs.
func searchedSettings(run string) (names []string, final bool) {
	var trial struct {
		Params map[string]any
		Final  bool
	}
	data, err := os.ReadFile(filepath.Join(run, "trial.json"))
	if err != nil || json.Unmarshal(data, &trial) != nil {
		return nil, false // the study itself complains of a damaged file
	}
	return slices.Sorted(maps.Keys(trial.Params)), trial.Final
}

// condition is what the run shares with those of other losses that it is
// compared with. Each loss has a best setting of its own, so what was searched
// for it is as little part of the condition as its α.
func (p placedRun) condition() string {
	if p.final {
		return condition(p.exp, p.searched...)
	}
	return condition(p.exp)
}

func dilationOf(placed []placedRun) *metrics.MDStatistics {
	losses := lossNames(placed)
	groups, notes := groupNames(placed, losses)
	runs := make([]metrics.MDRun, len(placed))
	for i, p := range placed {
		runs[i] = metrics.NewMDRun(p.results.Train, p.results.Test)
		runs[i].Run, runs[i].Loss, runs[i].Group, runs[i].Condition = p.name, losses[i], groups[i], p.condition()
		runs[i].Noise = metrics.Float(noiseDegree(p.exp))
	}
	s := metrics.MemorizationDilation(runs)
	s.Notes = notes
	return s
}

// noiseDegree is how many labels are wrong by intention: fc_noise_degree with
// latent noise classes, else the mean of label_noise; NaN where a file says.
func noiseDegree(e settings.Experiment) float64 {
	if e.FourClass {
		return e.FourClassDegree
	}
	const digits = 1e12 // the mean of 0.1 and 0.3 is 0.2
	return math.Round(e.MeanNoise()*digits) / digits
}

// lossNames names the loss of every run: LS, and LS 0.1 where runs of a loss
// differ in its α. An α of its own for nearly every run, as a search draws
// them, tells no losses apart.
func lossNames(placed []placedRun) []string {
	const few = 3 // runs that a line needs at least
	runs, alphas := make(map[string]int), make(map[string]map[float64]bool)
	for _, p := range placed {
		loss := string(p.exp.Loss)
		if runs[loss]++; alphas[loss] == nil {
			alphas[loss] = make(map[float64]bool)
		}
		alphas[loss][p.exp.AlphaOfLoss()] = true
	}
	names := make([]string, len(placed))
	for i, p := range placed {
		names[i] = string(p.exp.Loss)
		if n := len(alphas[names[i]]); n > 1 && runs[names[i]] >= few*n {
			names[i] = names[i] + " " + settings.Spell(p.exp.AlphaOfLoss())
		}
	}
	return names
}

// condition is all settings that have an effect but the loss and its α, and
// those that are not to count.
func condition(e settings.Experiment, but ...string) string {
	var b strings.Builder
	for _, s := range settings.Table() {
		switch s.Name {
		case "loss", "ls_alpha", "lr_alpha":
			continue
		}
		if s.Hashed && !slices.Contains(but, s.Name) && !s.Idle(e) && s.Text(e) != s.Default {
			fmt.Fprintf(&b, "%s=%s ", s.Name, s.Text(e))
		}
	}
	return strings.TrimSpace(b.String())
}
