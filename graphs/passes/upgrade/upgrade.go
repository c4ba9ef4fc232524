package upgrade

import (
	"fmt"
	"strings"

	"github.com/memdil/memdil/graphs"
)

// The operator sets between which Model converts, and the newest that the
// pinned ONNX Runtime knows: it refuses models in newer ones.
const (
	oldestOpset = 9
	modernOpset = 18
	newestOpset = 28
)

// Model returns a copy of m in operator set 18 or newer that computes the
// same: model-local functions are inlined, an If whose condition is known is
// its branch, and operators that an older set defined otherwise are rewritten.
// Models in newer sets keep theirs. Models in sets before 9 or after 28, and
// uses of operators that no modern one expresses, are errors.
func Model(m *graphs.Model) (*graphs.Model, error) {
	version := m.Opset()
	if version < oldestOpset {
		return nil, fmt.Errorf("the model uses operator set %d, which is older than %d, the oldest that can be upgraded: export it again, or convert it with onnx.version_converter", version, oldestOpset)
	}
	if version > newestOpset {
		return nil, fmt.Errorf("the model uses operator set %d, which is newer than %d, the newest that is known: export it in an older one", version, newestOpset)
	}
	if m.IRVersion < 4 { // every initializer had to be an input
		m = m.Clone()
		m.Graph.Inputs = m.Graph.RequiredInputs()
	}
	out, err := Inline(m)
	if err != nil {
		return nil, fmt.Errorf("inlining functions: %w", err)
	}
	useShortDomain(out)
	if out, err = Branches(out); err != nil {
		return nil, err
	}
	if version >= modernOpset {
		return out, nil
	}
	return upgradeNodes(out, version)
}

// useShortDomain spells the standard domain "" throughout.
func useShortDomain(m *graphs.Model) {
	m.Opsets[""] = m.Opset()
	delete(m.Opsets, "ai.onnx")
	var shorten func(g *graphs.Graph)
	shorten = func(g *graphs.Graph) {
		for _, n := range g.Nodes {
			if n.Domain == "ai.onnx" {
				n.Domain = ""
			}
			for _, sub := range n.Subgraphs() {
				shorten(sub)
			}
		}
	}
	shorten(m.Graph)
}

// upgradeNodes rewrites the nodes of a model from version to modernOpset.
func upgradeNodes(m *graphs.Model, version int64) (*graphs.Model, error) {
	b, err := graphs.NewBuilder(m) // infers and takes the names of the old form
	if err != nil {
		return nil, err
	}
	nodes, read := m.Graph.Nodes, map[string]bool{}
	allReads(m.Graph, read)
	m.Graph.Nodes, m.Graph.Values = nil, nil
	m.Opsets[""] = modernOpset
	m.IRVersion = max(m.IRVersion, 8) // of opset 18's time
	u := &upgrader{b: b, version: version, read: read}
	if m.Graph.Nodes, err = u.all(nodes); err != nil {
		return nil, fmt.Errorf("upgrading from operator set %d: %w", version, err)
	}
	return m, nil
}

// allReads adds the values that a graph or its subgraphs read.
func allReads(g *graphs.Graph, read map[string]bool) {
	for name := range g.Reads() {
		read[name] = name != ""
	}
	for _, n := range g.Nodes {
		for _, sub := range n.Subgraphs() {
			allReads(sub, read)
		}
	}
}

// upgrader rewrites nodes one after the other.
type upgrader struct {
	b       *graphs.Builder
	version int64
	read    map[string]bool // values that nodes or outputs read
	// list holds the nodes that are done, after what follows the present one.
	list, after []*graphs.Node
}

// all returns what stands for a list of nodes, of a subgraph perhaps.
// Constants go to the main graph, where every subgraph sees them.
func (u *upgrader) all(nodes []*graphs.Node) ([]*graphs.Node, error) {
	around := u.list
	u.list = nil
	for _, n := range nodes {
		if err := u.node(n); err != nil {
			return nil, fmt.Errorf("%s: %w", n.Label(), err)
		}
	}
	done := u.list
	u.list = around
	return done, nil
}

func (u *upgrader) node(n *graphs.Node) error {
	for _, g := range n.Subgraphs() {
		var err error
		if g.Nodes, err = u.all(g.Nodes); err != nil {
			return err
		}
	}
	if n.Domain == "" {
		for _, c := range changes[n.Op] {
			if u.version < c.since {
				if err := c.apply(u, n); err != nil {
					return err
				}
			}
		}
	}
	after := u.after
	u.after = nil
	u.add(n)
	for _, follow := range after {
		u.add(follow)
	}
	return u.b.Err()
}

// add appends a node that is in its modern form.
func (u *upgrader) add(n *graphs.Node) {
	u.list = append(u.list, n)
	u.b.Reinfer(n)
}

// op appends a node before the one that is being rewritten and returns its
// output.
func (u *upgrader) op(op string, inputs []string, attrs ...graphs.Attribute) string {
	name := u.b.Fresh(strings.ToLower(op))
	u.add(&graphs.Node{Op: op, Inputs: inputs, Outputs: []string{name}, Attributes: attrs})
	return name
}
