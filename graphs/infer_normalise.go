package graphs

import (
	"fmt"
	"slices"
)

// batchNormalization infers Y and, in training form, the updated running
// mean and variance; before opset 14 the batch's own may follow.
func batchNormalization(c *inferCall) ([]Info, error) {
	x := c.input(0)
	for i := 1; i < 5; i++ {
		if err := perChannel(c.input(i).Shape, x.Shape); err != nil {
			return nil, err
		}
	}
	mean, variance := Info{Type: c.input(3).Type}, Info{Type: c.input(4).Type}
	return []Info{{Type: x.Type}, mean, variance, mean, variance}, nil
}

// perChannel reports a vector v that does not hold one number for each
// channel of x, N×C×….
func perChannel(v, x Shape) error {
	if v == nil || x == nil {
		return nil
	}
	if len(x) < 2 || len(v) != 1 {
		return fmt.Errorf("input %s needs a batch and a channel axis, and a vector for the channels instead of %s", x, v)
	}
	if x[1].IsKnown() && v[0].IsKnown() && x[1] != v[0] {
		return fmt.Errorf("input %s has %s channels, the vector for the channels is %s", x, x[1], v)
	}
	return nil
}

// instanceNormalization infers InstanceNormalization.
func instanceNormalization(c *inferCall) ([]Info, error) {
	x := c.input(0)
	for i := 1; i < 3; i++ {
		if err := perChannel(c.input(i).Shape, x.Shape); err != nil {
			return nil, err
		}
	}
	return one(x.Elem, x.Shape)
}

// groupNormalization infers GroupNormalization, whose scale and bias are per
// group before opset 21.
func groupNormalization(c *inferCall) ([]Info, error) {
	x, groups := c.input(0), c.node.Int("num_groups", 0)
	if len(x.Shape) < 2 {
		return one(x.Elem, x.Shape)
	}
	ch := x.Shape[1]
	if groups < 1 || ch.IsKnown() && ch.Size%groups != 0 {
		return nil, fmt.Errorf("%d groups do not divide the %s channels of %s", groups, ch, x.Shape)
	}
	like := x.Shape
	if c.opset < 21 {
		like = Shape{x.Shape[0], Known(groups)}
	}
	for i := 1; i < 3; i++ {
		if err := perChannel(c.input(i).Shape, like); err != nil {
			return nil, err
		}
	}
	return one(x.Elem, x.Shape)
}

// rmsNormalization infers RMSNormalization over the axes from "axis" on.
func rmsNormalization(c *inferCall) ([]Info, error) {
	x := c.input(0)
	if x.Shape != nil {
		first, err := axis(c.node.Int("axis", -1), len(x.Shape))
		if err != nil {
			return nil, err
		}
		if _, err := Broadcast(x.Shape[first:], c.input(1).Shape); err != nil {
			return nil, err
		}
	}
	return one(x.Elem, x.Shape)
}

// alongAxis infers operators that keep the shape and have an attribute "axis",
// def when it is missing.
func alongAxis(def int64) inferFunc {
	return func(c *inferCall) ([]Info, error) {
		x := c.input(0)
		if len(x.Shape) > 0 {
			if _, err := axis(c.node.Int("axis", def), len(x.Shape)); err != nil {
				return nil, err
			}
		}
		return one(x.Elem, x.Shape)
	}
}

// layerNormalization infers Y, and Mean and InvStdDev with the normalised axes
// of size 1.
func layerNormalization(c *inferCall) ([]Info, error) {
	x := c.input(0)
	stat := Info{Type: Type{Elem: DType(c.node.Int("stash_type", int64(Float32)))}}
	if x.Shape == nil {
		return []Info{{Type: x.Type}, stat, stat}, nil
	}
	first, err := axis(c.node.Int("axis", -1), len(x.Shape))
	if err != nil {
		return nil, err
	}
	if _, err := Broadcast(x.Shape[first:], c.input(1).Shape); err != nil {
		return nil, err
	}
	stat.Shape = slices.Clone(x.Shape)
	for i := first; i < len(stat.Shape); i++ {
		stat.Shape[i] = Known(1)
	}
	return []Info{{Type: x.Type}, stat, stat}, nil
}

// dropout infers the output and the mask.
func dropout(c *inferCall) ([]Info, error) {
	x := c.input(0)
	return []Info{{Type: x.Type}, {Type: Type{Bool, x.Shape}}}, nil
}
