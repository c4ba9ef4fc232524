package autodiff

// gemm: Y = α·A'·B' + β·C with A' = A or Aᵀ (transA), B' = B or Bᵀ (transB).
//
//	V  M×N  gradient of Y
//	A' M×K: dA' = α·V·B'ᵀ      B' K×N: dB' = α·A'ᵀ·V      C: dC = β·V
//
// Transposed operands get the transposed product, so that no Transpose is
// needed.
func gemm(c *call) []string {
	a, b := c.in(0), c.in(1)
	transA, transB := c.node.Int("transA", 0) != 0, c.node.Int("transB", 0) != 0
	v := c.scaled(c.dy[0], float64(c.node.Float("alpha", 1)))
	var da, db string
	if transA {
		da = c.Gemm(b, v, transB, true)
	} else {
		da = c.Gemm(v, b, false, !transB)
	}
	if transB {
		db = c.Gemm(v, a, true, transA)
	} else {
		db = c.Gemm(a, v, !transA, false)
	}
	if c.in(2) == "" {
		return []string{da, db}
	}
	return []string{da, db, c.scaled(c.dy[0], float64(c.node.Float("beta", 1)))}
}

func (c *call) scaled(x string, by float64) string {
	if by == 1 {
		return x
	}
	return c.Scale(x, by)
}

// matMul: Y = A·B over the last two axes, the others broadcast.
//
//	V …×M×N: dA = V·Bᵀ  …×M×K    dB = Aᵀ·V  …×K×N
//
// A vector counts as a matrix of one row (A) or one column (B).
func matMul(c *call) []string {
	a, b, v := c.in(0), c.in(1), c.dy[0]
	rankA, rankB := c.Rank(a), c.Rank(b)
	if rankB == 1 {
		b, v = c.Unsqueeze(b, 1), c.Unsqueeze(v, -1)
	}
	if rankA == 1 {
		a, v = c.Unsqueeze(a, 0), c.Unsqueeze(v, -2)
	}
	da := c.MatMul(v, c.SwapLast(b))
	db := c.weightProduct(a, b, v)
	if rankA == 1 {
		da = c.Squeeze(da, -2)
	}
	if rankB == 1 {
		db = c.Squeeze(db, -1)
	}
	return []string{da, db}
}

// weightProduct is Aᵀ·V. Where B is one matrix for a whole batch of A's, the
// batch joins the rows, and the sum over it is part of one product.
func (c *call) weightProduct(a, b, v string) string {
	if c.Rank(b) != 2 || c.Rank(a) == 2 {
		return c.MatMul(c.SwapLast(a), v)
	}
	k, n := c.Shape(b)[0], c.Shape(b)[1]
	if !k.IsKnown() || !n.IsKnown() {
		return c.MatMul(c.SwapLast(a), v)
	}
	return c.Gemm(c.ReshapeTo(a, -1, k.Size), c.ReshapeTo(v, -1, n.Size), true, false)
}
