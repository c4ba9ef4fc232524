package autodiff

import (
	"fmt"
	"strings"

	"github.com/memdil/memdil/graphs"
)

var convCases = cases{
	"Conv": append(convolutions(convRows, false),
		testCase{name: "open weights", in: []operand{of(2, 3, 4, 5), of(2, 3, 3, 2)}, ranked: true, sized: true}),
	"ConvTranspose": convolutions(convTransposeRows, true),
}

// slidingRow is a convolution; set lists attributes as in "strides 2 1".
type slidingRow struct {
	x, w []int
	set  string
	// sized and foreign are those of testCase.
	sized, foreign bool
}

var convRows = []slidingRow{
	{x: []int{2, 3, 5}, w: []int{4, 3, 3}},
	{x: []int{2, 3, 6}, w: []int{2, 3, 2}, set: "strides 3 pads 1 0"},
	{x: []int{2, 2, 9}, w: []int{2, 1, 3}, set: "group 2 dilations 2 strides 2 pads 1 2"},
	{x: []int{2, 3, 4, 5}, w: []int{4, 3, 3, 3}, set: "pads 1 1 1 1"},
	{x: []int{2, 3, 4, 5}, w: []int{4, 3, 1, 1}},
	{x: []int{2, 3, 4, 5}, w: []int{2, 3, 1, 1}, set: "strides 2 2"},
	{x: []int{2, 3, 4, 5}, w: []int{2, 3, 1, 1}, set: "strides 1 2 pads 1 0 0 1"},
	{x: []int{2, 3, 4, 6}, w: []int{4, 3, 1, 1}, set: "strides 2 3"},
	{x: []int{1, 2, 4, 3}, w: []int{3, 2, 1, 1}, set: "strides 2 1"},
	{x: []int{2, 3, 6}, w: []int{2, 3, 1}, set: "strides 3"},
	{x: []int{1, 2, 4, 2, 6}, w: []int{2, 2, 1, 1, 1}, set: "strides 2 1 3"},
	{x: []int{2, 4, 4, 4}, w: []int{2, 2, 1, 1}, set: "strides 2 2 group 2"},
	{x: []int{2, 2, 40}, w: []int{3, 2, 3}, set: "pads 1 1"},
	{x: []int{3, 1, 9, 10}, w: []int{2, 1, 3, 3}, set: "strides 1 2 pads 0 1 0 1"},
	{x: []int{2, 1, 6, 7}, w: []int{3, 1, 2, 2}},
	{x: []int{2, 4, 4, 5}, w: []int{6, 2, 1, 1}, set: "group 2"},
	{x: []int{2, 3, 7, 7}, w: []int{2, 3, 3, 3}, set: "strides 2 2 pads 1 1 1 1"},
	{x: []int{2, 3, 8, 8}, w: []int{2, 3, 3, 3}, set: "strides 2 2 pads 1 1 1 1"},
	{x: []int{1, 2, 9, 8}, w: []int{2, 2, 2, 3}, set: "strides 3 2"},
	{x: []int{2, 2, 6, 5}, w: []int{3, 2, 2, 3}, set: "pads 2 0 1 3"},
	{x: []int{2, 2, 6, 6}, w: []int{3, 2, 2, 3}, set: "pads 0 2 3 1 strides 2 2"},
	{x: []int{2, 2, 7, 8}, w: []int{2, 2, 3, 2}, set: "dilations 2 3"},
	{x: []int{2, 2, 8, 9}, w: []int{2, 2, 2, 2}, set: "dilations 1 2 strides 3 3 pads 1 1 0 2"},
	{x: []int{2, 2, 9, 9}, w: []int{2, 2, 2, 2}, set: "dilations 2 1 strides 4 4"},
	{x: []int{2, 4, 5, 5}, w: []int{6, 2, 3, 3}, set: "group 2 pads 1 1 1 1"},
	{x: []int{2, 4, 6, 6}, w: []int{6, 2, 2, 2}, set: "group 2 strides 2 3 dilations 2 2"},
	{x: []int{2, 3, 5, 5}, w: []int{3, 1, 3, 3}, set: "group 3 pads 1 1 1 1 strides 2 2"},
	{x: []int{2, 3, 5, 4}, w: []int{6, 1, 3, 3}, set: "group 3 pads 1 1 1 1"},
	{x: []int{2, 4, 6, 5}, w: []int{4, 2, 3, 2}, set: "group 2 pads 1 0 2 1 dilations 2 1"},
	{x: []int{2, 3, 4, 4}, w: []int{6, 1, 2, 2}, set: "group 3 pads 0 1 3 2"},
	{x: []int{2, 4, 4, 5}, w: []int{4, 1, 2, 4}, set: "group 4 auto_pad SAME_LOWER"},
	{x: []int{2, 4, 5}, w: []int{6, 2, 3}, set: "group 2 pads 2 1"},
	{x: []int{1, 4, 3, 3, 4}, w: []int{6, 2, 2, 1, 3}, set: "group 2 pads 1 0 1 0 0 2"},
	{x: []int{1, 6, 2, 3}, w: []int{9, 2, 1, 1}, set: "group 3"},
	{x: []int{2, 7, 1, 2}, w: []int{9, 7, 1, 1}},
	{x: []int{1, 3, 4, 5}, w: []int{4, 3, 1, 1}},
	{x: []int{1, 3, 5, 5}, w: []int{4, 3, 5, 5}},
	{x: []int{2, 3, 5, 5}, w: []int{2, 3, 3, 3}, set: "auto_pad SAME_UPPER"},
	{x: []int{2, 3, 5, 5}, w: []int{2, 3, 2, 4}, set: "auto_pad SAME_LOWER"},
	{x: []int{2, 3, 5, 6}, w: []int{2, 3, 2, 3}, set: "auto_pad SAME_UPPER strides 2 2", sized: true},
	{x: []int{2, 3, 6, 7}, w: []int{2, 3, 3, 2}, set: "auto_pad SAME_LOWER strides 2 3", sized: true},
	{x: []int{1, 2, 5, 4}, w: []int{2, 2, 1, 1}, set: "auto_pad SAME_UPPER strides 2 2", sized: true},
	{x: []int{2, 3, 6, 5}, w: []int{2, 3, 3, 2}, set: "auto_pad VALID strides 2 2"},
	{x: []int{1, 2, 3, 4, 3}, w: []int{2, 2, 2, 2, 2}},
	{x: []int{2, 2, 4, 4, 5}, w: []int{2, 1, 2, 3, 2}, set: "group 2 strides 2 1 2 pads 1 1 0 0 1 1"},
	{x: []int{1, 2, 4, 4, 5}, w: []int{2, 2, 1, 1, 1}, set: "strides 2 1 2"},
}

var convTransposeRows = []slidingRow{
	{x: []int{2, 3, 4}, w: []int{3, 2, 3}},
	{x: []int{2, 2, 4}, w: []int{2, 1, 3}, set: "group 2 strides 3 output_padding 2 pads 1 0"},
	{x: []int{2, 3, 3, 4}, w: []int{3, 2, 3, 3}, set: "pads 1 1 1 1"},
	{x: []int{2, 3, 3, 4}, w: []int{3, 2, 2, 2}, set: "strides 2 2"},
	{x: []int{2, 3, 3, 4}, w: []int{3, 2, 1, 1}},
	{x: []int{2, 3, 3, 4}, w: []int{3, 2, 1, 1}, set: "strides 2 2"},
	{x: []int{2, 3, 3, 4}, w: []int{3, 2, 1, 1}, set: "strides 2 2 output_padding 1 1"},
	{x: []int{2, 2, 20}, w: []int{2, 3, 2}},
	{x: []int{2, 2, 3, 3}, w: []int{2, 2, 3, 3}, set: "strides 2 2 pads 1 1 1 1 output_padding 1 1"},
	{x: []int{2, 2, 3, 2}, w: []int{2, 2, 2, 3}, set: "strides 2 3 pads 0 1 1 2 output_padding 1 2"},
	{x: []int{2, 2, 3, 3}, w: []int{2, 2, 2, 3}, set: "dilations 3 2"},
	{x: []int{2, 2, 3, 3}, w: []int{2, 2, 2, 3}, set: "dilations 3 2 output_padding 2 1", foreign: true},
	{x: []int{2, 4, 3, 3}, w: []int{4, 3, 2, 2}, set: "group 2 strides 2 2"},
	{x: []int{2, 3, 3, 4}, w: []int{3, 1, 3, 3}, set: "group 3 strides 2 2 pads 1 1 1 1"},
	{x: []int{2, 2, 3, 3}, w: []int{2, 3, 3, 3}, set: "auto_pad SAME_UPPER strides 2 2"},
	{x: []int{2, 2, 3, 3}, w: []int{2, 3, 4, 3}, set: "auto_pad SAME_LOWER strides 1 2"},
	{x: []int{2, 2, 3, 3}, w: []int{2, 3, 2, 3}, set: "auto_pad VALID strides 2 1"},
	{x: []int{1, 2, 3, 3}, w: []int{2, 2, 3, 3}, set: "output_shape 6 5 strides 2 2", sized: true},
	{x: []int{1, 2, 2, 3, 2}, w: []int{2, 2, 2, 2, 2}, set: "strides 2 1 1 output_padding 1 0 0"},
}

// convolutions makes the rows cases with and without bias.
func convolutions(rows []slidingRow, transposed bool) []testCase {
	var out []testCase
	for i, r := range rows {
		set, group := parseSettings(r.set)
		features := r.w[0]
		if transposed {
			features = r.w[1] * group
		}
		c := testCase{name: fmt.Sprint(r.x, r.w, r.set), in: []operand{of(r.x...), shaped(r.w...)}, attrs: set, ranked: true, sized: r.sized, foreign: r.foreign}
		if i%2 == 0 {
			c.in = append(c.in, of(features))
		}
		out = append(out, c)
	}
	return out
}

// parseSettings makes attributes of a list of names, each with its values.
func parseSettings(text string) (set []graphs.Attribute, group int) {
	group = 1
	for _, word := range strings.Fields(text) {
		var n int
		if _, err := fmt.Sscan(word, &n); err != nil {
			switch {
			case strings.ToUpper(word) == word:
				set[len(set)-1] = graphs.Str(set[len(set)-1].Name, word)
			default:
				set = append(set, graphs.Ints(word))
			}
			continue
		}
		last := &set[len(set)-1]
		if last.Name == "group" || last.Name == "ceil_mode" || last.Name == "count_include_pad" || last.Name == "p" || last.Name == "storage_order" {
			*last = graphs.Int(last.Name, int64(n))
		} else {
			last.Ints = append(last.Ints, int64(n))
		}
		if last.Name == "group" {
			group = n
		}
	}
	return set, group
}
