package cost

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// Memory is what one run of a graph holds, in bytes.
type Memory struct {
	// Weights are the initializers, defaults of inputs included; Inputs what
	// must be fed.
	Weights, Inputs int64
	// Activations is the most that values of the graph take at once, outputs
	// included, and At the node during which they do; nil when there is none.
	Activations int64
	At          *graphs.Node
	// Unsized are values that are in none of the sums, because their size is
	// not known.
	Unsized []string
}

// memory walks the main graph.
func (w *walk) memory(g *graphs.Graph, infos graphs.Infos) (Memory, error) {
	var m Memory
	for _, t := range g.Initializers {
		m.Weights += int64(len(t.Data))
	}
	for _, v := range g.RequiredInputs() {
		m.Inputs += w.bytes(v.Name, infos)
	}
	var err error
	m.Activations, m.At, err = w.peak(g, infos)
	m.Unsized = w.unsized
	return m, err
}

// bytes is the size of a value: 0 where it is not known, after a note of it.
func (w *walk) bytes(name string, infos graphs.Infos) int64 {
	t := infos[name].Type
	if t.Shape == nil {
		t = w.outputs[name]
	}
	if n := times(int64(t.Elem.Size()), elements(t.Shape)); n >= 0 && t.Elem.Size() > 0 {
		return n
	}
	w.unsized = append(w.unsized, name)
	return 0
}

// peak is the most that the values of a graph take at once, and the node
// during which they do.
func (w *walk) peak(g *graphs.Graph, infos graphs.Infos) (most int64, at *graphs.Node, err error) {
	lives := buffers(g)
	held := int64(0)
	for i, n := range g.Nodes {
		inner, err := w.inside(n, infos)
		if err != nil {
			return 0, nil, err
		}
		before := held
		for _, b := range lives[i].born {
			b.size = w.bytes(b.name, infos)
			held += b.size
		}
		// The outputs of a loop or branch are what its graph has computed.
		if now := max(held, before+inner); at == nil || now > most {
			most, at = now, n
		}
		for _, b := range lives[i].dead {
			held -= b.size
		}
	}
	return most, at, nil
}

// inside is the peak of a node's subgraphs: of a loop's body with its own
// copies of what it carries.
func (w *walk) inside(n *graphs.Node, infos graphs.Infos) (most int64, err error) {
	for _, g := range n.Subgraphs() {
		inner, err := graphs.InferWithin(g, infos, w.opset)
		if err != nil {
			return 0, err
		}
		body, _, err := w.peak(g, inner)
		if err != nil {
			return 0, err
		}
		for _, v := range g.Inputs {
			body += w.bytes(v.Name, inner)
		}
		most = max(most, body)
	}
	return most, nil
}

// buffer is the memory of a value and of the views of it.
type buffer struct {
	name string // of the value
	last int    // the last node that needs it
	size int64
}

// change is what begins and ends to live with a node.
type change struct{ born, dead []*buffer }

// views are the operators that return their input's memory.
var views = []string{"Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"}

// buffers returns, for every node, the memory that it is the first and the
// last to use.
func buffers(g *graphs.Graph) []change {
	changes := make([]change, len(g.Nodes))
	of := map[string]*buffer{} // by value; inputs and initializers have none
	for i, n := range g.Nodes {
		for _, name := range slices.Concat(n.Inputs, n.Captures()) {
			if b := of[name]; b != nil {
				b.last = i
			}
		}
		if slices.Contains(views, n.StandardOp()) && g.Output(n.Output(0)) == nil {
			of[n.Output(0)] = of[n.Input(0)]
			continue
		}
		for _, o := range n.Outputs {
			if o != "" {
				of[o] = &buffer{name: o, last: i}
				changes[i].born = append(changes[i].born, of[o])
			}
		}
	}
	for _, v := range g.Outputs {
		if b := of[v.Name]; b != nil {
			b.last = len(g.Nodes)
		}
	}
	for i := range changes {
		for _, b := range changes[i].born {
			if b.last < len(g.Nodes) {
				changes[b.last].dead = append(changes[b.last].dead, b)
			}
		}
	}
	return changes
}
