package autodiff

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

var standardiseCases = cases{
	"GroupNormalization":    groupNormalizationCases(),
	"InstanceNormalization": ranked(instanceNormalizationCases()),
	"MeanVarianceNormalization": {
		{name: "default", in: []operand{of(2, 2, 3, 2)}},
		{name: "axes", in: []operand{of(3, 2, 4)}, attrs: attrs(graphs.Ints("axes", 0, 2))},
		{name: "channels", in: []operand{of(2, 4, 1)}, attrs: attrs(graphs.Ints("axes", -2))},
	},
	"RMSNormalization": newer([]testCase{
		{name: "last axis", in: []operand{of(3, 4), positive(4)}},
		{name: "epsilon", in: []operand{of(3, 4), positive(4)}, attrs: attrs(graphs.Float("epsilon", 0.3))},
		{name: "two axes", in: []operand{of(2, 3, 2), positive(3, 2)}, attrs: attrs(graphs.Int("axis", -2))},
		{name: "axis 1 of 4", in: []operand{of(2, 2, 3, 2), positive(2, 3, 2)}, attrs: attrs(graphs.Int("axis", 1)), ranked: true},
		{name: "scale broadcast", in: []operand{of(2, 2, 3), positive(3)}, attrs: attrs(graphs.Int("axis", 1)), ranked: true},
		{name: "scalar scale", in: []operand{of(3, 4), positive(1)}},
	}, 23),
}

// groupNormalizationCases has γ and β for each group in opset 18, for each
// channel in opset 21.
func groupNormalizationCases() []testCase {
	var rows []testCase
	for _, shape := range [][]int{{2, 4, 3}, {2, 6, 2, 2}, {1, 4, 2, 1, 2}} {
		for _, groups := range []int{1, 2, shape[1]} {
			set := attrs(graphs.Int("num_groups", int64(groups)), graphs.Float("epsilon", 0.01))
			name := fmt.Sprint(shape, " in ", groups)
			rows = append(rows,
				testCase{name: "18 " + name, in: []operand{of(shape...), of(groups), of(groups)}, attrs: set, opset: 18},
				testCase{name: "21 " + name, in: []operand{of(shape...), of(shape[1]), of(shape[1])}, attrs: set, ranked: true, opset: 21})
		}
	}
	return rows
}

func instanceNormalizationCases() []testCase {
	var rows []testCase
	for _, shape := range [][]int{{2, 3, 4}, {2, 3, 2, 3}, {1, 2, 2, 1, 2}} {
		in := []operand{of(shape...), of(shape[1]), of(shape[1])}
		rows = append(rows, testCase{name: fmt.Sprint(shape), in: in, attrs: attrs(graphs.Float("epsilon", 0.01))})
	}
	return append(rows, testCase{name: "default", in: []operand{of(2, 3, 4), of(3), of(3)}})
}
