package autodiff

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

var linearCases = cases{
	"Gemm":   gemmCases(),
	"MatMul": ranked(matMulCases()),
}

// gemmCases crosses transpositions, factors and shapes of C.
func gemmCases() []testCase {
	const m, k, n = 2, 4, 3
	var rows []testCase
	for _, bias := range [][]int{nil, {m, n}, {n}, {1, n}, {m, 1}, {1, 1}, {1}, {}} {
		for form := range 8 {
			transA, transB, scaled := form&1, form>>1&1, form>>2&1
			c := testCase{
				name:  fmt.Sprintf("transA=%d transB=%d scaled=%d C=%v", transA, transB, scaled, bias),
				in:    []operand{of(m, k), of(k, n)},
				attrs: attrs(graphs.Int("transA", int64(transA)), graphs.Int("transB", int64(transB))),
			}
			if transA == 1 {
				c.in[0] = of(k, m)
			}
			if transB == 1 {
				c.in[1] = of(n, k)
			}
			if bias != nil {
				c.in = append(c.in, of(bias...))
			}
			if scaled == 1 {
				c.attrs = append(c.attrs, graphs.Float("alpha", 0.5), graphs.Float("beta", -2))
			}
			rows = append(rows, c)
		}
	}
	return append(rows,
		testCase{name: "square", in: []operand{of(2, 2), again(0)}},
		testCase{name: "one value thrice", in: []operand{of(2, 2), again(0), again(0)}, attrs: attrs(graphs.Int("transA", 1))},
		testCase{name: "C left out", in: []operand{of(2, 2), of(2, 1), left}})
}

// matMulCases lists every combination of ranks, and stacks that broadcast.
func matMulCases() []testCase {
	var rows []testCase
	for _, s := range [][2][]int{
		{{3}, {3}}, {{3}, {3, 2}}, {{2, 3}, {3}}, {{2, 3}, {3, 4}}, {{1, 3}, {3, 1}},
		{{3}, {2, 3, 4}}, {{2, 4, 3}, {3}}, {{2, 4, 3}, {3, 2}}, {{4, 3}, {2, 3, 2}},
		{{2, 4, 3}, {2, 3, 2}}, {{1, 4, 3}, {2, 3, 2}}, {{2, 4, 3}, {1, 3, 2}},
		{{2, 2, 4, 3}, {3, 2}}, {{2, 2, 4, 3}, {2, 3, 2}}, {{2, 1, 4, 3}, {2, 3, 2}},
		{{4, 3}, {2, 2, 3, 2}}, {{2, 1, 2, 3}, {1, 2, 3, 2}}, {{3}, {2, 2, 3, 2}}, {{2, 2, 2, 3}, {3}},
	} {
		rows = append(rows, testCase{name: fmt.Sprint(s[0], s[1]), in: []operand{of(s[0]...), of(s[1]...)}})
	}
	return append(rows,
		testCase{name: "square", in: []operand{of(2, 2), again(0)}},
		testCase{name: "vector twice", in: []operand{of(3), again(0)}})
}
