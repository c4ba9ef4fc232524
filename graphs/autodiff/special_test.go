package autodiff

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

// specialValues pins the choices at kinks, ties and poles: in holds the
// operands, want the gradients of Σy by those that have one.
var specialValues = []struct {
	op    string
	attrs []graphs.Attribute
	in    [][]float64
	want  [][]float64
}{
	{"Abs", nil, [][]float64{{-1, 0, math.Copysign(0, -1), 1}}, [][]float64{{-1, 0, 0, 1}}},
	{"Relu", nil, [][]float64{{-1, 0, 1}}, [][]float64{{0, 0, 1}}},
	{"LeakyRelu", attrs(graphs.Float("alpha", 0.25)), [][]float64{{-1, 0, 1}}, [][]float64{{0.25, 0.25, 1}}},
	{"Elu", attrs(graphs.Float("alpha", 0.25)), [][]float64{{0, 1000, -1000}}, [][]float64{{0.25, 1, 0}}},
	{"Celu", attrs(graphs.Float("alpha", 0.25)), [][]float64{{0, 1000, -1000}}, [][]float64{{1, 1, 0}}},
	{"Clip", nil, [][]float64{{-2, -1, 0, 1, 2}, {-1}, {1}}, [][]float64{{0, 1, 1, 1, 0}, {1}, {1}}},
	{"Clip", nil, [][]float64{{-2, 0, 2}, {1}, {-1}}, [][]float64{{0, 0, 0}, {0}, {3}}},
	{"Sqrt", nil, [][]float64{{0, 4}}, [][]float64{{math.Inf(1), 0.25}}},
	{"Log", nil, [][]float64{{0, 4}}, [][]float64{{math.Inf(1), 0.25}}},
	{"Reciprocal", nil, [][]float64{{0, 4}}, [][]float64{{math.Inf(-1), -1.0 / 16}}},
	{"Sigmoid", nil, [][]float64{{-1000, 0, 1000}}, [][]float64{{0, 0.25, 0}}},
	{"Softplus", nil, [][]float64{{-1000, 0, 1000}}, [][]float64{{0, 0.5, 1}}},
	{"Tanh", nil, [][]float64{{-1000, 0, 1000}}, [][]float64{{0, 1, 0}}},
	{"Erf", nil, [][]float64{{-1000, 1000}}, [][]float64{{0, 0}}},

	{"Acos", nil, [][]float64{{1, 0}}, [][]float64{{math.Inf(-1), -1}}},
	{"Acosh", nil, [][]float64{{1}}, [][]float64{{math.Inf(1)}}},
	{"Asin", nil, [][]float64{{1, 0}}, [][]float64{{math.Inf(1), 1}}},
	{"Atanh", nil, [][]float64{{1, 0}}, [][]float64{{math.Inf(1), 1}}},

	{"Gelu", nil, [][]float64{{-1000, 0, 1000}}, [][]float64{{0, 0.5, 1}}},
	{"Gelu", attrs(graphs.Str("approximate", "tanh")), [][]float64{{-1000, 0, 1000}}, [][]float64{{0, 0.5, 1}}},
	{"HardSigmoid", attrs(graphs.Float("alpha", 0.5), graphs.Float("beta", 0.5)), [][]float64{{-1, 0, 1}}, [][]float64{{0, 0.5, 0}}},
	{"HardSwish", nil, [][]float64{{-4, -3, 0, 3, 4}}, [][]float64{{0, 0, 0.5, 1, 1}}},
	{"Mish", nil, [][]float64{{-1000, 0, 1000}}, [][]float64{{0, 0.6, 1}}},
	{"PRelu", nil, [][]float64{{-1, 0, 1}, {0.25, 0.25, 0.25}}, [][]float64{{0.25, 0.25, 1}, {-1, 0, 0}}},
	{"Selu", attrs(graphs.Float("alpha", 0.5), graphs.Float("gamma", 2)), [][]float64{{-1000, 0, 1000}}, [][]float64{{0, 1, 2}}},
	{"Shrink", nil, [][]float64{{-0.5, 0, 0.5, 1}}, [][]float64{{0, 0, 0, 1}}},
	{"Softsign", nil, [][]float64{{0, 1}}, [][]float64{{1, 0.25}}},
	{"ThresholdedRelu", nil, [][]float64{{0, 1, 2}}, [][]float64{{0, 0, 1}}},

	{"Max", nil, [][]float64{{1, 2, 3}, {1, 3, 2}}, [][]float64{{0.5, 0, 1}, {0.5, 1, 0}}},
	{"Max", nil, [][]float64{{1}, {1}, {1}, {0}}, [][]float64{{1. / 3}, {1. / 3}, {1. / 3}, {0}}},
	{"Min", nil, [][]float64{{1, 2, 3}, {1, 3, 2}}, [][]float64{{0.5, 1, 0}, {0.5, 0, 1}}},
	{"ReduceMax", nil, [][]float64{{3, 1, 3}}, [][]float64{{0.5, 0, 0.5}}},
	{"ReduceMin", nil, [][]float64{{3, 1, 1}}, [][]float64{{0, 0.5, 0.5}}},

	{"ReduceL1", nil, [][]float64{{-2, 0, 3}}, [][]float64{{-1, 0, 1}}},
	{"ReduceL2", nil, [][]float64{{0, 0}}, [][]float64{{0, 0}}},
	{"ReduceLogSumExp", nil, [][]float64{{1000, 0}}, [][]float64{{1, 0}}},
	{"ReduceProd", nil, [][]float64{{0, 2, 3}}, [][]float64{{6, 0, 0}}},
	{"ReduceProd", nil, [][]float64{{0, 0, 3}}, [][]float64{{0, 0, 0}}},
	{"LpNormalization", nil, [][]float64{{0, 0}}, [][]float64{{0, 0}}},

	{"MaxPool", attrs(graphs.Ints("kernel_shape", 2)), [][]float64{{1, 1, 0, 2, 2}}, [][]float64{{1, 1, 0, 2, 0}}},
	{"MaxPool", attrs(graphs.Ints("kernel_shape", 3), graphs.Ints("pads", 1, 1)), [][]float64{{-1, -1, -1}}, [][]float64{{2, 1, 0}}},
	{"GlobalMaxPool", nil, [][]float64{{2, 3, 3}}, [][]float64{{0, 1, 0}}},
	{"LpPool", attrs(graphs.Ints("kernel_shape", 2)), [][]float64{{0, 0, 3}}, [][]float64{{0, 0, 1}}},

	{"Pow", nil, [][]float64{{0, 0, 0, 0}, {2, 1, 0, 0.5}}, [][]float64{{0, 1, 0, math.Inf(1)}, {0, 0, 0, 0}}},
	{"Pow", nil, [][]float64{{-2, -2}, {2, 3}}, [][]float64{{-4, 12}, {math.NaN(), math.NaN()}}},
	{"Div", nil, [][]float64{{1, 0}, {0, 2}}, [][]float64{{math.Inf(1), 0.5}, {math.Inf(-1), 0}}},

	{"Softmax", nil, [][]float64{{1000, 0}}, [][]float64{{0, 0}}},
	{"LogSoftmax", nil, [][]float64{{1000, 0}}, [][]float64{{-1, 1}}},
	{"LogSoftmax", nil, [][]float64{{-1000, -1000}}, [][]float64{{0, 0}}},
}

func TestSpecialValues(t *testing.T) {
	for i, s := range specialValues {
		t.Run(fmt.Sprint(s.op, " ", i), func(t *testing.T) {
			c := testCase{attrs: s.attrs}
			for j, v := range s.in {
				c.in = append(c.in, operand{value: eval.Floats(specialShape(s.op, j, len(v)), v...)})
			}
			ones := of(c.outputShape(t, s.op)...)
			for j := range ones.value.F {
				ones.value.F[j] = 1
			}
			p := c.build(t, s.op, forms[0], ones)
			if _, err := p.differentiate(); err != nil {
				t.Fatal(err)
			}
			got, err := eval.Run(p.Model(), p.feeds)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(s.want)+1 {
				t.Errorf("%d gradients, want %d", len(got)-1, len(s.want))
			}
			for j, want := range s.want {
				for k, w := range want {
					g := got[fmt.Sprintf("grad.x%d", j)].F[k]
					if !(math.Abs(g-w) <= 1e-12) && g != w && !(math.IsNaN(g) && math.IsNaN(w)) {
						t.Errorf("derivative by operand %d at %v is %v, want %v", j, s.in[j][k], g, w)
					}
				}
			}
		})
	}
}

// specialShape is a vector for most operators.
func specialShape(op string, operand, n int) []int {
	switch {
	case op == "Clip" && operand > 0:
		return nil
	case strings.HasSuffix(op, "Pool"):
		return []int{1, 1, n}
	}
	return []int{n}
}
