package graphs

import "slices"

func concatElements(c *inferCall, out Info) []Element {
	a, err := axis(c.node.Int("axis", 0), len(out.Shape))
	if err != nil {
		return nil
	}
	n, _ := out.Shape.Elements()
	result := make([]Element, n)
	offset := int64(0)
	for _, in := range c.in {
		if len(in.Shape) != len(out.Shape) || !in.Shape.IsStatic() {
			return nil
		}
		putElements(result, in.Value, out.Shape, in.Shape, a, offset)
		offset += in.Shape[a].Size
	}
	return result
}

// putElements puts the elements of a part into the whole, in which it begins
// at offset of axis a. Without elements that place stays unknown.
func putElements(whole, part []Element, to, from Shape, a int, offset int64) {
	inner, _ := Shape(to[a+1:]).Elements()
	run, stride := from[a].Size*inner, to[a].Size*inner
	for i := int64(0); run > 0 && (i+1)*run <= int64(len(part)); i++ {
		copy(whole[i*stride+offset*inner:], part[i*run:(i+1)*run])
	}
}

func expandElements(c *inferCall, out Info) []Element {
	return spreadElements(c.input(0), out.Shape)
}

func tileElements(c *inferCall, out Info) []Element {
	x := c.input(0)
	return pickElements(x, out.Shape, func(at, from []int64) {
		for i := range from {
			from[i] = at[i] % max(1, x.Shape[i].Size)
		}
	})
}

func transposeElements(c *inferCall, out Info) []Element {
	perm := c.node.Ints("perm")
	return pickElements(c.input(0), out.Shape, func(at, from []int64) {
		for i := range at {
			if perm == nil {
				from[len(from)-1-i] = at[i]
			} else if a, err := axis(perm[i], len(from)); err == nil {
				from[a] = at[i]
			}
		}
	})
}

// gatherContent follows a Gather whose indices are known.
func gatherContent(c *inferCall, out Info) []Element {
	x, indices := c.input(0), c.input(1)
	picked, known := indices.Ints()
	if !known || !indices.Shape.IsStatic() || x.Shape == nil {
		return nil
	}
	a, err := axis(c.node.Int("axis", 0), len(x.Shape))
	if err != nil {
		return nil
	}
	return pickElements(x, out.Shape, func(at, from []int64) {
		copy(from, at[:a])
		flat := int64(0)
		for i, d := range indices.Shape {
			flat = flat*d.Size + at[a+i]
		}
		if from[a] = picked[flat]; from[a] < 0 {
			from[a] += x.Shape[a].Size
		}
		copy(from[a+1:], at[a+len(indices.Shape):])
	})
}

func sliceElements(c *inferCall, out Info) []Element {
	x := c.input(0)
	cuts, known, err := c.cuts()
	if !known || err != nil {
		return nil
	}
	first, step := make([]int64, len(x.Shape)), slices.Repeat([]int64{1}, len(x.Shape))
	for _, cut := range cuts {
		first[cut.axis], _ = sliceRange(x.Shape[cut.axis], cut.start, cut.end, cut.step)
		step[cut.axis] = cut.step
	}
	return pickElements(x, out.Shape, func(at, from []int64) {
		for i := range from {
			from[i] = first[i] + at[i]*step[i]
		}
	})
}

// scatterContent follows a ScatterND into a vector: torch assigns to elements
// of a shape so.
func scatterContent(c *inferCall, out Info) []Element {
	x, indices, updates := c.input(0), c.input(1), c.input(2)
	places, known := indices.Ints()
	if !known || len(out.Shape) != 1 || x.Value == nil || c.node.Str("reduction", "none") != "none" {
		return nil
	}
	if len(updates.Value) != len(places) {
		return nil
	}
	result := slices.Clone(x.Value)
	for i, at := range places {
		if at < 0 {
			at += int64(len(result))
		}
		if at < 0 || at >= int64(len(result)) {
			return nil
		}
		result[at] = updates.Value[i]
	}
	return result
}
