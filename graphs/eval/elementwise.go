package eval

import (
	"errors"
	"math"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// unary applies f to every element of a floating value.
func unary(f func(x float64) float64) kernel {
	return func(c *call) ([]*Value, error) { return one(c.in[0].mapFloats(f)) }
}

func (v *Value) mapFloats(f func(x float64) float64) *Value {
	out := zeros(v.Type, v.Shape)
	for i, x := range v.F {
		out.F[i] = f(x)
	}
	return out
}

func (v *Value) mapInts(f func(x int64) int64) *Value {
	out := zeros(v.Type, v.Shape)
	for i, x := range v.I {
		out.I[i] = f(x)
	}
	return out
}

// unaryNumber applies f to floats and g to integers.
func unaryNumber(f func(x float64) float64, g func(x int64) int64) kernel {
	return func(c *call) ([]*Value, error) {
		if c.in[0].isFloat() {
			return one(c.in[0].mapFloats(f))
		}
		return one(c.in[0].mapInts(g))
	}
}

// variadic folds its operands, broadcast together, from the left. One of f and
// g may be nil where the operator's signature admits no such elements.
func variadic(f func(x, y float64) float64, g func(x, y int64) int64) kernel {
	return func(c *call) ([]*Value, error) {
		in, err := expandAll(c.in)
		if err != nil {
			return nil, err
		}
		out := in[0]
		for _, y := range in[1:] {
			out = out.combine(y, f, g)
		}
		return one(out)
	}
}

// combine applies f or g to the elements of values of one shape and type.
func (v *Value) combine(w *Value, f func(x, y float64) float64, g func(x, y int64) int64) *Value {
	out := zeros(v.Type, v.Shape)
	for i, x := range v.F {
		out.F[i] = f(x, w.F[i])
	}
	for i, x := range v.I {
		out.I[i] = g(x, w.I[i])
	}
	return out
}

func addFloats(x, y float64) float64 { return x + y }
func addInts(x, y int64) int64       { return x + y }

// integerDivision guards operators that divide integers.
func integerDivision(divide kernel) kernel {
	return func(c *call) ([]*Value, error) {
		if slices.Contains(c.in[1].I, 0) {
			return nil, errors.New("integer division by zero")
		}
		return divide(c)
	}
}

var divide = integerDivision(variadic(
	func(x, y float64) float64 { return x / y },
	func(x, y int64) int64 { return x / y }))

// mod computes the remainder with the sign of the divisor, or, with fmod, of
// the dividend.
func mod(c *call) ([]*Value, error) {
	if c.flag("fmod", 0) {
		return truncatedMod(c)
	}
	return flooredMod(c)
}

var truncatedMod = integerDivision(variadic(math.Mod, func(x, y int64) int64 { return x % y }))

var flooredMod = integerDivision(variadic(
	func(x, y float64) float64 {
		r := math.Mod(x, y)
		switch {
		case r == 0:
			return math.Copysign(0, y)
		case (r < 0) != (y < 0):
			r += y
		}
		return r
	},
	func(x, y int64) int64 {
		r := x % y
		if r != 0 && (r < 0) != (y < 0) {
			r += y
		}
		return r
	}))

// mean averages any number of operands.
func mean(c *call) ([]*Value, error) {
	sum, err := variadic(addFloats, nil)(c)
	if err != nil {
		return nil, err
	}
	n := float64(len(c.in))
	return one(sum[0].mapFloats(func(x float64) float64 { return x / n }))
}

// power computes x^y in the type of x.
func power(c *call) ([]*Value, error) {
	in, err := expandAll(c.in)
	if err != nil {
		return nil, err
	}
	x, y := in[0], in[1]
	out := zeros(x.Type, x.Shape)
	if !x.isFloat() && !y.isFloat() {
		for i := range out.I {
			out.I[i] = intPower(x.I[i], y.I[i])
		}
		return one(out)
	}
	xs, ys := x.floats(), y.floats()
	for i := range xs {
		p := math.Pow(xs[i], ys[i])
		if x.isFloat() {
			out.F[i] = p
		} else {
			out.I[i] = int64(p)
		}
	}
	return one(out)
}

// intPower computes xⁿ by squaring; a negative power truncates to 0 unless
// |x| is 1.
func intPower(x, n int64) int64 {
	if n < 0 {
		switch x {
		case 1:
			return 1
		case -1:
			return 1 - 2*(n&1)
		}
		return 0
	}
	result := int64(1)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result *= x
		}
		x *= x
	}
	return result
}

// clip bounds x by the optional scalars min and max; max wins.
func clip(c *call) ([]*Value, error) {
	out := c.in
	for i, bound := range []kernel{maximum, minimum} {
		if !c.has(i + 1) {
			continue
		}
		limit := c.in[i+1]
		if limit.size() != 1 {
			return nil, errors.New("min and max must have one element")
		}
		var err error
		if out, err = bound(&call{in: []*Value{out[0], limit.reshaped(nil)}}); err != nil {
			return nil, err
		}
	}
	return one(out[0])
}

var (
	maximum = variadic(
		func(x, y float64) float64 { return max(x, y) },
		func(x, y int64) int64 { return max(x, y) })
	minimum = variadic(
		func(x, y float64) float64 { return min(x, y) },
		func(x, y int64) int64 { return min(x, y) })
)

func signOf(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x // 0 or NaN
}

func signOfInt(x int64) int64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// cast converts to the type in the attribute "to". Between floating types
// nothing changes but the declared type.
func cast(c *call) ([]*Value, error) {
	return castTo(c.in[0], graphs.DType(c.node.Int("to", 0)))
}

func castLike(c *call) ([]*Value, error) { return castTo(c.in[0], c.in[1].Type) }

func castTo(v *Value, to graphs.DType) ([]*Value, error) {
	if to.Size() == 0 {
		return nil, errors.New("cannot cast to type " + to.String())
	}
	out := &Value{Type: to, Shape: v.Shape}
	switch {
	case to.IsFloat():
		out.F = v.floats()
	case to == graphs.Bool:
		out.I = make([]int64, v.size())
		for i, x := range v.floats() {
			out.I[i] = truth(x != 0)
		}
	case v.isFloat(): // truncates towards zero
		out.I = make([]int64, v.size())
		for i, x := range v.F {
			out.I[i] = int64(x)
		}
	default:
		out.I = v.I
	}
	return one(out)
}
