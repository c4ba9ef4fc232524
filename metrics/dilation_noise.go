package metrics

import (
	"slices"

	"github.com/memdil/memdil/metrics/hypothesis"
)

// MDNoise compares a loss with the baseline at one noise degree: how much the
// losses differ may well depend on how much there is to memorize.
type MDNoise struct {
	Loss     string `json:"loss"`
	Baseline string `json:"baseline"`
	Group    string `json:"group,omitempty"`
	Noise    Float  `json:"noise"` // η
	// The mean differences, loss − baseline, of what [MDRun] has.
	Memorization         MDEffect `json:"memorization"`
	RelativeMemorization MDEffect `json:"relative_memorization"`
	Dilation             MDEffect `json:"dilation"`
	RelativeDilation     MDEffect `json:"relative_dilation"`
	TestAccuracy         MDEffect `json:"test_accuracy"`
	TestNC1              MDEffect `json:"test_nc1"`
}

// Name is "LS − CrossEntropy, mnist".
func (n MDNoise) Name() string { return nameWithGroup(n.Loss+" − "+n.Baseline, n.Group) }

// MDEffect is a mean difference over pairs of runs, one a seed. Low and High
// are the 95 % interval of the paired t test, which a bootstrap of so few
// pairs would make too narrow.
type MDEffect struct {
	Pairs int `json:"pairs"` // conditions with runs of both losses that have the value
	Interval
	// P and PSigns are as in [Difference]; PHolm is P corrected for all
	// comparisons of this quantity, of every loss, noise degree and group, see
	// [hypothesis.Holm].
	P      Float `json:"p"`
	PSigns Float `json:"p_signs"`
	PHolm  Float `json:"p_holm"`
}

// MDQuantity is one of the measures by which an [MDNoise] compares losses.
type MDQuantity struct {
	Name   string // with its unit, "test accuracy, %"
	Of     func(MDRun) Float
	Effect func(*MDNoise) *MDEffect // where its comparison is
}

// MDQuantities returns all of them, in the order of tables.
func MDQuantities() []MDQuantity { return slices.Clone(mdQuantities) }

var mdQuantities = []MDQuantity{
	{"memorization", func(r MDRun) Float { return r.Memorization }, func(n *MDNoise) *MDEffect { return &n.Memorization }},
	{"relative memorization", func(r MDRun) Float { return r.RelativeMemorization }, func(n *MDNoise) *MDEffect { return &n.RelativeMemorization }},
	{"dilation", func(r MDRun) Float { return r.Dilation }, func(n *MDNoise) *MDEffect { return &n.Dilation }},
	{"relative dilation", func(r MDRun) Float { return r.RelativeDilation }, func(n *MDNoise) *MDEffect { return &n.RelativeDilation }},
	{"test accuracy, %", func(r MDRun) Float { return r.TestAccuracy }, func(n *MDNoise) *MDEffect { return &n.TestAccuracy }},
	{"test NC1", func(r MDRun) Float { return r.TestNC1 }, func(n *MDNoise) *MDEffect { return &n.TestNC1 }},
}

// byNoise compares the losses of every group, by rising noise degree. Degrees
// without a pair are left out, and runs without a degree.
func byNoise(runs []MDRun) []MDNoise {
	all := []MDNoise{} // [] in JSON, not null
	for _, g := range mdGroupsOf(runs) {
		for _, loss := range g.others() {
			for _, degree := range g.degrees() {
				n := MDNoise{Loss: loss, Baseline: g.baseline, Group: g.name, Noise: degree}
				found := false
				for _, q := range mdQuantities {
					a, b := paired(g.at(degree, loss, q.Of), g.at(degree, g.baseline, q.Of))
					*q.Effect(&n) = effectOf(a, b)
					found = found || len(a) > 0
				}
				if found {
					all = append(all, n)
				}
			}
		}
	}
	correct(all)
	return all
}

// degrees are the noise degrees of the group's runs, rising.
func (g *mdGroup) degrees() []Float {
	var degrees []Float
	for _, r := range g.runs {
		if r.Noise.Defined() && !slices.Contains(degrees, r.Noise) {
			degrees = append(degrees, r.Noise)
		}
	}
	slices.Sort(degrees)
	return degrees
}

// at are the values of the runs of a noise degree and a loss that have one.
func (g *mdGroup) at(degree Float, loss string, of func(MDRun) Float) []point {
	var points []point
	for _, r := range g.runs {
		if v := of(r); r.Noise == degree && r.Loss == loss && v.Defined() {
			points = append(points, point{condition: r.Condition, x: float64(v)})
		}
	}
	return points
}

func effectOf(ours, theirs []point) MDEffect {
	a, _ := coordinates(ours)
	b, _ := coordinates(theirs)
	e := MDEffect{Pairs: len(a), Interval: Interval{undefined, undefined, undefined}, P: undefined, PSigns: undefined, PHolm: undefined}
	switch {
	case len(a) == 1:
		e.Value = Float(a[0] - b[0])
	case len(a) > 1:
		t := hypothesis.Paired(a, b)
		e.Interval = Interval{Float(t.Estimate), Float(t.Low), Float(t.High)}
		e.P, e.PSigns = Float(t.P), Float(hypothesis.SignFlip(a, b).P)
	}
	return e
}

// correct sets PHolm, one quantity after the other.
func correct(all []MDNoise) {
	for _, q := range mdQuantities {
		ps := make([]float64, len(all))
		for i := range all {
			ps[i] = float64(q.Effect(&all[i]).P)
		}
		for i, p := range hypothesis.Holm(ps) {
			q.Effect(&all[i]).PHolm = Float(p)
		}
	}
}
