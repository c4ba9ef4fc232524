package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/pipeline/settings"
)

// trajectories compares the losses of runs, step by step, with PyTorch's.
func (p *paper) trajectories(ctx context.Context, trials []trial) (section, error) {
	var rows [][]string
	var figure [][]panel
	for _, dataset := range datasets(trials) {
		var charts []panel
		for _, t := range of(trials, func(t trial) bool { return t.exp.Dataset == dataset }) {
			c, err := p.compareLosses(ctx, t)
			if err != nil {
				return nil, err
			}
			rows = append(rows, c.rows()...)
			charts = append(charts, c.chart())
		}
		figure = append(figure, charts)
	}
	head := []string{"", "loss", "", "1 step", "10", "100", "1 epoch", "10", "100"}
	return section{"trajectories": table(head, rows)}, writeFigure(p.image("paper-trajectories.svg"), figure)
}

// lossComparison are the relative differences from PyTorch's losses of a run:
// memdil's, and those of PyTorch with perturbed weights.
type lossComparison struct {
	trial         trial
	steps, epochs struct{ memdil, perturbed []float64 } // of every step; of the means of epochs
}

// compareLosses reads the losses of a run's steps, as memdil and PyTorch took
// them.
func (p *paper) compareLosses(ctx context.Context, t trial) (*lossComparison, error) {
	ours, batches, err := p.steps(ctx, t)
	if err != nil {
		return nil, err
	}
	theirs, err := p.torchSteps(peerRun{trial: t})
	if err != nil {
		return nil, err
	}
	perturbed, err := p.torchSteps(peerRun{trial: t, variant: perturbed.variant})
	if err != nil {
		return nil, err
	}
	if len(ours) != len(theirs) || len(perturbed) != len(theirs) {
		return nil, fmt.Errorf("%s: memdil took %d steps, PyTorch %d and %d", t.dir, len(ours), len(theirs), len(perturbed))
	}
	c := &lossComparison{trial: t}
	c.steps.memdil, c.steps.perturbed = relative(ours, theirs), relative(perturbed, theirs)
	means := epochMeans(theirs, batches)
	c.epochs.memdil, c.epochs.perturbed = relative(epochMeans(ours, batches), means), relative(epochMeans(perturbed, batches), means)
	return c, nil
}

// rows are the comparison's rows of the table.
func (c *lossComparison) rows() [][]string {
	ours := []string{titles[c.trial.exp.Dataset], short[c.trial.exp.Loss], "memdil"}
	chaos := []string{"", "", "PyTorch, one rounding apart"}
	for _, lists := range []struct{ memdil, perturbed []float64 }{c.steps, c.epochs} {
		for _, n := range []int{1, 10, 100} {
			ours = append(ours, scientific(lists.memdil[n-1]))
			chaos = append(chaos, scientific(lists.perturbed[n-1]))
		}
	}
	return [][]string{ours, chaos}
}

// chart shows the differences over the steps, both axes in powers of ten.
func (c *lossComparison) chart() panel {
	title := fmt.Sprintf("%s, %s", titles[c.trial.exp.Dataset], short[c.trial.exp.Loss])
	return panel{title: title, x: "log₁₀ step", y: "log₁₀ relative difference", rising: true, series: []series{
		{name: "PyTorch, one rounding apart", colour: 1, line: true, points: spaced(c.steps.perturbed)},
		{name: "memdil", colour: 0, line: true, points: spaced(c.steps.memdil)},
	}}
}

// spaced are the largest differences within ranges of steps that grow by a
// fifth, in powers of ten.
func spaced(differences []float64) []measured {
	var points []measured
	for from := 0; from < len(differences); {
		to := min(max(from+1, from*6/5), len(differences))
		top := 0.0
		for _, d := range differences[from:to] {
			top = max(top, d)
		}
		points = append(points, measured{x: math.Log10(float64(to)), mean: math.Log10(max(top, 1e-9))})
		from = to
	}
	return points
}

// relative are the differences |a − b|/|b|.
func relative(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = math.Abs(a[i]-b[i]) / math.Abs(b[i])
	}
	return out
}

// epochMeans are the means of the losses of each epoch's steps.
func epochMeans(losses []float64, batches int) []float64 {
	means := make([]float64, len(losses)/batches)
	for i, loss := range losses {
		means[i/batches] += loss / float64(batches)
	}
	return means
}

// scientific is a small number with one digit after the point.
func scientific(v float64) string {
	if v == 0 {
		return "0"
	}
	return fmt.Sprintf("%.1e", v)
}

// torchSteps are the losses of PyTorch's steps.
func (p *paper) torchSteps(r peerRun) ([]float64, error) {
	losses, _, err := readLosses(filepath.Join(p.torch(r.name()), "steps.arrow"))
	return losses, err
}

// settingsKey is the metadata of a file of losses that says of which settings
// they are.
const settingsKey = "settings"

func readLosses(path string) (losses []float64, settings string, err error) {
	columns, metadata, err := features.ReadTable(path)
	if err != nil {
		return nil, "", err
	}
	losses, err = features.Values[float64](columns, "loss")
	return losses, metadata[settingsKey], err
}

// steps repeats a run of memdil's and returns the loss of every step and the
// number of batches of an epoch. The losses are kept in a file.
func (p *paper) steps(ctx context.Context, t trial) (losses []float64, batches int, err error) {
	dir := filepath.Join(p.dir, "peer-steps")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, 0, err
	}
	file := filepath.Join(dir, peerRun{trial: t}.name()+".arrow")
	losses, hash, err := readLosses(file)
	if err != nil || hash != t.exp.Hash(settings.StageTrain) {
		losses, err = recordSteps(ctx, t, dir, file)
	}
	return losses, len(losses) / t.exp.Epochs, err
}

// recordSteps trains an experiment anew and writes the loss of every step.
func recordSteps(ctx context.Context, t trial, dir, file string) ([]float64, error) {
	e := t.exp
	e.RunsDir, e.Until = dir, settings.StageTrain
	if err := os.RemoveAll(filepath.Join(dir, e.UID())); err != nil { // one that was stopped, whose first losses are gone
		return nil, err
	}
	r := stepRecorder{samples: t.results.Train.N, size: e.BatchSize}
	path, err := pipeline.Run(ctx, e, pipeline.Options{Reporter: &r, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	metadata := map[string]string{settingsKey: e.Hash(settings.StageTrain)}
	if err := features.WriteTable(file, metadata, features.Column{Name: "loss", Values: r.losses}); err != nil {
		return nil, err
	}
	return r.losses, os.RemoveAll(path)
}

// stepRecorder keeps the loss of every step, which it finds from the means so
// far that memdil tells after each.
type stepRecorder struct {
	pipeline.Silent
	samples, size int // of an epoch, of a batch
	losses        []float64
	sum           float64 // of the losses of the epoch's samples so far
}

// Batch takes note of a step.
func (r *stepRecorder) Batch(_, _, batch, _ int, mean float64) {
	before, now := (batch-1)*r.size, min(batch*r.size, r.samples)
	if batch == 1 {
		r.sum = 0
	}
	sum := mean * float64(now)
	r.losses = append(r.losses, (sum-r.sum)/float64(now-before))
	r.sum = sum
}
