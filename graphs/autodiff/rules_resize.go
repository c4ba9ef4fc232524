package autodiff

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// resize: y is linear in x and separable in every mode: dx = A·v for every
// resized axis, where row j of A [in, out] is what element j contributes.
func resize(c *call) []string {
	if c.node.Str("coordinate_transformation_mode", "half_pixel") == "tf_crop_and_resize" {
		c.Failf("coordinate_transformation_mode tf_crop_and_resize has no derivative in memdil: crop with Slice, then resize")
		return nil
	}
	if p := c.node.Str("keep_aspect_ratio_policy", "stretch"); p != "stretch" {
		c.Failf("keep_aspect_ratio_policy %s has no derivative in memdil: give the sizes that it leads to", p)
		return nil
	}
	x, v := c.in(0), c.dy[0]
	axes := c.node.Ints("axes")
	if axes == nil {
		axes = countUp(0, int64(c.Rank(x)))
	}
	for i, a := range axes {
		if a < 0 {
			a += int64(c.Rank(x))
		}
		if a >= 0 && a < int64(c.Rank(x)) && !c.keepsSize(int(a), i) {
			v = c.contract(v, int(a), c.resizeMatrix(int(a), i))
		}
	}
	return []string{v}
}

// keepsSize reports whether axis a, the i-th of the resized ones, surely stays
// as it is.
func (c *call) keepsSize(a, i int) bool {
	if c.in(2) == "" || c.in(3) != "" {
		y := c.Shape(c.node.Outputs[0])
		return a < len(y) && y[a].Equals(c.Shape(c.in(0))[a])
	}
	scales := c.Info(c.in(2)).Const
	return scales != nil && i < scales.Len() && scales.At(i) == 1
}

// resizeMatrix resizes the unit vectors along axis a, the i-th of the resized
// ones, which are the rows of a matrix.
func (c *call) resizeMatrix(a, i int) string {
	units, at := c.units(c.in(0), a), c.Ints(int64(i))
	inputs := []string{units, ""}
	if c.in(2) == "" || c.in(3) != "" {
		rows := c.Gather(c.ShapeOf(units), c.Ints(0), 0)
		inputs = append(inputs, "", c.Op("Concat", []string{rows, c.Gather(c.in(3), at, 0)}, graphs.Int("axis", 0)))
	} else {
		one := c.Const(graphs.NewFloats("", []int64{1}, []float32{1}))
		inputs = append(inputs, c.Op("Concat", []string{one, c.Gather(c.in(2), at, 0)}, graphs.Int("axis", 0)))
	}
	attrs := slices.DeleteFunc(slices.Clone(c.node.Attributes), func(a graphs.Attribute) bool { return a.Name == "axes" })
	return c.Op("Resize", inputs, attrs...)
}
