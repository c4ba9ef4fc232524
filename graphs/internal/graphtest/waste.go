package graphtest

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// Waste lists what a lean graph does not have: nodes that nothing reads, that
// compute what another does, that have only constants to read, or that change
// nothing, alone or with the one before. What depends on the tensors in keep
// is not constant. It looks at nodes and types only, apart from what makes
// graphs lean.
func Waste(m *graphs.Model, keep map[string]bool) ([]string, error) {
	infos, err := graphs.Infer(m)
	if err != nil {
		return nil, err
	}
	a := &audit{m: m, infos: infos, keep: keep, maker: m.Graph.Makers(), readers: map[string][]*graphs.Node{}}
	for _, n := range m.Graph.Nodes {
		for _, name := range slices.Concat(n.Inputs, n.Captures()) {
			a.readers[name] = append(a.readers[name], n)
		}
	}
	seen := map[string]bool{}
	for _, n := range m.Graph.Nodes {
		if key := a.key(n); seen[key] {
			a.find(n, "is there twice")
		} else {
			seen[key] = true
		}
		a.node(n)
	}
	return a.found, nil
}

// audit is a search for waste.
type audit struct {
	m       *graphs.Model
	infos   graphs.Infos
	keep    map[string]bool
	maker   map[string]*graphs.Node
	readers map[string][]*graphs.Node
	found   []string
}

func (a *audit) find(n *graphs.Node, what string) { a.found = append(a.found, n.Label()+" "+what) }

// key is the node without its names; of outputs that must have their own it is
// unique.
func (a *audit) key(n *graphs.Node) string {
	bare := n.Clone()
	bare.Name, bare.Outputs = "", []string{"y"}
	if n.Op == "Identity" || n.Op == "Dropout" || n.Op == "RandomUniformLike" {
		bare.Outputs = n.Outputs
	}
	one := graphs.NewModel("", 18)
	one.Graph.Nodes = []*graphs.Node{bare}
	return graphs.Text(one)
}

func (a *audit) output(n *graphs.Node) bool { return a.m.Graph.Output(n.Outputs[0]) != nil }

func (a *audit) constant(name string) bool {
	return a.m.Graph.Initializer(name) != nil && !a.keep[name] && a.m.Graph.Input(name) == nil
}

// holds reports whether a value is a constant of one element v.
func (a *audit) holds(name string, v float64) bool {
	t := a.m.Graph.Initializer(name)
	return t != nil && a.constant(name) && t.Len() == 1 && t.At(0) == v
}

func (a *audit) node(n *graphs.Node) {
	if !slices.ContainsFunc(n.Outputs, func(o string) bool { return len(a.readers[o]) > 0 || a.m.Graph.Output(o) != nil }) {
		a.find(n, "is read by nothing")
	}
	if len(n.Inputs) > 0 && n.Op != "Identity" && !slices.ContainsFunc(n.Inputs, func(in string) bool { return in != "" && !a.constant(in) }) {
		a.find(n, "has constants to read only")
	}
	x, y := n.Input(0), n.Input(1)
	before := a.maker[x]
	same := a.infos[x].Shape.Equals(a.infos[n.Outputs[0]].Shape)
	after := func(ops ...string) bool { return before != nil && slices.Contains(ops, before.Op) }
	useless := false
	switch n.Op {
	case "Identity":
		useless = !a.output(n)
	case "Cast":
		useless = a.infos[x].Elem == a.infos[n.Outputs[0]].Elem
	case "Expand":
		useless = same || a.broadcast(n)
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
		useless = same || after("Reshape", "Flatten", "Squeeze", "Unsqueeze")
	case "Transpose":
		useless = slices.IsSorted(n.Ints("perm")) && len(n.Ints("perm")) > 0 || after("Transpose")
	case "Neg":
		useless = after("Neg")
	case "Mul":
		useless = a.holds(x, 1) || a.holds(y, 1)
	case "Div":
		useless = a.holds(y, 1)
	case "Add":
		useless = a.holds(x, 0) || a.holds(y, 0)
	case "Sub":
		useless = a.holds(y, 0)
	case "Concat", "Sum", "Mean", "Max", "Min":
		useless = len(n.Inputs) == 1
	}
	if useless {
		a.find(n, "can be done without")
	}
}

// broadcast reports whether an elementwise operator alone reads the node, next
// to a value of the full shape.
func (a *audit) broadcast(n *graphs.Node) bool {
	readers := a.readers[n.Outputs[0]]
	if len(readers) == 0 || a.output(n) {
		return false
	}
	for _, r := range readers {
		full := slices.ContainsFunc(r.Inputs, func(in string) bool {
			return in != n.Outputs[0] && a.infos[in].Shape.Equals(a.infos[r.Outputs[0]].Shape)
		})
		if !full || !slices.Contains([]string{"Add", "Sub", "Mul", "Div"}, r.Op) {
			return false
		}
	}
	return true
}
