package autodiff

import "github.com/memdil/memdil/graphs"

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

// newer moves rows to an opset.
func newer(rows []testCase, opset int64) []testCase {
	for i := range rows {
		rows[i].opset = opset
	}
	return rows
}
