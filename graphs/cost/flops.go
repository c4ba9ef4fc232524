package cost

import (
	"math/bits"

	"github.com/memdil/memdil/graphs"
)

// work is the arithmetic of a node or graph.
type work struct{ products, others int64 }

// unknown marks a number that depends on an unknown size.
const unknown = -1

// walk goes over a graph and its subgraphs.
type walk struct {
	opset     int64
	outputs   map[string]graphs.Type // declared
	uncounted []*graphs.Node
	unsized   []string
}

// graph adds up the work of the nodes.
func (w *walk) graph(g *graphs.Graph, infos graphs.Infos) (sum work, err error) {
	for _, n := range g.Nodes {
		done, err := w.node(n, infos)
		if err != nil {
			return work{}, err
		}
		sum.products, sum.others = plus(sum.products, done.products), plus(sum.others, done.others)
	}
	return sum, nil
}

// node is the work of one node: 0 where it is not known, after a note of it.
func (w *walk) node(n *graphs.Node, infos graphs.Infos) (work, error) {
	if bodies := n.Subgraphs(); len(bodies) > 0 {
		return w.dearest(bodies, infos)
	}
	count, ok := table[n.StandardOp()]
	if !ok {
		w.uncounted = append(w.uncounted, n)
		return work{}, nil
	}
	done := count(&call{node: n, infos: infos})
	if done.products < 0 || done.others < 0 {
		w.uncounted = append(w.uncounted, n)
		return work{}, nil
	}
	return done, nil
}

// dearest is the work of the subgraph with most: the body of a loop, or the
// dearer branch.
func (w *walk) dearest(bodies []*graphs.Graph, infos graphs.Infos) (most work, err error) {
	for _, body := range bodies {
		inner, err := graphs.InferWithin(body, infos, w.opset)
		if err != nil {
			return work{}, err
		}
		done, err := w.graph(body, inner)
		if err != nil {
			return work{}, err
		}
		if done.products+done.others > most.products+most.others {
			most = done
		}
	}
	return most, nil
}

// call is one node with the types of its values.
type call struct {
	node  *graphs.Node
	infos graphs.Infos
}

// in and out return the shapes of input and output i, nil when they are not
// known.
func (c *call) in(i int) graphs.Shape  { return c.infos[c.node.Input(i)].Shape }
func (c *call) out(i int) graphs.Shape { return c.infos[c.node.Output(i)].Shape }

func (c *call) has(i int) bool { return c.node.Input(i) != "" }

// elements is the number of elements of a shape.
func elements(s graphs.Shape) int64 {
	if n, ok := s.Elements(); ok {
		return n
	}
	return unknown
}

// tail is the shape without its first n axes.
func tail(s graphs.Shape, n int) graphs.Shape {
	if len(s) < n {
		return nil
	}
	return s[n:]
}

// size is a dimension counted from the end.
func size(s graphs.Shape, fromEnd int) int64 {
	if len(s) < fromEnd {
		return unknown
	}
	return s[len(s)-fromEnd].Size
}

// times multiplies; unknown when a factor is, or the product cannot be held.
func times(factors ...int64) int64 {
	p := uint64(1)
	for _, f := range factors {
		if f < 0 {
			return unknown
		}
		high, low := bits.Mul64(p, uint64(f))
		if high != 0 || low > 1<<62 {
			return unknown
		}
		p = low
	}
	return int64(p)
}

// plus adds; unknown when an operand is, or the sum cannot be held.
func plus(a, b int64) int64 {
	if a < 0 || b < 0 || a+b < 0 {
		return unknown
	}
	return a + b
}
