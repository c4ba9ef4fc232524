package passes

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// Winograd returns a copy of m in which convolutions with 3×3 kernels, by strides
// of 1 or 2, are products of matrices, by the minimal filtering of Lavin and
// Gray (Fast Algorithms for Convolutional Neural Networks, CVPR 2016, sections
// 4.1 and 4.3): where a convolution multiplies 9 times for each place of the
// output, that does 2.25 to 4 times (6.25 at most where strides are 2). Outputs
// named in keep are left as they are.
//
// A tile of places makes q numbers, and a plane of P places, Q of its output,
// has t tiles. With constants T (q·t × P), S (q × 9) and R (Q × q·t), x N×C×P
// convolved with w K×C×9 is
//
//	V = T·x  q×(t·N)×C    U = S·w  q×K×C
//	M = V·Uᵀ q×(t·N)×K    y = R·M  N×K×Q
//
// so that its gradients are such products as well, with the V that is there. T
// and R are applied axis by axis.
func Winograd(m *graphs.Model, keep map[string]bool) (*graphs.Model, error) {
	return Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		if n.Op != "Conv" || !standard(n) || keep[n.Outputs[0]] {
			return nil
		}
		if f := filteringOf(b, n); f != nil && f.gains() {
			return []string{f.apply()}
		}
		return nil
	})
}

// filtering is a convolution on its way to products of matrices.
type filtering struct {
	*graphs.Builder
	x, w, bias string
	in, out    int64 // channels
	rows       axis  // along the height
	columns    axis  // along the width
}

// filteringOf reads a convolution, nil when it is another kind.
func filteringOf(b *graphs.Builder, n *graphs.Node) *filtering {
	x, w := b.Shape(n.Input(0)), b.Shape(n.Input(1))
	if len(x) != 4 || !x[1:].IsStatic() || !w.IsStatic() || w[2].Size != 3 || w[3].Size != 3 || b.Elem(n.Input(0)) != graphs.Float32 {
		return nil
	}
	strides := n.Ints("strides")
	if strides == nil {
		strides = []int64{1, 1}
	}
	known := n.Int("group", 1) == 1 && n.Str("auto_pad", "NOTSET") == "NOTSET" && onlyOnes(n.Ints("dilations")) &&
		n.Ints("pads") != nil && onlyOnes(n.Ints("pads")) && forms[strides[0]] != nil && forms[strides[1]] != nil
	if !known {
		return nil
	}
	return &filtering{Builder: b, x: n.Input(0), w: n.Input(1), bias: n.Input(2), in: x[1].Size, out: w[0].Size,
		rows: newAxis(x[2].Size, strides[0]), columns: newAxis(x[3].Size, strides[1])}
}

func onlyOnes(values []int64) bool {
	return !slices.ContainsFunc(values, func(v int64) bool { return v != 1 })
}

const (
	// moving is what it costs to move a number in and out of memory a few
	// times, in multiplications.
	moving = 100
	// skipping is how much longer a convolution by strides of 2 takes for a
	// multiplication, most of all its gradients.
	skipping = 1.4
)

// gains compares what a sample costs both ways, in multiplications.
func (f *filtering) gains() bool {
	numbers := f.rows.numbers() * f.columns.numbers()
	direct := float64(9 * f.rows.out * f.columns.out * f.in * f.out)
	if f.rows.form.stride > 1 || f.columns.form.stride > 1 {
		direct *= skipping
	}
	return float64(numbers*(f.in*f.out+moving*(f.in+f.out))) < direct
}

// apply appends the products and returns the output.
func (f *filtering) apply() string {
	v := f.spread(f.Transpose(f.ReshapeTo(f.x, -1, f.rows.in*f.columns.in), 1, 0)) // P×(N·C) to q×(t·N)×C
	kernels := f.Gemm(f.kernels(), f.ReshapeTo(f.w, -1, 9), false, true)
	u := f.ReshapeTo(kernels, f.rows.form.size()*f.columns.form.size(), f.out, f.in)
	y := f.gather(f.MatMul(v, f.SwapLast(u))) // q×(t·N)×K to Q×(N·K)
	y = f.ReshapeTo(f.Transpose(y, 1, 0), -1, f.out, f.rows.out, f.columns.out)
	if f.bias == "" {
		return y
	}
	return f.Add(y, f.PerChannel(f.bias, y))
}

// spread applies T. Between its axes it brings the columns' numbers to the
// front, so that both axes' stand there in the end.
func (f *filtering) spread(x string) string {
	h, numbers := f.rows.in, f.columns.form.size()
	x = f.MatMul(f.columns.into(f.Builder), f.ReshapeTo(x, h, f.columns.in, -1))
	x = f.Transpose(f.ReshapeTo(x, h, numbers, -1), 1, 0, 2) // numbers×H×(tiles·N·C)
	x = f.MatMul(f.rows.into(f.Builder), x)
	return f.ReshapeTo(x, numbers*f.rows.form.size(), -1, f.in)
}

// gather applies R, the same way back.
func (f *filtering) gather(m string) string {
	h, numbers := f.rows.out, f.columns.form.size()
	y := f.MatMul(f.rows.back(f.Builder), f.ReshapeTo(m, numbers, f.rows.numbers(), -1))
	y = f.ReshapeTo(f.Transpose(y, 1, 0, 2), h, f.columns.numbers(), -1)
	return f.ReshapeTo(f.MatMul(f.columns.back(f.Builder), y), h*f.columns.out, -1)
}

// kernels is S, the columns' numbers before the rows'.
func (f *filtering) kernels() string {
	var s []float32
	for _, column := range f.columns.form.kernel {
		for _, row := range f.rows.form.kernel {
			for _, r := range row {
				for _, c := range column {
					s = append(s, float32(r*c))
				}
			}
		}
	}
	return f.Const(graphs.NewFloats("", []int64{int64(len(s)) / 9, 9}, s))
}
