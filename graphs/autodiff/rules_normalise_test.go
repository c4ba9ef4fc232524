package autodiff

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

var normaliseCases = cases{
	"BatchNormalization": ranked(batchNormalizationCases()),
	"Dropout": { // active Dropout is TestActiveDropout
		{name: "no ratio", in: []operand{of(2, 3)}},
		{name: "ratio", in: []operand{of(2, 3), number(0.3)}},
		{name: "inactive", in: []operand{of(2, 3), number(0.3), truth(0)}},
		{name: "no ratio, inactive", in: []operand{of(2, 3), left, truth(0)}, outputs: 2},
	},
	"LayerNormalization": {
		{name: "last axis", in: []operand{of(3, 4), positive(4), of(4)}},
		{name: "no bias", in: []operand{of(3, 4), positive(4)}, attrs: attrs(graphs.Int("axis", -1))},
		{name: "no bias, named", in: []operand{of(3, 4), positive(4), left}, attrs: attrs(graphs.Int("axis", 1)), ranked: true},
		{name: "two axes", in: []operand{of(2, 3, 2), positive(3, 2), of(3, 2)}, attrs: attrs(graphs.Int("axis", -2))},
		{name: "axis 0", in: []operand{of(3, 4), positive(3, 4), of(3, 4)}, attrs: attrs(graphs.Int("axis", 0)), ranked: true},
		{name: "axis 1 of 4", in: []operand{of(2, 2, 3, 2), positive(2, 3, 2), of(2, 3, 2)}, attrs: attrs(graphs.Int("axis", 1)), ranked: true},
		{name: "axis 2 of 4", in: []operand{of(2, 2, 3, 2), positive(3, 2), of(2)}, attrs: attrs(graphs.Int("axis", 2), graphs.Float("epsilon", 0.3)), ranked: true},
		{name: "axis 3 of 4", in: []operand{of(2, 2, 3, 2), positive(2), of()}, attrs: attrs(graphs.Int("axis", 3), graphs.Float("epsilon", 0.1)), ranked: true},
		{name: "scalar scale", in: []operand{of(3, 4), positive(1), of(1)}, attrs: attrs(graphs.Int("axis", 1)), ranked: true},
		{name: "moments in use", in: []operand{of(3, 4), positive(4), of(4)}, outputs: 3},
	},
}

func batchNormalizationCases() []testCase {
	var rows []testCase
	for _, shape := range [][]int{{4, 3}, {3, 2, 4}, {2, 3, 2, 3}, {2, 1, 3}, {2, 2, 2, 1, 2}} {
		c := shape[1]
		in := []operand{of(shape...), of(c), of(c), of(c), positive(c)}
		rows = append(rows,
			testCase{name: fmt.Sprint("training ", shape), in: in, attrs: attrs(graphs.Int("training_mode", 1), graphs.Float("epsilon", 0.01))},
			testCase{name: fmt.Sprint("inference ", shape), in: in})
	}
	return rows
}

// ranked marks rows whose rule asks for ranks.
func ranked(rows []testCase) []testCase {
	for i := range rows {
		rows[i].ranked = true
	}
	return rows
}
