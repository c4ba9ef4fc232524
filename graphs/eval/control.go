package eval

import (
	"fmt"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// conditional (If) computes one of two subgraphs.
func conditional(c *call) ([]*Value, error) {
	holds, err := c.scalar(0, 0)
	if err != nil {
		return nil, err
	}
	branch := "else_branch"
	if holds != 0 {
		branch = "then_branch"
	}
	g, err := c.graph(branch)
	if err != nil {
		return nil, err
	}
	return c.outer.subgraph(g, nil)
}

func (c *call) graph(name string) (*graphs.Graph, error) {
	if a := c.node.Attr(name); a != nil && a.Graph != nil {
		return a.Graph, nil
	}
	return nil, fmt.Errorf("it has no %s", name)
}

// loop computes its body up to M times, as long as the condition holds. The
// body takes iteration, condition and carried values, and returns condition,
// carried values and one element of each scan output.
func loop(c *call) ([]*Value, error) {
	body, err := c.graph("body")
	if err != nil {
		return nil, err
	}
	limit, err := c.tripCount()
	if err != nil {
		return nil, err
	}
	holds, err := c.scalar(1, 1)
	if err != nil {
		return nil, err
	}
	carried := slices.Clone(c.in[min(2, len(c.in)):])
	if len(body.Outputs) < 1+len(carried) {
		return nil, fmt.Errorf("its body has %d outputs for a condition and %d carried values", len(body.Outputs), len(carried))
	}
	scans := make([][]*Value, len(body.Outputs)-1-len(carried))
	for i := int64(0); holds != 0 && (limit < 0 || i < limit); i++ {
		condition := &Value{Type: graphs.Bool, I: []int64{1}}
		out, err := c.outer.subgraph(body, slices.Concat([]*Value{Ints(nil, i), condition}, carried))
		if err != nil {
			return nil, fmt.Errorf("iteration %d: %w", i, err)
		}
		if out[0].Type != graphs.Bool || out[0].size() != 1 {
			return nil, fmt.Errorf("iteration %d: the condition is %s, not one bool", i, out[0])
		}
		holds = float64(out[0].I[0])
		copy(carried, out[1:])
		for k, v := range out[1+len(carried):] {
			scans[k] = append(scans[k], v)
		}
	}
	outputs := carried
	for k, elements := range scans {
		stacked, err := stack(elements, body.Outputs[1+len(carried)+k].Type)
		if err != nil {
			return nil, fmt.Errorf("scan output %d: %w", k, err)
		}
		outputs = append(outputs, stacked)
	}
	return outputs, nil
}

// tripCount returns the largest number of iterations, −1 for no limit.
func (c *call) tripCount() (int64, error) {
	if !c.has(0) {
		return -1, nil
	}
	if c.in[0].size() != 1 {
		return 0, fmt.Errorf("the trip count must have one element")
	}
	return max(c.in[0].I[0], 0), nil
}

// stack joins the elements of a scan output along a new first axis. Of no
// elements only the declared type tells the shape; unknown sizes become 0.
func stack(elements []*Value, declared graphs.Type) (*Value, error) {
	if len(elements) == 0 {
		shape := []int{0}
		for _, d := range declared.Shape {
			shape = append(shape, int(max(d.Size, 0)))
		}
		if _, err := checkShape(shape); err != nil {
			return nil, err
		}
		return zeros(declared.Elem, shape), nil
	}
	first := elements[0]
	shape := slices.Concat([]int{len(elements)}, first.Shape)
	if _, err := checkShape(shape); err != nil {
		return nil, err
	}
	out := &Value{Type: first.Type, Shape: shape}
	for _, v := range elements {
		if v.Type != first.Type || !slices.Equal(v.Shape, first.Shape) {
			return nil, fmt.Errorf("%s and %s in different iterations", first, v)
		}
		out.F, out.I = append(out.F, v.F...), append(out.I, v.I...)
	}
	return out, nil
}
