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
	out.Nodes = nil
	carried, collected := body.Inputs[ownInputs:], body.Outputs[len(body.Outputs)-2:]
	now := map[string]string{} // what a turn reads → what the turn before made
	scalars := map[string][]string{}
	for i := range times {
		names := maps.Clone(now)
		for _, n := range body.Nodes {
			for _, o := range n.Outputs {
				names[o] = o
				if i < times-1 { // the last keep their names, as outputs
					names[o] = fmt.Sprintf("%s@%d", o, i)
				}
			}
		}
		delete(names, "") // an output left out
		for _, n := range body.Nodes {
			name := n.Name
			if name != "" {
				name = fmt.Sprintf("%s@%d", name, i)
			}
			out.Nodes = append(out.Nodes, renamed(n, names, name))
		}
		for k, v := range carried {
			now[v.Name] = names[body.Outputs[1+k].Name]
		}
		for _, v := range collected {
			scalars[v.Name] = append(scalars[v.Name], names[v.Name])
		}
	}
	const front = turnPrefix + "front"
	out.Initializers = append(out.Initializers, graphs.NewInts(front, []int64{1}, []int64{0}))
	for _, v := range out.Outputs[len(out.Outputs)-2:] {
		joined := node("Concat", turnPrefix+"all/"+v.Name)
		joined.Attributes = []graphs.Attribute{graphs.Int("axis", 0)}
		for _, s := range scalars[v.Name] {
			one := turnPrefix + "one/" + s
			out.Nodes = append(out.Nodes, node("Unsqueeze", one, s, front))
			joined.Inputs = append(joined.Inputs, one)
		}
		out.Nodes = append(out.Nodes, joined)
		v.Name, v.Type.Shape = joined.Outputs[0], graphs.Shape{graphs.Known(int64(times))}
	}
	return out
}
