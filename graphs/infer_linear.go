package graphs

import "fmt"

// gemm infers Y = A'·B' + C: (M×K)·(K×N) → M×N.
func gemm(c *inferCall) ([]Info, error) {
	a, b := c.input(0), c.input(1)
	if a.Shape == nil || b.Shape == nil {
		return one(a.Elem, Shape{UnknownDim, UnknownDim})
	}
	if len(a.Shape) != 2 || len(b.Shape) != 2 {
		return nil, fmt.Errorf("operands %s and %s are not matrices", a.Shape, b.Shape)
	}
	m, ka := matrixDims(a.Shape, c.node.Int("transA", 0) != 0)
	kb, n := matrixDims(b.Shape, c.node.Int("transB", 0) != 0)
	if ka.IsKnown() && kb.IsKnown() && ka != kb {
		return nil, fmt.Errorf("inner dimensions %s and %s of %s and %s differ", ka, kb, a.Shape, b.Shape)
	}
	if _, err := Broadcast(Shape{m, n}, c.input(2).Shape); err != nil {
		return nil, err
	}
	return one(a.Elem, Shape{m, n})
}

func matrixDims(s Shape, transposed bool) (rows, cols Dim) {
	if transposed {
		return s[1], s[0]
	}
	return s[0], s[1]
}

// matMul infers numpy's matmul: …×M×K by …×K×N, vectors promoted.
func matMul(c *inferCall) ([]Info, error) {
	a, b := c.input(0).Shape, c.input(1).Shape
	elem := c.input(0).Elem
	if a == nil || b == nil {
		return one(elem, nil)
	}
	if len(a) == 0 || len(b) == 0 {
		return nil, fmt.Errorf("operands %s and %s must not be scalars", a, b)
	}
	rowVector, columnVector := len(a) == 1, len(b) == 1
	if rowVector {
		a = Shape{Known(1), a[0]}
	}
	if columnVector {
		b = Shape{b[0], Known(1)}
	}
	ka, kb := a[len(a)-1], b[len(b)-2]
	if ka.IsKnown() && kb.IsKnown() && ka != kb {
		return nil, fmt.Errorf("inner dimensions of %s and %s differ", a, b)
	}
	out, err := Broadcast(a[:len(a)-2], b[:len(b)-2])
	if err != nil {
		return nil, err
	}
	if !rowVector {
		out = append(out, a[len(a)-2])
	}
	if !columnVector {
		out = append(out, b[len(b)-1])
	}
	return one(elem, out)
}

// ofType infers as f does, but for the element type.
func ofType(t DType, f inferFunc) inferFunc {
	return func(c *inferCall) ([]Info, error) {
		out, err := f(c)
		for i := range out {
			out[i].Elem = t
		}
		return out, err
	}
}
