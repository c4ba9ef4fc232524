package graphs

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
	shape, err := c.broadcast()
	if err != nil {
		return nil, err
	}
	return one(c.elem(), shape)
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
	shape, err := c.broadcast()
	if err != nil {
		return nil, err
	}
	return one(c.input(1).Elem, shape)
}

// arithmetic is elementwise, and follows the elements of shape computations.
func arithmetic(c *inferCall) ([]Info, error) {
	out, err := elementwise(c)
	if err != nil || len(c.in) != 2 {
		return out, err
	}
	x, y := c.in[0].Value, c.in[1].Value
	if n := max(len(x), len(y)); len(x) > 0 && len(y) > 0 && (len(x) == len(y) || len(x) == 1 || len(y) == 1) {
		out[0].Value = make([]Dim, n)
		for i := range n {
			out[0].Value[i] = c.dimArithmetic(x[min(i, len(x)-1)], y[min(i, len(y)-1)])
		}
	}
	return out, nil
}

// dimArithmetic computes one element of a shape computation. Neutral elements
// keep a symbol.
func (c *inferCall) dimArithmetic(x, y Dim) Dim {
	switch c.node.Op {
	case "Mul":
		if x == Known(1) {
			return y
		}
	case "Add":
		if x == Known(0) {
			return y
		}
	}
	neutral := map[string]Dim{"Mul": Known(1), "Div": Known(1), "Add": Known(0), "Sub": Known(0)}
	if n, ok := neutral[c.node.Op]; ok && y == n {
		return x
	}
	if !x.IsKnown() || !y.IsKnown() {
		return UnknownDim
	}
	switch c.node.Op {
	case "Add":
		return Known(x.Size + y.Size)
	case "Sub":
		return valueDim(x.Size - y.Size)
	case "Mul":
		return Known(x.Size * y.Size)
	case "Div":
		if y.Size != 0 {
			return Known(x.Size / y.Size)
		}
	}
	return UnknownDim
}

// cast changes the element type and keeps what is known of the elements when
// both types are integers.
func cast(c *inferCall) ([]Info, error) {
	return castTo(c, DType(c.node.Int("to", 0)))
}

func castLike(c *inferCall) ([]Info, error) { return castTo(c, c.input(1).Elem) }

func castTo(c *inferCall, to DType) ([]Info, error) {
	out := Info{Type: Type{to, c.input(0).Shape}}
	if to == Int64 || to == Int32 {
		out.Value = c.input(0).Value
	}
	return []Info{out}, nil
}
