package graphs

import "strconv"

// Names is a set of taken names that hands out fresh ones, so that what is
// added to a graph never clashes with what is there.
type Names struct {
	taken map[string]bool
	next  map[string]int // suffix to try next, by base
}

// NewNames returns the names that g uses: its values, its nodes and those of
// all subgraphs.
func NewNames(g *Graph) *Names {
	n := &Names{taken: map[string]bool{}, next: map[string]int{}}
	n.addGraph(g)
	return n
}

func (n *Names) addGraph(g *Graph) {
	for _, values := range [][]*Value{g.Inputs, g.Outputs, g.Values} {
		for _, v := range values {
			n.Add(v.Name)
		}
	}
	for _, t := range g.Initializers {
		n.Add(t.Name)
	}
	for _, node := range g.Nodes {
		n.Add(node.Name)
		for _, names := range [][]string{node.Inputs, node.Outputs} {
			for _, name := range names {
				n.Add(name)
			}
		}
		for _, sub := range node.Subgraphs() {
			n.addGraph(sub)
		}
	}
}

// Has reports whether name is taken.
func (n *Names) Has(name string) bool { return n.taken[name] }

// Add takes name; the empty name, which means "left out", is never taken.
func (n *Names) Add(name string) {
	if name != "" {
		n.taken[name] = true
	}
}

// Fresh takes and returns base if it is free, else the first free one of
// base_2, base_3 and so on. It panics when base is empty.
func (n *Names) Fresh(base string) string {
	if base == "" {
		panic("graphs: fresh name of an empty base")
	}
	name := base
	for n.taken[name] {
		n.next[base] = max(n.next[base]+1, 2)
		name = base + "_" + strconv.Itoa(n.next[base])
	}
	n.taken[name] = true
	return name
}
