package autodiff

import (
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/ort/orttest"
)

// TestGradientsOnRuntime runs the gradient graph of every row on ONNX Runtime,
// in float32, and compares it with the interpreter. Shapes are known in every
// other row, and left open in the others.
func TestGradientsOnRuntime(t *testing.T) {
	r := orttest.Runtime(t)
	for _, op := range slices.Sorted(maps.Keys(allCases)) {
		for i, c := range allCases[op] {
			f := forms[4*(i%2)]
			if c.sized {
				f = forms[0]
			}
			if c.foreign {
				continue
			}
			t.Run(op+"/"+c.name, func(t *testing.T) {
				p := c.build(t, op, f, of(c.outputShape(t, op)...))
				if _, err := p.differentiate(); err != nil {
					t.Fatal(err)
				}
				m, err := batchnorm.Lower(passes.Prune(p.Model()))
				if err != nil {
					t.Fatal(err)
				}
				compareWithRuntime(t, r, m, p.feeds)
			})
		}
	}
}

// TestBlocksOnRuntime does so for parts of published architectures, tidied.
func TestBlocksOnRuntime(t *testing.T) {
	r := orttest.Runtime(t)
	for name, blk := range blocks {
		t.Run(name, func(t *testing.T) {
			p := blk.problem(t)
			if _, err := p.differentiate(); err != nil {
				t.Fatal(err)
			}
			m, err := passes.Tidy(p.Model(), nil)
			if err != nil {
				t.Fatal(err)
			}
			compareWithRuntime(t, r, m, p.feeds)
		})
	}
}

// TestTiesOnRuntime has ONNX Runtime choose among equal elements.
func TestTiesOnRuntime(t *testing.T) {
	r := orttest.Runtime(t)
	for _, s := range specialValues {
		if s.op != "MaxPool" && s.op != "GlobalMaxPool" {
			continue
		}
		c := testCase{attrs: s.attrs, in: []operand{{value: eval.Floats(specialShape(s.op, 0, len(s.in[0])), s.in[0]...)}}}
		p := c.build(t, s.op, forms[0], of(c.outputShape(t, s.op)...))
		if _, err := p.differentiate(); err != nil {
			t.Fatal(err)
		}
		compareWithRuntime(t, r, p.Model(), p.feeds)
	}
}

// compareWithRuntime allows the gradients what float32 costs.
func compareWithRuntime(t *testing.T, r *ort.Runtime, m *graphs.Model, feeds map[string]*eval.Value) {
	t.Helper()
	want, err := eval.Run(m, feeds)
	if err != nil {
		t.Fatal(err)
	}
	got := orttest.Run(t, r, m, feeds)
	for name, w := range want {
		g := got[name]
		scale := 1.0
		for _, x := range w.F {
			scale = max(scale, math.Abs(x))
		}
		for i, x := range g.Float32s() {
			if !(math.Abs(float64(x)-w.F[i]) <= 2e-4*scale) { // a wrong formula is off by far more
				t.Errorf("%s[%d] is %v, want %v\n%s", name, i, x, w.F[i], graphs.Text(m))
				break
			}
		}
	}
}
