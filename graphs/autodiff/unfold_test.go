package autodiff

import (
	"fmt"
	"testing"

	"github.com/memdil/memdil/graphs"
)

// TestUnfoldedWeights checks every convolution's gradients as one product with
// unfolded planes, and, where it can be, with copies of both factors.
func TestUnfoldedWeights(t *testing.T) {
	defer func(before float64) { stackGain = before }(stackGain)
	for name, gain := range map[string]float64{"unfolded": 1e9, "stacked": 0} {
		stackGain = gain
		for op, list := range convCases {
			for _, c := range list {
				t.Run(name+"/"+op+"/"+c.name, func(t *testing.T) {
					p := c.build(t, op, forms[0], of(c.outputShape(t, op)...))
					want := numeric(t, p.Model(), p.feeds, p.loss, p.wrt)
					p.options.Unfold = true
					if _, err := p.differentiate(); err != nil {
						t.Fatal(err)
					}
					verify(t, p.Model(), p.feeds, want)
				})
			}
		}
	}
}

// gradientsOf differentiates a convolution and counts the operators of the graph.
func gradientsOf(t *testing.T, row slidingRow, options func(p *problem) Options) (p *problem, counts map[string]int) {
	t.Helper()
	c := convolutions([]slidingRow{row}, false)[0]
	p = c.build(t, "Conv", forms[0], of(c.outputShape(t, "Conv")...))
	p.options = options(p)
	if _, err := p.differentiate(); err != nil {
		t.Fatal(err)
	}
	counts = map[string]int{}
	for _, n := range p.Model().Graph.Nodes {
		counts[n.Op]++
	}
	return p, counts
}

// unfoldAll unfolds what can be.
func unfoldAll(*problem) Options { return Options{Unfold: true} }

// TestSkippedPlaces looks for the form of gradients where kernels of one place
// skip places: products, and no transposed convolution.
func TestSkippedPlaces(t *testing.T) {
	for _, test := range []struct {
		x, w     []int
		set      string
		products int
	}{
		{[]int{2, 3, 4, 6}, []int{4, 3, 1, 1}, "strides 2 3", 2},
		{[]int{2, 3, 4, 5}, []int{4, 3, 1, 1}, "strides 2 2", 1}, // a place more is left
		{[]int{2, 4, 4, 4}, []int{4, 2, 1, 1}, "strides 2 2 group 2", 0},
		{[]int{2, 3, 4, 4}, []int{4, 3, 3, 3}, "strides 2 2 pads 1 1 1 1", 1},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			p, counts := gradientsOf(t, slidingRow{x: test.x, w: test.w, set: test.set}, unfoldAll)
			products, transposed := counts["Gemm"], counts["ConvTranspose"]
			if products != test.products || (transposed == 0) != (products == 2) {
				t.Errorf("%d products and %d transposed convolutions, want %d products\n%s", products, transposed, test.products, graphs.Text(p.Model()))
			}
		})
	}
}

// TestWeightsBySample looks for products of each sample where columns are few.
func TestWeightsBySample(t *testing.T) {
	for _, test := range []struct {
		x, w []int
		sums int
	}{{[]int{2, 2, 24}, []int{3, 2, 3}, 0}, {[]int{2, 2, 26}, []int{3, 2, 3}, 1}} {
		p, counts := gradientsOf(t, slidingRow{x: test.x, w: test.w}, unfoldAll)
		if got := counts["MatMul"]; got != test.sums {
			t.Errorf("%v: %d products of each sample, want %d\n%s", test.x, got, test.sums, graphs.Text(p.Model()))
		}
	}
}

// TestStackedWeights looks for the form in which gradients by weights are
// computed: copies of both factors only where that is fewer, and x is not
// unfolded anyway.
func TestStackedWeights(t *testing.T) {
	for _, test := range []struct {
		x, w    []int
		set     string
		gathers int
	}{
		{[]int{2, 8, 8, 8}, []int{8, 8, 3, 3}, "pads 1 1 1 1", 2},
		{[]int{2, 8, 8, 8}, []int{16, 8, 3, 3}, "pads 1 1 1 1", 1},
		{[]int{2, 3, 8, 8}, []int{64, 3, 3, 3}, "pads 1 1 1 1", 1},
		{[]int{2, 8, 8, 8}, []int{8, 8, 3, 3}, "pads 1 1 1 1 strides 2 2", 1},
		{[]int{2, 8, 8, 8}, []int{8, 4, 3, 3}, "pads 1 1 1 1 group 2", 1},
		{[]int{2, 8, 8, 8}, []int{8, 8, 3, 1}, "pads 1 0 1 0", 1},
		{[]int{2, 8, 8, 8}, []int{8, 8, 1, 3}, "pads 0 1 0 1", 1},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			for unfolded, gathers := range map[bool]int{false: test.gathers, true: 1} {
				p, counts := gradientsOf(t, slidingRow{x: test.x, w: test.w, set: test.set}, func(p *problem) Options {
					return Options{Unfold: true, Unfolded: func(w, y graphs.Shape) bool {
						if want := p.Shape("y0"); !y.Equals(want) || !w.Equals(p.Shape("x1")) {
							t.Errorf("asked about weights %s and an output %s, not %s and %s", w, y, p.Shape("x1"), want)
						}
						return unfolded
					}}
				})
				got := counts["Gather"]
				if got != gathers {
					t.Errorf("x is unfolded anyway: %v: %d copies, want %d\n%s", unfolded, got, gathers, graphs.Text(p.Model()))
				}
			}
		})
	}
}
