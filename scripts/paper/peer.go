package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// peerRun is a run of memdil's study that PyTorch is to repeat, or a variant
// of it.
type peerRun struct {
	trial   trial    // memdil's
	variant string   // "" for the same experiment
	flags   []string // of peer/train.py, for the variant
}

// perturbed begins with weights off by one rounding: how far it comes apart shows
// what chaos makes of rounding. controls are other experiments on purpose, which
// the tests are to tell from memdil's runs.
var (
	perturbed = peerRun{variant: "one-rounding", flags: []string{"--perturb", "1"}}
	controls  = []peerRun{
		{variant: "momentum 0.8", flags: []string{"--momentum", "0.8"}},
		{variant: "lr times 2", flags: []string{"--lr-times", "2"}},
	}
)

// atOnce is how many PyTorch programs run at a time, each on one core.
const atOnce = 2

// peer compares memdil with PyTorch: the same experiments on the same data,
// from the same weights, in the same order.
func peer(ctx context.Context, p *paper) (section, error) {
	python, err := p.python(ctx)
	if err != nil {
		fmt.Fprintf(os.Stderr, "paper: no PyTorch, so that the comparison with it is left as it is: %v\n", err)
		return nil, ctx.Err()
	}
	trials, err := p.peerTrials(ctx)
	if err != nil {
		return nil, err
	}
	firsts := of(trials, func(t trial) bool { return t.exp.Seed == trials[0].exp.Seed })
	if err := p.repeat(ctx, python, peerRuns(trials, firsts)); err != nil {
		return nil, err
	}
	found, err := p.trajectories(ctx, firsts)
	if err != nil {
		return nil, err
	}
	distributions, err := p.distributions(ctx, trials)
	if err != nil {
		return nil, err
	}
	maps.Copy(found, distributions)
	return found, nil
}

// peerTrials are memdil's runs: those with conventional noise of the degree that
// the further seeds have, and these.
func (p *paper) peerTrials(ctx context.Context) ([]trial, error) {
	trials, err := p.study(ctx, "conventional")
	if err != nil {
		return nil, err
	}
	further, err := p.study(ctx, "peer")
	if err != nil {
		return nil, err
	}
	return append(of(trials, func(t trial) bool { return t.noise() == further[0].noise() }), further...), nil
}

// peerRuns are all that PyTorch is to do: every run, perturbed ones of the first
// seed, and the controls in one cell.
func peerRuns(trials, firsts []trial) []peerRun {
	var runs []peerRun
	for _, t := range trials {
		runs = append(runs, peerRun{trial: t})
	}
	for _, t := range firsts {
		runs = append(runs, peerRun{t, perturbed.variant, perturbed.flags})
	}
	for _, r := range controls {
		for _, t := range of(trials, isControlled) {
			runs = append(runs, peerRun{t, r.variant, r.flags})
		}
	}
	return runs
}

// isControlled tells the cell that has controls.
func isControlled(t trial) bool { return t.exp.Dataset == "mnist" && short[t.exp.Loss] == "CE" }

// python returns a Python with PyTorch, which it may install.
func (p *paper) python(ctx context.Context) (string, error) {
	var stderr strings.Builder
	c := exec.CommandContext(ctx, filepath.Join(p.root, "scripts", "python"))
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("scripts/python: %w: %s", err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// repeat has PyTorch do the runs that it has not done.
func (p *paper) repeat(ctx context.Context, python string, runs []peerRun) error {
	if err := os.MkdirAll(p.torch(""), 0o755); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, r := range runs {
		out := p.torch(r.name())
		if r.trial.sameAs(filepath.Join(out, runfolder.ExperimentFile)) {
			continue
		}
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "paper: PyTorch, %d of %d: %s\n", i+1, len(runs), r.name())
			return p.repeatOne(ctx, python, r, out)
		})
	}
	return group.Wait()
}

// sameAs reports whether a file has the settings of the trial's training.
func (t trial) sameAs(file string) bool {
	e, _, err := settings.ReadTOML(file)
	return err == nil && e.Hash(settings.StageTrain) == t.exp.Hash(settings.StageTrain)
}

// repeatOne exports one run's data and trains on them, with its results in out.
func (p *paper) repeatOne(ctx context.Context, python string, r peerRun, out string) error {
	exported := out + ".exported"
	if err := os.RemoveAll(exported); err != nil { // that of a run that was stopped
		return err
	}
	defer os.RemoveAll(exported)
	if err := p.call(ctx, "data", "export", "-q", "-f", filepath.Join(r.trial.dir, runfolder.ExperimentFile), "-o", exported); err != nil {
		return err
	}
	args := append([]string{filepath.Join(p.root, "peer", "train.py")}, r.flags...)
	c := exec.CommandContext(ctx, python, append(args, exported, out)...)
	c.Env = append(os.Environ(), "OMP_NUM_THREADS=1")
	c.Stderr = os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("PyTorch, %s: %w", r.name(), errors.Join(err, ctx.Err()))
	}
	return nil
}

// torch is the folder of PyTorch's results, or one of them.
func (p *paper) torch(name string) string { return filepath.Join(p.dir, "peer-torch", name) }

// name is that of the run's folder.
func (r peerRun) name() string {
	e := r.trial.exp
	name := fmt.Sprintf("%s-%s-%d", e.Dataset, short[e.Loss], e.Seed)
	if r.variant != "" {
		name += "-" + strings.Join(strings.Fields(r.variant), "-")
	}
	return name
}

// measured is the run as PyTorch did it, measured by memdil.
func (p *paper) measured(ctx context.Context, r peerRun) (trial, error) {
	dir := filepath.Join(p.torch(r.name()), "features")
	classifier := filepath.Join(dir, "classifier.arrow")
	train, _, err := measure.Table(ctx, filepath.Join(dir, "train.arrow"), classifier, metrics.Options{})
	if err != nil {
		return trial{}, err
	}
	test, _, err := measure.Table(ctx, filepath.Join(dir, "test.arrow"), classifier, metrics.Options{Train: train})
	if err != nil {
		return trial{}, err
	}
	return trial{dir, r.trial.exp, &measure.Results{Train: train, Test: test}, metrics.NewMDRun(train, test)}, nil
}
