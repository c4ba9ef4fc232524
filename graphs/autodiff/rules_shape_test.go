package autodiff

import "github.com/memdil/memdil/graphs"

var shapeCases = cases{
	"Concat": {
		{name: "two", in: []operand{of(2, 3), of(2, 2)}, attrs: attrs(graphs.Int("axis", 1))},
		{name: "one", in: []operand{of(2, 3)}, attrs: attrs(graphs.Int("axis", 0))},
		{name: "four", in: []operand{of(1, 2), of(3, 2), of(2, 2), of(1, 2)}, attrs: attrs(graphs.Int("axis", 0))},
		{name: "negative axis", in: []operand{of(2, 2, 1), of(2, 2, 3)}, attrs: attrs(graphs.Int("axis", -1))},
		{name: "one value twice", in: []operand{of(2, 3), of(2, 1), again(0)}, attrs: attrs(graphs.Int("axis", 1))},
	},
	"Expand": {
		{name: "rows", in: []operand{of(1, 3), ints(2, 3)}},
		{name: "rank", in: []operand{of(3), ints(2, 2, 3)}},
		{name: "by its own size", in: []operand{of(2, 3), ints(1, 1)}},
		{name: "scalar", in: []operand{of(), ints(2, 2)}},
		{name: "nothing", in: []operand{of(2, 3), ints(2, 3)}},
		{name: "both ways", in: []operand{of(2, 1), ints(2, 1, 3)}},
	},
	"Flatten": {
		{name: "default", in: []operand{of(2, 3, 2)}},
		{name: "axis 0", in: []operand{of(2, 3)}, attrs: attrs(graphs.Int("axis", 0))},
		{name: "last", in: []operand{of(2, 3, 2)}, attrs: attrs(graphs.Int("axis", 3))},
		{name: "negative", in: []operand{of(2, 3, 2)}, attrs: attrs(graphs.Int("axis", -1))},
	},
	"Reshape": {
		{name: "static", in: []operand{of(2, 6), ints(3, 4)}},
		{name: "inferred", in: []operand{of(2, 6), ints(-1, 3)}},
		{name: "copied", in: []operand{of(2, 6), ints(0, 3, -1)}},
		{name: "scalar", in: []operand{of(1, 1), ints()}},
		{name: "vector", in: []operand{of(), ints(1)}},
	},
	"Squeeze": {
		{name: "all", in: []operand{of(1, 3, 1)}},
		{name: "axis", in: []operand{of(1, 3, 1), ints(0)}},
		{name: "negative axis", in: []operand{of(1, 3, 1), ints(-1)}},
		{name: "axes", in: []operand{of(1, 3, 1), ints(2, 0)}},
	},
	"Transpose": ranked([]testCase{
		{name: "default", in: []operand{of(2, 3, 4)}},
		{name: "rotation", in: []operand{of(2, 3, 4)}, attrs: attrs(graphs.Ints("perm", 1, 2, 0))},
		{name: "swap", in: []operand{of(2, 3, 4)}, attrs: attrs(graphs.Ints("perm", 0, 2, 1))},
		{name: "scalar", in: []operand{of()}},
	}),
	"Unsqueeze": {
		{name: "front", in: []operand{of(2, 3), ints(0)}},
		{name: "ends", in: []operand{of(2, 3), ints(0, -1)}},
		{name: "scalar", in: []operand{of(), ints(0)}},
	},
}
