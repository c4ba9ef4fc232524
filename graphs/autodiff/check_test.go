package autodiff

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
)

// testCase is one operator on operands of given shapes: a row of the numeric
// gradient check.
type testCase struct {
	name  string
	in    []operand
	attrs []graphs.Attribute
	// outputs is the number of outputs that the node names, 1 when 0. The loss
	// depends on the first; on all, when all says so.
	outputs int
	all     bool
	// ranked says that the rule asks for ranks, sized that it asks for sizes,
	// which the forms that leave them open do not give.
	ranked, sized bool
	opset         int64 // 20 when 0
	foreign       bool  // ONNX Runtime refuses what ONNX allows here
}

// cases lists the rows of each operator.
type cases map[string][]testCase

// form is how much a graph says of the shapes of its inputs.
type form struct {
	name  string
	elem  graphs.DType
	shape func(shape []int) graphs.Shape
	open  bool // sizes other than the batch's are left open
}

var forms = []form{
	{"static", graphs.Float32, staticShape, false},
	{"double", graphs.Float64, staticShape, false},
	{"batch", graphs.Float32, func(shape []int) graphs.Shape {
		s := staticShape(shape)
		if len(s) > 0 && s[0].Size > 1 {
			s[0] = symbol(shape[0])
		}
		return s
	}, false},
	{"symbols", graphs.Float32, func(shape []int) graphs.Shape {
		return mapDims(shape, func(d int) graphs.Dim {
			if d == 1 {
				return graphs.Known(1)
			}
			return symbol(d)
		})
	}, true},
	{"unknown", graphs.Float32, func(shape []int) graphs.Shape {
		return mapDims(shape, func(int) graphs.Dim { return graphs.UnknownDim })
	}, true},
	{unranked, graphs.Float32, func([]int) graphs.Shape { return nil }, true},
}

// unranked is the form that leaves even ranks open.
const unranked = "unranked"

func staticShape(shape []int) graphs.Shape {
	return mapDims(shape, func(d int) graphs.Dim { return graphs.Known(int64(d)) })
}

func symbol(d int) graphs.Dim { return graphs.Symbolic(fmt.Sprintf("d%d", d)) }

func mapDims(shape []int, f func(int) graphs.Dim) graphs.Shape {
	out := make(graphs.Shape, len(shape))
	for i, d := range shape {
		out[i] = f(d)
	}
	return out
}

// problem is a test case made a graph that computes the scalar
// loss = Σ weights·y.
type problem struct {
	*graphs.Builder
	feeds map[string]*eval.Value
	// wrt are the differentiable operands, off the floating ones without
	// gradient.
	wrt, off []string
	loss     string
	options  Options
}

// version is the opset of the case.
func (c testCase) version() int64 {
	if c.opset == 0 {
		return 20
	}
	return c.opset
}

// build makes the graph of a case; weights has the shape of its first output.
func (c testCase) build(t testing.TB, op string, f form, weights operand) *problem {
	t.Helper()
	b, err := graphs.NewBuilder(graphs.NewModel("case", c.version()))
	if err != nil {
		t.Fatal(err)
	}
	p := &problem{Builder: b, feeds: map[string]*eval.Value{}}
	n := &graphs.Node{Op: op, Attributes: slices.Clone(c.attrs)}
	for i, o := range c.in {
		n.Inputs = append(n.Inputs, p.add(fmt.Sprintf("x%d", i), o, f))
		p.sort(rules[op].kind(i), n.Inputs[i], o)
	}
	for i := range max(c.outputs, 1) {
		n.Outputs = append(n.Outputs, fmt.Sprintf("y%d", i))
	}
	b.Append(n)
	product := b.Mul(b.Cast("y0", f.elem), p.add("weights", weights, f))
	p.loss = b.ReduceSum(b.ReshapeTo(product, -1), false, 0)
	for i := 1; c.all && i < c.outputs; i++ {
		p.loss = b.Add(p.loss, b.ReduceSum(b.ReshapeTo(b.Op("Sin", n.Outputs[i:i+1]), -1), false, 0))
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	b.Output(p.loss)
	return p
}

// add makes an operand an input or initializer and returns its name.
func (p *problem) add(name string, o operand, f form) string {
	switch {
	case o.same > 0:
		return fmt.Sprintf("x%d", o.same-1)
	case o.tensor != nil:
		named := *o.tensor
		if named.Name = name; named.Type == graphs.Float32 && !o.single {
			named = *graphs.NewTensor(name, f.elem, named.Dims, named.Floats())
		}
		return p.Initializer(&named)
	case o.value == nil:
		return ""
	}
	elem := o.value.Type
	if elem == graphs.Float32 && !o.single {
		elem = f.elem
	}
	p.feeds[name] = o.value
	shape := f.shape(o.value.Shape)
	if o.shaped {
		shape = staticShape(o.value.Shape)
	}
	return p.Input(name, graphs.Type{Elem: elem, Shape: shape})
}

// sort files an operand under what its rule says of it.
func (p *problem) sort(kind byte, name string, o operand) {
	switch {
	case o.value == nil || !o.value.Type.IsFloat():
	case kind == 'd':
		p.wrt = append(p.wrt, name)
	case kind == 'x':
		p.off = append(p.off, name)
	}
}

// outputShape computes the shape of a case's first output.
func (c testCase) outputShape(t testing.TB, op string) []int {
	t.Helper()
	in := make([]*eval.Value, len(c.in))
	for i, o := range c.in {
		switch {
		case o.same > 0:
			in[i] = c.in[o.same-1].value
		case o.tensor != nil:
			in[i] = eval.FromTensor(o.tensor)
		default:
			in[i] = o.value
		}
	}
	out, err := eval.Node(&graphs.Node{Op: op, Attributes: c.attrs, Outputs: slices.Repeat([]string{"y"}, max(c.outputs, 1))}, c.version(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out[0].Shape
}

// numeric returns the gradients of a value by central differences.
func numeric(t testing.TB, m *graphs.Model, feeds map[string]*eval.Value, loss string, wrt []string) map[string][]float64 {
	t.Helper()
	at := func() float64 {
		out, err := eval.Run(m, feeds, loss)
		if err != nil {
			t.Fatal(err)
		}
		return out[loss].F[0]
	}
	grads := map[string][]float64{}
	for _, name := range wrt {
		x := feeds[name].F
		g := make([]float64, len(x))
		for i, v := range x {
			h := 1e-5 * max(1, math.Abs(v))
			x[i] = v + h
			up := at()
			x[i] = v - h
			g[i] = (up - at()) / (2 * h)
			x[i] = v
		}
		grads[name] = g
	}
	return grads
}

// differentiate derives the gradients of a problem and makes them outputs.
func (p *problem) differentiate() (map[string]string, error) {
	grads, err := p.options.Gradients(p.Builder, p.loss, append(slices.Clone(p.wrt), p.off...))
	if err != nil {
		return nil, err
	}
	for _, name := range p.wrt {
		if g := grads[name]; g != "" {
			p.Output(p.Named("grad."+name, "Identity", []string{g}))
		}
	}
	return grads, nil
}

// verify computes the gradients and compares them with the numeric ones, as
// they are and tidied.
func verify(t testing.TB, m *graphs.Model, feeds map[string]*eval.Value, want map[string][]float64) {
	t.Helper()
	if err := graphs.Check(m); err != nil {
		t.Error(err)
	}
	verifyTypes(t, m, feeds)
	compareGradients(t, m, feeds, want)
	tidy, err := batchnorm.Lower(m)
	if err == nil {
		tidy, err = passes.Tidy(tidy, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := graphs.Check(tidy); err != nil {
		t.Errorf("tidied: %v", err)
	}
	compareGradients(t, tidy, feeds, want)
}

func compareGradients(t testing.TB, m *graphs.Model, feeds map[string]*eval.Value, want map[string][]float64) {
	t.Helper()
	got, err := eval.Run(m, feeds)
	if err != nil {
		t.Fatalf("%v\n%s", err, graphs.Text(m))
	}
	for name, w := range want {
		g := got["grad."+name]
		if g == nil {
			t.Errorf("no gradient by %s", name)
			continue
		}
		if !slices.Equal(g.Shape, feeds[name].Shape) {
			t.Errorf("gradient by %s has shape %v, want %v", name, g.Shape, feeds[name].Shape)
			continue
		}
		for i := range w {
			if !(math.Abs(g.F[i]-w[i]) <= 1e-6*(1+math.Abs(w[i]))) {
				t.Errorf("gradient by %s[%d] is %.9g, numerically %.9g\n%s", name, i, g.F[i], w[i], graphs.Text(m))
				break
			}
		}
	}
}

// verifyTypes compares what inference says of every value with what it is.
func verifyTypes(t testing.TB, m *graphs.Model, feeds map[string]*eval.Value) {
	t.Helper()
	infos, err := graphs.Infer(m)
	if err != nil {
		t.Error(err)
		return
	}
	var names []string
	for _, n := range m.Graph.Nodes {
		for _, o := range n.Outputs {
			if o != "" {
				names = append(names, o)
			}
		}
	}
	values, err := eval.Run(m, feeds, names...)
	if err != nil {
		t.Errorf("%v\n%s", err, graphs.Text(m))
		return
	}
	for _, name := range names {
		info, v := infos[name], values[name]
		if info.Elem != v.Type || !info.Shape.Compatible(staticShape(v.Shape)) {
			t.Errorf("%q is inferred %s and is %s\n%s", name, info.Type, v, graphs.Text(m))
		}
	}
}
