package eval

import (
	"errors"
	"math"

	"github.com/memdil/memdil/graphs"
)

// truth is a boolean as an element.
func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// comparison compares broadcast operands of one type; f compares floats, g
// integers and booleans.
func comparison(f func(x, y float64) bool, g func(x, y int64) bool) kernel {
	return func(c *call) ([]*Value, error) {
		in, err := expandAll(c.in)
		if err != nil {
			return nil, err
		}
		x, y := in[0], in[1]
		out := zeros(graphs.Bool, x.Shape)
		for i := range out.I {
			if x.isFloat() {
				out.I[i] = truth(f(x.F[i], y.F[i]))
			} else {
				out.I[i] = truth(g(x.I[i], y.I[i]))
			}
		}
		return one(out)
	}
}

// bitwise combines broadcast integers or booleans.
func bitwise(g func(x, y int64) int64) kernel { return variadic(nil, g) }

// predicate asks f of every element of a floating value.
func predicate(f func(x float64) bool) kernel {
	return func(c *call) ([]*Value, error) {
		out := zeros(graphs.Bool, c.in[0].Shape)
		for i, x := range c.in[0].F {
			out.I[i] = truth(f(x))
		}
		return one(out)
	}
}

func isInf(c *call) ([]*Value, error) {
	positive, negative := c.flag("detect_positive", 1), c.flag("detect_negative", 1)
	return predicate(func(x float64) bool {
		return positive && math.IsInf(x, 1) || negative && math.IsInf(x, -1)
	})(c)
}

func not(c *call) ([]*Value, error) {
	return one(c.in[0].mapInts(func(x int64) int64 { return 1 - x }))
}

func bitwiseNot(c *call) ([]*Value, error) {
	return one(c.in[0].mapInts(func(x int64) int64 { return ^x }))
}

// bitShift shifts integers; to the right with the sign.
func bitShift(c *call) ([]*Value, error) {
	switch direction := c.node.Str("direction", ""); {
	case direction == "LEFT":
		return bitwise(func(x, y int64) int64 { return x << uint64(y) })(c)
	case direction == "RIGHT" && c.in[0].Type == graphs.Uint64:
		return bitwise(func(x, y int64) int64 { return int64(uint64(x) >> uint64(y)) })(c)
	case direction == "RIGHT":
		return bitwise(func(x, y int64) int64 { return x >> uint64(y) })(c)
	}
	return nil, errors.New("direction must be LEFT or RIGHT")
}

// where picks from x where the condition holds, else from y.
func where(c *call) ([]*Value, error) {
	in, err := expandAll(c.in)
	if err != nil {
		return nil, err
	}
	condition, x, y := in[0], in[1], in[2]
	out := zeros(x.Type, x.Shape)
	for i, holds := range condition.I {
		from := y
		if holds != 0 {
			from = x
		}
		if from.isFloat() {
			out.F[i] = from.F[i]
		} else {
			out.I[i] = from.I[i]
		}
	}
	return one(out)
}
