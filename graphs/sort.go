package graphs

import (
	"container/heap"
	"fmt"
	"slices"
	"sort"
)

// Captures returns the names of outer values that the node's subgraphs read,
// in order of first use.
func (n *Node) Captures() []string {
	var names []string
	seen := map[string]bool{}
	for _, g := range n.Subgraphs() {
		for _, name := range g.free() {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// free returns the names that g reads and does not define.
func (g *Graph) free() []string {
	defined := map[string]bool{"": true}
	for _, v := range g.Inputs {
		defined[v.Name] = true
	}
	for _, t := range g.Initializers {
		defined[t.Name] = true
	}
	for _, n := range g.Nodes {
		for _, o := range n.Outputs {
			defined[o] = true
		}
	}
	var names []string
	use := func(uses ...string) {
		for _, name := range uses {
			if !defined[name] {
				defined[name] = true // listed once
				names = append(names, name)
			}
		}
	}
	for _, n := range g.Nodes {
		use(n.Inputs...)
		use(n.Captures()...)
	}
	for _, v := range g.Outputs {
		use(v.Name)
	}
	return names
}

// Sort puts the nodes of g and of its subgraphs in place into topological
// order, keeping the given order where possible: of the nodes that are ready
// the one given first comes first. It fails, naming a node, when two nodes
// produce the same value or when nodes depend on each other in a cycle.
func (g *Graph) Sort() error {
	nodes, err := sortNodes(g.Nodes)
	if err != nil {
		return err
	}
	g.Nodes = nodes
	return nil
}

func sortNodes(nodes []*Node) ([]*Node, error) {
	producer := map[string]int{}
	for i, n := range nodes {
		for _, o := range n.Outputs {
			if first, ok := producer[o]; ok && o != "" {
				return nil, fmt.Errorf("%s and %s both produce %q", nodes[first].Label(), n.Label(), o)
			}
			producer[o] = i
		}
	}
	consumers := make([][]int, len(nodes))
	missing := make([]int, len(nodes)) // inputs whose producer is not placed yet
	for i, n := range nodes {
		for _, sub := range n.Subgraphs() {
			if err := sub.Sort(); err != nil {
				return nil, fmt.Errorf("subgraph %q of %s: %w", sub.Name, n.Label(), err)
			}
		}
		for _, name := range slices.Concat(n.Inputs, n.Captures()) {
			if p, ok := producer[name]; ok && name != "" {
				consumers[p] = append(consumers[p], i)
				missing[i]++
			}
		}
	}
	sorted := placeReady(nodes, consumers, missing)
	if len(sorted) < len(nodes) {
		return nil, cycleError(nodes, producer, missing)
	}
	return sorted, nil
}

// placeReady runs Kahn's algorithm with a heap of positions, which makes it
// stable. It leaves missing above zero for nodes it cannot place.
func placeReady(nodes []*Node, consumers [][]int, missing []int) []*Node {
	ready := &positions{}
	for i := range nodes {
		if missing[i] == 0 {
			heap.Push(ready, i)
		}
	}
	sorted := make([]*Node, 0, len(nodes))
	for ready.Len() > 0 {
		i := heap.Pop(ready).(int)
		sorted = append(sorted, nodes[i])
		for _, c := range consumers[i] {
			if missing[c]--; missing[c] == 0 {
				heap.Push(ready, c)
			}
		}
	}
	return sorted
}

// cycleError names a node on a cycle: walking from an unplaced node to its
// unplaced producers must come back to one.
func cycleError(nodes []*Node, producer map[string]int, missing []int) error {
	at := slices.IndexFunc(missing, func(m int) bool { return m > 0 })
	seen := map[int]bool{}
	for {
		seen[at] = true
		for _, name := range slices.Concat(nodes[at].Inputs, nodes[at].Captures()) {
			p, ok := producer[name]
			if !ok || name == "" || missing[p] == 0 {
				continue
			}
			if seen[p] {
				return fmt.Errorf("%s is part of a cycle: its input %q depends on its own output", nodes[at].Label(), name)
			}
			at = p
			break
		}
	}
}

// positions is a min-heap of node positions.
type positions struct{ sort.IntSlice }

func (p *positions) Push(x any) { p.IntSlice = append(p.IntSlice, x.(int)) }

func (p *positions) Pop() any {
	last := p.IntSlice[len(p.IntSlice)-1]
	p.IntSlice = p.IntSlice[:len(p.IntSlice)-1]
	return last
}
