package metrics

import (
	"cmp"
	"math"
	"slices"
)

// MDRun is one run in the plane of memorization and dilation.
type MDRun struct {
	Run  string `json:"run"`  // name of the run
	Loss string `json:"loss"` // what it was trained with, "LS 0.1"
	// Condition is all that runs of different losses must share to be compared
	// in pairs: data, model, noise, seed.
	Condition string `json:"condition"`
	Noise     Float  `json:"noise"` // noise degree η
	// Memorization is the mean of [Memorization] over the training samples,
	// Dilation is [Dilation] of the test samples. Both grow with the scale of
	// the features.
	Memorization Float `json:"memorization"`
	Dilation     Float `json:"dilation"`
	// RelativeMemorization and RelativeDilation do not: they are
	// Memorization/√(tr Σ_B) of the training samples and tr Σ_W/tr Σ_B of the
	// test samples.
	RelativeMemorization Float `json:"relative_memorization"`
	RelativeDilation     Float `json:"relative_dilation"`
}

// NewMDRun places a run by the metrics of its training and test samples; its
// names are the caller's to set.
func NewMDRun(train, test *Result) MDRun {
	return MDRun{
		Memorization:         train.Memorization.Mean,
		Dilation:             Float(Dilation(test)),
		RelativeMemorization: quotient(train.Memorization.Mean, Float(math.Sqrt(float64(train.TraceSigmaB)))),
		RelativeDilation:     quotient(test.TraceSigmaW, test.TraceSigmaB),
	}
}

// Dilation is the spread of test features around their class means, tr Σ_W of
// the table of test features:
//
//	1/N Σ_i ‖h_i − μ_{y_i}‖²,   i over the test samples, whose labels are clean.
//
// The published code has no function of its own for it and plots this trace
// (MD viz/viz_utils.py:370-425).
func Dilation(test *Result) float64 { return float64(test.TraceSigmaW) }

// MDStatistics is what many runs say about memorization and dilation: the
// argument of Nguyen et al., "Memorization-Dilation: Modeling Neural Collapse
// Under Label Noise" (ICLR 2023), that the memorization of corrupted labels
// dilates the features of test samples, and that label smoothing does both
// less than cross entropy. The statistics are memdil's own; the paper shows
// the points.
type MDStatistics struct {
	Runs []MDRun `json:"runs"`
	// Absolute is of Memorization and Dilation, Relative of their scale-free forms.
	Absolute MDAnalysis `json:"absolute"`
	Relative MDAnalysis `json:"relative"`
}

// MDAnalysis is of one pair of coordinates.
type MDAnalysis struct {
	Losses    []MDLoss     `json:"losses"`    // by name
	Contrasts []MDContrast `json:"contrasts"` // every other loss against the baseline
}

// MDLoss is the line through the runs of one loss.
type MDLoss struct {
	Loss string `json:"loss"`
	Runs int    `json:"runs"` // with both coordinates
	// Slope and Intercept are of the least-squares line dilation = Intercept +
	// Slope·memorization. NaN with fewer than two runs or when all memorize alike.
	Slope     Interval `json:"slope"`
	Intercept Float    `json:"intercept"`
	// Correlation is Pearson's r, NaN where Slope is or when all dilate alike.
	Correlation Float `json:"correlation"`
	// Memorization and Dilation are means over the runs.
	Memorization Interval `json:"memorization"`
	Dilation     Interval `json:"dilation"`
}

// MDContrast compares a loss with the baseline. Memorization and Dilation are
// mean differences, loss − baseline, over the conditions that have runs of both
// (runs of one loss and condition count as their mean).
type MDContrast struct {
	Loss         string   `json:"loss"`
	Baseline     string   `json:"baseline"`
	Pairs        int      `json:"pairs"` // conditions
	Memorization Interval `json:"memorization"`
	Dilation     Interval `json:"dilation"`
	Slope        Interval `json:"slope"` // difference of the slopes, over all runs
}

// Baseline is the loss that others are compared with, where there are runs of it.
const Baseline = "CrossEntropy"

// MemorizationDilation analyses runs. Runs without a coordinate (nothing
// corrupted, an empty class) are listed and left out of the analysis that
// needs it.
func MemorizationDilation(runs []MDRun) *MDStatistics {
	return &MDStatistics{
		Runs: runs,
		Absolute: analyse(runs, func(r MDRun) point {
			return point{r.Condition, float64(r.Memorization), float64(r.Dilation)}
		}),
		Relative: analyse(runs, func(r MDRun) point {
			return point{r.Condition, float64(r.RelativeMemorization), float64(r.RelativeDilation)}
		}),
	}
}

// point is a run's memorization x and dilation y.
type point struct {
	condition string
	x, y      float64
}

func analyse(runs []MDRun, of func(MDRun) point) MDAnalysis {
	groups := map[string][]point{}
	var losses []string
	for _, r := range runs {
		if !slices.Contains(losses, r.Loss) {
			losses = append(losses, r.Loss)
		}
		if p := of(r); finite(p.x) && finite(p.y) {
			groups[r.Loss] = append(groups[r.Loss], p)
		}
	}
	slices.Sort(losses)
	a := MDAnalysis{Losses: []MDLoss{}, Contrasts: []MDContrast{}} // [] in JSON, not null
	for _, name := range losses {
		a.Losses = append(a.Losses, lossOf(name, groups[name]))
	}
	if len(losses) < 2 {
		return a
	}
	baseline := losses[max(0, slices.Index(losses, Baseline))]
	for _, name := range losses {
		if name != baseline {
			a.Contrasts = append(a.Contrasts, contrastOf(name, baseline, groups[name], groups[baseline]))
		}
	}
	return a
}

func lossOf(name string, points []point) MDLoss {
	i := bootstrap(points, slopeOf, meanX, meanY)
	l := MDLoss{Loss: name, Runs: len(points), Slope: i[0], Correlation: correlationOf(points), Memorization: i[1], Dilation: i[2]}
	l.Intercept = l.Dilation.Value - l.Slope.Value*l.Memorization.Value
	return l
}

func contrastOf(name, baseline string, ours, theirs []point) MDContrast {
	pairs := differences(ours, theirs)
	i := bootstrap(pairs, meanX, meanY)
	return MDContrast{
		Loss: name, Baseline: baseline, Pairs: len(pairs),
		Memorization: i[0], Dilation: i[1], Slope: bootstrapDifference(ours, theirs, slopeOf),
	}
}

// differences pairs points by condition, in the order of its name.
func differences(ours, theirs []point) []point {
	a, b := byCondition(ours), byCondition(theirs)
	var pairs []point
	for condition, p := range a {
		if q, both := b[condition]; both {
			pairs = append(pairs, point{condition, p.x - q.x, p.y - q.y})
		}
	}
	slices.SortFunc(pairs, func(p, q point) int { return cmp.Compare(p.condition, q.condition) })
	return pairs
}

// byCondition is the mean point of every condition.
func byCondition(points []point) map[string]point {
	groups := map[string][]point{}
	for _, p := range points {
		groups[p.condition] = append(groups[p.condition], p)
	}
	means := map[string]point{}
	for condition, g := range groups {
		means[condition] = point{condition, meanX(g), meanY(g)}
	}
	return means
}

// meanX is the mean memorization, without an allocation, as all that is
// bootstrapped.
func meanX(points []point) float64 {
	total := 0.0
	for _, p := range points {
		total += p.x
	}
	return total / float64(len(points))
}

func meanY(points []point) float64 {
	total := 0.0
	for _, p := range points {
		total += p.y
	}
	return total / float64(len(points))
}

// spreads are Σ(x−x̄)², Σ(x−x̄)(y−ȳ) and Σ(y−ȳ)².
func spreads(points []point) (xx, xy, yy float64) {
	mx, my := meanX(points), meanY(points)
	for _, p := range points {
		dx, dy := p.x-mx, p.y-my
		xx, xy, yy = xx+dx*dx, xy+dx*dy, yy+dy*dy
	}
	return xx, xy, yy
}

// slopeOf is that of the least-squares line, NaN where x does not vary.
func slopeOf(points []point) float64 {
	if constant(points, func(p point) float64 { return p.x }) {
		return math.NaN()
	}
	xx, xy, _ := spreads(points)
	return xy / xx
}

func correlationOf(points []point) Float {
	if constant(points, func(p point) float64 { return p.x }) || constant(points, func(p point) float64 { return p.y }) {
		return undefined
	}
	xx, xy, yy := spreads(points)
	return Float(xy / math.Sqrt(xx*yy))
}

func constant(points []point, of func(point) float64) bool {
	return !slices.ContainsFunc(points, func(p point) bool { return of(p) != of(points[0]) })
}

// quotient is a/b, NaN for b = 0.
func quotient(a, b Float) Float {
	if b == 0 {
		return undefined
	}
	return a / b
}
