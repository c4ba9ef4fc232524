package autodiff

// y = softmax(x): y·(v − Σ v·y), the sum over the softmax's axis.
func softmax(c *call) []string {
	y := c.node.Outputs[0]
	vy := c.Mul(c.dy[0], y)
	return []string{c.Sub(vy, c.Mul(y, c.ReduceSum(vy, true, c.node.Int("axis", -1))))}
}

// y = ln softmax(x): v − eʸ·Σv, the sum over the softmax's axis.
func logSoftmax(c *call) []string {
	total := c.ReduceSum(c.dy[0], true, c.node.Int("axis", -1))
	return []string{c.Sub(c.dy[0], c.Mul(c.Exp(c.node.Outputs[0]), total))}
}
