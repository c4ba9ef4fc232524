package eval

import (
	"fmt"
	"slices"
)

// matMul multiplies stacks of matrices, …×M×K by …×K×N; vectors are promoted
// to matrices.
func matMul(c *call) ([]*Value, error) {
	x, y := c.in[0], c.in[1]
	if len(x.Shape) == 0 || len(y.Shape) == 0 {
		return nil, fmt.Errorf("operands must not be scalars")
	}
	row, column := len(x.Shape) == 1, len(y.Shape) == 1
	if row {
		x = x.reshaped([]int{1, x.Shape[0]})
	}
	if column {
		y = y.reshaped([]int{y.Shape[0], 1})
	}
	out, err := stackedProduct(x, y)
	if err != nil {
		return nil, err
	}
	shape := slices.Clone(out.Shape)
	if column {
		shape = shape[:len(shape)-1]
	}
	if row {
		n := len(out.Shape) - 2
		shape = slices.Delete(shape, n, n+1)
	}
	return one(out.reshaped(shape))
}

func stackedProduct(x, y *Value) (*Value, error) {
	xr, yr := len(x.Shape)-2, len(y.Shape)-2
	m, k, n := x.Shape[xr], x.Shape[xr+1], y.Shape[yr+1]
	if y.Shape[yr] != k {
		return nil, fmt.Errorf("inner dimensions %d and %d differ", k, y.Shape[yr])
	}
	stack, err := broadcast(x.Shape[:xr], y.Shape[:yr])
	if err != nil {
		return nil, err
	}
	shape := slices.Concat(stack, []int{m, n})
	if _, err := checkShape(shape); err != nil {
		return nil, err
	}
	if x, err = x.expandTo(slices.Concat(stack, x.Shape[xr:])); err != nil {
		return nil, err
	}
	if y, err = y.expandTo(slices.Concat(stack, y.Shape[yr:])); err != nil {
		return nil, err
	}
	out := zeros(x.Type, shape)
	for s := range count(stack) {
		if out.isFloat() {
			addProduct(out.F[s*m*n:(s+1)*m*n], x.F[s*m*k:], y.F[s*k*n:], m, k, n)
		} else {
			addProduct(out.I[s*m*n:(s+1)*m*n], x.I[s*m*k:], y.I[s*k*n:], m, k, n)
		}
	}
	return out, nil
}

// addProduct adds the product of the matrices x (m×k) and y (k×n) to out.
func addProduct[E float64 | int64](out, x, y []E, m, k, n int) {
	for i := range m {
		row := out[i*n : (i+1)*n]
		for l := range k {
			a := x[i*k+l]
			for j := range row {
				row[j] += a * y[l*n+j]
			}
		}
	}
}

// gemm computes alpha·A'·B' + beta·C; C broadcasts to the product.
func gemm(c *call) ([]*Value, error) {
	a, b := c.in[0], c.in[1]
	if len(a.Shape) != 2 || len(b.Shape) != 2 {
		return nil, fmt.Errorf("operands must be matrices")
	}
	if c.flag("transA", 0) {
		a = a.transposed([]int{1, 0})
	}
	if c.flag("transB", 0) {
		b = b.transposed([]int{1, 0})
	}
	out, err := stackedProduct(a, b)
	if err != nil {
		return nil, err
	}
	alpha, beta := c.float("alpha", 1), c.float("beta", 1)
	for i := range out.F {
		out.F[i] *= alpha
	}
	if !c.has(2) {
		return one(out)
	}
	bias, err := c.in[2].expandTo(out.Shape)
	if err != nil {
		return nil, err
	}
	for i := range out.F {
		out.F[i] += beta * bias.F[i]
	}
	return one(out)
}
