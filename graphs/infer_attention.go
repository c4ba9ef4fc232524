package graphs

import (
	"fmt"
)

// attention infers Attention of queries, keys and values given per head
// [N, heads, length, width] or packed [N, length, heads·width]: the result, the
// keys and values with those of the past, and the products of queries and keys.
func attention(c *inferCall) ([]Info, error) {
	q, k, v := c.input(0), c.input(1), c.input(2)
	out := []Info{{Type: Type{Elem: q.Elem}}, {Type: Type{Elem: k.Elem}}, {Type: Type{Elem: v.Elem}}, {Type: Type{Elem: q.Elem}}}
	queries, ok1 := c.perHead(q.Shape, "q_num_heads")
	keys, ok2 := c.perHead(k.Shape, "kv_num_heads")
	values, ok3 := c.perHead(v.Shape, "kv_num_heads")
	if !ok1 || !ok2 || !ok3 {
		return nil, fmt.Errorf("queries %s, keys %s, values %s: rank 3 with numbers of heads or rank 4 is wanted", q.Shape, k.Shape, v.Shape)
	}
	if queries == nil || keys == nil || values == nil {
		return out, nil
	}
	out[0].Shape = Shape{queries[0], queries[1], queries[2], values[3]}
	if len(q.Shape) == 3 {
		out[0].Shape = Shape{queries[0], queries[2], mulDims(queries[1], values[3])}
	}
	total := keys[2]
	if c.has(4) {
		past := UnknownDim
		if s := c.input(4).Shape; len(s) == 4 {
			past = s[2]
		}
		total = addDims(total, past)
	}
	out[1].Shape = Shape{keys[0], keys[1], total, keys[3]}
	out[2].Shape = Shape{values[0], values[1], total, values[3]}
	out[3].Shape = Shape{queries[0], queries[1], queries[2], total}
	return out, nil
}

// perHead returns a shape as [N, heads, length, width], nil when its rank is
// not known; false when it cannot be that.
func (c *inferCall) perHead(s Shape, attr string) (Shape, bool) {
	switch heads := c.node.Int(attr, 0); {
	case s == nil || len(s) == 4:
		return s, true
	case len(s) == 3 && heads > 0:
		return Shape{s[0], Known(heads), s[1], divDims(s[2], Known(heads))}, true
	}
	return nil, false
}
