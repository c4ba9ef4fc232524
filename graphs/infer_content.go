package graphs

import (
	"math"
	"slices"
)

// contentFunc computes the elements of an operator's first output, whose type
// is known by then, from what is known of its inputs; nil when it cannot say.
type contentFunc func(c *inferCall, out Info) []Element

// contents maps the operators of shape arithmetic to how their elements
// follow from their inputs'.
var contents = map[string]contentFunc{
	// Elementwise.
	"Abs": perElement(absElement), "Add": perPair(addElements), "And": perPair(andElements),
	"Cast": castElements, "CastLike": castElements, "Ceil": perElement(rounded(math.Ceil)),
	"Div": perPair(divElements), "Equal": perPair(equalElements),
	"Floor": perElement(rounded(math.Floor)), "Greater": perPair(ordered(1, false)),
	"GreaterOrEqual": perPair(ordered(1, true)), "Less": perPair(ordered(-1, false)),
	"LessOrEqual": perPair(ordered(-1, true)), "Max": perPair(extreme(1)), "Min": perPair(extreme(-1)),
	"Mod": perPair(modElements), "Mul": perPair(mulElements), "Neg": perElement(negElement),
	"Not": perElement(notElement), "Or": perPair(orElements), "Round": perElement(rounded(math.RoundToEven)),
	"Sub": perPair(subElements), "Where": whereElements,

	// The same elements in another shape.
	"Flatten": sameElements, "Identity": sameElements, "Reshape": sameElements,
	"Squeeze": sameElements, "Unsqueeze": sameElements,

	// Elements moved about.
	"Concat": concatElements, "Expand": expandElements, "Gather": gatherContent,
	"ScatterND": scatterContent, "Slice": sliceElements, "Tile": tileElements,
	"Transpose": transposeElements,

	// Sources and reductions.
	"ConstantOfShape": filledElements, "Range": rangeElements, "ReduceProd": foldElements(mulElements, 1),
	"ReduceSum": foldElements(addElements, 0), "Shape": shapeElements, "Size": sizeElements,
}

// follow computes the elements of the first output where it is small enough.
func (c *inferCall) follow(out *Info) {
	f, ok := contents[c.node.Op]
	if !ok || out.Value != nil || out.Elem.Size() == 0 {
		return
	}
	n, ok := out.Shape.Elements()
	if !ok || n > maxElements {
		return
	}
	if v := f(c, *out); int64(len(v)) == n {
		out.Value = v
	}
}

// sameElements passes the input's elements on.
func sameElements(c *inferCall, _ Info) []Element { return c.input(0).Value }

// castElements converts between element types; a size survives where the new
// type holds it.
func castElements(c *inferCall, out Info) []Element {
	x := c.input(0)
	return mapElements(x.Value, func(e Element) Element {
		switch {
		case e.Known && !x.Elem.IsFloat() && !out.Elem.IsFloat() && out.Elem != Bool:
			return integerElement(out.Elem, e.Int)
		case e.Known:
			return numberElement(out.Elem, e.number(x.Elem))
		case out.Elem == Int64 || out.Elem == Int32 || out.Elem == Float32 || out.Elem == Float64:
			return e
		}
		return Element{}
	})
}

func mapElements(in []Element, f func(Element) Element) []Element {
	if in == nil {
		return nil
	}
	out := make([]Element, len(in))
	for i, e := range in {
		out[i] = f(e)
	}
	return out
}

// perElement applies a function of one element.
func perElement(f func(t DType, e Element) Element) contentFunc {
	return func(c *inferCall, out Info) []Element {
		return mapElements(c.input(0).Value, func(e Element) Element { return f(out.Elem, e) })
	}
}

// perPair combines broadcast operands, from left to right; t is their type.
func perPair(f func(t DType, x, y Element) Element) contentFunc {
	return func(c *inferCall, out Info) []Element {
		if len(c.in) == 0 {
			return nil
		}
		total := spreadElements(c.input(0), out.Shape)
		for _, in := range c.in[1:] {
			next := spreadElements(in, out.Shape)
			if total == nil || next == nil {
				return nil
			}
			for i := range total {
				total[i] = f(in.Elem, total[i], next[i])
			}
		}
		return total
	}
}

// spreadElements is a copy of the elements of x broadcast to a static shape.
func spreadElements(x Info, to Shape) []Element {
	return pickElements(x, to, func(at, from []int64) {
		skip := len(at) - len(from)
		for i := range from {
			if from[i] = at[skip+i]; x.Shape[i] == Known(1) {
				from[i] = 0
			}
		}
	})
}

// pickElements makes a tensor of static shape to from elements of x: place
// sets the indices in x of the element at some indices of the result. It
// returns nil where nothing is known of x or an index lies outside.
func pickElements(x Info, to Shape, place func(at, from []int64)) []Element {
	if x.Value == nil || !x.Shape.IsStatic() {
		return nil
	}
	n, _ := to.Elements()
	out := make([]Element, 0, n)
	at, from := make([]int64, len(to)), make([]int64, len(x.Shape))
	for range n {
		place(at, from)
		flat := int64(0)
		for i, d := range x.Shape {
			if from[i] < 0 || from[i] >= d.Size {
				return nil
			}
			flat = flat*d.Size + from[i]
		}
		if flat >= int64(len(x.Value)) {
			return nil
		}
		out = append(out, x.Value[flat])
		advance(at, to)
	}
	return out
}

// advance steps indices of a static shape in row-major order.
func advance(at []int64, shape Shape) {
	for i := len(at) - 1; i >= 0; i-- {
		if at[i]++; at[i] < shape[i].Size {
			return
		}
		at[i] = 0
	}
}

// whereElements chooses where the condition is known, or where both agree.
func whereElements(c *inferCall, out Info) []Element {
	x, y := spreadElements(c.input(1), out.Shape), spreadElements(c.input(2), out.Shape)
	if x == nil || y == nil {
		return nil
	}
	condition := spreadElements(c.input(0), out.Shape)
	if condition == nil {
		condition = make([]Element, len(x))
	}
	for i := range x {
		switch {
		case condition[i].Known && condition[i].Int == 0:
			x[i] = y[i]
		case !condition[i].Known && x[i] != y[i]:
			x[i] = Element{}
		}
	}
	return x
}

// shapeElements is the input's dimensions from start to end.
func shapeElements(c *inferCall, _ Info) []Element {
	x := c.input(0).Shape
	if x == nil {
		return nil
	}
	from, to := c.shapeRange(len(x))
	out := []Element{}
	for _, d := range x[from:to] {
		out = append(out, dimElement(d))
	}
	return out
}

func sizeElements(c *inferCall, _ Info) []Element {
	if c.input(0).Shape == nil {
		return nil
	}
	return []Element{dimElement(product(c.input(0).Shape))}
}

// filledElements is ConstantOfShape's value, 0 without one.
func filledElements(c *inferCall, out Info) []Element {
	n, _ := out.Shape.Elements()
	e := numberElement(out.Elem, 0)
	if a := c.node.Attr("value"); a != nil && a.Tensor != nil {
		v := tensorElements(a.Tensor)
		if len(v) != 1 {
			return nil
		}
		e = v[0]
	}
	return slices.Repeat([]Element{e}, int(n))
}

func rangeElements(c *inferCall, out Info) []Element {
	n, _ := out.Shape.Elements()
	start, delta := c.input(0).scalar(), c.input(2).scalar()
	if !start.Known || !delta.Known || out.Elem.IsFloat() {
		return nil
	}
	v := make([]Element, n)
	for i := range v {
		v[i] = integerElement(out.Elem, start.Int+int64(i)*delta.Int)
	}
	return v
}

// foldElements reduces all elements to one.
func foldElements(f func(t DType, x, y Element) Element, neutral int64) contentFunc {
	return func(c *inferCall, out Info) []Element {
		n, _ := out.Shape.Elements()
		x := c.input(0)
		if n != 1 || x.Value == nil || out.Elem.IsFloat() {
			return nil
		}
		total := intElement(neutral)
		for _, e := range x.Value {
			total = f(out.Elem, total, e)
		}
		return []Element{total}
	}
}
