package autodiff

import (
	"fmt"
	"strings"

	"github.com/memdil/memdil/graphs"
)

var resizeCases = cases{"Resize": ranked(resizes())}

// resizes crosses modes and ways to give sizes.
func resizes() []testCase {
	var rows []testCase
	for _, set := range []string{
		"mode nearest", "mode nearest coordinate_transformation_mode asymmetric nearest_mode floor",
		"mode nearest coordinate_transformation_mode align_corners nearest_mode round_prefer_ceil",
		"mode nearest coordinate_transformation_mode half_pixel_symmetric nearest_mode ceil",
		"mode linear", "mode linear coordinate_transformation_mode align_corners",
		"mode linear coordinate_transformation_mode pytorch_half_pixel",
		"mode linear coordinate_transformation_mode asymmetric",
		"mode linear coordinate_transformation_mode half_pixel_symmetric",
		"mode cubic", "mode cubic coordinate_transformation_mode align_corners",
	} {
		for _, sizes := range [][2]operand{
			{scales(1, 1, 2, 1.5), left},
			{left, ints(2, 3, 5, 2)},
		} {
			in := []operand{of(2, 3, 3, 4), left, sizes[0], sizes[1]}
			rows = append(rows, testCase{name: fmt.Sprintf("%s, %t", set, sizes[0] == left), in: in, attrs: texts(set)})
		}
	}
	linear := texts("mode linear")
	return append(rows,
		testCase{name: "axes", in: []operand{of(2, 3, 3, 4), left, left, ints(2, 6)}, attrs: append(linear, graphs.Ints("axes", -1, -2))},
		testCase{name: "antialias", in: []operand{of(1, 1, 6, 7), left, left, ints(1, 1, 3, 4)}, attrs: append(linear, graphs.Int("antialias", 1))},
		testCase{name: "exclude outside", in: []operand{of(1, 2, 3, 4), left, left, ints(1, 2, 5, 6)}, attrs: append(texts("mode cubic"), graphs.Int("exclude_outside", 1))},
		testCase{name: "1-d", in: []operand{of(2, 3, 4), left, scales(1, 1, 1.6)}, attrs: linear},
		testCase{name: "3-d", in: []operand{of(1, 2, 2, 3, 2), left, scales(1, 1, 2, 1.5, 3)}, attrs: linear},
		testCase{name: "batch", in: []operand{of(2, 3), left, left, ints(4, 2)}, attrs: linear},
		testCase{name: "nothing", in: []operand{of(1, 2, 3, 4), left, left, ints(1, 2, 3, 4)}, attrs: linear},
		testCase{name: "scales at run time", in: []operand{of(1, 1, 3, 4), left, scalesAtRunTime(1, 1, 2, 1.3)}, attrs: linear})
}

// texts makes attributes of pairs of names and values.
func texts(pairs string) (set []graphs.Attribute) {
	words := strings.Fields(pairs)
	for i := 0; i < len(words); i += 2 {
		set = append(set, graphs.Str(words[i], words[i+1]))
	}
	return set
}
