package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Trim returns a copy of m in which convolutions of planes smaller than their
// kernels go without the places of these that meet nothing but padding: of 3×3 on
// a plane of one place, padded by 1, the one in the middle is left. ResNets for
// large images come to that on small ones.
func Trim(m *graphs.Model) (*graphs.Model, error) {
	return passes.Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		x, w, y := b.Shape(n.Input(0)), b.Shape(n.Input(1)), b.Shape(n.Output(0))
		if n.StandardOp() != "Conv" || n.Str("auto_pad", "NOTSET") != "NOTSET" || len(x) < 3 || len(w) != len(x) || len(y) != len(x) ||
			!isSized(x[2:]) || !isSized(w) || !isSized(y[2:]) || b.Elem(n.Input(1)) != graphs.Float32 {
			return nil
		}
		var first, kernel, before, after []int64
		for i, s := range slidesOf(n, w, y) {
			lo, t := trimmed(s, x[2+i].Size)
			first, kernel = append(first, lo), append(kernel, t.Taps)
			before, after = append(before, t.Before), append(after, max(0, t.Meets(t.Taps-1, t.Places-1)+1-x[2+i].Size))
		}
		if slices.Equal(kernel, w[2:].Dims()) || !fits(slices.Concat(kernel, w[2:].Dims())...) {
			return nil
		}
		n.Inputs[1] = inner(b, n.Input(1), first, kernel)
		n.SetAttr(graphs.Ints("pads", slices.Concat(before, after)...))
		if n.Attr("kernel_shape") != nil {
			n.SetAttr(graphs.Ints("kernel_shape", kernel...))
		}
		return nil
	})
}

// inner takes smaller kernels out of weights, from the first place on along each
// axis. It is a product with ones and zeros, for ONNX Runtime is slow to slice
// kernels and slower to pad their gradients.
func inner(b *graphs.Builder, w string, first, kernel []int64) string {
	dims := b.Shape(w).Dims()
	axes := make([]graphs.Slide, len(kernel))
	all := int64(1)
	for i, size := range kernel {
		axes[i] = graphs.Still(size)
		axes[i].Before = -first[i]
		all *= dims[2+i]
	}
	places := graphs.Met(axes, dims[2:], -1) // all are met
	some := int64(len(places))
	takes := make([]float32, all*some)
	for place, from := range places {
		takes[from*some+int64(place)] = 1
	}
	rows := b.MatMul(b.ReshapeTo(w, -1, all), b.Const(graphs.NewFloats("", []int64{all, some}, takes)))
	return b.ReshapeTo(rows, append(slices.Clone(dims[:2]), kernel...)...)
}

// trimmed returns how a window slides over an axis of so many elements without
// the taps, in front and behind, that meet none; the first of the others is the
// one numbered first. It is the same window where it could not be told so.
func trimmed(s graphs.Slide, size int64) (first int64, t graphs.Slide) {
	meets := func(tap int64) bool {
		for place := range s.Places {
			if at := s.Meets(tap, place); at >= 0 && at < size {
				return true
			}
		}
		return false
	}
	end := s.Taps
	for first < end && !meets(first) {
		first++
	}
	for end > first && !meets(end-1) {
		end--
	}
	t = s
	t.Taps, t.Before = end-first, s.Before-first*s.Dilation
	unused := size - 1 - t.Meets(t.Taps-1, t.Places-1) // elements behind the last window
	if t.Taps == 0 || t.Before < 0 || unused >= s.Stride {
		return 0, s
	}
	return first, t
}
