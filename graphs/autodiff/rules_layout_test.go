package autodiff

import "github.com/memdil/memdil/graphs"

var layoutCases = cases{
	"Col2Im": {
		{name: "apart", in: []operand{of(2, 8, 4), ints(4, 4), ints(2, 2)}, attrs: attrs(graphs.Ints("strides", 2, 2))},
		{name: "overlapping", in: []operand{of(1, 6, 9), ints(3, 4), ints(2, 3)}, attrs: attrs(graphs.Ints("strides", 1, 1), graphs.Ints("pads", 0, 1, 1, 0))},
		{name: "dilated", in: []operand{of(1, 4, 4), ints(3, 3), ints(2, 2)}, attrs: attrs(graphs.Ints("dilations", 2, 1), graphs.Ints("pads", 0, 1, 0, 1), graphs.Ints("strides", 1, 1))},
		{name: "1-d", in: []operand{of(2, 4, 3), ints(5), ints(2)}, attrs: attrs(graphs.Ints("strides", 2), graphs.Ints("pads", 0, 1))},
	},
	"CumSum": {
		{name: "first axis", in: []operand{of(3, 2), index(nil, 0)}},
		{name: "last axis", in: []operand{of(2, 4), index(nil, -1)}},
		{name: "exclusive", in: []operand{of(2, 4), index(nil, 1)}, attrs: attrs(graphs.Int("exclusive", 1))},
		{name: "reverse", in: []operand{of(2, 4), index(nil, 1)}, attrs: attrs(graphs.Int("reverse", 1))},
		{name: "both", in: []operand{of(2, 4), index(nil, 1)}, attrs: attrs(graphs.Int("exclusive", 1), graphs.Int("reverse", 1))},
	},
	"DepthToSpace": {
		{name: "DCR", in: []operand{of(2, 8, 2, 3)}, attrs: attrs(graphs.Int("blocksize", 2))},
		{name: "CRD", in: []operand{of(2, 8, 2, 3)}, attrs: attrs(graphs.Int("blocksize", 2), graphs.Str("mode", "CRD"))},
		{name: "CRD of 3", in: []operand{of(1, 9, 1, 2)}, attrs: attrs(graphs.Int("blocksize", 3), graphs.Str("mode", "CRD"))},
	},
	"Mod": {
		{name: "matrix", in: []operand{of(2, 3), number(0.15)}, attrs: attrs(graphs.Int("fmod", 1))},
		{name: "broadcast", in: []operand{of(3), constant([]int64{2, 3}, 0.15, 0.4, 2, 0.15, -2, 0.15)}, attrs: attrs(graphs.Int("fmod", 1))},
	},
	"Pad": {
		{name: "zeros", in: []operand{of(2, 3), ints(1, 0, 2, 1)}},
		{name: "constant", in: []operand{of(2, 3), ints(1, 0, 0, 1), of()}},
		{name: "negative", in: []operand{of(3, 4), ints(-1, 1, 0, -2), of()}},
		{name: "axes", in: []operand{of(2, 3, 2), ints(1, 2), of(), ints(-2)}},
		{name: "axes, zeros", in: []operand{of(2, 3, 2), ints(1, 2, 0, 1), left, ints(2, 0)}},
		{name: "at run time", in: []operand{of(2, 3), fed([]int{4}, 1, 0, 2, 1)}},
		{name: "reflect", in: []operand{of(2, 3, 4), ints(0, 2, 1, 0, 1, 3)}, attrs: attrs(graphs.Str("mode", "reflect"))},
		{name: "edge", in: []operand{of(2, 2, 3), ints(0, 2, 1, 0, 1, 3)}, attrs: attrs(graphs.Str("mode", "edge"))},
		{name: "wrap", in: []operand{of(2, 3), ints(0, 2, 0, 1)}, attrs: attrs(graphs.Str("mode", "wrap"))},
	},
	"Slice": {
		{name: "middle", in: []operand{of(2, 5), ints(1), ints(3), ints(1)}},
		{name: "to the end", in: []operand{of(2, 5), ints(2), ints(1 << 62), ints(-1)}},
		{name: "from the end", in: []operand{of(2, 5), ints(-3), ints(-1), ints(1)}},
		{name: "beyond", in: []operand{of(2, 3), ints(-9), ints(9), ints(1)}},
		{name: "two axes", in: []operand{of(4, 5), ints(1, 0), ints(3, 2)}},
		{name: "axes out of order", in: []operand{of(2, 4, 3), ints(1, 2), ints(3, 4), ints(2, 1), ints(1, 1)}},
		{name: "steps", in: []operand{of(2, 7), ints(1), ints(7), ints(1), ints(3)}},
		{name: "negative step", in: []operand{of(2, 5), ints(-1), ints(-1 << 62), ints(1), ints(-2)}},
		{name: "mixed steps", in: []operand{of(5, 4), ints(4, 1), ints(0, 3), ints(0, 1), ints(-1, 1)}},
		{name: "at run time", in: []operand{of(2, 5), fed([]int{1}, 1), fed([]int{1}, 4), ints(1)}},
	},
	"SpaceToDepth": {
		{name: "2", in: []operand{of(2, 2, 2, 4)}, attrs: attrs(graphs.Int("blocksize", 2))},
		{name: "3", in: []operand{of(1, 2, 3, 3)}, attrs: attrs(graphs.Int("blocksize", 3))},
	},
	"Split": {
		{name: "first part", in: []operand{of(4, 2), ints(1, 3)}, outputs: 2},
		{name: "all parts", in: []operand{of(2, 6), ints(1, 3, 2)}, attrs: attrs(graphs.Int("axis", 1)), outputs: 3, all: true},
		{name: "equal parts", in: []operand{of(2, 6)}, attrs: attrs(graphs.Int("axis", -1), graphs.Int("num_outputs", 3)), outputs: 3, all: true},
		{name: "smaller last part", in: []operand{of(5, 2)}, attrs: attrs(graphs.Int("num_outputs", 2)), outputs: 2, all: true},
	},
	"Tile": ranked([]testCase{
		{name: "both axes", in: []operand{of(2, 3), ints(2, 3)}},
		{name: "one axis", in: []operand{of(2, 1, 3), ints(1, 4, 1)}},
		{name: "at run time", in: []operand{of(2, 3), fed([]int{2}, 1, 2)}},
	}),
	"Trilu": {
		{name: "upper", in: []operand{of(3, 3)}},
		{name: "lower", in: []operand{of(2, 3, 4)}, attrs: attrs(graphs.Int("upper", 0))},
		{name: "diagonal", in: []operand{of(3, 3), index(nil, 1)}},
		{name: "lower diagonal", in: []operand{of(3, 4), index(nil, -1)}, attrs: attrs(graphs.Int("upper", 0))},
	},
}
