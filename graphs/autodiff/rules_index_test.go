package autodiff

import "github.com/memdil/memdil/graphs"

var indexCases = cases{
	"Gather": {
		{name: "rows", in: []operand{of(4, 3), ints(2, 0, 2)}},
		{name: "negative indices", in: []operand{of(4, 3), ints(-1, 1, -4)}},
		{name: "columns", in: []operand{of(2, 4), ints(3, 0, 3)}, attrs: attrs(graphs.Int("axis", 1)), ranked: true},
		{name: "last axis", in: []operand{of(2, 3, 4), ints(1, 1)}, attrs: attrs(graphs.Int("axis", -1)), ranked: true},
		{name: "one", in: []operand{of(2, 3, 4), ints(-1)}, attrs: attrs(graphs.Int("axis", 1)), ranked: true},
		{name: "scalar", in: []operand{of(2, 3, 4), index(nil, 1)}, attrs: attrs(graphs.Int("axis", 1)), ranked: true},
		{name: "scalar row", in: []operand{of(2, 3), index(nil, -2)}},
		{name: "table", in: []operand{of(3, 2), fed([]int{2, 2}, 0, 2, 2, 1)}},
		{name: "table of columns", in: []operand{of(2, 3, 2), fed([]int{2, 2}, 0, -1, 2, 1)}, attrs: attrs(graphs.Int("axis", 1)), ranked: true},
		{name: "at run time", in: []operand{of(2, 3), fed(nil, 1)}, attrs: attrs(graphs.Int("axis", 1)), ranked: true},
	},
	"GatherElements": {
		{name: "default", in: []operand{of(3, 2), fed([]int{2, 2}, 0, 2, 0, -1)}},
		{name: "axis", in: []operand{of(2, 3), fed([]int{2, 4}, 0, 2, 2, 1, 1, -1, 0, 0)}, attrs: attrs(graphs.Int("axis", -1))},
		{name: "fewer rows", in: []operand{of(3, 3), fed([]int{2, 3}, 0, 2, 2, 1, 1, 0)}, attrs: attrs(graphs.Int("axis", 1))},
	},
	"GatherND": {
		{name: "elements", in: []operand{of(2, 3), fed([]int{4, 2}, 0, 0, 1, -1, 0, 0, 1, 1)}},
		{name: "slices", in: []operand{of(3, 2), fed([]int{4, 1}, 0, 2, -1, 0)}},
		{name: "table", in: []operand{of(2, 3, 2), fed([]int{2, 2, 2}, 0, 0, 1, 1, 0, 2, 0, 2)}},
		{name: "batch", in: []operand{of(2, 3, 2), fed([]int{2, 2, 1}, 0, 1, 2, 2)}, attrs: attrs(graphs.Int("batch_dims", 1))},
	},
	"ScatterElements": {
		{name: "replace", in: []operand{of(3, 3), fed([]int{2, 3}, 1, 0, 2, 0, 2, 1), of(2, 3)}},
		{name: "axis", in: []operand{of(2, 4), fed([]int{2, 2}, 1, 3, 0, -1), of(2, 2)}, attrs: attrs(graphs.Int("axis", 1))},
		{name: "add", in: []operand{of(2, 4), fed([]int{2, 2}, 1, 1, 0, -1), of(2, 2)}, attrs: attrs(graphs.Int("axis", -1), graphs.Str("reduction", "add"))},
	},
	"ScatterND": {
		{name: "elements", in: []operand{of(2, 3), fed([]int{2, 2}, 0, 1, 1, -1), of(2)}},
		{name: "slices", in: []operand{of(4, 2), fed([]int{2, 1}, 3, 1), of(2, 2)}},
		{name: "add", in: []operand{of(4, 2), fed([]int{2, 1}, 1, 1), of(2, 2)}, attrs: attrs(graphs.Str("reduction", "add"))},
	},
	"TopK": {
		{name: "largest", in: []operand{of(2, 5), ints(3)}, outputs: 2},
		{name: "values alone", in: []operand{of(2, 5), ints(2)}},
		{name: "smallest", in: []operand{of(4, 3), ints(2)}, attrs: attrs(graphs.Int("axis", 0), graphs.Int("largest", 0)), outputs: 2},
		{name: "all", in: []operand{of(2, 3), ints(3)}, attrs: attrs(graphs.Int("axis", 1)), outputs: 2},
	},
}
