package eval

import (
	"errors"
	"math"

	"github.com/memdil/memdil/graphs"
)

func constant(c *call) ([]*Value, error) {
	t, err := graphs.ConstantValue(c.node)
	if err != nil {
		return nil, err
	}
	v := FromTensor(t)
	if err := v.check(); err != nil {
		return nil, err
	}
	return one(v)
}

// constantOfShape fills a shape with the one element of "value", by default a
// float 0.
func constantOfShape(c *call) ([]*Value, error) {
	fill := Floats(nil, 0)
	if a := c.node.Attr("value"); a != nil && a.Tensor != nil {
		fill = FromTensor(a.Tensor)
		if err := fill.check(); err != nil {
			return nil, err
		}
		if fill.size() != 1 {
			return nil, errors.New("value must have one element")
		}
	}
	shape := toInts(c.in[0].I)
	n, err := checkShape(shape)
	if err != nil {
		return nil, err
	}
	return one(fill.take(shape, make([]int, n)))
}

// rangeOf counts from start by delta to below limit.
func rangeOf(c *call) ([]*Value, error) {
	for _, v := range c.in {
		if v.size() != 1 {
			return nil, errors.New("start, limit and delta must have one element")
		}
	}
	start, limit, delta := c.in[0], c.in[1], c.in[2]
	if delta.floats()[0] == 0 {
		return nil, errors.New("delta is 0")
	}
	steps := math.Ceil((limit.floats()[0] - start.floats()[0]) / delta.floats()[0])
	if !(steps <= maxElements) {
		return nil, errors.New("the range is too long")
	}
	out := zeros(start.Type, []int{int(max(steps, 0))})
	for i := range out.F {
		out.F[i] = start.F[0] + float64(i)*delta.F[0]
	}
	for i := range out.I {
		out.I[i] = start.I[0] + int64(i)*delta.I[0]
	}
	return one(out)
}

// eyeLike returns a matrix of the input's shape with ones on diagonal k.
func eyeLike(c *call) ([]*Value, error) {
	x := c.in[0]
	if len(x.Shape) != 2 {
		return nil, errors.New("it needs a matrix")
	}
	t := graphs.DType(c.node.Int("dtype", int64(x.Type)))
	k := c.node.Int("k", 0)
	ones := zeros(graphs.Int64, x.Shape)
	for i := range ones.I {
		ones.I[i] = truth(int64(i%x.Shape[1]) == int64(i/x.Shape[1])+k)
	}
	return castTo(ones, t)
}
