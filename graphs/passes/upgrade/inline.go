package upgrade

import (
	"fmt"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// Inline returns a copy of m without model-local functions: each call is
// replaced by the function's nodes, with the call's attributes. A function
// that calls itself, or that is written in another version of the standard
// operators, is an error.
func Inline(m *graphs.Model) (*graphs.Model, error) {
	out := m.Clone()
	if len(out.Functions) == 0 {
		return out, nil
	}
	in := &inliner{model: out, names: graphs.NewNames(out.Graph), functions: map[string]*graphs.Function{}}
	for _, f := range out.Functions {
		in.functions[functionKey(f.Domain, f.Name, f.Overload)] = f
	}
	if err := in.graph(out.Graph); err != nil {
		return nil, err
	}
	out.Functions = nil
	return out, nil
}

// inliner replaces calls in one model.
type inliner struct {
	model     *graphs.Model
	names     *graphs.Names
	functions map[string]*graphs.Function
	calls     []string // under way, from the outside in
	size      int      // of what is copied so far, in bytes
}

// maxInlined bounds the bytes that calls may grow to, and maxCalls how deep
// they may be nested: functions that call functions multiply.
const (
	maxInlined = 1 << 28
	maxCalls   = 100
)

func functionKey(domain, name, overload string) string {
	if domain == "ai.onnx" {
		domain = ""
	}
	return domain + "\x00" + name + "\x00" + overload
}

// graph replaces the calls in a graph and its subgraphs.
func (in *inliner) graph(g *graphs.Graph) error {
	var err error
	g.Nodes, err = in.all(g.Nodes)
	return err
}

func (in *inliner) all(nodes []*graphs.Node) ([]*graphs.Node, error) {
	var out []*graphs.Node
	for _, n := range nodes {
		for _, sub := range n.Subgraphs() {
			if err := in.graph(sub); err != nil {
				return nil, err
			}
		}
		f := in.functions[functionKey(n.Domain, n.Op, n.Overload)]
		if f == nil {
			out = append(out, n)
			continue
		}
		body, err := in.call(n, f)
		if err != nil {
			return nil, err
		}
		out = append(out, body...)
	}
	return out, nil
}

// call returns the nodes that stand for a call of f.
func (in *inliner) call(n *graphs.Node, f *graphs.Function) ([]*graphs.Node, error) {
	key := functionKey(f.Domain, f.Name, f.Overload)
	if slices.Contains(in.calls, key) {
		return nil, fmt.Errorf("%s: function %q calls itself", n.Label(), f.Name)
	}
	if len(in.calls) == maxCalls {
		return nil, fmt.Errorf("%s: calls of functions are nested deeper than %d levels", n.Label(), maxCalls)
	}
	if err := in.importOpsets(f); err != nil {
		return nil, fmt.Errorf("%s: function %q %w", n.Label(), f.Name, err)
	}
	if len(n.Inputs) > len(f.Inputs) {
		return nil, fmt.Errorf("%s: %d inputs for function %q of %d", n.Label(), len(n.Inputs), f.Name, len(f.Inputs))
	}
	s := newInstance(in.names, prefixOf(n))
	for i, formal := range f.Inputs {
		s.to[formal] = n.Input(i)
	}
	if err := s.hand(f.Outputs, n); err != nil {
		return nil, err
	}
	var body []*graphs.Node
	for _, inner := range f.Nodes {
		copied := s.node(inner)
		if in.size += sizeOf(copied); in.size > maxInlined {
			return nil, fmt.Errorf("%s: its functions grow to more than %d MiB of nodes", n.Label(), maxInlined>>20)
		}
		bindAttributes(copied, n, f)
		body = append(body, copied)
	}
	body = append(body, s.passed(f.Outputs, n)...)
	in.calls = append(in.calls, key)
	body, err := in.all(body)
	in.calls = in.calls[:len(in.calls)-1]
	return body, err
}

// sizeOf is about how many bytes a node takes in memory, without tensors.
func sizeOf(n *graphs.Node) int {
	size := 256 + len(n.Name)
	for _, names := range [][]string{n.Inputs, n.Outputs} {
		for _, name := range names {
			size += 16 + len(name)
		}
	}
	for _, g := range n.Subgraphs() {
		for _, inner := range g.Nodes {
			size += sizeOf(inner)
		}
	}
	return size
}

// prefixOf distinguishes the values of a call.
func prefixOf(n *graphs.Node) string {
	if n.Name != "" {
		return n.Name + "/"
	}
	return n.Op + "/"
}

// importOpsets adds what a function needs to the model's operator sets.
func (in *inliner) importOpsets(f *graphs.Function) error {
	for domain, version := range f.Opsets {
		own, ok := in.model.Opsets[domain]
		if domain == "" || domain == "ai.onnx" {
			own, ok = in.model.Opset(), true
		}
		if !ok {
			in.model.Opsets[domain] = version
		} else if own != version && !sameMeaning(f, own, version) {
			return fmt.Errorf("uses version %d of the operators of domain %q, the model version %d: convert one of them", version, domain, own)
		}
	}
	return nil
}

// sameMeaning reports whether the nodes of f mean the same in both versions of
// the standard operators.
func sameMeaning(f *graphs.Function, a, b int64) bool {
	low, high := min(a, b), max(a, b)
	return !slices.ContainsFunc(f.Nodes, func(n *graphs.Node) bool {
		if len(n.Subgraphs()) > 0 {
			return true
		}
		op := n.StandardOp()
		return slices.ContainsFunc(changes[op], func(c change) bool { return c.since > low && c.since <= high }) ||
			op == "GroupNormalization" && low < 21 && high >= 21
	})
}

// bindAttributes gives attributes that refer to the call's their values, in
// subgraphs too; one that has none is left out.
func bindAttributes(n *graphs.Node, call *graphs.Node, f *graphs.Function) {
	var kept []graphs.Attribute
	for _, a := range n.Attributes {
		if a.Ref != "" {
			value := call.Attr(a.Ref)
			if i := slices.IndexFunc(f.Defaults, func(d graphs.Attribute) bool { return d.Name == a.Ref }); value == nil && i >= 0 {
				value = &f.Defaults[i]
			}
			if value == nil {
				continue
			}
			name := a.Name
			a = *value
			a.Name = name
		}
		kept = append(kept, a)
	}
	n.Attributes = kept
	for _, sub := range n.Subgraphs() {
		for _, inner := range sub.Nodes {
			bindAttributes(inner, call, f)
		}
	}
}
