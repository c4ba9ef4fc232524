package graphs

import (
	"fmt"
	"slices"
)

// scatterElements infers ScatterElements (Scatter before opset 11): the data,
// some elements replaced.
func scatterElements(c *inferCall) ([]Info, error) {
	x, indices, updates := c.input(0), c.input(1).Shape, c.input(2).Shape
	if x.Shape != nil {
		if _, err := axis(c.node.Int("axis", 0), len(x.Shape)); err != nil {
			return nil, err
		}
		if indices != nil && len(indices) != len(x.Shape) {
			return nil, fmt.Errorf("indices %s must have the rank of the data %s", indices, x.Shape)
		}
	}
	if !indices.Compatible(updates) {
		return nil, fmt.Errorf("indices %s and updates %s differ", indices, updates)
	}
	return one(x.Elem, x.Shape)
}

// scatterND infers ScatterND: the data, some slices replaced. The updates have
// shape indices[:−1] + data[indices[−1]:].
func scatterND(c *inferCall) ([]Info, error) {
	x, indices, updates := c.input(0), c.input(1).Shape, c.input(2).Shape
	if want := pickedShape(x.Shape, indices, 0); want != nil && !want.Compatible(updates) {
		return nil, fmt.Errorf("updates %s, data %s and indices %s want %s", updates, x.Shape, indices, want)
	}
	return one(x.Elem, x.Shape)
}

// gatherND infers GatherND: slices of the data picked by index tuples.
func gatherND(c *inferCall) ([]Info, error) {
	x, indices := c.input(0), c.input(1).Shape
	batch := c.node.Int("batch_dims", 0)
	if x.Shape == nil || indices == nil {
		return one(x.Elem, nil)
	}
	if batch < 0 || batch >= int64(min(len(x.Shape), len(indices))) {
		return nil, fmt.Errorf("batch_dims %d for data %s and indices %s", batch, x.Shape, indices)
	}
	if k := indices[len(indices)-1]; k.IsKnown() && k.Size > int64(len(x.Shape))-batch {
		return nil, fmt.Errorf("indices %s name %s axes of data %s after %d batch axes", indices, k, x.Shape, batch)
	}
	return one(x.Elem, pickedShape(x.Shape, indices, int(batch)))
}

// pickedShape is the shape of what index tuples pick, nil when it is not
// known.
func pickedShape(x, indices Shape, batch int) Shape {
	if x == nil || len(indices) == 0 {
		return nil
	}
	k := indices[len(indices)-1]
	if !k.IsKnown() || k.Size > int64(len(x)-batch) {
		return nil
	}
	return slices.Concat(Shape{}, indices[:len(indices)-1], x[batch+int(k.Size):])
}

// topK infers TopK: the largest elements along an axis and their indices.
func topK(c *inferCall) ([]Info, error) {
	x := c.input(0)
	values, indices := Type{Elem: x.Elem}, Type{Elem: Int64}
	if x.Shape != nil {
		a, err := axis(c.node.Int("axis", -1), len(x.Shape))
		if err != nil {
			return nil, err
		}
		k := c.input(1).scalar().Dim()
		if n := c.node.Int("k", -1); n >= 0 {
			k = Known(n)
		}
		if k.IsKnown() && x.Shape[a].IsKnown() && k.Size > x.Shape[a].Size {
			return nil, fmt.Errorf("%s elements are wanted of axis %d of %s", k, a, x.Shape)
		}
		values.Shape = slices.Clone(x.Shape)
		values.Shape[a] = k
		indices.Shape = values.Shape
	}
	return []Info{{Type: values}, {Type: indices}}, nil
}
