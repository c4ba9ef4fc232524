package autodiff

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

var softmaxCases = cases{
	"LogSoftmax": alongAxes(),
	"Softmax":    alongAxes(),
}

func alongAxes() []testCase {
	rows := []testCase{{name: "default axis", in: []operand{of(2, 3)}}}
	for axis := int64(-3); axis < 3; axis++ {
		rows = append(rows, testCase{name: fmt.Sprint("axis ", axis), in: []operand{of(2, 3, 2)}, attrs: attrs(graphs.Int("axis", axis))})
	}
	return append(rows, testCase{name: "one class", in: []operand{of(2, 1)}})
}
