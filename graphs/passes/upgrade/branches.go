package upgrade

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// Branches returns a copy of m in which every If whose condition is known is
// replaced by the branch it takes.
func Branches(m *graphs.Model) (*graphs.Model, error) {
	out := m.Clone()
	for slices.ContainsFunc(out.Graph.Nodes, func(n *graphs.Node) bool { return n.StandardOp() == "If" }) {
		infos, err := graphs.Infer(out)
		if err != nil {
			return nil, err
		}
		changed, err := takeBranches(out.Graph, infos)
		if err != nil || !changed {
			return out, err
		}
	}
	return out, nil
}

// takeBranches replaces the Ifs of a graph, not those inside their branches.
func takeBranches(g *graphs.Graph, infos graphs.Infos) (bool, error) {
	names := graphs.NewNames(g)
	changed := false
	var nodes []*graphs.Node
	for _, n := range g.Nodes {
		branch := taken(n, infos)
		if branch == nil {
			nodes = append(nodes, n)
			continue
		}
		changed = true
		body, err := spliced(g, n, branch, names)
		if err != nil {
			return false, err
		}
		nodes = append(nodes, body...)
	}
	g.Nodes = nodes
	return changed, nil
}

// taken is the branch that an If takes, nil when that is not known.
func taken(n *graphs.Node, infos graphs.Infos) *graphs.Graph {
	if n.StandardOp() != "If" {
		return nil
	}
	condition := infos[n.Input(0)].Value
	if len(condition) != 1 || !condition[0].Known {
		return nil
	}
	name := "else_branch"
	if condition[0].Int != 0 {
		name = "then_branch"
	}
	if a := n.Attr(name); a != nil {
		return a.Graph
	}
	return nil
}

// spliced is a branch as nodes of the graph around it.
func spliced(g *graphs.Graph, n *graphs.Node, branch *graphs.Graph, names *graphs.Names) ([]*graphs.Node, error) {
	s := newInstance(names, prefixOf(n))
	inside := make([]string, len(branch.Outputs))
	for i, v := range branch.Outputs {
		inside[i] = v.Name
	}
	for _, t := range branch.Initializers {
		constant := *t
		constant.Name = s.define(t.Name)
		g.Initializers = append(g.Initializers, &constant)
	}
	own := map[string]bool{}
	for _, inner := range branch.Nodes {
		for _, o := range inner.Outputs {
			own[o] = true
		}
	}
	for _, name := range inside {
		if !own[name] && s.to[name] == "" {
			s.to[name] = name // captured
		}
	}
	if err := s.hand(inside, n); err != nil {
		return nil, err
	}
	var nodes []*graphs.Node
	for _, inner := range branch.Nodes {
		nodes = append(nodes, s.node(inner))
	}
	return append(nodes, s.passed(inside, n)...), nil
}
