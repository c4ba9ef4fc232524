package graphs

import (
	"fmt"
	"slices"
)

// batchNormalization infers Y and, in training form, the updated running
// mean and variance.
func batchNormalization(c *inferCall) ([]Info, error) {
	x, scale := c.input(0), c.input(1)
	if len(x.Shape) >= 2 && len(scale.Shape) == 1 {
		if ch := x.Shape[1]; ch.IsKnown() && scale.Shape[0].IsKnown() && ch != scale.Shape[0] {
			return nil, fmt.Errorf("%s channels of input %s against scale %s", ch, x.Shape, scale.Shape)
		}
	}
	return []Info{{Type: x.Type}, {Type: c.input(3).Type}, {Type: c.input(4).Type}}, nil
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
