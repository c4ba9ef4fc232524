package autodiff

import "github.com/memdil/memdil/graphs"

// skips reports whether kernels of one place, in one group, see the first of each
// block of places of x, of which v N×M×Q has one each, all of known sizes that make
// no mask that is too large. GPUs have no good kernels for the gradients of such
// convolutions.
func (k *window) skips(v, w, x string) bool {
	c := k.c
	all, known := c.Shape(x)[2:].Elements()
	return known && all <= mostTaken && c.Shape(w).IsStatic() && k.pointwise() && graphs.IsEvenlySkipped(c.Shape(x)[2:], c.Shape(v)[2:], k.strides)
}

// apart is scatter for kernels that skip places: a product of matrices, whose
// places are put apart by zeros, with the batch last.
//
//	w M×C, v M×(Q·N)    dx = wᵀ·v  C×(Q·N), as C×P×N
func (k *window) apart(v, w, x string) string {
	c, rank := k.c, int64(len(k.strides))
	channels, block := c.Shape(w)[1].Size, []int64{}
	blocks, planes := []int64{channels}, []int64{channels}
	for i, stride := range k.strides {
		block = append(block, stride, 1)
		blocks = append(blocks, c.Shape(v)[2+i].Size, 1)
		planes = append(planes, c.Shape(x)[2+i].Size)
	}
	first := make([]float64, product(k.strides))
	first[0] = 1
	dx := c.Gemm(c.ReshapeTo(w, -1, channels), c.Rows(v), true, false)
	dx = c.ReshapeTo(dx, append(blocks, -1)...)
	dx = c.Where(c.Const(graphs.NewTensor("", graphs.Bool, block, first)), dx, c.Like(dx, 0))
	return c.Transpose(c.ReshapeTo(dx, append(planes, -1)...), append([]int64{rank + 1}, countUp(0, rank+1)...)...)
}

// skipped is weights for such kernels: v times the places that they see, as
// matrices with the batch last.
func (k *window) skipped(x, v, w string) string {
	c := k.c
	return c.ReshapeLike(c.Gemm(c.Rows(v), c.Rows(c.SkipPlaces(x, k.strides)), false, true), w)
}
