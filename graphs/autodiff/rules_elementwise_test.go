package autodiff

import "github.com/memdil/memdil/graphs"

var elementwiseCases = cases{
	"Abs":        unary(of),
	"Celu":       append(unary(of), testCase{name: "alpha", in: []operand{of(3)}, attrs: attrs(graphs.Float("alpha", 0.3))}),
	"Cos":        unary(of),
	"Elu":        append(unary(of), testCase{name: "alpha", in: []operand{of(3)}, attrs: attrs(graphs.Float("alpha", 0.3))}),
	"Erf":        unary(of),
	"Exp":        unary(of),
	"Identity":   unary(of),
	"LeakyRelu":  append(unary(of), testCase{name: "alpha", in: []operand{of(3)}, attrs: attrs(graphs.Float("alpha", 0.3))}),
	"Log":        unary(positive),
	"Neg":        unary(of),
	"Reciprocal": unary(of),
	"Relu":       unary(of),
	"Sigmoid":    unary(of),
	"Sin":        unary(of),
	"Softplus":   unary(of),
	"Sqrt":       unary(positive),
	"Tanh":       unary(of),
	"Cast": {
		{name: "float", in: []operand{of(2, 3)}, attrs: attrs(graphs.Int("to", int64(graphs.Float32)))},
		{name: "double", in: []operand{of(2, 3)}, attrs: attrs(graphs.Int("to", int64(graphs.Float64)))},
	},
	"CastLike": {{name: "double", in: []operand{of(2, 3), double()}}},
	"Clip": {
		{name: "no ends", in: []operand{of(2, 3)}},
		{name: "both ends", in: []operand{of(4, 3), number(-0.7), number(0.8)}},
		{name: "upper end", in: []operand{of(4, 3), left, number(0.6)}},
		{name: "lower end", in: []operand{of(4, 3), number(-0.6)}},
		{name: "ends at run time", in: []operand{of(4, 3), number(-0.6), positive()}},
	},
}

// unary returns the rows of a function of one number, whose operands sample
// draws: a matrix, a scalar and a tensor with an axis of size 1.
func unary(sample func(shape ...int) operand) []testCase {
	return []testCase{
		{name: "matrix", in: []operand{sample(2, 3)}},
		{name: "scalar", in: []operand{sample()}},
		{name: "thin", in: []operand{sample(2, 1, 2)}},
	}
}

func attrs(a ...graphs.Attribute) []graphs.Attribute { return a }
