package autodiff

import (
	"math"
	"math/rand/v2"

	"github.com/memdil/memdil/graphs"
)

var activationCases = cases{
	"Gelu": append(unary(of),
		testCase{name: "exact", in: []operand{wide(8)}, attrs: attrs(graphs.Str("approximate", "none"))},
		testCase{name: "tanh", in: []operand{wide(8)}, attrs: attrs(graphs.Str("approximate", "tanh"))}),
	"HardSigmoid": append(unary(of),
		testCase{name: "wide", in: []operand{wide(16)}},
		testCase{name: "alpha, beta", in: []operand{wide(16)}, attrs: attrs(graphs.Float("alpha", 0.5), graphs.Float("beta", 0.4))}),
	"HardSwish": append(unary(of), testCase{name: "wide", in: []operand{wide(16)}}),
	"Mish":      append(unary(of), testCase{name: "wide", in: []operand{wide(8)}}),
	"PRelu": {
		{name: "full", in: []operand{of(2, 3), of(2, 3)}},
		{name: "scalar", in: []operand{of(2, 3), of()}},
		{name: "one", in: []operand{of(2, 3), of(1)}},
		{name: "channels", in: []operand{of(2, 3, 2, 2), of(3, 1, 1)}},
		{name: "last axis", in: []operand{of(2, 3), of(3)}},
	},
	"Selu": append(unary(of), testCase{name: "alpha, gamma", in: []operand{of(6)}, attrs: attrs(graphs.Float("alpha", 1.5), graphs.Float("gamma", 0.5))}),
	"Shrink": {
		{name: "default", in: []operand{wide(12)}},
		{name: "lambd, bias", in: []operand{wide(12)}, attrs: attrs(graphs.Float("lambd", 1), graphs.Float("bias", 0.5))},
	},
	"Softsign": unary(of),
	"Swish":    newer(append(unary(of), testCase{name: "alpha", in: []operand{wide(8)}, attrs: attrs(graphs.Float("alpha", 1.7))}), 24),
	"ThresholdedRelu": {
		{name: "default", in: []operand{wide(12)}},
		{name: "alpha", in: []operand{wide(12)}, attrs: attrs(graphs.Float("alpha", 0.5))},
	},
}

var trigonometryCases = cases{
	"Acos":  unary(fraction),
	"Acosh": unary(aboveOne),
	"Asin":  unary(fraction),
	"Asinh": unary(of),
	"Atan":  unary(of),
	"Atanh": unary(fraction),
	"Cosh":  unary(of),
	"Sinh":  unary(of),
	"Tan":   unary(fraction),
}

// wide draws a vector of numbers from about −5 to 5 that keeps away from
// multiples of a half, where piecewise functions have their kinks.
func wide(n int) operand {
	return draw([]int{n}, func(r *rand.Rand) float64 { return math.Floor(20*r.Float64()-10)/2 + 0.05 + 0.4*r.Float64() })
}

// fraction draws an operand of elements between −0.8 and 0.8.
func fraction(shape ...int) operand {
	return draw(shape, func(r *rand.Rand) float64 { return 1.6*r.Float64() - 0.8 })
}

// aboveOne draws an operand of elements between 1.2 and 3.
func aboveOne(shape ...int) operand {
	return draw(shape, func(r *rand.Rand) float64 { return 1.2 + 1.8*r.Float64() })
}

// newer moves rows to an opset.
func newer(rows []testCase, opset int64) []testCase {
	for i := range rows {
		rows[i].opset = opset
	}
	return rows
}
