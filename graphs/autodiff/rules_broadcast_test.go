package autodiff

import "fmt"

var broadcastCases = cases{
	"Add": binary(of, of),
	"Sub": binary(of, of),
	"Mul": binary(of, of),
	"Div": binary(of, of),
	"Pow": append(binary(positive, positive),
		testCase{name: "constant square", in: []operand{of(2, 3), number(2)}},
		testCase{name: "constant root", in: []operand{positive(2, 3), number(0.5)}},
		testCase{name: "integer exponent", in: []operand{of(2, 3), ints(3)}},
		testCase{name: "integer exponents", in: []operand{of(2, 3), ints(0, 1, 2)}}),
	"Max":  variadic(),
	"Min":  variadic(),
	"Mean": variadic(),
	"Sum":  variadic(),
	"Where": {
		{name: "same shapes", in: []operand{truths(2, 3), of(2, 3), of(2, 3)}},
		{name: "broadcast branches", in: []operand{truths(2, 3), of(), of(2, 1)}},
		{name: "broadcast condition", in: []operand{truths(3), of(2, 3), of(2, 1)}},
		{name: "rank from the condition", in: []operand{truths(2, 2, 3), of(3), of(2, 3)}},
		{name: "one value twice", in: []operand{truths(3), of(2, 3), again(1)}},
	},
}

// broadcasts lists pairs of shapes that broadcast, in both directions.
var broadcasts = [][2][]int{
	{{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{3}, {2, 3}}, {{2, 3}, {2, 1}}, {{1, 3}, {2, 3}},
	{{2, 1}, {1, 3}}, {{2, 3}, {}}, {{}, {2, 3}}, {{}, {}}, {{2, 3, 2}, {3, 1}},
	{{1, 2}, {3, 2, 1}}, {{1, 1}, {2}}, {{1}, {1, 1, 1}}, {{2, 1, 3}, {2, 2, 1}},
}

// binary returns the rows of a broadcasting operator on two operands.
func binary(left, right func(shape ...int) operand) []testCase {
	rows := []testCase{{name: "one value twice", in: []operand{left(2, 3), again(0)}}}
	for _, s := range broadcasts {
		rows = append(rows, testCase{name: fmt.Sprint(s[0], s[1]), in: []operand{left(s[0]...), right(s[1]...)}})
	}
	return rows
}

// variadic returns the rows of an operator on any number of operands.
func variadic() []testCase {
	return append(binary(of, of),
		testCase{name: "one", in: []operand{of(2, 3)}},
		testCase{name: "three", in: []operand{of(2, 1), of(3), of()}},
		testCase{name: "five", in: []operand{of(2, 3), of(2, 3), of(3), of(1, 3), of(2, 2, 3)}})
}
