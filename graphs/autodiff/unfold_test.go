package autodiff

import "testing"

// TestUnfoldedWeights checks every convolution's gradients as one product with
// unfolded planes.
func TestUnfoldedWeights(t *testing.T) {
	for op, list := range convCases {
		for _, c := range list {
			t.Run(op+"/"+c.name, func(t *testing.T) {
				p := c.build(t, op, forms[0], of(c.outputShape(t, op)...))
				want := numeric(t, p.Model(), p.feeds, p.loss, p.wrt)
				p.unfold = true
				if _, err := p.differentiate(); err != nil {
					t.Fatal(err)
				}
				verify(t, p.Model(), p.feeds, want)
			})
		}
	}
}
