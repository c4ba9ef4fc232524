package eval

import (
	"fmt"
	"slices"
)

// col2im adds up the columns of x, N×(C·block)×L, each a block of an image, at
// the L places where the block was cut out.
func col2im(c *call) ([]*Value, error) {
	x, image, block := c.in[0], toInts(c.in[1].I), toInts(c.in[2].I)
	if _, err := checkShape(slices.Concat(image, block)); err != nil || len(x.Shape) != 3 {
		return nil, fmt.Errorf("columns of shape %v do not fit image %v and block %v", x.Shape, image, block)
	}
	_, taps, err := slid(c, image, block, false)
	if err != nil {
		return nil, err
	}
	if x.Shape[1]%count(block) != 0 || x.Shape[2] != len(taps) {
		return nil, fmt.Errorf("columns of shape %v do not fit %d places of block %v", x.Shape, len(taps), block)
	}
	channels := x.Shape[1] / count(block)
	shape := slices.Concat([]int{x.Shape[0], channels}, image)
	if _, err := checkShape(shape); err != nil {
		return nil, err
	}
	y := zeros(x.Type, shape)
	for plane := range x.Shape[0] * channels {
		for l, under := range taps {
			for _, t := range under {
				y.F[plane*count(image)+t.in] += x.F[(plane*count(block)+t.kernel)*len(taps)+l]
			}
		}
	}
	return one(y)
}
