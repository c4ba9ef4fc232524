package eval

import (
	"fmt"
	"math"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// pooled slides the window of a pool over its input: visit sees each output
// element in order, by the start of its plane in the input, its place o in the
// output plane and its taps.
func pooled(c *call, visit func(w *window, plane, o int, under []tap)) (*window, error) {
	x := c.in[0]
	if len(x.Shape) < 3 {
		return nil, fmt.Errorf("it needs batch, channel and spatial axes")
	}
	w, taps, err := slid(c, x.Shape[2:], toInts(c.node.Ints("kernel_shape")), c.flag("ceil_mode", 0))
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(taps, func(under []tap) bool { return len(under) == 0 }) {
		return nil, fmt.Errorf("a window lies wholly in the padding")
	}
	planes := x.Shape[0] * x.Shape[1]
	if _, err := checkShape([]int{planes, len(taps)}); err != nil {
		return nil, err
	}
	for plane := range planes {
		for o, under := range taps {
			visit(w, plane*count(w.in), o, under)
		}
	}
	return w, nil
}

// poolShape is the output shape of a pool.
func poolShape(c *call, w *window) []int {
	return slices.Concat(c.in[0].Shape[:2], w.out)
}

// maxPool returns the largest element under the kernel and its place in the
// whole input.
func maxPool(c *call) ([]*Value, error) {
	values := c.in[0].floats()
	var places []int
	w, err := pooled(c, func(_ *window, plane, _ int, under []tap) {
		best := plane + under[0].in
		for _, t := range under {
			if values[plane+t.in] > values[best] {
				best = plane + t.in
			}
		}
		places = append(places, best)
	})
	if err != nil {
		return nil, err
	}
	y := c.in[0].take(poolShape(c, w), places)
	indices := zeros(graphs.Int64, y.Shape)
	for i, p := range places {
		indices.I[i] = int64(place(c, w, p))
	}
	return []*Value{y, indices}, nil
}

// place is the flat index that MaxPool reports for an element: with
// storage_order 1 the spatial axes of a plane count in column-major order.
func place(c *call, w *window, flat int) int {
	if !c.flag("storage_order", 0) {
		return flat
	}
	size := count(w.in)
	rest, column, step := flat%size, 0, size
	for _, in := range slices.Backward(w.in) {
		step /= in
		column += rest % in * step
		rest /= in
	}
	return flat/size*size + column
}

// averagePool averages under the kernel: over the input alone, or with
// count_include_pad over the padding as well.
func averagePool(c *call) ([]*Value, error) {
	includePad := c.flag("count_include_pad", 0)
	var out []float64
	var divisors []int
	w, err := pooled(c, func(w *window, plane, o int, under []tap) {
		total, divisor := 0.0, len(under)
		for _, t := range under {
			total += c.in[0].F[plane+t.in]
		}
		if includePad {
			if divisors == nil {
				divisors = w.paddedTaps()
			}
			divisor = divisors[o]
		}
		out = append(out, total/float64(divisor))
	})
	if err != nil {
		return nil, err
	}
	return one(&Value{Type: c.in[0].Type, Shape: poolShape(c, w), F: out})
}

// lpPool takes the p-norm under the kernel.
func lpPool(c *call) ([]*Value, error) {
	norm := lpNorm(float64(c.node.Int("p", 2)))
	var out []float64
	w, err := pooled(c, func(_ *window, plane, _ int, under []tap) {
		lane := make([]float64, len(under))
		for i, t := range under {
			lane[i] = c.in[0].F[plane+t.in]
		}
		out = append(out, norm(lane))
	})
	if err != nil {
		return nil, err
	}
	return one(&Value{Type: c.in[0].Type, Shape: poolShape(c, w), F: out})
}

// lpNorm returns the function (Σ|x|ᵖ)^(1/p).
func lpNorm(p float64) func(x []float64) float64 {
	return func(x []float64) float64 {
		total := 0.0
		for _, v := range x {
			total += math.Pow(math.Abs(v), p)
		}
		return math.Pow(total, 1/p)
	}
}

// globalPool folds all spatial axes.
func globalPool(floats func(x []float64) float64) kernel {
	return func(c *call) ([]*Value, error) {
		x := c.in[0]
		if len(x.Shape) < 2 {
			return nil, fmt.Errorf("it needs a batch and a channel axis")
		}
		return one(reduction{floats: floats}.over(x, sequence(2, len(x.Shape)), true))
	}
}

func globalLpPool(c *call) ([]*Value, error) {
	return globalPool(lpNorm(float64(c.node.Int("p", 2))))(c)
}
