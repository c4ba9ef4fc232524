package graphs

import (
	"fmt"
	"slices"
)

// constant infers a Constant node: its value is known.
func constant(c *inferCall) ([]Info, error) {
	t, err := ConstantValue(c.node)
	if err != nil {
		return []Info{{}}, nil // strings and sparse values are passed on
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
	start, end := c.shapeRange(len(x))
	return one(Int64, StaticShape(int64(end-start)))
}

// shapeRange is which dimensions Shape returns.
func (c *inferCall) shapeRange(rank int) (start, end int) {
	start, end = clampAxis(c.node.Int("start", 0), rank), rank
	if a := c.node.Attr("end"); a != nil {
		end = clampAxis(a.Int, rank)
	}
	return start, max(start, end)
}

func clampAxis(a int64, rank int) int {
	if a < 0 {
		a += int64(rank)
	}
	return int(min(max(a, 0), int64(rank)))
}

// size infers Size: the number of elements.
func size(*inferCall) ([]Info, error) {
	return one(Int64, Shape{})
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
	if a := c.node.Attr("shape"); a != nil && !c.has(1) { // before opset 5
		target = constInfo(NewInts("", []int64{int64(len(a.Ints))}, a.Ints))
	}
	out := valueShape(target)
	if target.Value == nil || out == nil {
		return one(x.Elem, out)
	}
	rest := slices.Clone(x.Shape) // what is not copied
	var asked Shape               // what is asked for instead
	inferred := -1
	for i, e := range target.Value {
		switch {
		case e.Known && e.Int == 0 && c.node.Int("allowzero", 0) == 0:
			if out[i] = UnknownDim; i < len(x.Shape) {
				out[i] = x.Shape[i]
				rest[i] = Known(1)
			} else if x.Shape != nil {
				return nil, fmt.Errorf("element %d of the shape copies a dimension that %s does not have", i, x.Shape)
			}
		case e.Known && e.Int == -1:
			inferred = i
		case e.Known && e.Int < 0:
			return nil, fmt.Errorf("element %d of the shape is %d", i, e.Int)
		default:
			asked = append(asked, out[i])
		}
	}
	if x.Shape == nil {
		return one(x.Elem, out)
	}
	from, to := cancel(rest, asked)
	if from.IsKnown() && to.IsKnown() {
		if inferred >= 0 && to.Size > 0 && from.Size%to.Size != 0 || inferred < 0 && from != to {
			return nil, fmt.Errorf("the elements of shape %s do not fill %s", x.Shape, out)
		}
	}
	if inferred >= 0 {
		out[inferred] = divDims(from, to)
	}
	return one(x.Elem, out)
}

// cancel is the number of elements of two shapes but for the symbols that both
// have.
func cancel(a, b Shape) (Dim, Dim) {
	a, b = slices.Clone(a), slices.Clone(b)
	for i, d := range b {
		if j := slices.Index(a, d); d.Symbol != "" && j >= 0 {
			a[j], b[i] = Known(1), Known(1)
		}
	}
	return product(a), product(b)
}

// unknownRank is the shape of a tensor whose rank is the length of a vector.
func unknownRank(vector Shape) Shape {
	if len(vector) != 1 || !vector[0].IsKnown() || vector[0].Size > maxElements {
		return nil
	}
	out := make(Shape, vector[0].Size)
	for i := range out {
		out[i] = UnknownDim
	}
	return out
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
	return one(x.Elem, out)
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
	return one(x.Elem, out)
}
