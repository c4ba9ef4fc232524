package cost

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// Cost is what one run of a graph takes.
type Cost struct {
	// Batch is the number of samples that it is for.
	Batch int64
	// FLOPs are all floating-point operations, Products those of them in
	// products and convolutions.
	FLOPs, Products int64
	// Uncounted are nodes whose operations are not in FLOPs, because a size or
	// their operator is not known.
	Uncounted []*graphs.Node
	Memory    Memory
}

// Of counts what a run of m on a batch of the given size takes; 0 stands for
// the model's own where it is fixed and for 1 where it is not. The batch is
// the first dimension of the first input that must be fed, or "batch" where a
// dimension of an input has that name. A model made for another batch is an
// error, and so are contradicting types.
func Of(m *graphs.Model, batch int64) (*Cost, error) {
	m, batch, err := fixBatch(m, batch)
	if err != nil {
		return nil, err
	}
	infos, err := graphs.Infer(m)
	if err != nil {
		return nil, err
	}
	if turns := tripCounts(m.Graph, infos); len(turns) > 0 {
		bind(m.Graph, turns)
		if infos, err = graphs.Infer(m); err != nil {
			return nil, err
		}
	}
	c := &Cost{Batch: batch}
	w := &walk{opset: m.Opset(), outputs: outputTypes(m.Graph)}
	work, err := w.graph(m.Graph, infos)
	if err != nil {
		return nil, err
	}
	c.FLOPs, c.Products, c.Uncounted = work.products+work.others, work.products, w.uncounted
	c.Memory, err = w.memory(m.Graph, infos)
	return c, err
}

// fixBatch returns m with the batch's symbol replaced by its size.
func fixBatch(m *graphs.Model, batch int64) (*graphs.Model, int64, error) {
	m = m.Clone()
	m.Graph.Values = nil // stale once the batch is fixed
	dim := batchDim(m.Graph)
	switch {
	case dim == nil:
		return m, max(batch, 1), nil
	case dim.IsKnown() && batch != 0 && batch != dim.Size:
		return nil, 0, fmt.Errorf("the model is made for batches of %d samples, not %d", dim.Size, batch)
	case dim.IsKnown():
		return m, dim.Size, nil
	}
	batch = max(batch, 1)
	if dim.Symbol == "" {
		*dim = graphs.Known(batch)
	}
	bind(m.Graph, map[string]int64{dim.Symbol: batch})
	return m, batch, nil
}

// batchDim returns the dimension that is the batch, nil when there is none.
func batchDim(g *graphs.Graph) *graphs.Dim {
	inputs := g.RequiredInputs()
	for _, v := range inputs {
		for i, d := range v.Type.Shape {
			if d.Symbol == "batch" {
				return &v.Type.Shape[i]
			}
		}
	}
	if len(inputs) == 0 || len(inputs[0].Type.Shape) == 0 {
		return nil
	}
	return &inputs[0].Type.Shape[0]
}

// tripCounts gives the symbolic numbers of turns of Loops the value 1: a body
// counts once.
func tripCounts(g *graphs.Graph, infos graphs.Infos) map[string]int64 {
	turns := map[string]int64{}
	for _, n := range g.Nodes {
		if n.StandardOp() != "Loop" || n.Input(0) == "" {
			continue
		}
		if v := infos[n.Input(0)].Value; len(v) == 1 && v[0].Symbol != "" {
			turns[v[0].Symbol] = 1
		}
	}
	return turns
}

// bind replaces symbols in the declared types of a graph and its subgraphs.
func bind(g *graphs.Graph, sizes map[string]int64) {
	delete(sizes, "")
	for _, values := range [][]*graphs.Value{g.Inputs, g.Outputs} {
		for _, v := range values {
			for i, d := range v.Type.Shape {
				if size, ok := sizes[d.Symbol]; ok {
					v.Type.Shape[i] = graphs.Known(size)
				}
			}
		}
	}
	for _, n := range g.Nodes {
		for _, sub := range n.Subgraphs() {
			bind(sub, sizes)
		}
	}
}

// outputTypes are the declared types of the graph's outputs, for what
// inference does not tell.
func outputTypes(g *graphs.Graph) map[string]graphs.Type {
	types := map[string]graphs.Type{}
	for _, v := range g.Outputs {
		types[v.Name] = v.Type
	}
	return types
}
