package autodiff

import "github.com/memdil/memdil/graphs"

var normCases = cases{
	"LpNormalization": {
		{name: "default", in: []operand{of(2, 3)}},
		{name: "p=2 axis=1", in: []operand{of(2, 3, 2)}, attrs: attrs(graphs.Int("axis", 1))},
		{name: "p=1", in: []operand{of(2, 3)}, attrs: attrs(graphs.Int("p", 1))},
		{name: "p=1 axis=0", in: []operand{of(3, 2)}, attrs: attrs(graphs.Int("axis", 0), graphs.Int("p", 1))},
		{name: "one element", in: []operand{of(3, 1)}},
	},
	"ReduceL1":        reductions(of),
	"ReduceL2":        reductions(of),
	"ReduceLogSum":    reductions(positive),
	"ReduceLogSumExp": reductions(of),
	"ReduceProd":      append(reductions(of), productsOfZeros()...),
}

func productsOfZeros() []testCase {
	zeros := func(n int) operand {
		o := of(2, 3)
		for i := range n {
			o.value.F[2*i] = 0
		}
		return o
	}
	return []testCase{
		{name: "one zero", in: []operand{zeros(1), ints(1)}},
		{name: "two zeros in a row", in: []operand{zeros(2), ints(1)}},
		{name: "zeros in two rows", in: []operand{zeros(3), ints(1)}, attrs: attrs(graphs.Int("keepdims", 0))},
	}
}
