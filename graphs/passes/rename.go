package passes

import "github.com/memdil/memdil/graphs"

// Rename returns a copy of m in which one value has another name, which must
// be free.
func Rename(m *graphs.Model, from, to string) *graphs.Model {
	out := m.Clone()
	g := out.Graph
	renameValues(g, aliases{from: to})
	for _, values := range [][]*graphs.Value{g.Inputs, g.Outputs, g.Values} {
		for _, v := range values {
			if v.Name == from {
				v.Name = to
			}
		}
	}
	for _, t := range g.Initializers {
		if t.Name == from {
			t.Name = to
		}
	}
	return out
}

// RenameReads makes a node read other values, in its subgraphs too, which are
// copied; names maps old names to new ones.
func RenameReads(n *graphs.Node, names map[string]string) { aliases(names).rename(n) }
