package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/memdil/memdil/graphs"
)

// printStats prints what a model takes and gives, how large it is and which
// operators it has.
func printStats(out io.Writer, m *graphs.Model, types graphs.Infos) error {
	g := m.Graph
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "opset\t%d\n", m.Opset())
	for _, v := range g.RequiredInputs() {
		fmt.Fprintf(w, "input\t%s %s\n", v.Name, typeOf(v, types))
	}
	for _, v := range g.Outputs {
		fmt.Fprintf(w, "output\t%s %s\n", v.Name, typeOf(v, types))
	}
	elements, bytes := 0, 0
	for _, t := range g.Initializers {
		elements += t.Len()
		bytes += len(t.Data)
	}
	fmt.Fprintf(w, "initializers\t%s\n", count(len(g.Initializers), "tensor"))
	fmt.Fprintf(w, "\t%s\n", count(elements, "element"))
	fmt.Fprintf(w, "\t%s\n", count(bytes, "byte"))
	fmt.Fprintf(w, "nodes\t%d\n", countNodes(g))
	for _, op := range operators(g) {
		fmt.Fprintf(w, "  %s\t%d\n", op.name, op.count)
	}
	return w.Flush()
}

// typeOf prefers what was inferred of a value to what the file says of it.
func typeOf(v *graphs.Value, types graphs.Infos) graphs.Type {
	if info, ok := types[v.Name]; ok && info.Shape != nil {
		return info.Type
	}
	return v.Type
}

type operator struct {
	name  string
	count int
}

// operators counts the nodes of a graph and its subgraphs by operator, the
// most frequent first.
func operators(g *graphs.Graph) []operator {
	counts := map[string]int{}
	visit(g, func(n *graphs.Node) {
		name := n.Op
		if n.Domain != "" {
			name = n.Domain + "." + n.Op
		}
		counts[name]++
	})
	var out []operator
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, operator{name, counts[name]})
	}
	slices.SortStableFunc(out, func(a, b operator) int { return cmp.Compare(b.count, a.count) })
	return out
}

func countNodes(g *graphs.Graph) (n int) {
	visit(g, func(*graphs.Node) { n++ })
	return n
}

// visit calls f with the nodes of a graph and its subgraphs.
func visit(g *graphs.Graph, f func(*graphs.Node)) {
	for _, n := range g.Nodes {
		f(n)
		for _, sub := range n.Subgraphs() {
			visit(sub, f)
		}
	}
}

// count is "1 tensor" or "2,048 tensors".
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " " + what
}
