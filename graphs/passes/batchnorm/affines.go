package batchnorm

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Affines returns a copy of m in which a large tensor N×C×… that is shifted and
// scaled by one number for each channel, several times in a row, is so by one
// BatchNormalization in inference form:
//
//	(x·s + t)·u − w becomes x·(s·u) + (t·u − w)
//
// Of (v − t) − e, where e is made so as well, t becomes part of e. ONNX Runtime
// on a GPU reads and writes the tensor in every operator; numbers for channels
// cost next to nothing.
func Affines(m *graphs.Model, large Large) (*graphs.Model, error) {
	return passes.RewriteKnown(m, func(k *passes.Known, n *graphs.Node) []string {
		a := affines{k, large}
		if n.Op == "Sub" {
			if news := a.gathered(n); news != nil {
				return news
			}
		}
		x, step := a.step(n)
		if step == nil {
			return nil
		}
		before, ok := a.read(x)
		if !ok {
			return nil
		}
		return []string{normalise(k, then(k, before, *step))}
	})
}

// affines reads values as affine functions of large tensors.
type affines struct {
	*passes.Known
	large Large
}

// affine is (x − mean)/√(variance + ε)·scale + shift, all of these being one
// number for each channel; "" for a mean or shift is 0, for a scale 1, for a
// variance 1 − ε.
type affine struct {
	x, mean, variance, scale, shift string
	epsilon                         float64
}

// step is one of the operators Add, Mul and Sub with a number for each channel
// as its second operand.
type step struct{ op, by string }

// step reads n as such an operator on a large tensor x, s being nil if it is
// none.
func (a affines) step(n *graphs.Node) (x string, s *step) {
	if !slices.Contains([]string{"Add", "Mul", "Sub"}, n.Op) {
		return "", nil
	}
	for i, x := range n.Inputs {
		by := n.Inputs[1-i]
		if a.isLarge(x) && perChannel(a.Known, by, x) && (i == 0 || n.Op != "Sub") {
			return x, &step{n.Op, by}
		}
	}
	return "", nil
}

// isLarge reports whether x is a large tensor of floats.
func (a affines) isLarge(x string) bool {
	return a.Elem(x) == graphs.Float32 && a.large.holds(a.Shape(x))
}

// perChannel reports whether c holds one number for each channel of x, N×C×….
func perChannel(k *passes.Known, c, x string) bool {
	of, shape := k.Shape(c), k.Shape(x)
	channel := 1 - (len(shape) - len(of)) // the channels' axis in c
	if channel < 0 || len(of) > len(shape) {
		return false
	}
	for i, d := range of {
		if i != channel && d != graphs.Known(1) {
			return false
		}
	}
	return of[channel] == shape[1]
}

// read reads what makes a value; ok is false if it is nothing of the kind.
func (a affines) read(name string) (f affine, ok bool) {
	n := a.Maker(name)
	if n == nil {
		return f, false
	}
	if n.Op == "BatchNormalization" {
		if n.Int("training_mode", 0) != 0 || !a.isLarge(name) {
			return f, false
		}
		return affine{x: n.Input(0), scale: unless(a.Known, n.Input(1), 1), shift: unless(a.Known, n.Input(2), 0), mean: n.Input(3), variance: n.Input(4),
			epsilon: float64(n.Float("epsilon", 1e-5))}, true
	}
	x, first := a.step(n)
	if first == nil {
		return f, false
	}
	return then(a.Known, affine{x: x}, *first), true
}

// unless returns a name, "" if it is that of a constant of nothing but v.
func unless(k *passes.Known, name string, v float64) string {
	c := k.Info(name).Const
	if c == nil {
		return name
	}
	for i := range c.Len() {
		if c.At(i) != v {
			return name
		}
	}
	return ""
}

// then returns a followed by one more operator.
func then(k *passes.Known, a affine, s step) affine {
	by := vector(k, s.by)
	switch {
	case s.op == "Mul":
		if a.shift != "" {
			a.shift = k.Mul(a.shift, by)
		}
		a.scale = combined(k, "Mul", a.scale, by)
	case s.op == "Sub" && a == affine{x: a.x}:
		a.mean = by
	case s.op == "Sub" && a.shift == "":
		a.shift = k.Neg(by)
	default:
		a.shift = combined(k, s.op, a.shift, by)
	}
	return a
}

// combined returns the result of an operator, the second operand alone if
// there is no first.
func combined(k *passes.Known, op, a, b string) string {
	if a == "" {
		return b
	}
	return k.Op(op, []string{a, b})
}

// vector returns numbers for the channels as a vector.
func vector(k *passes.Known, c string) string {
	if len(k.Shape(c)) == 1 {
		return c
	}
	size, _ := k.Shape(c).Elements()
	return k.ReshapeTo(c, size)
}

// unitEpsilon is an ε for which 1 − ε and its sum with ε are exact in float32,
// and which is none too small for any version of cuDNN.
const unitEpsilon = 1.0 / (1 << 16)

// normalise appends the BatchNormalization that makes a.
func normalise(k *passes.Known, a affine) string {
	channels := k.Shape(a.x)[1].Size
	or := func(name string, v float64) string {
		if name != "" {
			return vector(k, name)
		}
		return k.Uniform(v, channels)
	}
	if a.variance == "" {
		a.epsilon = unitEpsilon
	}
	return k.Op("BatchNormalization", []string{a.x, or(a.scale, 1), or(a.shift, 0), or(a.mean, 0), or(a.variance, 1-unitEpsilon)},
		graphs.Float("epsilon", float32(a.epsilon)))
}

// gathered is (v − t) − e as v − (e + t), nil where e is not made so that t
// costs nothing there.
func (a affines) gathered(n *graphs.Node) []string {
	first := a.Maker(n.Input(0))
	if !first.Is("Sub") {
		return nil
	}
	v, s := a.step(first)
	e, ok := a.read(n.Input(1))
	if s == nil || !ok || !a.Shape(v).Equals(a.Shape(n.Input(1))) {
		return nil
	}
	return []string{a.Sub(v, normalise(a.Known, then(a.Known, e, step{"Add", s.by})))}
}
