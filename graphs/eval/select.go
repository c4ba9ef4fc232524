package eval

import (
	"fmt"
	"slices"
	"sort"

	"github.com/memdil/memdil/graphs"
)

// argReduce returns the place of the element of a lane that beats all others.
func argReduce(beats func(a, b float64) bool) kernel {
	return func(c *call) ([]*Value, error) {
		x := c.in[0]
		axis, err := c.axis(0, len(x.Shape))
		if err != nil {
			return nil, err
		}
		outer, inner := lanes(x.Shape, []int{axis})
		if len(inner) == 0 {
			return nil, fmt.Errorf("axis %d is empty", axis)
		}
		last := c.flag("select_last_index", 0)
		values := x.floats()
		out := zeros(graphs.Int64, reducedShape(x.Shape, []int{axis}, c.flag("keepdims", 1)))
		for g, at := range outer {
			best := 0
			for k, step := range inner {
				v, top := values[at+step], values[at+inner[best]]
				if beats(v, top) || last && v == top {
					best = k
				}
			}
			out.I[g] = int64(best)
		}
		return one(out)
	}
}

// cumSum adds up along an axis, given as an input.
func cumSum(c *call) ([]*Value, error) {
	x := c.in[0]
	where, err := c.scalar(1, 0)
	if err != nil {
		return nil, err
	}
	axis, err := axisOf(int64(where), len(x.Shape))
	if err != nil {
		return nil, err
	}
	exclusive := c.flag("exclusive", 0)
	out := zeros(x.Type, x.Shape)
	outer, inner := lanes(x.Shape, []int{axis})
	if c.flag("reverse", 0) {
		slices.Reverse(inner)
	}
	if x.isFloat() {
		cumulate(out.F, x.F, outer, inner, exclusive)
	} else {
		cumulate(out.I, x.I, outer, inner, exclusive)
	}
	return one(out)
}

func cumulate[E float64 | int64](out, x []E, outer, inner []int, exclusive bool) {
	for _, at := range outer {
		var total E
		for _, step := range inner {
			if exclusive {
				out[at+step] = total
				total += x[at+step]
			} else {
				total += x[at+step]
				out[at+step] = total
			}
		}
	}
}

// topK returns the k largest or smallest elements along an axis, sorted, and
// their places; of equal elements the first comes first.
func topK(c *call) ([]*Value, error) {
	x := c.in[0]
	axis, err := c.axis(-1, len(x.Shape))
	if err != nil {
		return nil, err
	}
	if c.in[1].size() != 1 {
		return nil, fmt.Errorf("k must have one element")
	}
	k := c.in[1].I[0]
	if k < 0 || k > int64(x.Shape[axis]) {
		return nil, fmt.Errorf("k = %d is outside 0…%d", k, x.Shape[axis])
	}
	shape := slices.Clone(x.Shape)
	shape[axis] = int(k)
	outer, inner := lanes(x.Shape, []int{axis})
	to, step := lanes(shape, []int{axis})
	indices, places := zeros(graphs.Int64, shape), make([]int, count(shape))
	descending := c.flag("largest", 1)
	for g, at := range outer {
		order := x.order(at, inner, descending)
		for j := range step {
			indices.I[to[g]+step[j]] = int64(order[j])
			places[to[g]+step[j]] = at + inner[order[j]]
		}
	}
	return []*Value{x.take(shape, places), indices}, nil
}

// order sorts the elements of a lane stably and returns their places in it.
func (v *Value) order(at int, inner []int, descending bool) []int {
	order := sequence(0, len(inner))
	less := func(a, b int) bool {
		if v.isFloat() {
			return v.F[a] < v.F[b]
		}
		return v.I[a] < v.I[b]
	}
	sort.SliceStable(order, func(i, j int) bool {
		a, b := at+inner[order[i]], at+inner[order[j]]
		if descending {
			a, b = b, a
		}
		return less(a, b)
	})
	return order
}
