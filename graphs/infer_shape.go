package graphs

import (
	"fmt"
	"slices"
)

// constant infers a Constant node: its value is known.
func constant(c *inferCall) ([]Info, error) {
	t, err := ConstantValue(c.node)
	if err != nil {
		return nil, err
	}
	return []Info{constInfo(t)}, nil
}

// ConstantValue returns the tensor that a Constant node holds in whichever of
// its attributes.
func ConstantValue(n *Node) (*Tensor, error) {
	for _, a := range n.Attributes {
		switch a.Name {
		case "value":
			if a.Tensor != nil {
				return a.Tensor, nil
			}
		case "value_float":
			return NewFloats("", nil, []float32{a.Float}), nil
		case "value_floats":
			return NewFloats("", []int64{int64(len(a.Floats))}, a.Floats), nil
		case "value_int":
			return NewInts("", nil, []int64{a.Int}), nil
		case "value_ints":
			return NewInts("", []int64{int64(len(a.Ints))}, a.Ints), nil
		}
	}
	return nil, fmt.Errorf("constant without a dense numeric value")
}

// shapeOf infers Shape: a vector whose elements are the input's dimensions.
func shapeOf(c *inferCall) ([]Info, error) {
	x := c.input(0).Shape
	if x == nil {
		return one(Int64, Shape{UnknownDim})
	}
	start, end := clampAxis(c.node.Int("start", 0), len(x)), len(x)
	if a := c.node.Attr("end"); a != nil {
		end = clampAxis(a.Int, len(x))
	}
	value := slices.Clone(x[start:max(start, end)])
	return []Info{{Type: Type{Int64, StaticShape(int64(len(value)))}, Value: value}}, nil
}

func clampAxis(a int64, rank int) int {
	if a < 0 {
		a += int64(rank)
	}
	return int(min(max(a, 0), int64(rank)))
}

// size infers Size: the number of elements.
func size(c *inferCall) ([]Info, error) {
	out := Info{Type: Type{Int64, Shape{}}}
	if n, ok := c.input(0).Shape.Elements(); ok {
		out.Value = []Dim{Known(n)}
	}
	return []Info{out}, nil
}

// flatten infers [d₀…d_{a−1}, d_a…] → 2-d.
func flatten(c *inferCall) ([]Info, error) {
	x := c.input(0)
	if x.Shape == nil {
		return one(x.Elem, Shape{UnknownDim, UnknownDim})
	}
	a := c.node.Int("axis", 1)
	if a < 0 {
		a += int64(len(x.Shape))
	}
	if a < 0 || a > int64(len(x.Shape)) {
		return nil, fmt.Errorf("axis %d is outside a tensor of rank %d", a, len(x.Shape))
	}
	return one(x.Elem, Shape{product(x.Shape[:a]), product(x.Shape[a:])})
}

// reshape infers the target shape: 0 copies a dimension, −1 takes the rest.
func reshape(c *inferCall) ([]Info, error) {
	x, target := c.input(0), c.input(1)
	if target.Value == nil {
		return one(x.Elem, unknownRank(target.Shape))
	}
	out := slices.Clone(Shape(target.Value))
	inferred := -1
	for i := range out {
		v := targetValue(target, i)
		switch {
		case v == 0 && c.node.Int("allowzero", 0) == 0:
			if out[i] = UnknownDim; i < len(x.Shape) {
				out[i] = x.Shape[i]
			}
		case v == -1:
			inferred = i
		}
	}
	if inferred >= 0 {
		out[inferred] = remainder(x.Shape, out, inferred)
	}
	from, ok1 := x.Shape.Elements()
	to, ok2 := out.Elements()
	if ok1 && ok2 && from != to {
		return nil, fmt.Errorf("%d elements of shape %s do not fill %s", from, x.Shape, out)
	}
	info := Info{Type: Type{x.Elem, out}}
	if len(out) <= 1 {
		info.Value = x.Value
	}
	return []Info{info}, nil
}

// targetValue is element i of a Reshape's target where it is a constant, and
// some positive number where it is not.
func targetValue(target Info, i int) int64 {
	if target.Const != nil {
		return target.Const.Ints()[i]
	}
	if d := target.Value[i]; d.IsKnown() {
		return d.Size
	}
	return 1
}

// unknownRank is the shape of a tensor whose rank is the length of a vector.
func unknownRank(vector Shape) Shape {
	if len(vector) != 1 || !vector[0].IsKnown() || vector[0].Size > maxShapeValues {
		return nil
	}
	out := make(Shape, vector[0].Size)
	for i := range out {
		out[i] = UnknownDim
	}
	return out
}

// remainder is the dimension that makes out (without position skip) hold as
// many elements as in: symbols on both sides cancel.
func remainder(in, out Shape, skip int) Dim {
	if in == nil {
		return UnknownDim
	}
	rest := slices.Clone(in)
	divisor := int64(1)
	for i, d := range out {
		switch j := slices.Index(rest, d); {
		case i == skip:
		case d.IsKnown():
			divisor *= d.Size
		case d.Symbol != "" && j >= 0:
			rest = slices.Delete(rest, j, j+1)
		default:
			return UnknownDim
		}
	}
	n := int64(1)
	symbol := UnknownDim
	symbols := 0
	for _, d := range rest {
		if d.IsKnown() {
			n *= d.Size
		} else {
			symbol, symbols = d, symbols+1
		}
	}
	switch {
	case divisor == 0:
		return UnknownDim
	case symbols == 0:
		return Known(n / divisor)
	case symbols == 1 && n == divisor:
		return symbol
	}
	return UnknownDim
}

// transpose permutes dimensions; without perm it reverses them.
func transpose(c *inferCall) ([]Info, error) {
	x := c.input(0)
	if x.Shape == nil {
		return one(x.Elem, nil)
	}
	out := slices.Clone(x.Shape)
	perm := c.node.Ints("perm")
	if perm == nil {
		slices.Reverse(out)
		return one(x.Elem, out)
	}
	if len(perm) != len(out) {
		return nil, fmt.Errorf("perm %v does not fit shape %s", perm, x.Shape)
	}
	for i, p := range perm {
		a, err := axis(p, len(out))
		if err != nil {
			return nil, err
		}
		out[i] = x.Shape[a]
	}
	return one(x.Elem, out)
}

// squeeze drops axes of size 1: those named, or all.
func squeeze(c *inferCall) ([]Info, error) {
	x := c.input(0)
	axes, known := c.ints(1, "axes")
	if x.Shape == nil || !known {
		return one(x.Elem, nil)
	}
	drop := make([]bool, len(x.Shape))
	for _, a := range axes {
		i, err := axis(a, len(x.Shape))
		if err != nil {
			return nil, err
		}
		if d := x.Shape[i]; d.IsKnown() && d.Size != 1 {
			return nil, fmt.Errorf("axis %d of %s is not 1", a, x.Shape)
		}
		drop[i] = true
	}
	out := Shape{}
	for i, d := range x.Shape {
		if len(axes) == 0 && !d.IsKnown() {
			return one(x.Elem, nil)
		}
		if !drop[i] && (len(axes) > 0 || d != Known(1)) {
			out = append(out, d)
		}
	}
	return []Info{{Type: Type{x.Elem, out}, Value: x.Value}}, nil
}

// unsqueeze inserts axes of size 1, counted in the output.
func unsqueeze(c *inferCall) ([]Info, error) {
	x := c.input(0)
	axes, known := c.ints(1, "axes")
	if x.Shape == nil || !known {
		return one(x.Elem, nil)
	}
	out := make(Shape, len(x.Shape)+len(axes))
	inserted := make([]bool, len(out))
	for _, a := range axes {
		i, err := axis(a, len(out))
		if err != nil {
			return nil, err
		}
		inserted[i] = true
	}
	next := 0
	for i := range out {
		if inserted[i] {
			out[i] = Known(1)
			continue
		}
		if next == len(x.Shape) {
			return nil, fmt.Errorf("axes %v repeat", axes)
		}
		out[i] = x.Shape[next]
		next++
	}
	info := Info{Type: Type{x.Elem, out}}
	if len(out) <= 1 {
		info.Value = x.Value
	}
	return []Info{info}, nil
}
