package graphs

import "fmt"

// Info is what inference knows of a value without running the graph.
type Info struct {
	Type
	// Const is the value itself when it is an initializer or a Constant.
	Const *Tensor
	// Value holds the elements of a small tensor in row-major order as far as
	// they are known, such as the result of Shape; nil when nothing is known.
	Value []Element
}

// Infos maps the name of a value to what is known of it.
type Infos map[string]Info

// Infer returns element type, shape and, for shape arithmetic, content of
// every value of the model's main graph, as far as they follow from its inputs
// and initializers. Operators it does not know give values of unknown type.
// A contradiction, such as a product of mismatched shapes, is an error that
// names the node.
func Infer(m *Model) (Infos, error) {
	infos := Infos{}
	for _, v := range m.Graph.Inputs {
		if err := checkRank(v.Type.Shape); err != nil {
			return nil, fmt.Errorf("graph input %q: %w", v.Name, err)
		}
		infos[v.Name] = Info{Type: v.Type}
	}
	defaults := map[string]bool{}
	for _, v := range m.Graph.Inputs {
		defaults[v.Name] = true
	}
	for _, t := range m.Graph.Initializers {
		if !defaults[t.Name] { // an input's default value may be replaced
			infos[t.Name] = constInfo(t)
		}
	}
	for _, n := range m.Graph.Nodes {
		if err := infos.add(n, m.Opset()); err != nil {
			return nil, err
		}
	}
	return infos, nil
}

// constInfo is what is known of a constant: everything.
func constInfo(t *Tensor) Info {
	return Info{Type: t.TensorType(), Const: t, Value: tensorElements(t)}
}

// add infers the outputs of one node from what is known of its inputs.
func (infos Infos) add(n *Node, opset int64) error {
	c := &inferCall{node: n, opset: opset, in: make([]Info, len(n.Inputs)), around: infos}
	for i, name := range n.Inputs {
		if name != "" {
			c.in[i] = infos[name]
		}
	}
	out, err := c.infer()
	if err != nil {
		return fmt.Errorf("%s: %w", n.Label(), err)
	}
	for i, name := range n.Outputs {
		if name == "" {
			continue
		}
		if i < len(out) {
			if err := checkRank(out[i].Shape); err != nil {
				return fmt.Errorf("%s: %w", n.Label(), err)
			}
			infos[name] = out[i]
		} else {
			infos[name] = Info{}
		}
	}
	return nil
}

// maxRank bounds the dimensions of a value, so that a chain of nodes that each
// add one does not exhaust the memory. NumPy has the same bound.
const maxRank = 64

func checkRank(s Shape) error {
	if len(s) > maxRank {
		return fmt.Errorf("tensors of rank %d are not supported: %d is the most", len(s), maxRank)
	}
	return nil
}

// inferCall is one node with what is known of its inputs.
type inferCall struct {
	node  *Node
	opset int64
	in    []Info
	// around is what is known of all values so far, for subgraphs.
	around Infos
}

// inferFunc infers the outputs of one operator; outputs it leaves out stay
// unknown.
type inferFunc func(c *inferCall) ([]Info, error)

func (c *inferCall) infer() ([]Info, error) {
	if !c.node.IsStandard() {
		return nil, nil
	}
	f, ok := inference[c.node.Op]
	if !ok {
		return nil, nil
	}
	out, err := f(c)
	if err == nil && len(out) > 0 {
		c.follow(&out[0])
	}
	return out, err
}

// input returns what is known of input i: nothing when it is left out.
func (c *inferCall) input(i int) Info {
	if i < len(c.in) {
		return c.in[i]
	}
	return Info{}
}

// has reports whether input i is given.
func (c *inferCall) has(i int) bool { return c.node.Input(i) != "" }

// ints returns a constant integer input, or, in opsets that had an attribute
// in its place, the attribute of that name. The second result is false when
// the value is given but not constant.
func (c *inferCall) ints(input int, attr string) ([]int64, bool) {
	if a := c.node.Attr(attr); a != nil && a.Type == AttrInts {
		return a.Ints, true
	}
	if !c.has(input) {
		return nil, true
	}
	return c.input(input).Ints()
}

// axis makes a possibly negative axis positive and checks it against a rank.
func axis(a int64, rank int) (int, error) {
	if a < -int64(rank) || a >= int64(rank) {
		return 0, fmt.Errorf("axis %d is outside a tensor of rank %d", a, rank)
	}
	if a < 0 {
		a += int64(rank)
	}
	return int(a), nil
}

// one wraps the single output most operators have.
func one(t DType, s Shape) ([]Info, error) { return []Info{{Type: Type{t, s}}}, nil }

// Broadcast returns the shape of an elementwise operation on operands of the
// given shapes (ONNX's multidirectional broadcasting), nil when the rank of
// one of them is unknown. Sizes that contradict are an error.
func Broadcast(shapes ...Shape) (Shape, error) {
	rank := 0
	for _, s := range shapes {
		if s == nil {
			return nil, nil
		}
		rank = max(rank, len(s))
	}
	out := make(Shape, rank)
	for i := range out {
		out[i] = Known(1)
		for _, s := range shapes {
			if j := i - (rank - len(s)); j >= 0 {
				d, err := broadcastDim(out[i], s[j])
				if err != nil {
					return nil, fmt.Errorf("shapes %v do not broadcast: %w", shapes, err)
				}
				out[i] = d
			}
		}
	}
	return out, nil
}

func broadcastDim(a, b Dim) (Dim, error) {
	switch {
	case a == b || b == Known(1):
		return a, nil
	case a == Known(1):
		return b, nil
	case a.IsKnown() && b.IsKnown():
		return Dim{}, fmt.Errorf("%d against %d", a.Size, b.Size)
	case a.IsKnown(): // b is 1 or a
		return a, nil
	case b.IsKnown():
		return b, nil
	}
	return UnknownDim, nil
}
