package autodiff

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

var poolCases = cases{
	"AveragePool": ranked(pools(
		"count_include_pad 1", []int{2, 2, 5}, "kernel_shape 3 pads 1 1", []int{2, 3, 4, 4}, "kernel_shape 2 2 strides 2 2",
		[]int{2, 2, 5, 6}, "kernel_shape 3 3 pads 1 1 1 1", []int{2, 2, 6, 7}, "kernel_shape 3 2 strides 2 3 pads 1 0 0 1",
		[]int{1, 2, 6, 7}, "kernel_shape 3 3 strides 2 2 ceil_mode 1", []int{2, 2, 7, 7}, "kernel_shape 2 3 strides 2 2 pads 1 1 0 1 ceil_mode 1",
		[]int{1, 2, 6, 7}, "kernel_shape 2 3 dilations 2 2", []int{1, 2, 5, 6}, "kernel_shape 3 2 strides 2 2 auto_pad SAME_UPPER",
		[]int{1, 2, 5, 6}, "kernel_shape 2 3 strides 1 2 auto_pad SAME_LOWER", []int{2, 1, 3, 4, 4}, "kernel_shape 2 3 2 strides 1 2 2 pads 0 1 0 1 1 0")),
	"GlobalAveragePool": ranked(globals()),
	"GlobalLpPool":      globalLpPools(),
	"GlobalMaxPool":     globals(),
	"LRN": {
		{name: "3", in: []operand{of(2, 5, 2, 2)}, attrs: attrs(graphs.Int("size", 3), graphs.Float("alpha", 0.9), graphs.Float("beta", 0.6), graphs.Float("bias", 1.5))},
		{name: "even", in: []operand{of(2, 5, 3)}, attrs: attrs(graphs.Int("size", 4), graphs.Float("alpha", 2)), foreign: true},
		{name: "default", in: []operand{of(1, 3, 2, 1)}, attrs: attrs(graphs.Int("size", 5))},
		{name: "1", in: []operand{of(2, 3, 2, 2)}, attrs: attrs(graphs.Int("size", 1), graphs.Float("alpha", 1))},
	},
	"LpPool": ranked(append(pools("p 1", []int{2, 2, 5, 5}, "kernel_shape 3 2 pads 1 0 0 1 ceil_mode 1 strides 2 2"), pools(
		"p 3", []int{2, 2, 5}, "kernel_shape 3 pads 1 1", []int{2, 3, 4, 4}, "kernel_shape 2 2 strides 2 2",
		[]int{2, 2, 5, 6}, "kernel_shape 3 3 pads 1 1 1 1", []int{1, 2, 6, 7}, "kernel_shape 3 2 strides 2 3",
		[]int{1, 2, 5, 6}, "kernel_shape 3 2 strides 2 2 auto_pad SAME_UPPER", []int{1, 1, 3, 4, 3}, "kernel_shape 2 2 2")...)),
	"MaxPool": pools(
		"storage_order 1", []int{2, 2, 5}, "kernel_shape 3 pads 1 1", []int{2, 3, 4, 4}, "kernel_shape 2 2 strides 2 2",
		[]int{2, 2, 7, 7}, "kernel_shape 3 3 strides 2 2 pads 1 1 1 1", []int{2, 2, 6, 7}, "kernel_shape 3 2 strides 2 3 pads 1 0 0 1",
		[]int{1, 2, 6, 7}, "kernel_shape 3 3 strides 2 2 ceil_mode 1", []int{1, 2, 6, 7}, "kernel_shape 2 3 dilations 2 2",
		[]int{1, 2, 5, 6}, "kernel_shape 3 2 strides 2 2 auto_pad SAME_UPPER", []int{1, 2, 5, 6}, "kernel_shape 2 3 strides 1 2 auto_pad SAME_LOWER",
		[]int{2, 2, 3, 4, 4}, "kernel_shape 2 3 2 strides 1 2 2 pads 0 1 0 1 1 0"),
}

// pools makes pairs of shape and settings cases; every second one has the
// extra setting.
func pools(extra string, pairs ...any) []testCase {
	var rows []testCase
	for i := 0; i < len(pairs); i += 2 {
		shape, settings := pairs[i].([]int), pairs[i+1].(string)
		for _, text := range []string{settings, settings + " " + extra} {
			set, _ := parseSettings(text)
			rows = append(rows, testCase{name: fmt.Sprint(shape, text), in: []operand{of(shape...)}, attrs: set})
		}
	}
	return rows
}

func globals() []testCase {
	return []testCase{
		{name: "1-d", in: []operand{of(2, 3, 4)}},
		{name: "2-d", in: []operand{of(2, 3, 2, 3)}},
		{name: "3-d", in: []operand{of(1, 2, 2, 1, 3)}},
		{name: "one place", in: []operand{of(2, 3, 1, 1)}},
	}
}

func globalLpPools() []testCase {
	rows := globals()
	for p := int64(1); p < 4; p++ {
		rows = append(rows, testCase{name: fmt.Sprint("p=", p), in: []operand{of(2, 2, 3, 2)}, attrs: attrs(graphs.Int("p", p))})
	}
	return rows
}
