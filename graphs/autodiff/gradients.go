package autodiff

import (
	"fmt"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// Gradients appends to b's graph the nodes that compute the gradient of loss,
// a floating-point scalar, with respect to each value in wrt, and returns the
// names of the gradients; each has the type of its value. A value that loss
// does not depend on has no entry.
//
// An operator without a rule, or with one that does not cover the input in
// question, is an error naming the node if it lies between a value in wrt and
// the loss; elsewhere it is harmless.
func Gradients(b *graphs.Builder, loss string, wrt []string) (map[string]string, error) {
	return Options{}.Gradients(b, loss, wrt)
}

// Options are choices among ways to compute the same gradients. The zero value
// is what [Gradients] does.
type Options struct {
	// Factor names a scalar of the loss's type by which all gradients are
	// multiplied, 1 by default: the walk starts from it, so that the product
	// costs no operator.
	Factor string
	// Unfold computes the gradient by a convolution's weights as one matrix
	// product with the unfolded planes, instead of as a convolution: more
	// memory, but on a GPU, whose convolutions are made for small kernels, ten
	// times faster.
	Unfold bool
	// Unfolded reports of which convolutions, by the shapes of their weights and
	// of what they make, the planes will be unfolded for other ends as well, as
	// [graphs.Builder.Unfold] does. By default of none.
	Unfolded func(w, y graphs.Shape) bool
}

// Gradients is the function of that name with these options.
func (o Options) Gradients(b *graphs.Builder, loss string, wrt []string) (map[string]string, error) {
	factor := o.Factor
	if factor == "" {
		factor = b.Like(loss, 1)
	}
	for _, scalar := range []string{loss, factor} {
		if t := b.Info(scalar).Type; !t.Elem.IsFloat() || !t.Shape.Equals(graphs.Shape{}) {
			return nil, fmt.Errorf("autodiff: %q has type %s, not that of a floating-point scalar", scalar, t)
		}
	}
	w := &walk{b: b, options: o, active: map[string]bool{}, grads: map[string]string{}}
	for _, name := range wrt {
		w.active[name] = true
	}
	path := w.path(b.Model().Graph.Nodes, loss)
	if missing := withoutRule(path); len(missing) > 0 {
		return nil, missingError(missing)
	}
	w.readers = readersOf(path)
	w.grads[loss] = factor
	for _, n := range slices.Backward(path) {
		if err := w.visit(n); err != nil {
			return nil, fmt.Errorf("gradient of %s: %w", n.Label(), err)
		}
	}
	out := map[string]string{}
	for _, name := range wrt {
		if g, ok := w.grads[name]; ok {
			out[name] = g
		}
	}
	return out, nil
}

// Reached returns those of the named values to which a gradient of target
// flows, as far as the rules tell; unknown operators count as letting it
// through.
func Reached(g *graphs.Graph, target string, names []string) map[string]bool {
	w := &walk{active: map[string]bool{}}
	for _, name := range names {
		w.active[name] = true
	}
	read := map[string]bool{}
	for _, n := range w.path(g.Nodes, target) {
		for i, in := range n.Inputs {
			read[in] = read[in] || flows(n, i)
		}
		for _, in := range n.Captures() {
			read[in] = true
		}
	}
	reached := map[string]bool{}
	for _, name := range names {
		reached[name] = read[name]
	}
	return reached
}

// Missing returns the nodes between the named values and the target whose
// operator has no rule: those that Gradients refuses.
func Missing(g *graphs.Graph, target string, names []string) []*graphs.Node {
	w := &walk{active: map[string]bool{}}
	for _, name := range names {
		w.active[name] = true
	}
	return withoutRule(w.path(g.Nodes, target))
}

func withoutRule(path []*graphs.Node) (missing []*graphs.Node) {
	for _, n := range path {
		if _, ok := lookup(n); !ok {
			missing = append(missing, n)
		}
	}
	return missing
}

// walk is one reverse pass.
type walk struct {
	b       *graphs.Builder
	options Options
	active  map[string]bool   // values that depend on one in wrt
	grads   map[string]string // value → its gradient so far
	// readers are the nodes on the path that read a value.
	readers map[string][]*graphs.Node
}

// path returns the nodes between the values in wrt and the loss, and marks
// what depends on the former.
func (w *walk) path(nodes []*graphs.Node, loss string) []*graphs.Node {
	var dependent []*graphs.Node
	for _, n := range nodes {
		if w.depends(n) {
			dependent = append(dependent, n)
			_, known := lookup(n)
			for _, o := range n.Outputs { // of unknown operators all, such as QuantizeLinear
				w.active[o] = !known || w.carries(o)
			}
		}
	}
	delete(w.active, "")
	needed := map[string]bool{loss: true}
	var path []*graphs.Node
	for _, n := range slices.Backward(dependent) {
		if !anyOf(n.Outputs, needed) {
			continue
		}
		path = append(path, n)
		for j, in := range n.Inputs {
			if flows(n, j) {
				needed[in] = true
			}
		}
		for _, in := range n.Captures() {
			needed[in] = true
		}
	}
	for i, j := 0, len(path)-1; i < j; i, j = i+1, j-1 {
		path[i], path[j] = path[j], path[i]
	}
	return path
}

// carries reports whether a value can have a gradient: integers and truth
// values have none, whatever they were computed from.
func (w *walk) carries(name string) bool {
	if w.b == nil {
		return true
	}
	elem := w.b.Elem(name)
	return elem.IsFloat() || elem == graphs.Undefined
}

// depends reports whether a gradient could flow from n to a value in wrt.
func (w *walk) depends(n *graphs.Node) bool {
	for i, in := range n.Inputs {
		if w.active[in] && flows(n, i) {
			return true
		}
	}
	return anyOf(n.Captures(), w.active)
}

// flows reports whether gradients pass through input i of n; unknown
// operators count, so that they are reported.
func flows(n *graphs.Node, i int) bool {
	r, ok := lookup(n)
	return !ok || r.kind(i) != 'x'
}

func lookup(n *graphs.Node) (rule, bool) {
	r, ok := rules[n.StandardOp()]
	return r, ok
}

func anyOf(names []string, set map[string]bool) bool {
	for _, name := range names {
		if set[name] {
			return true
		}
	}
	return false
}

// visit applies the rule of one node and hands its results on.
func (w *walk) visit(n *graphs.Node) error {
	r, _ := lookup(n)
	c := &call{Builder: w.b, node: n, options: w.options, readers: w.readers, dy: make([]string, len(n.Outputs))}
	reached := false
	for i, o := range n.Outputs {
		c.dy[i] = w.grads[o]
		reached = reached || c.dy[i] != ""
	}
	if !reached {
		return nil
	}
	for i := 1; i < len(n.Outputs) && !r.outputs; i++ {
		if c.dy[i] != "" {
			return fmt.Errorf("no derivative of output %d (%q): only that of the first output is known", i, n.Outputs[i])
		}
	}
	for i, in := range n.Inputs {
		if w.active[in] && r.kind(i) == 'n' {
			return fmt.Errorf("no derivative by input %d (%q): %s", i, in, r.why)
		}
	}
	return w.hand(n, r, r.grad(c))
}

func opName(n *graphs.Node) string {
	if n.Domain != "" {
		return n.Domain + "." + n.Op
	}
	return n.Op
}

// hand checks a rule's gradients and adds each to its input's.
func (w *walk) hand(n *graphs.Node, r rule, grads []string) error {
	if err := w.b.Err(); err != nil {
		return err
	}
	if len(grads) > len(n.Inputs) {
		return fmt.Errorf("rule gave %d gradients for %d inputs", len(grads), len(n.Inputs))
	}
	for i, in := range n.Inputs {
		if !w.active[in] || r.kind(i) != 'd' {
			continue
		}
		if i >= len(grads) || grads[i] == "" {
			return fmt.Errorf("rule gave no gradient for input %d (%q)", i, in)
		}
		g, err := w.fit(r, grads[i], in)
		if err != nil {
			return fmt.Errorf("input %d (%q): %w", i, in, err)
		}
		if sum, ok := w.grads[in]; ok {
			g = w.b.Add(sum, g)
		}
		w.grads[in] = g
	}
	return w.b.Err()
}

// fit sums a gradient over the axes along which its value was broadcast, and
// checks that it then has the value's type.
func (w *walk) fit(r rule, grad, value string) (string, error) {
	want := w.b.Info(value).Type
	if got := w.b.Elem(grad); got != want.Elem && want.Elem != graphs.Undefined {
		return "", fmt.Errorf("gradient of type %s for a value of type %s", got, want.Elem)
	}
	if !r.moves {
		grad = unbroadcast(w.b, grad, value)
	}
	if err := w.b.Err(); err != nil {
		return "", err
	}
	if got := w.b.Shape(grad); !got.Compatible(want.Shape) {
		return "", fmt.Errorf("gradient of shape %s for a value of shape %s", got, want.Shape)
	}
	return grad, nil
}
