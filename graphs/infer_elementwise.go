package graphs

import "fmt"

// sameAsInput infers operators whose output has the type and shape of the
// first input.
func sameAsInput(c *inferCall) ([]Info, error) {
	return []Info{{Type: c.input(0).Type}}, nil
}

// identity passes on everything that is known of its input.
func identity(c *inferCall) ([]Info, error) { return []Info{c.input(0)}, nil }

// elementwise infers operators that broadcast their operands and keep their
// element type.
func elementwise(c *inferCall) ([]Info, error) {
	if err := sameTypes(c.in); err != nil {
		return nil, err
	}
	shape, err := c.broadcast()
	if err != nil {
		return nil, err
	}
	return one(c.elem(), shape)
}

// sameTypes reports operands that must have one element type and do not.
func sameTypes(in []Info) error {
	for _, v := range in {
		if v.Elem != Undefined && in[0].Elem != Undefined && v.Elem != in[0].Elem {
			return fmt.Errorf("operands hold %s and %s: Cast one of them", in[0].Elem, v.Elem)
		}
	}
	return nil
}

// power infers base^exponent, of the base's element type.
func power(c *inferCall) ([]Info, error) {
	shape, err := c.broadcast()
	if err != nil {
		return nil, err
	}
	return one(c.input(0).Elem, shape)
}

// elem is the element type that all operands share: that of the first whose
// type is known.
func (c *inferCall) elem() DType {
	for _, in := range c.in {
		if in.Elem != Undefined {
			return in.Elem
		}
	}
	return Undefined
}

func (c *inferCall) broadcast() (Shape, error) {
	shapes := make([]Shape, len(c.in))
	for i, in := range c.in {
		shapes[i] = in.Shape
	}
	return Broadcast(shapes...)
}

// comparison infers broadcasting operators with a truth value.
func comparison(c *inferCall) ([]Info, error) {
	if err := sameTypes(c.in); err != nil {
		return nil, err
	}
	shape, err := c.broadcast()
	if err != nil {
		return nil, err
	}
	return one(Bool, shape)
}

// predicate infers truth values of single elements.
func predicate(c *inferCall) ([]Info, error) { return one(Bool, c.input(0).Shape) }

// where infers cond ? x : y.
func where(c *inferCall) ([]Info, error) {
	if err := sameTypes([]Info{c.input(1), c.input(2)}); err != nil {
		return nil, err
	}
	shape, err := c.broadcast()
	if err != nil {
		return nil, err
	}
	return one(c.input(1).Elem, shape)
}

// cast changes the element type.
func cast(c *inferCall) ([]Info, error) {
	return castTo(c, DType(c.node.Int("to", 0)))
}

func castLike(c *inferCall) ([]Info, error) { return castTo(c, c.input(1).Elem) }

func castTo(c *inferCall, to DType) ([]Info, error) {
	return one(to, c.input(0).Shape)
}

// prelu infers PRelu, whose slope broadcasts to the input.
func prelu(c *inferCall) ([]Info, error) {
	x := c.input(0)
	shape, err := Broadcast(x.Shape, c.input(1).Shape)
	if err != nil {
		return nil, err
	}
	if shape != nil && (len(shape) != len(x.Shape) || !shape.Compatible(x.Shape)) {
		return nil, fmt.Errorf("slope %s does not broadcast to input %s", c.input(1).Shape, x.Shape)
	}
	return one(x.Elem, x.Shape)
}
