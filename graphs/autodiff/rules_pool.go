package autodiff

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// maxPool: x N×C×P → y, v N×C×Q. Each v goes to the largest element of its
// window, of equal ones to that which ONNX Runtime reports as its index: the
// first in the order of the window.
func maxPool(c *call) []string {
	indices := ""
	if c.node.Int("storage_order", 0) == 0 {
		indices = c.out(1)
	} else { // column by column: ask again for row-major ones
		attrs := slices.DeleteFunc(slices.Clone(c.node.Attributes), func(a graphs.Attribute) bool { return a.Name == "storage_order" })
		indices = c.Node("MaxPool", []string{c.in(0)}, 2, attrs...)[1]
	}
	return []string{c.addAt(indices, c.in(0))}
}

// averagePool: x N×C×P → y, v N×C×Q, each y the mean of a window. The pool is
// linear and separable: dx = A·v for every axis of the planes, where the
// columns of A [P, Q] hold the window's shares.
func averagePool(c *call) []string {
	return []string{c.backThrough(c.dy[0], "AveragePool")}
}

// lpPool: x N×C×P → y, v N×C×Q, y = (Σ|x|ᵖ)^(1/p) over a window:
//
//	dx = sign(x)·|x|^(p−1)·Σ v·y^(1−p)
//
// the sum being over the windows on x; 0 where y = 0.
func lpPool(c *call) []string {
	p := c.node.Int("p", 2)
	return []string{c.Mul(c.powerSlope(p), c.backThrough(c.perPower(p), "LpPool", graphs.Int("p", 1)))}
}

// powerSlope is sign(x)·|x|^(p−1), the derivative of |x|ᵖ/p.
func (c *call) powerSlope(p int64) string {
	x := c.in(0)
	switch p {
	case 1:
		return c.Sign(x)
	case 2:
		return x
	}
	return c.Mul(c.Sign(x), c.Pow(c.Op("Abs", []string{x}), c.Like(x, float64(p-1))))
}

// perPower is v·y^(1−p), 0 where y = 0.
func (c *call) perPower(p int64) string {
	y := c.node.Outputs[0]
	switch p {
	case 1:
		return c.dy[0]
	case 2:
		return c.zeroAt(y, c.Div(c.dy[0], y))
	}
	return c.zeroAt(y, c.Mul(c.dy[0], c.Pow(y, c.Like(y, float64(1-p)))))
}

// globalAveragePool: x N×C×P → y, v N×C×1: v/|P|.
func globalAveragePool(c *call) []string {
	x := c.in(0)
	return []string{c.ExpandLike(c.Div(c.dy[0], c.Count(x, c.axesFrom(x, 2)...)), x)}
}

// globalMaxPool: x N×C×P → y, v N×C×1: v at the first largest element of each
// plane.
func globalMaxPool(c *call) []string {
	x := c.in(0)
	planes := c.ReshapeTo(x, 0, 0, -1)
	first := c.Op("ArgMax", []string{planes}, graphs.Int("axis", 2))
	dx := c.Op("ScatterElements", []string{c.zeros(planes), first, c.ReshapeTo(c.dy[0], 0, 0, 1)}, graphs.Int("axis", 2))
	return []string{c.ReshapeLike(dx, x)}
}

// globalLpPool is lpPool with one window.
func globalLpPool(c *call) []string {
	p := c.node.Int("p", 2)
	return []string{c.Mul(c.powerSlope(p), c.perPower(p))}
}

// backThrough is the adjoint of a separable linear pool with the node's
// window.
func (c *call) backThrough(v, op string, attrs ...graphs.Attribute) string {
	rank := c.Rank(c.in(0)) - 2
	for i := range rank {
		v = c.contract(v, i+2, c.poolMatrix(op, i, rank, attrs))
	}
	return v
}

// poolMatrix applies a pool to the unit vectors along spatial axis i: its
// row j is what element j contributes to each window.
func (c *call) poolMatrix(op string, i, rank int, attrs []graphs.Attribute) string {
	attrs = slices.Clone(attrs)
	for _, name := range []string{"kernel_shape", "strides", "dilations"} {
		if values := c.node.Ints(name); len(values) == rank {
			attrs = append(attrs, graphs.Ints(name, values[i]))
		}
	}
	if pads := c.node.Ints("pads"); len(pads) == 2*rank {
		attrs = append(attrs, graphs.Ints("pads", pads[i], pads[rank+i]))
	}
	for _, name := range []string{"auto_pad", "ceil_mode", "count_include_pad"} {
		if a := c.node.Attr(name); a != nil {
			attrs = append(attrs, *a)
		}
	}
	units := c.Unsqueeze(c.units(c.in(0), i+2), 0)
	return c.Squeeze(c.Op(op, []string{units}, attrs...), 0)
}

// units is the identity matrix of the size of an axis of x.
func (c *call) units(x string, axis int) string {
	size := c.Gather(c.ShapeOf(x), c.Const(graphs.NewInts("", nil, []int64{int64(axis)})), 0)
	numbers := c.Op("Range", []string{c.Scalar(graphs.Int64, 0), size, c.Scalar(graphs.Int64, 1)})
	return c.mask(c.Equal(c.Unsqueeze(numbers, 1), numbers), x)
}

// contract multiplies v by a matrix along an axis:
// out[…, i, …] = Σ_j matrix[i, j]·v[…, j, …].
func (c *call) contract(v string, axis int, matrix string) string {
	rank := c.Rank(v)
	switch {
	case axis >= rank: // after a failure
		return v
	case axis == rank-2:
		return c.MatMul(matrix, v)
	case axis == rank-1:
		return c.MatMul(v, c.Transpose(matrix, 1, 0))
	}
	perm := countUp(0, int64(rank))
	perm[axis], perm[rank-1] = perm[rank-1], perm[axis]
	return c.Transpose(c.MatMul(c.Transpose(v, perm...), c.Transpose(matrix, 1, 0)), perm...)
}

// lrn: x N×C×P, windows of size channels around each.
//
//	D = bias + α/size·Σ x²    y = x·D^−β
//	dx = v·D^−β − 2αβ/size·x·Σ v·y/D
//
// the last sum being over the windows on x. (Krizhevsky, Sutskever and Hinton,
// "ImageNet Classification with Deep CNNs", NIPS 2012, section 3.3.)
func lrn(c *call) []string {
	x, v, size := c.in(0), c.dy[0], c.node.Int("size", 1)
	alpha, beta := float64(c.node.Float("alpha", 1e-4)), float64(c.node.Float("beta", 0.75))
	share := alpha / float64(size)
	windows := c.Squeeze(c.Op("LpPool", []string{c.Unsqueeze(c.units(x, 1), 0)}, graphs.Int("p", 1),
		graphs.Ints("kernel_shape", size), graphs.Ints("pads", (size-1)/2, size/2)), 0)
	sums := c.MatMul(c.Transpose(windows, 1, 0), c.ReshapeTo(c.Square(x), 0, 0, -1))
	d := c.ReshapeLike(c.Shift(c.Scale(sums, share), float64(c.node.Float("bias", 1))), x)
	inner := c.ReshapeTo(c.Div(c.Mul(v, c.node.Outputs[0]), d), 0, 0, -1)
	back := c.ReshapeLike(c.MatMul(windows, inner), x)
	direct := c.Mul(v, c.Pow(d, c.Like(x, -beta)))
	return []string{c.Sub(direct, c.Scale(c.Mul(x, back), 2*beta*share))}
}
