package autodiff

import "github.com/memdil/memdil/graphs"

// y = x in another shape (Reshape, Flatten, Squeeze, Unsqueeze): v in x's.
func reshape(c *call) []string { return []string{c.ReshapeLike(c.dy[0], c.in(0))} }

// y = x broadcast: v; the walk sums it.
func expand(c *call) []string { return []string{c.dy[0]} }

// y[i…] = x[i permuted]: v under the inverse permutation.
func transpose(c *call) []string {
	rank := c.Rank(c.in(0))
	inverse := make([]int64, rank)
	perm := c.node.Ints("perm")
	for i := range inverse {
		if perm == nil {
			inverse[i] = int64(rank - 1 - i)
		} else if p := perm[i]; p >= 0 && p < int64(rank) {
			inverse[p] = int64(i)
		}
	}
	return []string{c.Transpose(c.dy[0], inverse...)}
}

// y = x₁, x₂, … side by side: v cut into their sizes.
func concat(c *call) []string {
	axis := c.node.Int("axis", 0)
	sizes := c.each(func(x string) string { return c.Gather(c.ShapeOf(x), c.Ints(axis), 0) })
	split := c.Op("Concat", sizes, graphs.Int("axis", 0))
	return c.Node("Split", []string{c.dy[0], split}, len(sizes), graphs.Int("axis", axis))
}
