package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Filter returns a copy of m for a GPU, in which convolutions of 3×3 kernels on
// planes of known sizes are products of matrices by minimal filtering, as
// [filtering] describes it, wherever that is expected to cost a training step with
// batches of the given size at least gain times less. It comes before
// differentiation, so that gradients are such products as well. Values named in
// keep are computed as they were.
func Filter(m *graphs.Model, batch int64, gain float64, keep map[string]bool) (*graphs.Model, error) {
	return passes.Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		if len(n.Outputs) != 1 || keep[n.Outputs[0]] {
			return nil
		}
		f := cheapest(b, n, batch)
		if f == nil || f.cost(batch)*gain > f.direct(batch) {
			return nil
		}
		y := f.apply()
		if bias := n.Input(2); bias != "" {
			y = b.Add(y, b.ReshapeTo(bias, 1, -1, 1, 1))
		}
		return []string{y}
	})
}

// planeFilter is a convolution of images N×C×H×W as products of matrices. The t
// tiles along the height make p numbers each, the u along the width q:
//
//	V of x  N×C×H×W    U of w  K×C×3×3    M = V·Uᵀ    y  N×K×H'×W' of M
//
// Small planes lie in front of samples and channels, and one matrix serves both
// axes; V is (p·q)×(t·u·N)×C. Otherwise an axis that stands last is brought to
// the front by the product that makes its numbers, so that nothing is transposed; V
// is (p·t·q)×(u·N)×C, which asks for U once for each t.
type planeFilter struct {
	*graphs.Builder
	x, w          string
	channels, out int64
	rows, columns axis
}

// smallPlane is how many places small planes have.
const smallPlane = 64

// gpuForms are those in use on GPUs: tiles of 4 by strides of 2 make more numbers
// than they save multiplications.
var gpuForms = map[int64][]*form{1: forms[1], 2: forms[2][:1]}

// cheapest returns the best way to filter, nil where a convolution is another kind.
func cheapest(b *graphs.Builder, n *graphs.Node, batch int64) *planeFilter {
	x, w := b.Shape(n.Input(0)), b.Shape(n.Input(1))
	if !isFiltered(b, n) || len(x) != 4 || !isSized(x[1:]) || !isSized(w) || !slices.Equal(w[2:].Dims(), []int64{3, 3}) {
		return nil
	}
	strides, pads := n.Ints("strides"), n.Ints("pads")
	var best *planeFilter
	for _, r := range gpuForms[at(strides, 0, 1)] {
		for _, c := range gpuForms[at(strides, 1, 1)] {
			f := &planeFilter{b, n.Input(0), n.Input(1), w[1].Size, w[0].Size,
				r.along(x[2].Size, at(pads, 0, 0), at(pads, 2, 0)), c.along(x[3].Size, at(pads, 1, 0), at(pads, 3, 0))}
			if min(f.rows.out, f.columns.out) > 0 && f.fits(batch) && (best == nil || f.cost(batch) < best.cost(batch)) {
				best = f
			}
		}
	}
	return best
}

// isFiltered reports whether a node is a plain convolution of float32.
func isFiltered(b *graphs.Builder, n *graphs.Node) bool {
	return n.StandardOp() == "Conv" && n.Int("group", 1) == 1 && n.Str("auto_pad", "NOTSET") == "NOTSET" &&
		b.Elem(n.Input(0)) == graphs.Float32 && !slices.ContainsFunc(n.Ints("dilations"), func(d int64) bool { return d != 1 })
}
