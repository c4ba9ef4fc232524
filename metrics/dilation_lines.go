package metrics

import (
	"cmp"
	"math"
	"slices"

	"github.com/memdil/memdil/metrics/hypothesis"
)

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
	// ByNoise compares the losses at each noise degree.
	ByNoise []MDNoise `json:"by_noise"`
	// Notes say what of the runs was not told apart; set by the caller.
	Notes []string `json:"notes,omitempty"`
}

// MDAnalysis is of one pair of coordinates. Groups stand in the order of the
// runs, losses in that of their names.
type MDAnalysis struct {
	Losses    []MDLoss     `json:"losses"`    // by group and loss
	Contrasts []MDContrast `json:"contrasts"` // in each group every other loss against the baseline
}

// MDLoss is the line through the runs of one loss and group.
type MDLoss struct {
	Loss  string `json:"loss"`
	Group string `json:"group,omitempty"`
	Runs  int    `json:"runs"` // n, with both coordinates
	// Slope and Intercept are of the least-squares line dilation = Intercept +
	// Slope·memorization. NaN with fewer than two runs or when all memorize alike.
	Slope     Interval `json:"slope"`
	Intercept Float    `json:"intercept"`
	// SlopeP is the p-value of the slope, see [hypothesis.Slope]: the chance of
	// such a slope where dilation has nothing to do with memorization. NaN with
	// fewer than three runs and for runs on a line.
	SlopeP Float `json:"slope_p"`
	// Correlation is Pearson's r, NaN where Slope is or when all dilate alike.
	Correlation Float `json:"correlation"`
	// RSquared is r², the share of the variance of dilation that the line explains.
	RSquared Float `json:"r_squared"`
	// Memorization and Dilation are means over the runs.
	Memorization Interval `json:"memorization"`
	Dilation     Interval `json:"dilation"`
}

// Name is the loss with its group, "CrossEntropy, mnist".
func (l MDLoss) Name() string { return nameWithGroup(l.Loss, l.Group) }

// MDContrast compares a loss with the baseline. Memorization and Dilation are
// mean differences, loss − baseline, over the conditions that have runs of both
// (runs of one loss and condition count as their mean) and something to memorize.
type MDContrast struct {
	Loss         string     `json:"loss"`
	Baseline     string     `json:"baseline"`
	Group        string     `json:"group,omitempty"`
	Pairs        int        `json:"pairs"` // conditions
	Memorization Difference `json:"memorization"`
	Dilation     Difference `json:"dilation"`
	Slope        Interval   `json:"slope"` // difference of the slopes, over all runs
}

// Name is "LS − CrossEntropy, mnist".
func (c MDContrast) Name() string { return nameWithGroup(c.Loss+" − "+c.Baseline, c.Group) }

func nameWithGroup(name, group string) string {
	if group == "" {
		return name
	}
	return name + ", " + group
}

// Difference is a mean difference over pairs with its bootstrap interval.
type Difference struct {
	Interval
	// P is the p-value of the paired t test, see [hypothesis.Paired], PSigns
	// that of the sign-flip test, see [hypothesis.SignFlip], which supposes
	// nothing of the distribution but cannot fall below 2/2ⁿ for n pairs. NaN
	// with fewer than two pairs; P also where all differences are equal.
	P      Float `json:"p"`
	PSigns Float `json:"p_signs"`
}

// Baseline is the loss that others are compared with, where there are runs of
// it; of a group without, the first by name is.
const Baseline = "CrossEntropy"

// MemorizationDilation analyses runs. Runs without a coordinate (an empty class)
// are listed and left out of the analysis that needs it.
func MemorizationDilation(runs []MDRun) *MDStatistics {
	return &MDStatistics{
		Runs: runs,
		Absolute: analyse(runs, func(r MDRun) point {
			return point{r.Condition, float64(r.Memorization), float64(r.Dilation)}
		}),
		Relative: analyse(runs, func(r MDRun) point {
			return point{r.Condition, float64(r.RelativeMemorization), float64(r.RelativeDilation)}
		}),
		ByNoise: byNoise(runs),
	}
}

// mdGroup is the runs that are compared with one another.
type mdGroup struct {
	name     string
	losses   []string // by name
	baseline string   // the loss that the others are compared with
	runs     []MDRun
}

// mdGroupsOf are in the order of the runs.
func mdGroupsOf(runs []MDRun) []*mdGroup {
	var groups []*mdGroup
	for _, r := range runs {
		i := slices.IndexFunc(groups, func(g *mdGroup) bool { return g.name == r.Group })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &mdGroup{name: r.Group})
		}
		g := groups[i]
		g.runs = append(g.runs, r)
		if !slices.Contains(g.losses, r.Loss) {
			g.losses = append(g.losses, r.Loss)
		}
	}
	for _, g := range groups {
		slices.Sort(g.losses)
		g.baseline = g.losses[max(0, slices.Index(g.losses, Baseline))]
	}
	return groups
}

// others are the losses that are compared with the baseline.
func (g *mdGroup) others() []string {
	return slices.DeleteFunc(slices.Clone(g.losses), func(l string) bool { return l == g.baseline })
}

// point is a run's memorization x and dilation y.
type point struct {
	condition string
	x, y      float64
}

func analyse(runs []MDRun, of func(MDRun) point) MDAnalysis {
	a := MDAnalysis{Losses: []MDLoss{}, Contrasts: []MDContrast{}} // [] in JSON, not null
	for _, g := range mdGroupsOf(runs) {
		points := map[string][]point{}
		for _, r := range g.runs {
			if p := of(r); finite(p.x) && finite(p.y) {
				points[r.Loss] = append(points[r.Loss], p)
			}
		}
		for _, loss := range g.losses {
			l := lineOf(points[loss])
			l.Loss, l.Group = loss, g.name
			a.Losses = append(a.Losses, l)
		}
		for _, loss := range g.others() {
			c := contrastOf(points[loss], points[g.baseline])
			c.Loss, c.Baseline, c.Group = loss, g.baseline, g.name
			a.Contrasts = append(a.Contrasts, c)
		}
	}
	return a
}

func lineOf(points []point) MDLoss {
	i := bootstrap(points, slopeOf, meanX, meanY)
	x, y := coordinates(points)
	r := correlationOf(points)
	return MDLoss{
		Runs: len(points), Slope: i[0], Intercept: i[2].Value - i[0].Value*i[1].Value, SlopeP: Float(hypothesis.Slope(x, y).P),
		Correlation: r, RSquared: r * r, Memorization: i[1], Dilation: i[2],
	}
}

func contrastOf(ours, theirs []point) MDContrast {
	memorizes := func(p point) bool { return p.x != 0 }
	a, b := paired(only(ours, memorizes), only(theirs, memorizes))
	differences := make([]point, len(a))
	for i := range a {
		differences[i] = point{a[i].condition, a[i].x - b[i].x, a[i].y - b[i].y}
	}
	i := bootstrap(differences, meanX, meanY)
	ax, ay := coordinates(a)
	bx, by := coordinates(b)
	return MDContrast{
		Pairs: len(a), Memorization: differenceOf(i[0], ax, bx), Dilation: differenceOf(i[1], ay, by),
		Slope: bootstrapDifference(ours, theirs, slopeOf),
	}
}

func only(points []point, holds func(point) bool) []point {
	return slices.DeleteFunc(slices.Clone(points), func(p point) bool { return !holds(p) })
}

func differenceOf(i Interval, a, b []float64) Difference {
	return Difference{Interval: i, P: Float(hypothesis.Paired(a, b).P), PSigns: Float(hypothesis.SignFlip(a, b).P)}
}

// coordinates are the memorization and the dilation of points.
func coordinates(points []point) (x, y []float64) {
	for _, p := range points {
		x, y = append(x, p.x), append(y, p.y)
	}
	return x, y
}

// paired are the mean points of the conditions that both have, in the order of
// the conditions' names.
func paired(ours, theirs []point) (a, b []point) {
	of := byCondition(theirs)
	for condition, p := range byCondition(ours) {
		if _, both := of[condition]; both {
			a = append(a, p)
		}
	}
	slices.SortFunc(a, func(p, q point) int { return cmp.Compare(p.condition, q.condition) })
	for _, p := range a {
		b = append(b, of[p.condition])
	}
	return a, b
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
