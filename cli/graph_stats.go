package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/cost"
	"github.com/memdil/memdil/graphs/training"
)

// modelStats is what `memdil graph show --stats` tells, as JSON has it.
type modelStats struct {
	Opset        int64          `json:"opset"`
	Inputs       []namedType    `json:"inputs"`
	Outputs      []namedType    `json:"outputs"`
	Parameters   *size          `json:"parameters"`
	Initializers size           `json:"initializers"`
	Nodes        int            `json:"nodes"`
	Operators    map[string]int `json:"operators"`
	Cost         *modelCost     `json:"cost"`
	noParameters string         // why there are none
	noCost       string         // why there is none
}

type namedType struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// size is how much some tensors hold.
type size struct {
	Tensors  int   `json:"tensors"`
	Elements int64 `json:"elements"`
	Bytes    int64 `json:"bytes"`
}

func (s *size) add(t *graphs.Tensor) {
	s.Tensors++
	s.Elements += int64(t.Len())
	s.Bytes += int64(len(t.Data))
}

// modelCost is what one run takes.
type modelCost struct {
	Batch           int64    `json:"batch"`
	FLOPs           int64    `json:"flops"`
	ProductFLOPs    int64    `json:"product_flops"`
	Uncounted       []string `json:"uncounted_nodes"`
	WeightBytes     int64    `json:"weight_bytes"`
	InputBytes      int64    `json:"input_bytes"`
	ActivationBytes int64    `json:"peak_activation_bytes"`
	PeakNode        string   `json:"peak_node"`
	Unsized         []string `json:"unsized_values"`
}

// stats collects what is to be told of a model. A cost that cannot be had is
// left out with the reason, unless the batch that was asked for is wrong.
func stats(m *graphs.Model, types graphs.Infos, batch int64) (modelStats, error) {
	s := modelStats{Opset: m.Opset(), Operators: operators(m.Graph)}
	for _, n := range s.Operators {
		s.Nodes += n
	}
	for _, v := range m.Graph.RequiredInputs() {
		s.Inputs = append(s.Inputs, namedType{v.Name, typeOf(v, types).String()})
	}
	for _, v := range m.Graph.Outputs {
		s.Outputs = append(s.Outputs, namedType{v.Name, typeOf(v, types).String()})
	}
	for _, t := range m.Graph.Initializers {
		s.Initializers.add(t)
	}
	s.Parameters, s.noParameters = parameters(m)
	c, err := cost.Of(m, batch)
	switch {
	case err != nil && batch != 0:
		return s, usage(err, "leave --batch out")
	case err != nil:
		s.noCost = err.Error()
	default:
		s.Cost = costOf(c)
	}
	return s, nil
}

func costOf(c *cost.Cost) *modelCost {
	out := &modelCost{
		Batch: c.Batch, FLOPs: c.FLOPs, ProductFLOPs: c.Products,
		WeightBytes: c.Memory.Weights, InputBytes: c.Memory.Inputs, ActivationBytes: c.Memory.Activations,
		Uncounted: []string{}, Unsized: append([]string{}, c.Memory.Unsized...),
	}
	for _, n := range c.Uncounted {
		out.Uncounted = append(out.Uncounted, n.Label())
	}
	if c.Memory.At != nil {
		out.PeakNode = c.Memory.At.Label()
	}
	return out
}

// parameters measures what is trained: what the metadata of a training graph
// list, or what memdil would train of another model; nil with the reason when
// that cannot be said.
func parameters(m *graphs.Model) (*size, string) {
	var s size
	if list, ok := m.Meta("memdil.parameters"); ok {
		var names []string
		if err := json.Unmarshal([]byte(list), &names); err != nil {
			return nil, fmt.Sprintf("the metadata memdil.parameters are no list: %v", err)
		}
		for _, name := range names {
			if t := m.Graph.Initializer(name); t != nil {
				s.add(t)
			}
		}
		return &s, ""
	}
	net, err := training.NewNet(m, training.Options{})
	if err != nil {
		return nil, err.Error()
	}
	for _, p := range net.Parameters {
		s.add(p.Value)
	}
	return &s, ""
}

// print writes the statistics as a table.
func (s modelStats) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "opset\t%d\n", s.Opset)
	printTypes(w, "input", s.Inputs)
	printTypes(w, "output", s.Outputs)
	if s.Parameters == nil {
		fmt.Fprintf(w, "parameters\tnot known: %s\n", s.noParameters)
	} else {
		fmt.Fprintf(w, "parameters\t%s\n", s.Parameters)
	}
	fmt.Fprintf(w, "initializers\t%s\n", s.Initializers)
	if s.Cost == nil {
		fmt.Fprintf(w, "cost\tnot known: %s\n", s.noCost)
	} else {
		s.Cost.print(w)
	}
	fmt.Fprintf(w, "nodes\t%s\n", grouped(int64(s.Nodes)))
	for _, op := range byCount(s.Operators) {
		fmt.Fprintf(w, "  %s\t%s\n", op, grouped(int64(s.Operators[op])))
	}
	return w.Flush()
}

func (s size) String() string {
	return fmt.Sprintf("%s in %s, %s", count(int(s.Elements), "element"), count(s.Tensors, "tensor"), bytesText(s.Bytes))
}

// shownTypes is how many inputs or outputs are listed: a gradient graph has an
// output for every parameter.
const shownTypes = 8

func printTypes(w io.Writer, what string, types []namedType) {
	for i, v := range types {
		if i == shownTypes && len(types) > shownTypes+1 {
			fmt.Fprintf(w, "\tand %d more\n", len(types)-i)
			return
		}
		fmt.Fprintf(w, "%s\t%s %s\n", what, oneLine(v.Name), v.Type)
	}
}

func (c *modelCost) print(w io.Writer) {
	atLeast := ""
	if len(c.Uncounted) > 0 {
		atLeast = "at least "
	}
	fmt.Fprintf(w, "at batch %d\t\n", c.Batch)
	fmt.Fprintf(w, "  FLOPs\t%s%s", atLeast, grouped(c.FLOPs))
	if c.Batch > 1 {
		fmt.Fprintf(w, ", %s a sample", grouped(c.FLOPs/c.Batch))
	}
	fmt.Fprintf(w, "\n  of products\t%s\n", grouped(c.ProductFLOPs))
	listed(w, "  not counted", c.Uncounted)
	fmt.Fprintf(w, "  weights\t%s\n", bytesText(c.WeightBytes))
	fmt.Fprintf(w, "  inputs\t%s\n", bytesText(c.InputBytes))
	fmt.Fprintf(w, "  activations\t%s at most, in %s\n", bytesText(c.ActivationBytes), c.PeakNode)
	listed(w, "  of unknown size", c.Unsized)
}

// listed prints the first of several names.
func listed(w io.Writer, what string, names []string) {
	const shown = 3
	if len(names) == 0 {
		return
	}
	more := ""
	if n := len(names) - shown; n > 0 {
		more, names = fmt.Sprintf(" and %d more", n), names[:shown]
	}
	fmt.Fprintf(w, "%s\t%s%s\n", what, strings.Join(names, ", "), more)
}

// typeOf prefers what was inferred of a value to what the file says of it.
func typeOf(v *graphs.Value, types graphs.Infos) graphs.Type {
	if info, ok := types[v.Name]; ok && info.Shape != nil {
		return info.Type
	}
	return v.Type
}

// operators counts the nodes of a graph and its subgraphs by operator.
func operators(g *graphs.Graph) map[string]int {
	counts := map[string]int{}
	visit(g, func(n *graphs.Node) {
		name := n.Op
		if n.Domain != "" {
			name = n.Domain + "." + n.Op
		}
		counts[name]++
	})
	return counts
}

// byCount lists operators, the most frequent first.
func byCount(counts map[string]int) []string {
	names := slices.Sorted(maps.Keys(counts))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
	return names
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
