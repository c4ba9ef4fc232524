package graphs

import "slices"

// typedLike infers operators with the shape of their input and the element
// type that dtype names, else that of the input.
func typedLike(c *inferCall) ([]Info, error) {
	x := c.input(0)
	return one(DType(c.node.Int("dtype", int64(x.Elem))), x.Shape)
}

// random infers RandomNormal and RandomUniform, whose shape is an attribute.
func random(c *inferCall) ([]Info, error) {
	shape := Shape{}
	for _, d := range c.node.Ints("shape") {
		shape = append(shape, intElement(d).Dim())
	}
	return one(DType(c.node.Int("dtype", int64(Float32))), shape)
}

// quantize infers QuantizeLinear: the type of the zero point.
func quantize(c *inferCall) ([]Info, error) {
	to := c.input(2).Elem
	if t := c.node.Int("output_dtype", 0); t != 0 {
		to = DType(t)
	} else if !c.has(2) {
		to = Uint8
	}
	return one(to, c.input(0).Shape)
}

// dequantize infers DequantizeLinear: the type of the scale.
func dequantize(c *inferCall) ([]Info, error) {
	to := c.input(1).Elem
	if t := c.node.Int("output_dtype", 0); t != 0 {
		to = DType(t)
	}
	return one(to, c.input(0).Shape)
}

// dynamicQuantize infers DynamicQuantizeLinear: values, scale and zero point.
func dynamicQuantize(c *inferCall) ([]Info, error) {
	return []Info{{Type: Type{Uint8, c.input(0).Shape}}, {Type: Type{Float32, Shape{}}}, {Type: Type{Uint8, Shape{}}}}, nil
}

// compress infers Compress: some of the slices of an axis, or of all elements.
func compress(c *inferCall) ([]Info, error) {
	x := c.input(0)
	a := c.node.Attr("axis")
	if a == nil {
		return one(x.Elem, Shape{UnknownDim})
	}
	if x.Shape == nil {
		return one(x.Elem, nil)
	}
	i, err := axis(a.Int, len(x.Shape))
	if err != nil {
		return nil, err
	}
	out := slices.Clone(x.Shape)
	out[i] = UnknownDim
	return one(x.Elem, out)
}
