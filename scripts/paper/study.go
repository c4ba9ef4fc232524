package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/compare"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/pipeline/study"
)

// trial is a finished run of a study.
type trial struct {
	dir     string
	exp     settings.Experiment
	results *measure.Results
	place   metrics.MDRun
}

// study runs what is missing of a study that comes with memdil, and reads all
// its runs.
func (p *paper) study(ctx context.Context, name string) ([]trial, error) {
	dir, file := filepath.Join(p.dir, name), "paper_"+name+".toml"
	if p.full {
		file = name + "_noise.toml"
	}
	file = filepath.Join(p.root, "pipeline", "studies", file)
	if err := p.fetchData(ctx, dir); err != nil {
		return nil, err
	}
	switch err := p.call(ctx, p.withData("study", "run", "-f", file, "--study-dir", dir)...); {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("%w; once the cause is mended, memdil study resume --retry-failed %s runs again what failed", err, dir)
	}
	folders, err := filepath.Glob(filepath.Join(dir, "trials", "*"))
	if err != nil {
		return nil, err
	}
	var trials []trial
	for _, folder := range folders {
		t, err := readTrial(folder)
		if err != nil {
			return nil, err
		}
		trials = append(trials, t)
	}
	return trials, nil
}

// fetchData downloads what is missing of the data sets before a study begins that
// would fail without them, run by run.
func (p *paper) fetchData(ctx context.Context, dir string) error {
	if s, err := study.ReadStatus(dir); err == nil && s.Finished == s.Trials {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(titles)) {
		if err := p.call(ctx, append(p.withData("data", "fetch"), name)...); err != nil {
			return err
		}
	}
	return nil
}

// withData adds to a command where the data sets are.
func (p *paper) withData(args ...string) []string {
	if p.dataDir == "" {
		return args
	}
	return append(args, "--data-dir", p.dataDir)
}

func readTrial(dir string) (trial, error) {
	exp, _, err := settings.ReadTOML(filepath.Join(dir, runfolder.ExperimentFile))
	if err != nil {
		return trial{}, err
	}
	results, err := measure.Read(filepath.Join(dir, runfolder.MetricsFile))
	if err != nil {
		return trial{}, err
	}
	t := trial{dir, exp, results, metrics.NewMDRun(results.Train, results.Test)}
	t.place.Loss, t.place.Noise = string(exp.Loss), metrics.Float(t.noise())
	return t, nil
}

// call runs memdil with its messages on ours.
func (p *paper) call(ctx context.Context, args ...string) error {
	c := exec.CommandContext(ctx, p.memdil, args...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}               // a terminal's Ctrl-C is ours alone: a second signal would end it at once
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) } // it leaves checkpoints
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("memdil %s: %w", args[0]+" "+args[1], err)
	}
	return nil
}

// of returns the trials that hold.
func of(trials []trial, holds func(trial) bool) []trial {
	return slices.DeleteFunc(slices.Clone(trials), func(t trial) bool { return !holds(t) })
}

// noise degree of a trial, of whichever kind its study has.
func (t trial) noise() float64 {
	if t.exp.FourClass {
		return t.exp.FourClassDegree
	}
	return t.exp.MeanNoise()
}

// statistics of memorization and dilation over trials.
func statistics(trials []trial) (*metrics.MDStatistics, error) {
	folders := make([]string, len(trials))
	for i, t := range trials {
		folders[i] = t.dir
	}
	return compare.MemorizationDilation(folders...)
}
