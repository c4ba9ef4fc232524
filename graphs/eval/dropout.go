package eval

import (
	"errors"

	"github.com/memdil/memdil/graphs"
)

// dropout passes its input on with a mask of ones. Dropping elements at random
// is refused: no two implementations agree on the mask.
func dropout(c *call) ([]*Value, error) {
	ratio, err := c.scalar(1, 0.5)
	if err != nil {
		return nil, err
	}
	training, err := c.scalar(2, 0)
	if err != nil {
		return nil, err
	}
	if training != 0 && ratio != 0 {
		return nil, errors.New("training_mode with a ratio above 0 is random, which the interpreter refuses")
	}
	mask := zeros(graphs.Bool, c.in[0].Shape)
	for i := range mask.I {
		mask.I[i] = 1
	}
	return []*Value{c.in[0], mask}, nil
}
