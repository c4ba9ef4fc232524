package train

// #cgo CFLAGS: -O3
// #include "product.h"
// #include "wide.h"
import "C"

// product is a matrix as the product of two: left, rows × inner, and right,
// inner × columns.
type product struct {
	left, right []float32
	inner       int
}

func (p *product) columns() int { return len(p.right) / p.inner }

// rows returns some of the product's rows.
func (p *product) rows(from, to int) *product {
	return &product{left: p.left[from*p.inner : to*p.inner], right: p.right, inner: p.inner}
}

// multiply writes the product into g, by vectors of so many floats.
func (p *product) multiply(g []float32, width C.int) {
	C.memdil_product(width, pointer(g), pointer(p.left), pointer(p.right),
		C.long(len(p.left)/p.inner), C.long(p.columns()), C.long(p.inner))
}

// widest is how many floats this processor computes with at once.
var widest = C.memdil_widest()

// gradient returns the gradient, in scratch where it is a product.
func (v variable) gradient(scratch []float32, width C.int) []float32 {
	if v.product == nil {
		return v.grad
	}
	g := scratch[:len(v.value)]
	v.product.multiply(g, width)
	return g
}
