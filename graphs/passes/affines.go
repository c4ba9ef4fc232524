package passes

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// Affines returns a copy of m in which a tensor N×C×… that is shifted and
// scaled by one number for each channel, several times in a row, is so by one
// BatchNormalization in inference form:
//
//	(x·s + t)·u − w becomes x·(s·u) + (t·u − w)
//
// Of (v − t) − e, where e is made so as well, t becomes part of e. ONNX Runtime
// on a GPU reads and writes the tensor in every operator; numbers for channels
// cost next to nothing. With matrices, the rows of a matrix are channels too, of
// one sample.
func Affines(m *graphs.Model, matrices bool) (*graphs.Model, error) {
	out, err := rewriteKnown(m, func(k *makers, n *graphs.Node) []string {
		a := affines{k, matrices}
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
		return []string{k.normalise(k.then(before, *step))}
	})
	if err != nil {
		return nil, err
	}
	return Prune(out), nil
}

// affines reads values as affine functions of others.
type affines struct {
	*makers
	matrices bool
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

// step reads n as such an operator on a tensor x, s being nil if it is none.
func (a affines) step(n *graphs.Node) (x string, s *step) {
	if !slices.Contains([]string{"Add", "Mul", "Sub"}, n.Op) {
		return "", nil
	}
	for i, x := range n.Inputs {
		by := n.Inputs[1-i]
		if a.perChannel(by, x) && (i == 0 || n.Op != "Sub") {
			return x, &step{n.Op, by}
		}
	}
	return "", nil
}

// channels returns the axis of a tensor's channels; ok is false if it has none
// or they are not known.
func (a affines) channels(x string) (axis int, ok bool) {
	shape := a.Shape(x)
	ok = shape.IsStatic() && a.Elem(x) == graphs.Float32 && (len(shape) > 2 || a.matrices && len(shape) == 2)
	return min(1, len(shape)-2), ok
}

// perChannel reports whether c holds one number for each channel of a tensor x
// that is a good deal larger.
func (a affines) perChannel(c, x string) bool {
	of, large := a.Shape(c), a.Shape(x)
	axis, ok := a.channels(x)
	at := axis - (len(large) - len(of)) // the channels' axis in c
	if !ok || at < 0 || at >= len(of) {
		return false
	}
	for i, d := range of {
		if i != at && d != graphs.Known(1) {
			return false
		}
	}
	elements, ok := large.Elements()
	return ok && of[at] == large[axis] && elements >= 8*of[at].Size
}

// read reads what makes a value; ok is false if it is nothing of the kind.
func (a affines) read(name string) (f affine, ok bool) {
	n, shape := a.maker(name), a.Shape(name)
	if _, ok := a.channels(name); !ok || n == nil {
		return f, false
	}
	if len(shape) == 2 && n.Op == "Reshape" {
		if f, ok = a.normalised(a.maker(n.Input(0))); ok {
			f.x, ok = a.matrix(f.x, shape)
			return f, ok
		}
	}
	if f, ok = a.normalised(n); ok && len(shape) > 2 {
		return f, true
	}
	x, first := a.step(n)
	if first == nil {
		return f, false
	}
	return a.then(affine{x: x}, *first), true
}

// matrix returns the matrix of that shape whose rows are the channels of view.
func (a affines) matrix(view string, shape graphs.Shape) (x string, ok bool) {
	n := a.maker(view)
	if !is(n, "Reshape") || !a.Shape(n.Input(0)).Equals(shape) || !a.Shape(view).Equals(append(graphs.Shape{graphs.Known(1)}, shape...)) {
		return "", false
	}
	return n.Input(0), true
}

// normalised reads a BatchNormalization in inference form.
func (a affines) normalised(n *graphs.Node) (f affine, ok bool) {
	if !is(n, "BatchNormalization") || n.Int("training_mode", 0) != 0 {
		return f, false
	}
	return affine{x: n.Input(0), scale: a.unless(n.Input(1), 1), shift: a.unless(n.Input(2), 0), mean: n.Input(3), variance: n.Input(4),
		epsilon: float64(n.Float("epsilon", 1e-5))}, true
}

// unless returns a name, "" if it is that of a constant of nothing but v.
func (k *makers) unless(name string, v float64) string {
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
func (k *makers) then(a affine, s step) affine {
	by := k.vector(s.by)
	switch {
	case s.op == "Mul":
		if a.shift != "" {
			a.shift = k.Mul(a.shift, by)
		}
		a.scale = k.combined("Mul", a.scale, by)
	case s.op == "Sub" && a == affine{x: a.x}:
		a.mean = by
	case s.op == "Sub" && a.shift == "":
		a.shift = k.Neg(by)
	default:
		a.shift = k.combined(s.op, a.shift, by)
	}
	return a
}

// combined returns the result of an operator, the second operand alone if
// there is no first.
func (k *makers) combined(op, a, b string) string {
	if a == "" {
		return b
	}
	return k.Op(op, []string{a, b})
}

// vector returns numbers for the channels as a vector.
func (k *makers) vector(c string) string {
	if len(k.Shape(c)) == 1 {
		return c
	}
	size, _ := k.Shape(c).Elements()
	return k.ReshapeTo(c, size)
}

// unitEpsilon is an ε for which 1 − ε and its sum with ε are exact in float32,
// and which is none too small for any version of cuDNN.
const unitEpsilon = 1.0 / (1 << 16)

// normalise appends the BatchNormalization that makes f, of a matrix by way of
// a tensor of one sample.
func (k *makers) normalise(f affine) string {
	shape := k.Shape(f.x)
	if len(shape) == 2 {
		matrix := f.x
		f.x = k.ReshapeTo(matrix, 1, shape[0].Size, shape[1].Size)
		return k.ReshapeLike(k.normalise(f), matrix)
	}
	channels := shape[1].Size
	vector := func(name string, otherwise float64) string {
		if name != "" {
			return k.vector(name)
		}
		return k.Const(graphs.NewTensor("", graphs.Float32, []int64{channels}, slices.Repeat([]float64{otherwise}, int(channels))))
	}
	if f.variance == "" {
		f.epsilon = unitEpsilon
	}
	return k.Op("BatchNormalization", []string{f.x, vector(f.scale, 1), vector(f.shift, 0), vector(f.mean, 0), vector(f.variance, 1-unitEpsilon)},
		graphs.Float("epsilon", float32(f.epsilon)))
}

// gathered is (v − t) − e as v − (e + t), nil where e is not made so that t
// costs nothing there.
func (a affines) gathered(n *graphs.Node) []string {
	first := a.maker(n.Input(0))
	if !is(first, "Sub") {
		return nil
	}
	v, s := a.step(first)
	e, ok := a.read(n.Input(1))
	if s == nil || !ok || !a.Shape(v).Equals(a.Shape(n.Input(1))) {
		return nil
	}
	return []string{a.Sub(v, a.normalise(a.then(e, step{"Add", s.by})))}
}
