package main

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/floats"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/theory"
)

// both is a quantity that is predicted and measured.
type both struct {
	name      string
	predicted func(*theory.Prediction) float64
	measured  func(metrics.MDRun) float64
}

// compareds are the quantities in which model and runs are compared.
var compareds = []both{
	{"m/S", func(p *theory.Prediction) float64 { return p.Displacement },
		func(r metrics.MDRun) float64 { return float64(r.Memorization / r.Corrupted / r.Separation) }},
	{"memorization p·m", func(p *theory.Prediction) float64 { return p.Memorization },
		func(r metrics.MDRun) float64 { return float64(r.Memorization) }},
	{"relative dilation R", func(p *theory.Prediction) float64 { return p.RelativeDilation },
		func(r metrics.MDRun) float64 { return float64(r.RelativeDilation) }},
	{"dilation tr Σ_W", func(p *theory.Prediction) float64 { return p.Dilation },
		func(r metrics.MDRun) float64 { return float64(r.Dilation) }},
	{"test error, %", func(p *theory.Prediction) float64 { return 100 * p.TestError },
		func(r metrics.MDRun) float64 { return 100 - float64(r.TestAccuracy) }},
}

// comparedHead is a head with the names of these quantities.
func comparedHead(first ...string) []string {
	for _, q := range compareds {
		first = append(first, q.name)
	}
	return first
}

// origin is the model's other minimum, with one class at the origin, beside the
// runs without noise that ended so.
func (s setting) origin(trials []trial) ([]string, error) {
	head := []string{"", "‖h₁ − h₂‖ there", "in the lowest minimum"}
	for _, dataset := range datasets(trials) {
		head = append(head, titles[dataset]+", runs there", "their ‖h₁ − h₂‖")
	}
	var rows [][]string
	for _, m := range s.losses {
		p := theory.LayerPeeled{Classes: 2, Dim: 2, PerClass: 1, Loss: m.loss, LambdaW: s.decay, LambdaH: s.decay, LambdaB: s.decay}
		side, err := p.OneSided()
		if err != nil {
			return nil, err
		}
		frame, err := p.Frame()
		if err != nil {
			return nil, err
		}
		row := []string{m.short, number(side.Distance(), 3), number(frame.Distance(), 3)}
		for _, dataset := range datasets(trials) {
			own := of(trials, func(t trial) bool {
				return t.exp.Dataset == dataset && string(t.exp.Loss) == m.run && t.noise() == 0
			})
			there := of(own, trial.oneSided)
			row = append(row, fmt.Sprintf("%d of %d", len(there), len(own)),
				quantity{"", func(t trial) float64 { return 2 * float64(t.place.Separation) }}.over(there).text(3))
		}
		rows = append(rows, row)
	}
	return table(head, rows), nil
}

// oneSided reports whether the first class or the second lies at the origin: at
// less than a tenth of the other's distance from it.
func (t trial) oneSided() bool {
	means := t.results.Train.UncorruptedCentroids
	a, b := floats.Norm(means[0], 2), floats.Norm(means[1], 2)
	return min(a, b) < max(a, b)/10
}

// couplingTable is what was fitted to the runs of cross entropy.
func couplingTable(worlds []world) []string {
	var rows [][]string
	for _, w := range worlds {
		f := w.fit
		rows = append(rows, []string{titles[w.dataset], number(f.Base, 3), number(f.Test, 3), number(f.RSquared, 2), number(f.Train, 3), number(f.TrainRSquared, 2)})
	}
	return table([]string{"", "A", "C", "R²", "C′", "R² of C′"}, rows)
}

// predictionTable has model and runs side by side.
func predictionTable(worlds []world) []string {
	var rows [][]string
	for _, w := range worlds {
		for i, m := range w.losses {
			for _, degree := range w.degrees {
				row := []string{titles[w.dataset], m.short, fmt.Sprint(degree)}
				for _, q := range compareds {
					row = append(row, w.cell(q, i, degree))
				}
				rows = append(rows, append(row, w.agreement(i, degree)))
			}
		}
	}
	return table(append(comparedHead("", "", "η"), "agree"), rows)
}

// cell is predicted | measured.
func (w world) cell(q both, loss int, degree float64) string {
	own := measuredOf(w.runs, w.losses[loss].run, degree, q.measured)
	answer := w.at(loss, degree)
	if answer == nil || math.IsNaN(q.predicted(answer)) {
		return "–"
	}
	return fmt.Sprintf("**%s** / %s", number(q.predicted(answer), 3), own.text(3))
}

// agreement is how many searches ended at the minimum.
func (w world) agreement(loss int, degree float64) string {
	p := w.at(loss, degree)
	if p == nil {
		return "–"
	}
	return fmt.Sprintf("%d of %d", p.Agree, p.Starts)
}

// accuracyTable is how far off the model is, by loss, with noise.
func accuracyTable(worlds []world) []string {
	var rows [][]string
	for _, w := range worlds {
		for i, m := range w.losses {
			row := []string{titles[w.dataset], m.short}
			for _, q := range compareds {
				row = append(row, w.deviation(q, i))
			}
			rows = append(rows, row)
		}
	}
	return table(comparedHead("", ""), rows)
}

// deviation is the range of predicted/measured − 1 over the noise degrees above 0.
func (w world) deviation(q both, loss int) string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, degree := range w.degrees {
		answer := w.at(loss, degree)
		if degree == 0 || answer == nil {
			continue
		}
		off := q.predicted(answer)/measuredOf(w.runs, w.losses[loss].run, degree, q.measured).mean - 1
		low, high = min(low, off), max(high, off)
	}
	return percent(low) + " to " + percent(high)
}

func percent(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	return strings.Replace(fmt.Sprintf("%+.0f %%", 100*v), "-", "−", 1)
}

// statements are what the model says of LS and LR against CE, and what the runs do.
func statements(worlds []world) []string {
	var rows [][]string
	for _, w := range worlds {
		for i, m := range w.losses[1:] {
			row := []string{titles[w.dataset], m.short + "/CE"}
			for _, q := range compareds {
				row = append(row, "**"+w.ratios(i+1, func(loss int, degree float64) float64 { return q.predicted(w.at(loss, degree)) })+"** / "+
					w.ratios(i+1, func(loss int, degree float64) float64 {
						return measuredOf(w.runs, w.losses[loss].run, degree, q.measured).mean
					}))
			}
			rows = append(rows, row)
		}
	}
	return table(comparedHead("", ""), rows)
}

// ratios is the range over the noise degrees above 0 of a loss against cross entropy.
func (w world) ratios(loss int, of func(loss int, degree float64) float64) string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, degree := range w.degrees {
		if degree == 0 || w.at(loss, degree) == nil {
			continue
		}
		r := of(loss, degree) / of(0, degree)
		low, high = min(low, r), max(high, r)
	}
	return number(low, 2) + " to " + number(high, 2)
}

// variant is a change of the model.
type variant struct {
	name   string
	change func(*theory.MemorizationDilation)
}

var variants = []variant{
	{"as fitted", func(*theory.MemorizationDilation) {}},
	{"clean training samples do not spread, C′ = 0", func(p *theory.MemorizationDilation) { p.Coupling.Train = 0 }},
	{"C′ halved", func(p *theory.MemorizationDilation) { p.Coupling.Train /= 2 }},
	{"C′ doubled", func(p *theory.MemorizationDilation) { p.Coupling.Train *= 2 }},
	{"clean training samples spread as test samples, C′ = C", func(p *theory.MemorizationDilation) { p.Coupling.Train = p.Coupling.Test }},
	{"the same spread in both directions, s = 1/2", func(p *theory.MemorizationDilation) { p.Along = 0.5 }},
	{"all λ a fifth", func(p *theory.MemorizationDilation) { scaleDecay(p, 0.2) }},
	{"all λ five times", func(p *theory.MemorizationDilation) { scaleDecay(p, 5) }},
	{"α halved", func(p *theory.MemorizationDilation) { p.Loss.Alpha /= 2 }},
	{"α doubled", func(p *theory.MemorizationDilation) { p.Loss.Alpha *= 2 }},
}

func scaleDecay(p *theory.MemorizationDilation, by float64) {
	p.LambdaW, p.LambdaB, p.LambdaH = by*p.LambdaW, by*p.LambdaB, by*p.LambdaH
}

// sensitiveDegree is the noise degree of the table of changes.
const sensitiveDegree = 0.2

// sensitivity is label smoothing against cross entropy in changed models.
func (s setting) sensitivity(worlds []world) ([]string, error) {
	var rows [][]string
	for _, w := range worlds {
		for _, v := range variants {
			var answers [2]*theory.Prediction
			for i, m := range s.losses[:2] {
				p := s.problem(m.loss, sensitiveDegree, w.fit.Coupling)
				v.change(&p)
				answer, err := p.Solve()
				if err != nil {
					return nil, fmt.Errorf("%s, %s, %s: %w", w.dataset, v.name, m.short, err)
				}
				answers[i] = answer
			}
			ce, ls := answers[0], answers[1]
			rows = append(rows, []string{titles[w.dataset], v.name, number(ce.Displacement, 3), number(ls.Displacement, 3),
				number(ls.Memorization/ce.Memorization, 2), number(ls.Dilation/ce.Dilation, 2), number(ls.RelativeDilation/ce.RelativeDilation, 2),
				number(100*ce.TestError, 2), number(100*ls.TestError, 2)})
		}
	}
	return table([]string{"", "", "m/S, CE", "m/S, LS", "p·m, LS/CE", "tr Σ_W, LS/CE", "R, LS/CE", "test error, CE, %", "LS, %"}, rows), nil
}
