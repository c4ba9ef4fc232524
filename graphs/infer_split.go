package graphs

import (
	"fmt"
	"slices"
)

// split cuts an axis into the given sizes, or into equal parts of which only
// the last may be smaller.
func split(c *inferCall) ([]Info, error) {
	x := c.input(0)
	out := make([]Info, len(c.node.Outputs))
	for i := range out {
		out[i].Elem = x.Elem
	}
	if x.Shape == nil {
		return out, nil
	}
	a, err := axis(c.node.Int("axis", 0), len(x.Shape))
	if err != nil {
		return nil, err
	}
	sizes, err := c.splitSizes(x.Shape[a], len(out))
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Shape = slices.Clone(x.Shape)
		out[i].Shape[a] = sizes[i]
	}
	splitValues(x.Value, out)
	return out, nil
}

// splitSizes is the size of each part.
func (c *inferCall) splitSizes(whole Dim, parts int) ([]Dim, error) {
	given := valueShape(c.input(1))
	if attr := c.node.Ints("split"); attr != nil {
		given = make(Shape, len(attr))
		for i, v := range attr {
			given[i] = intElement(v).Dim()
		}
	}
	if n := c.node.Int("num_outputs", int64(parts)); n != int64(parts) {
		return nil, fmt.Errorf("num_outputs %d for %d outputs", n, parts)
	}
	switch {
	case given != nil:
		return given, checkParts(whole, given, parts)
	case c.has(1):
		return slices.Repeat([]Dim{UnknownDim}, parts), nil
	}
	return evenParts(whole, parts), nil
}

// checkParts reports given sizes that are not those of the outputs.
func checkParts(whole Dim, given Shape, parts int) error {
	if len(given) != parts {
		return fmt.Errorf("%d sizes for %d outputs", len(given), parts)
	}
	total := Known(0)
	for _, d := range given {
		total = addDims(total, d)
	}
	if total.IsKnown() && whole.IsKnown() && total != whole {
		return fmt.Errorf("sizes %s do not sum to %s", given, whole)
	}
	return nil
}

func evenParts(whole Dim, parts int) []Dim {
	sizes := make([]Dim, parts)
	for i := range sizes {
		if !whole.IsKnown() {
			sizes[i] = divDims(whole, Known(int64(parts)))
			continue
		}
		part := (whole.Size + int64(parts) - 1) / int64(parts)
		sizes[i] = Known(max(0, min(part, whole.Size-part*int64(i))))
	}
	return sizes
}

// splitValues gives the parts of a followed vector their elements.
func splitValues(value []Element, parts []Info) {
	for i := range parts {
		if len(parts[i].Shape) != 1 {
			return
		}
		n := parts[i].Shape[0]
		if !n.IsKnown() || n.Size > int64(len(value)) {
			return
		}
		parts[i].Value, value = value[:n.Size:n.Size], value[n.Size:]
	}
}
