package training

import (
	"math"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// steady is SGD with momentum at one learning rate s, for what a GPU records:
// with fewer passes over memory than velocity needs. Its coefficients are
// numbers, which an operator for products takes as attributes
// (cuda.Accumulate), and weight decay costs no pass at all.
//
// With n = −s·v, the velocity, a step is
//
//	n' = μn − s·g − sλ·p    p' = p + n'
//
// Of the velocity, n̄ = n − κp does not depend on p any more for a number κ,
// a root of μκ² + (1−μ−sλ)κ + sλ = 0:
//
//	n̄' = (1−κ)(μn̄ − s·g)    p' = (p + n̄')/(1−κ)
//
// and with p = θp̃ and n̄ = θ(1−κ)ñ, where the number θ is carried, begins as 1
// and is divided by 1−κ after every step, nothing is left but
//
//	ñ' = βñ − (1−κ)s/θ·g    p̃' = p̃ + ñ'    β = μ(1−κ)²
//
// A turn carries p̃ and ñ in place of p and v. Without decay κ is 0 and θ is 1.
type steady struct {
	rate  float64 // s
	kappa float64 // κ
	beta  float64 // β
	// scale names θ, a float64; "" where it is 1.
	scale string
}

// LongestRun is the most steps that a run of a Recording may have, since more
// could take what turns carry beyond what a float32 holds.
const LongestRun = 1 << 12

// furthest is how far θ may go in the longest run, as its logarithm.
const furthest = 20

// SteadyRate returns the learning rate if a Recording that knows it, by
// [DeviceOptions.Rate], is for this one only, and 0 if it is for any.
func (o Optimizer) SteadyRate(rate float64) float64 {
	if o.steadily(rate) == nil {
		return 0
	}
	return rate
}

// steadily returns the form for a learning rate, nil where there is none: without
// momentum, at a rate that does not tell n from 0, where decay and momentum
// together overshoot, or where decay is so strong that θ goes too far.
func (o Optimizer) steadily(rate float64) *steady {
	if o.Kind != SGD || o.Momentum == 0 || rate < leastRate {
		return nil
	}
	decay := rate * o.WeightDecay
	b := 1 - o.Momentum - decay
	root := b*b - 4*o.Momentum*decay
	if b <= 0 || root < 0 {
		return nil
	}
	kappa := -2 * decay / (b + math.Sqrt(root))
	if LongestRun*math.Log1p(-kappa) > furthest {
		return nil
	}
	return &steady{rate: rate, kappa: kappa, beta: o.Momentum * (1 - kappa) * (1 - kappa)}
}

// scales reports whether values are carried at a scale that changes: under decay.
func (s *steady) scales() bool { return s.kappa != 0 }

// parameterScale names θ in a turn.
const parameterScale = "parameter.scale"

// scaled returns the net with each parameter p read as θ·p̃, where p̃ is carried
// under the name of p. Gradients are taken with respect to the product.
func (s *steady) scaled(net *Net) *Net {
	if !s.scales() {
		return net
	}
	out := *net
	out.Model = net.Model.Clone()
	g := out.Model.Graph
	names := graphs.NewNames(g)
	s.scale = names.Fresh(parameterScale)
	single := names.Fresh("scale")
	g.Initializers = append(g.Initializers, graphs.NewTensor(s.scale, graphs.Float64, nil, []float64{1}))
	nodes := []*graphs.Node{castNode(single, s.scale, graphs.Float32)}
	out.products = map[string]string{}
	for _, p := range net.Parameters {
		product := names.Fresh(p.Name + ".scaled")
		nodes = append(nodes, node("Mul", product, p.Name, single))
		out.products[p.Name] = product
	}
	for _, n := range g.Nodes {
		passes.RenameReads(n, out.products)
	}
	g.Nodes = append(nodes, g.Nodes...)
	out.Classifier.Weight, out.Classifier.Bias = out.read(net.Classifier.Weight), out.read(net.Classifier.Bias)
	out.shifts = map[string]string{}
	for norm, bias := range net.shifts {
		out.shifts[norm] = out.read(bias)
	}
	return &out
}

// read is the value that the graph reads for a parameter.
func (net *Net) read(parameter string) string {
	if product := net.products[parameter]; product != "" {
		return product
	}
	return parameter
}

// update is the rule of a step, gradients being multiplied by −(1−κ)s/θ.
func (s *steady) update(b *graphs.Builder, lr, _ string) update {
	u := update{factor: b.Neg(lr)}
	if s.scales() {
		part := b.Cast(b.Div(b.Scalar(graphs.Float64, s.kappa-1), s.scale), graphs.Float32)
		u.factor = b.Mul(lr, part)
		next := b.Div(s.scale, b.Scalar(graphs.Float64, 1-s.kappa))
		u.carried = []carriedValue{{value: b.Model().Graph.Initializer(s.scale), next: next}}
	}
	u.apply = func(p, grad string, slots []string) (string, []string) {
		n := b.Add(b.Scale(slots[0], s.beta), grad)
		return b.Add(p, n), []string{n}
	}
	return u
}

// enter makes ñ = (−s·v − κp)/(1−κ), θ being 1.
func (s *steady) enter(o *outer, slot, v string, p func() string) string {
	n := s.times(o, "velocity/"+slot, v, -s.rate/(1-s.kappa))
	if !s.scales() {
		return n
	}
	shift := s.times(o, "shift/"+slot, p(), -s.kappa/(1-s.kappa))
	o.add(node("Add", outerPrefix+"lean/"+slot, n, shift))
	return outerPrefix + "lean/" + slot
}

// times returns x·c for a number c.
func (s *steady) times(o *outer, name, x string, c float64) string {
	factor := o.constant(graphs.NewTensor(outerPrefix+"factor/"+name, graphs.Float32, nil, []float64{c}))
	o.add(node("Mul", outerPrefix+name, x, factor))
	return outerPrefix + name
}

// Factors by which what is carried becomes what it stands for.
const (
	ofWhole = outerPrefix + "of.whole" // θ rounded to 1 or 0
	ofPart  = outerPrefix + "of.part"  // θ less that
	ofLean  = outerPrefix + "of.lean"  // −θ(1−κ)/s
	ofShift = outerPrefix + "of.shift" // −θκ/s
)

// begin computes the factors, in double.
func (s *steady) begin(o *outer, scale string) {
	if !s.scales() {
		return
	}
	number := func(name string, c float64) string {
		return o.constant(graphs.NewTensor(name+".number", graphs.Float64, nil, []float64{c}))
	}
	const double = ".double"
	o.add(node("Round", ofWhole+double, scale))
	o.add(node("Sub", ofPart+double, scale, ofWhole+double))
	o.add(node("Mul", ofLean+double, scale, number(ofLean, -(1-s.kappa)/s.rate)))
	o.add(node("Mul", ofShift+double, scale, number(ofShift, -s.kappa/s.rate)))
	for _, name := range []string{ofWhole, ofPart, ofLean, ofShift} {
		o.add(castNode(name, name+double, graphs.Float32))
	}
}

// leaveParameter makes p = θp̃, where θ is near 1 as p̃ + (θ−1)p̃. Rounding of θ
// itself would be the same for all elements, run after run, and after short runs
// as large as the decay.
func (s *steady) leaveParameter(o *outer, to, p string) {
	whole, part := ofWhole+"/"+to, ofPart+"/"+to
	o.add(node("Mul", whole, p, ofWhole))
	o.add(node("Mul", part, p, ofPart))
	o.add(node("Add", to, whole, part))
}

// leaveMomentum makes v = −(n̄ + κp)/s.
func (s *steady) leaveMomentum(o *outer, to, n, p string) {
	if !s.scales() {
		factor := o.constant(graphs.NewTensor(ofLean, graphs.Float32, nil, []float64{-1 / s.rate}))
		o.add(node("Mul", to, n, factor))
		return
	}
	lean, shift := outerPrefix+"lean/"+to, outerPrefix+"shift/"+to
	o.add(node("Mul", lean, n, ofLean))
	o.add(node("Mul", shift, p, ofShift))
	o.add(node("Add", to, lean, shift))
}
