package training

import (
	"fmt"
	"maps"

	"github.com/memdil/memdil/graphs"
)

// unroll returns a Loop's body that takes several turns of the given one. ONNX
// Runtime waits for a GPU after every run of a body, and only then begins to
// start the operators of the next: several turns at once hide that. The losses
// and counts come as vectors, one element a turn.
func unroll(body *graphs.Graph, times int) *graphs.Graph {
	out := body.Clone()
	scores := len(body.Outputs) - 2
	nodes, made := repeated(body.Nodes, pairs(body.Inputs[ownInputs:], body.Outputs[1:scores]), times)
	out.Nodes = nodes
	out.Initializers = append(out.Initializers, frontAxis())
	for _, v := range out.Outputs[scores:] {
		joined := node("Concat", turnPrefix+"all/"+v.Name)
		joined.Attributes = []graphs.Attribute{graphs.Int("axis", 0)}
		for _, names := range made {
			one := turnPrefix + "one/" + names[v.Name]
			out.Nodes = append(out.Nodes, node("Unsqueeze", one, names[v.Name], front))
			joined.Inputs = append(joined.Inputs, one)
		}
		out.Nodes = append(out.Nodes, joined)
		v.Name, v.Type.Shape = joined.Outputs[0], graphs.Shape{graphs.Known(int64(times))}
	}
	return out
}

// front names the axis along which scalars of turns become vectors.
const front = turnPrefix + "front"

func frontAxis() *graphs.Tensor { return graphs.NewInts(front, []int64{1}, []int64{0}) }

// pairs maps the names of what a turn reads to those of what it makes of them.
func pairs(carried, next []*graphs.Value) map[string]string {
	out := map[string]string{}
	for i, v := range carried {
		out[v.Name] = next[i].Name
	}
	return out
}

// repeated returns the nodes of several turns, each of which reads what the one
// before made of what is carried, and how each calls what the first calls
// otherwise. The last turn's values keep their names, as outputs do.
func repeated(turn []*graphs.Node, carried map[string]string, times int) (nodes []*graphs.Node, made []map[string]string) {
	now := map[string]string{} // what a turn reads → what the turn before made
	for i := range times {
		names := maps.Clone(now)
		for _, n := range turn {
			for _, o := range n.Outputs {
				names[o] = o
				if i < times-1 {
					names[o] = fmt.Sprintf("%s@%d", o, i)
				}
			}
		}
		delete(names, "") // an output left out
		for _, n := range turn {
			name := n.Name
			if name != "" {
				name = fmt.Sprintf("%s@%d", name, i)
			}
			nodes = append(nodes, renamed(n, names, name))
		}
		for before, after := range carried {
			now[before] = names[after]
		}
		made = append(made, names)
	}
	return nodes, made
}
