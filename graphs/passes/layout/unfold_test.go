package layout_test

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/passtest"
	"github.com/memdil/memdil/graphs/passes/layout"
	"github.com/memdil/memdil/ort/orttest"
)

// unfoldCase is a convolution; left says that the pass does not take it.
type unfoldCase struct {
	name  string
	x, w  []int
	bias  bool
	attrs []graphs.Attribute
	left  bool
}

var unfoldCases = []unfoldCase{
	{name: "3×3", x: []int{3, 4, 4, 4}, w: []int{5, 4, 3, 3}, attrs: []graphs.Attribute{graphs.Ints("pads", 1, 1, 1, 1)}},
	{name: "bias", x: []int{2, 3, 3, 5}, w: []int{4, 3, 3, 3}, bias: true, attrs: []graphs.Attribute{graphs.Ints("pads", 1, 1, 1, 1)}},
	{name: "one sample", x: []int{1, 3, 4, 4}, w: []int{2, 3, 3, 3}, bias: true, attrs: []graphs.Attribute{graphs.Ints("pads", 1, 1, 1, 1)}},
	{name: "one kernel", x: []int{2, 3, 4, 4}, w: []int{1, 3, 2, 2}, bias: true},
	{name: "no padding", x: []int{2, 3, 5, 4}, w: []int{4, 3, 2, 3}},
	{name: "uneven padding", x: []int{2, 3, 4, 5}, w: []int{4, 3, 3, 2}, attrs: []graphs.Attribute{graphs.Ints("pads", 0, 2, 1, 0)}},
	{name: "strides", x: []int{2, 3, 8, 7}, w: []int{4, 3, 3, 3}, bias: true, attrs: []graphs.Attribute{graphs.Ints("pads", 1, 1, 1, 1), graphs.Ints("strides", 2, 3)}},
	{name: "dilations", x: []int{2, 3, 6, 7}, w: []int{4, 3, 3, 2}, attrs: []graphs.Attribute{graphs.Ints("pads", 1, 2, 3, 0), graphs.Ints("dilations", 2, 3)}},
	{name: "strides and dilations", x: []int{2, 2, 9, 9}, w: []int{3, 2, 3, 3}, attrs: []graphs.Attribute{graphs.Ints("strides", 2, 2), graphs.Ints("dilations", 2, 3)}},
	{name: "a window of all places", x: []int{3, 4, 2, 2}, w: []int{5, 4, 2, 2}},
	{name: "a place", x: []int{3, 4, 1, 1}, w: []int{5, 4, 3, 3}, attrs: []graphs.Attribute{graphs.Ints("pads", 1, 1, 1, 1)}},
	{name: "signals", x: []int{2, 3, 9}, w: []int{4, 3, 3}, bias: true, attrs: []graphs.Attribute{graphs.Ints("pads", 1, 1), graphs.Ints("strides", 2)}},
	{name: "volumes", x: []int{2, 2, 3, 4, 2}, w: []int{3, 2, 2, 3, 1}, attrs: []graphs.Attribute{graphs.Ints("pads", 0, 1, 0, 0, 1, 0)}},
	{name: "one place of the kernel", x: []int{2, 3, 4, 4}, w: []int{4, 3, 1, 1}, left: true},
	{name: "one of each block of places", x: []int{2, 3, 4, 6}, w: []int{4, 3, 1, 1}, bias: true, attrs: []graphs.Attribute{graphs.Ints("strides", 2, 3)}},
	{name: "one of each block of a signal", x: []int{2, 3, 6}, w: []int{4, 3, 1}, attrs: []graphs.Attribute{graphs.Ints("strides", 3)}},
	{name: "one of each block of a volume", x: []int{2, 3, 4, 3, 2}, w: []int{2, 3, 1, 1, 1}, attrs: []graphs.Attribute{graphs.Ints("strides", 2, 1, 2)}},
	{name: "blocks and some places more", x: []int{2, 3, 4, 5}, w: []int{4, 3, 1, 1}, attrs: []graphs.Attribute{graphs.Ints("strides", 2, 2)}, left: true},
	{name: "blocks and padding", x: []int{2, 3, 4, 4}, w: []int{4, 3, 1, 1}, attrs: []graphs.Attribute{graphs.Ints("strides", 2, 2), graphs.Ints("pads", 1, 0, 0, 0)}, left: true},
	{name: "blocks in groups", x: []int{2, 4, 4, 4}, w: []int{4, 2, 1, 1}, attrs: []graphs.Attribute{graphs.Ints("strides", 2, 2), graphs.Int("group", 2)}, left: true},
	{name: "groups", x: []int{2, 4, 4, 4}, w: []int{4, 2, 3, 3}, attrs: []graphs.Attribute{graphs.Int("group", 2)}, left: true},
	{name: "padding by size", x: []int{2, 3, 4, 4}, w: []int{4, 3, 3, 3}, attrs: []graphs.Attribute{graphs.Str("auto_pad", "SAME_UPPER")}, left: true},
}

// build returns the convolution as a graph, for a batch of the given size, and
// what to feed it.
func (c unfoldCase) build(t *testing.T, batch graphs.Dim) (*graphs.Builder, map[string]*eval.Value) {
	t.Helper()
	b := passtest.Builder(t)
	in := map[string]*eval.Value{}
	input := func(name string, shape ...int) string {
		in[name] = passtest.Planes(append([]int{1, 1}, shape...), passtest.Wavy(0, 1))
		in[name].Shape = shape
		of := known(shape...)
		if name == "x" {
			of[0] = batch
		}
		return b.Input(name, graphs.Type{Elem: graphs.Float32, Shape: of})
	}
	factors := []string{input("x", c.x...), input("w", c.w...)}
	if c.bias {
		factors = append(factors, input("bias", c.w[0]))
	}
	b.Output(b.Named("y", "Conv", factors, c.attrs...))
	return b, in
}

func known(sizes ...int) graphs.Shape {
	shape := make(graphs.Shape, len(sizes))
	for i, d := range sizes {
		shape[i] = graphs.Known(int64(d))
	}
	return shape
}

func always(_, _ graphs.Shape) bool { return true }

func unfold(m *graphs.Model) (*graphs.Model, error) { return layout.Unfold(m, always) }

// TestUnfold compares convolutions with their products, in float64 with the
// interpreter.
func TestUnfold(t *testing.T) {
	for _, c := range unfoldCases {
		t.Run(c.name, func(t *testing.T) {
			b, in := c.build(t, graphs.Known(int64(c.x[0])))
			m := passtest.Passed(t, b, unfold)
			if left := passtest.Count(m, "Conv") == 1; left != c.left || left == (passtest.Count(m, "Gemm") == 1) {
				t.Fatalf("left as it was: %v, want %v\n%s", left, c.left, graphs.Text(m))
			}
			passtest.Same(t, b.Model(), m, in)
		})
	}
}

// TestUnfoldOnRuntime runs the products on ONNX Runtime, in float32.
func TestUnfoldOnRuntime(t *testing.T) {
	r := orttest.Runtime(t)
	for _, c := range unfoldCases {
		t.Run(c.name, func(t *testing.T) {
			b, in := c.build(t, graphs.Known(int64(c.x[0])))
			want, err := eval.Run(b.Model(), in)
			if err != nil {
				t.Fatal(err)
			}
			passtest.CloseValues(t, "y", orttest.Floats(t, r, passtest.Passed(t, b, unfold), in)["y"], want["y"].F, 1e-5)
		})
	}
}

// TestUnfoldLeaves leaves convolutions that do not pay, and a batch of unknown
// size, for which nobody can say.
func TestUnfoldLeaves(t *testing.T) {
	c := unfoldCases[0]
	for _, test := range []struct {
		batch graphs.Dim
		pays  func(w, y graphs.Shape) bool
		left  int
	}{
		{graphs.Known(3), always, 0},
		{graphs.Symbolic("N"), always, 1},
		{graphs.Known(3), func(w, _ graphs.Shape) bool { return !w.Equals(known(5, 4, 3, 3)) }, 1},
		{graphs.Known(3), func(_, y graphs.Shape) bool { return !y.Equals(known(3, 5, 4, 4)) }, 1},
	} {
		b, _ := c.build(t, test.batch)
		m := passtest.Passed(t, b, func(m *graphs.Model) (*graphs.Model, error) { return layout.Unfold(m, test.pays) })
		if got := passtest.Count(m, "Conv"); got != test.left {
			t.Errorf("%d convolutions, want %d\n%s", got, test.left, graphs.Text(m))
		}
	}
}
