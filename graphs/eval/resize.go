package eval

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// resize samples x at new sizes, one axis after the other: every mode is
// separable.
func resize(c *call) ([]*Value, error) {
	axes, err := resizedAxes(c)
	if err != nil {
		return nil, err
	}
	shape := slices.Clone(c.in[0].Shape)
	for i := range axes {
		shape[axes[i].axis] = axes[i].out
	}
	if _, err := checkShape(shape); err != nil {
		return nil, err
	}
	x := &Value{Type: c.in[0].Type, Shape: slices.Clone(c.in[0].Shape), F: c.in[0].floats()}
	for _, a := range axes {
		weights, err := a.weights(c)
		if err != nil {
			return nil, err
		}
		if a.in != a.out || a.scale != 1 || isCrop(c) {
			x = x.sampled(a, weights, c.float("extrapolation_value", 0))
		}
	}
	if !x.isFloat() {
		for _, v := range x.F {
			x.I = append(x.I, int64(math.Round(v)))
		}
		x.F = nil
	}
	return one(x)
}

// resizedAxis is one axis to resize: its sizes, their ratio as the operator
// counts it, and the region of interest, relative to the size.
type resizedAxis struct {
	axis, in, out    int
	scale            float64
	roiStart, roiEnd float64
}

// isCrop reports whether the region of interest counts.
func isCrop(c *call) bool {
	return c.node.Str("coordinate_transformation_mode", "half_pixel") == "tf_crop_and_resize"
}

// resizedAxes reads which axes get which sizes.
func resizedAxes(c *call) ([]resizedAxis, error) {
	x := c.in[0]
	numbers := sequence(0, len(x.Shape))
	if given := c.node.Ints("axes"); given != nil {
		var err error
		if numbers, err = axesOf(given, len(x.Shape)); err != nil {
			return nil, err
		}
	}
	axes := make([]resizedAxis, len(numbers))
	for i, n := range numbers {
		axes[i] = resizedAxis{axis: n, in: x.Shape[n], roiEnd: 1}
	}
	if roi := c.optional(1); roi != nil && roi.size() > 0 {
		if roi.size() != 2*len(axes) {
			return nil, fmt.Errorf("roi must hold %d numbers", 2*len(axes))
		}
		for i := range axes {
			axes[i].roiStart, axes[i].roiEnd = roi.F[i], roi.F[len(axes)+i]
		}
	}
	scales, sizes := c.optional(2), c.optional(3)
	switch {
	case scales != nil && scales.size() == len(axes):
		return axes, scaleAxes(axes, scales.F)
	case sizes != nil && sizes.size() == len(axes):
		return axes, sizeAxes(axes, sizes.I, c.node.Str("keep_aspect_ratio_policy", "stretch"))
	}
	return nil, fmt.Errorf("it needs scales or sizes for %d axes", len(axes))
}

func scaleAxes(axes []resizedAxis, scales []float64) error {
	for i := range axes {
		size := float32(axes[i].in) * float32(scales[i]) // rounded as runtimes do
		if !(scales[i] > 0) || size > maxElements {
			return fmt.Errorf("scale %v of axis %d is out of range", scales[i], axes[i].axis)
		}
		axes[i].scale, axes[i].out = scales[i], int(size)
	}
	return nil
}

func sizeAxes(axes []resizedAxis, sizes []int64, policy string) error {
	smallest, largest := math.Inf(1), 0.0
	for i := range axes {
		if sizes[i] < 0 || sizes[i] > maxElements || axes[i].in == 0 {
			return fmt.Errorf("size %d of axis %d is out of range", sizes[i], axes[i].axis)
		}
		axes[i].out = int(sizes[i])
		axes[i].scale = float64(sizes[i]) / float64(axes[i].in)
		smallest, largest = min(smallest, axes[i].scale), max(largest, axes[i].scale)
	}
	common := smallest
	switch policy {
	case "stretch":
		return nil
	case "not_larger":
	case "not_smaller":
		common = largest
	default:
		return fmt.Errorf("keep_aspect_ratio_policy %q is not known", policy)
	}
	for i := range axes {
		axes[i].scale = common
		axes[i].out = int(math.Floor(common*float64(axes[i].in) + 0.5))
	}
	return nil
}

// sample is a weighted element of the input.
type sample struct {
	place  int
	weight float64
}

// sampled replaces an axis of v by weighted sums along it; nil weights stand
// for the extrapolation value.
func (v *Value) sampled(a resizedAxis, weights [][]sample, extrapolation float64) *Value {
	shape := slices.Clone(v.Shape)
	shape[a.axis] = a.out
	out := &Value{Type: v.Type, Shape: shape, F: make([]float64, count(shape))}
	from, fromStep := lanes(v.Shape, []int{a.axis})
	to, toStep := lanes(shape, []int{a.axis})
	for g := range to {
		for o, samples := range weights {
			total := 0.0
			if samples == nil {
				total = extrapolation
			}
			for _, s := range samples {
				total += s.weight * v.F[from[g]+fromStep[s.place]]
			}
			out.F[to[g]+toStep[o]] = total
		}
	}
	return out
}

// weights returns the samples of every output place along the axis.
func (a resizedAxis) weights(c *call) ([][]sample, error) {
	if a.in == 0 {
		return nil, errors.New("an empty axis cannot be resized")
	}
	out := make([][]sample, a.out)
	for o := range out {
		at, err := a.coordinate(c, float64(o))
		if err != nil {
			return nil, err
		}
		if isCrop(c) && (at < 0 || at > float64(a.in-1)) {
			continue
		}
		if out[o], err = a.interpolate(c, at); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// coordinate maps a place of the output to one of the input.
func (a resizedAxis) coordinate(c *call, o float64) (float64, error) {
	in, out := float64(a.in), float64(a.out)
	switch mode := c.node.Str("coordinate_transformation_mode", "half_pixel"); mode {
	case "half_pixel":
		return (o+0.5)/a.scale - 0.5, nil
	case "pytorch_half_pixel":
		if a.out == 1 {
			return 0, nil
		}
		return (o+0.5)/a.scale - 0.5, nil
	case "half_pixel_symmetric":
		centre := in / 2 * (1 - out/(a.scale*in))
		return centre + (o+0.5)/a.scale - 0.5, nil
	case "align_corners":
		return o * (in - 1) / max(out-1, 1), nil
	case "asymmetric":
		return o / a.scale, nil
	case "tf_crop_and_resize":
		if a.out == 1 {
			return (a.roiStart + a.roiEnd) / 2 * (in - 1), nil
		}
		return (a.roiStart + o*(a.roiEnd-a.roiStart)/(out-1)) * (in - 1), nil
	default:
		return 0, fmt.Errorf("coordinate_transformation_mode %q is not known", mode)
	}
}
