package metrics

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// group is one way to sort samples into K classes, some samples left out. What
// is quadratic in the deviations follows from the cells: with S_c the sum of
// ‖h − m_c‖² over a cell of n_c samples with mean m_c,
//
//	Σ_{i in k} ‖h_i − μ_k‖² = Σ_{cells c in k} S_c + n_c ‖m_c − μ_k‖²,
//
// a sum of positive terms.
type group struct {
	name    string
	of      func(shape, cell) (class int, in bool)
	n       int         // samples
	classes []*centroid // μ_k; nil for an empty class
	cells   [][]*centroid
	centred []float64 // K×d, rows μ_k − μ_G; zero rows for empty classes
	within  []float64 // K, Σ ‖h − μ_k‖² over the class; from the second pass

	scatter *scatter // nil when it is not measured
	labels  []int    // scratch of a batch: the class of each row, -1 for none
	ncc     nearest
}

// groupings are all ways to sort, by label first.
var groupings = []group{
	{name: "label", of: func(_ shape, c cell) (int, bool) { return c.label, true }},
	{name: "true_label", of: func(_ shape, c cell) (int, bool) { return c.trueLabel, true }},
	{name: "clean", of: func(s shape, c cell) (int, bool) { return c.label, !s.corrupted(c) }},
	{name: "corrupted", of: func(s shape, c cell) (int, bool) { return c.label, s.corrupted(c) }},
	{name: "corrupted_by_true_label", of: func(s shape, c cell) (int, bool) { return c.trueLabel, s.corrupted(c) }},
}

// groupsOf sorts the cells of the first pass: by label alone when nothing is
// corrupted.
func groupsOf(m *means) []*group {
	var groups []*group
	for i := range groupings {
		g := groupings[i]
		g.sort(m)
		if i == 0 {
			g.classes = m.classes // which gather the distances
		}
		groups = append(groups, &g)
		if !m.anyCorrupted() {
			break
		}
	}
	return groups
}

func (g *group) sort(m *means) {
	g.cells, g.classes = make([][]*centroid, m.k), make([]*centroid, m.k)
	for _, key := range m.order {
		if k, in := g.of(m.shape, key); in {
			g.cells[k] = append(g.cells[k], m.cells[key])
			g.n += m.cells[key].n
		}
	}
	for k, parts := range g.cells {
		g.classes[k] = pool(parts)
	}
	g.centred = make([]float64, m.k*m.dim)
	global := pool(present(g.classes))
	for k, c := range g.classes {
		if c != nil {
			c.minus(g.centred[k*m.dim:(k+1)*m.dim], global)
		}
	}
}

// finish adds up the within-class sums once the second pass is done.
func (g *group) finish(dim int) {
	g.within = make([]float64, len(g.classes))
	pull := make([]float64, dim)
	for k, parts := range g.cells {
		for _, c := range parts {
			c.minus(pull, g.classes[k])
			g.within[k] += c.distances.squares() + float64(c.n)*floats.Dot(pull, pull)
		}
	}
}

// complete tells whether every class has samples.
func (g *group) complete() bool { return len(present(g.classes)) == len(g.classes) }

func (g *group) between() float64 { return floats.Dot(g.centred, g.centred) / float64(len(g.classes)) }

// separated tells whether the class means differ by more than rounding.
func (g *group) separated() bool {
	return g.between() > degenerate*floats.Sum(g.within)/float64(g.n)
}

// measures returns those of the group; p is the second pass that it is of.
func (g *group) measures(p *spread) GroupMeasures {
	m := GroupMeasures{
		N: g.n, NC1: undefined, NC1Trace: undefined, CDNV: undefined, TraceSigmaW: undefined, TraceSigmaB: undefined,
		Accuracy: undefined, NCCAccuracy: undefined, NCCMismatch: undefined, MeanMeasures: undefinedMeans(),
	}
	if g.n == 0 {
		return m
	}
	m.TraceSigmaW = Float(floats.Sum(g.within) / float64(g.n))
	if g.scatter != nil {
		m.NC1 = g.scatter.nc1(g.n)
		m.Accuracy, m.NCCAccuracy, m.NCCMismatch = g.ncc.percentages(g.n, p.hasLogits, g.separated())
	}
	if !g.complete() {
		return m
	}
	m.TraceSigmaB = Float(g.between())
	if g.separated() {
		m.NC1Trace = quotient(m.TraceSigmaW, m.TraceSigmaB)
		m.CDNV = g.cdnv()
		m.MeanMeasures = meanMeasures(g.centred, p.k, p.dim, p.full)
	}
	return m
}

// cdnv is the class-distance normalised variance, see [GroupMeasures].
func (g *group) cdnv() Float {
	k := len(g.classes)
	dim := len(g.centred) / k
	if k < 2 {
		return undefined
	}
	return Float(stat.Mean(pairs(k, func(i, j int) float64 {
		v := (g.within[i]/float64(g.classes[i].n) + g.within[j]/float64(g.classes[j].n)) / 2
		apart := squaredDistance(g.centred[i*dim:(i+1)*dim], g.centred[j*dim:(j+1)*dim])
		if apart <= degenerate*v {
			return math.NaN()
		}
		return v / apart
	}), nil))
}

// assign sets the class of every row of a batch.
func (g *group) assign(s shape, b Batch) []int {
	g.labels = g.labels[:0]
	for i := range b.Labels {
		k, in := g.of(s, cellOf(b, i))
		if !in {
			k = -1
		}
		g.labels = append(g.labels, k)
	}
	return g.labels
}

// squaredDistance is ‖a − b‖².
func squaredDistance(a, b []float64) float64 {
	total := 0.0
	for i, v := range a {
		total += (v - b[i]) * (v - b[i])
	}
	return total
}

// pairs returns f(i, j) for all i < j < k in order; f is called in parallel.
func pairs(k int, f func(i, j int) float64) []float64 {
	values := make([]float64, k*(k-1)/2)
	parallel(k, 8, func(from, to int) {
		for i := from; i < to; i++ {
			row := values[i*(2*k-i-1)/2:]
			for j := i + 1; j < k; j++ {
				row[j-i-1] = f(i, j)
			}
		}
	})
	return values
}

// variation is the coefficient of variation, std/|mean|: NaN without values
// and for a mean of 0.
func (m *moments) variation() Float {
	if m.n == 0 || m.mean == 0 {
		return undefined
	}
	return m.stddev() / Float(math.Abs(m.mean))
}

// squares is the sum of the squares.
func (m *moments) squares() float64 { return m.m2 + float64(m.n)*m.mean*m.mean }
