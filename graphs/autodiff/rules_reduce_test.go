package autodiff

import "github.com/memdil/memdil/graphs"

var reduceCases = cases{
	"ReduceMax":       reductions(of),
	"ReduceMean":      reductions(of),
	"ReduceMin":       reductions(of),
	"ReduceSum":       reductions(of),
	"ReduceSumSquare": reductions(of),
}

func reductions(of func(shape ...int) operand) []testCase {
	drop, keep, noop := graphs.Int("keepdims", 0), graphs.Int("keepdims", 1), graphs.Int("noop_with_empty_axes", 1)
	return []testCase{
		{name: "all", in: []operand{of(2, 3)}, ranked: true},
		{name: "all dropped", in: []operand{of(2, 3)}, attrs: attrs(drop), ranked: true},
		{name: "all, axes left out", in: []operand{of(2, 3), left}, attrs: attrs(drop), ranked: true},
		{name: "all, no axes", in: []operand{of(2, 3), ints()}, attrs: attrs(drop), ranked: true},
		{name: "all, no axes, kept", in: []operand{of(2, 3), ints()}, attrs: attrs(keep), ranked: true},
		{name: "noop", in: []operand{of(2, 3), ints()}, attrs: attrs(noop, drop)},
		{name: "noop, axes left out", in: []operand{of(2, 3)}, attrs: attrs(noop)},
		{name: "axes", in: []operand{of(2, 3, 2), ints(0, 2)}, attrs: attrs(keep)},
		{name: "dropped axes", in: []operand{of(2, 3, 2), ints(0, 2)}, attrs: attrs(drop)},
		{name: "negative axes", in: []operand{of(2, 3, 2), ints(-1, 1)}, attrs: attrs(drop)},
		{name: "negative axis", in: []operand{of(2, 3, 2), ints(-2)}, attrs: attrs(drop)},
		{name: "every axis", in: []operand{of(2, 3), ints(1, 0)}, attrs: attrs(drop)},
		{name: "axis of size 1", in: []operand{of(2, 1, 3), ints(1)}, attrs: attrs(drop)},
		{name: "vector", in: []operand{of(3), ints(0)}, attrs: attrs(drop)},
		{name: "scalar", in: []operand{of()}, ranked: true},
	}
}
