package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/theory"
)

// models are the runs of the experiment with labels drawn anew beside what the
// models of docs/theory.md say of them.
func models(ctx context.Context, p *paper) (section, error) {
	trials, err := p.study(ctx, "conventional")
	if err != nil {
		return nil, err
	}
	var runs []datasetRuns
	for _, dataset := range datasets(trials) {
		d := datasetRuns{dataset: dataset}
		for _, t := range of(trials, func(t trial) bool { return t.exp.Dataset == dataset }) {
			d.runs = append(d.runs, t.place)
		}
		runs = append(runs, d)
	}
	first := trials[0].exp
	s := theoryOf(first.WeightDecay, first.LSAlpha, first.LRAlpha)
	found, err := theorySections(runs, s, filepath.Join(p.docs, "img"))
	if err != nil {
		return nil, err
	}
	found["theory-origin"], err = s.origin(trials)
	return found, err
}

// datasetRuns are the runs of a data set.
type datasetRuns struct {
	dataset string
	runs    []metrics.MDRun
}

// modelled is a loss by the name that its runs have.
type modelled struct {
	run, short string
	loss       theory.Loss
}

// setting is what the models take from the experiment.
type setting struct {
	decay  float64
	losses []modelled // cross entropy first
}

func theoryOf(decay, ls, lr float64) setting {
	return setting{decay, []modelled{
		{"CrossEntropy", "CE", theory.Loss{}},
		{"LS", "LS", theory.Loss{Kind: theory.LabelSmoothing, Alpha: ls}},
		{"LR", "LR", theory.Loss{Kind: theory.LabelRelaxation, Alpha: lr}},
	}}
}

// theorySections solves the models for the runs of each data set, writes
// theory-noise.svg and theory-plane.svg to the folder images, and returns the
// sections of docs/theory.md.
func theorySections(runs []datasetRuns, s setting, images string) (section, error) {
	frames, err := s.frames(runs)
	if err != nil {
		return nil, err
	}
	var worlds []world
	for _, d := range runs {
		w, err := s.world(d.dataset, d.runs)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.dataset, err)
		}
		worlds = append(worlds, w)
	}
	if err := writeFigure(filepath.Join(images, "theory-noise.svg"), noiseRows(worlds)); err != nil {
		return nil, err
	}
	if err := writeFigure(filepath.Join(images, "theory-plane.svg"), planeRows(worlds)); err != nil {
		return nil, err
	}
	sensitive, err := s.sensitivity(worlds)
	if err != nil {
		return nil, err
	}
	return section{
		"theory-frames":      frames,
		"theory-coupling":    couplingTable(worlds),
		"theory-statements":  statements(worlds),
		"theory-predictions": predictionTable(worlds),
		"theory-accuracy":    accuracyTable(worlds),
		"theory-sensitivity": sensitive,
	}, nil
}

// frames are the layer-peeled model's minimisers beside runs without noise.
func (s setting) frames(runs []datasetRuns) ([]string, error) {
	head := []string{"", "p_y", "gap g", "objective, closed form", "objective, search", "residual", "‖h₁ − h₂‖"}
	for _, d := range runs {
		head = append(head, titles[d.dataset])
	}
	var rows [][]string
	for _, m := range s.losses {
		p := theory.LayerPeeled{Classes: 2, Dim: 2, PerClass: 5, Loss: m.loss, LambdaW: s.decay, LambdaH: s.decay, LambdaB: s.decay}
		frame, err := p.Frame()
		if err != nil {
			return nil, err
		}
		found, err := p.Solve()
		if err != nil {
			return nil, err
		}
		row := []string{m.short, number(1/(1+math.Exp(-frame.Gap)), 4), number(frame.Gap, 3), fmt.Sprintf("%.8f", frame.Value), fmt.Sprintf("%.8f", found.Value), fmt.Sprintf("%.0e", found.Residual), number(frame.Distance(), 3)}
		for _, d := range runs {
			row = append(row, measuredOf(d.runs, m.run, 0, func(r metrics.MDRun) float64 { return 2 * float64(r.Separation) }).text(3))
		}
		rows = append(rows, row)
	}
	return table(head, rows), nil
}

// world is a data set: its runs, what was fitted to them, and what the model
// says of each loss and noise degree.
type world struct {
	dataset string
	runs    []metrics.MDRun
	degrees []float64 // of the runs
	fit     theory.CouplingFit
	losses  []modelled
	paths   [][]predicted // by loss
}

// predicted is the model's answer for a noise degree.
type predicted struct {
	degree float64
	*theory.Prediction
}

// step is between noise degrees of the model's paths.
const step = 0.05

// world fits the coupling to the runs of cross entropy, so that all else is
// predicted, and solves the model.
func (s setting) world(dataset string, runs []metrics.MDRun) (world, error) {
	w := world{dataset: dataset, runs: runs, losses: s.losses}
	var points []theory.Measured
	for _, r := range runs {
		if !slices.Contains(w.degrees, float64(r.Noise)) {
			w.degrees = append(w.degrees, float64(r.Noise))
		}
		if r.Loss == s.losses[0].run {
			square := float64(r.Separation * r.Separation)
			points = append(points, theory.Measured{
				Memorization: float64(r.Memorization / r.Separation), Dilation: float64(r.RelativeDilation), TrainDilation: float64(r.CleanSpread) / square,
			})
		}
	}
	slices.Sort(w.degrees)
	var err error
	if w.fit, err = theory.FitCoupling(points); err != nil {
		return w, err
	}
	for _, m := range s.losses {
		var path []predicted
		for i := 0; float64(i)*step <= slices.Max(w.degrees)+step/2; i++ {
			degree := float64(i) * step
			answer, err := s.problem(m.loss, degree, w.fit.Coupling).Solve()
			if err != nil {
				return w, fmt.Errorf("%s, η = %v: %w", m.short, degree, err)
			}
			path = append(path, predicted{degree, answer})
		}
		w.paths = append(w.paths, path)
	}
	return w, nil
}

// problem is the model for a noise degree: half of the labels that are drawn
// anew from two classes are wrong.
func (s setting) problem(loss theory.Loss, degree float64, c theory.Coupling) theory.MemorizationDilation {
	return theory.MemorizationDilation{
		Loss: loss, Corrupted: degree / 2, Coupling: c, LambdaW: s.decay, LambdaB: s.decay, LambdaH: s.decay,
	}
}

// at is the answer for a noise degree of the runs, nil between the steps.
func (w world) at(loss int, degree float64) *theory.Prediction {
	for _, p := range w.paths[loss] {
		if math.Abs(p.degree-degree) < 1e-9 {
			return p.Prediction
		}
	}
	return nil
}

// measuredOf is over the runs of a loss and a noise degree for which the
// quantity is defined.
func measuredOf(runs []metrics.MDRun, loss string, degree float64, of func(metrics.MDRun) float64) spread {
	var values []float64
	for _, r := range runs {
		if r.Loss == loss && math.Abs(float64(r.Noise)-degree) < 1e-9 {
			values = append(values, of(r))
		}
	}
	return spreadOf(values)
}
