package batchnorm

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Large says which tensors N×C×… are large: those of at least Tensor elements,
// of which each plane has at least Plane.
type Large struct{ Plane, Tensor int64 }

// holds reports whether a tensor of that shape surely is large.
func (l Large) holds(shape graphs.Shape) bool {
	if len(shape) < 3 || !shape.IsStatic() {
		return false
	}
	plane, _ := shape[2:].Elements()
	all, _ := shape.Elements()
	return plane >= l.Plane && all >= l.Tensor
}

// Planes returns a copy of m in which the standardisation of a large x, N×C×…,
// over all axes but the channels takes its statistics from a LayerNormalization
// of the planes. That reads x and writes as much once, where a mean, a
// difference, its square and another mean read four times and write twice.
// Planes of means m and inverse deviations i give, by the law of total variance,
//
//	mean = E m    variance + ε = E (1/i² + (m − mean)²)
//
// over the batch, in which nothing cancels. x̂ is a BatchNormalization with these
// statistics, for Affines to join with what scales and shifts it. The sum of x̂
// times a gradient v, which alone would need x̂ itself, is made of the
// standardised planes y that are there already,
//
//	Σ v·x̂ = Σ ((Σ v·y)/i + (m − mean)·Σ v)/√(variance + ε)
//
// the inner sums being over a plane, the outer over the batch. Each value is
// computed wherever it is needed: passes.Share is to follow.
func Planes(m *graphs.Model, large Large) (*graphs.Model, error) {
	made := map[string]*planes{} // by x̂
	form := func(k *passes.Known, x string, axes []int64, epsilon float64) moments {
		if !large.holds(k.Shape(x)) || !passes.OverBatch(axes, len(k.Shape(x))) || epsilon <= 0 {
			return nil // without ε, a constant plane has no y
		}
		return newPlanes(k, x, epsilon, made)
	}
	return restandardise(m, form, func(k *passes.Known, n *graphs.Node) []string {
		if n.Op != "ReduceMean" && n.Op != "ReduceSum" || n.Int("keepdims", 1) == 0 {
			return nil
		}
		product := k.Maker(n.Input(0))
		if !product.Is("Mul") || k.Reads(n.Input(0)) != 1 || !passes.OverBatch(passes.ReducedAxes(k.Builder, n), len(k.Shape(n.Input(0)))) {
			return nil
		}
		for i, name := range product.Inputs {
			v := product.Inputs[1-i]
			if p := made[name]; p != nil && k.Shape(v).Equals(k.Shape(name)) {
				return []string{p.sum(n.Op, v)}
			}
		}
		return nil
	})
}

// planes are the values of a standardisation over the batch that begins with
// one of each plane.
type planes struct {
	*passes.Known
	each      lanes
	x, centre string
	off       string // m − mean
	shifted   string // variance + ε
	made      map[string]*planes
}

// newPlanes appends the statistics of x.
func newPlanes(k *passes.Known, x string, epsilon float64, made map[string]*planes) *planes {
	p := &planes{Known: k, x: x, each: newLanes(k, x, 2, epsilon), made: made}
	p.centre = k.ReduceMean(p.each.mean(), true, 0)
	p.off = k.Sub(p.each.mean(), p.centre)
	p.shifted = k.ReduceMean(k.Add(k.Pow(p.each.inv(), k.Like(x, -2)), k.Square(p.off)), true, 0)
	return p
}

func (p *planes) mean() string { return p.centre }

func (p *planes) variance() string { return p.Shift(p.shifted, -p.each.epsilon) }

func (p *planes) inv() string { return p.Reciprocal(p.Sqrt(p.shifted)) }

func (p *planes) xhat() string {
	xhat := normalise(p.Known, affine{x: p.x, mean: p.centre, variance: p.variance(), epsilon: p.each.epsilon})
	p.made[xhat] = p
	return xhat
}

// sum returns the sum or mean of v·x̂ over batch and planes, op being the
// operator.
func (p *planes) sum(op, v string) string {
	over := func(x string, axes ...int64) string { return p.ReduceSum(x, true, axes...) }
	within := passes.Span(2, int64(len(p.Shape(v))))
	standard := p.Div(over(p.Mul(v, p.each.xhat()), within...), p.each.inv())
	sum := p.Mul(over(p.Add(standard, p.Mul(over(v, within...), p.off)), 0), p.inv())
	if op == "ReduceMean" {
		return passes.MeanOf(p.Builder, v, sum)
	}
	return sum
}
