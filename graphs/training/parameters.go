package training

import (
	"fmt"
	"slices"
	"strings"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/autodiff"
)

// role is what a consumer uses an initializer as.
type role struct {
	kind roleKind
	// use describes the consumer, for messages.
	use string
	// norm is the output of the BatchNormalization that keeps a statistic.
	norm string
}

type roleKind int

const (
	weight    roleKind = iota // trained
	mean                      // running mean
	variance                  // running variance
	oneNumber                 // a scale factor of one element: not trained
	mask                      // zeros and ones, or zeros and −∞: not trained
	constant                  // a Constant node where any constant may stand: not trained
	neutral                   // ones or zeros for a normalisation without scale and shift: not trained
	buffer                    // what the exporter calls a buffer or constant of the network: not trained
	filter                    // one filter for every channel, as blurs: not trained
	grid                      // coordinates: not trained
)

// parameterInputs lists, by operator, the inputs at which only a parameter
// makes sense.
var parameterInputs = map[string][]int{
	"BatchNormalization": {1, 2}, "Conv": {1, 2}, "ConvTranspose": {1, 2}, "Gemm": {0, 1, 2},
	"GroupNormalization": {1, 2}, "InstanceNormalization": {1, 2},
	"LayerNormalization": {1, 2}, "MatMul": {0, 1}, "PRelu": {1}, "RMSNormalization": {1},
}

// statistic reports whether input i of n is a running statistic.
func statistic(n *graphs.Node, i int) bool {
	return n.StandardOp() == "BatchNormalization" && (i == 3 || i == 4)
}

// roleOf says what node n uses the initializer t at input i as.
func (net *Net) roleOf(n *graphs.Node, i int, t *graphs.Tensor, around surroundings) role {
	r := role{kind: weight, use: fmt.Sprintf("input %d of %s", i, n.Label())}
	parameter, said := net.declared[t.Name]
	op := n.StandardOp()
	switch {
	case statistic(n, i):
		r.kind, r.norm = mean, n.Outputs[0]
		if i == 4 {
			r.kind = variance
		}
	case said && !parameter:
		r.kind = buffer
	case said: // a weight
	case net.isNeutral(n, i, t, around):
		r.kind = neutral
	case op == "Conv" && i == 1 && isFilter(t):
		r.kind = filter
	case (op == "MatMul" || op == "Gemm") && i == 0 && isGrid(t):
		r.kind = grid
	case slices.Contains(parameterInputs[op], i):
	case around.slopes[n.Output(0)]: // PRelu's
	case net.ownNumbers[t.Name]: // a weight
	case t.Len() == 1:
		r.kind = oneNumber
	case net.constants[t.Name]:
		r.kind = constant
	case isMask(t), strings.HasPrefix(op, "Scatter") && isUniform(t): // a region's number
		r.kind = mask
	}
	return r
}

// use is one place where an initializer is read.
type use struct {
	node  *graphs.Node
	input int
	role  role
}

// onlyParameter reports whether nothing but a parameter makes sense there.
func (u use) onlyParameter() bool {
	return slices.Contains(parameterInputs[u.node.StandardOp()], u.input)
}

// findParameters decides for every float32 initializer whether it is trained,
// splitting those used in two roles.
func (net *Net) findParameters(opts Options) error {
	chosen, err := matcher(opts.Params)
	if err != nil {
		return fmt.Errorf("--params: %w", err)
	}
	frozen, err := matcher(opts.Freeze)
	if err != nil {
		return fmt.Errorf("--freeze: %w", err)
	}
	net.frozen = frozen
	net.splitRoles()
	reached, uses := net.reached(), net.uses()
	var cut []string // weights that would be trained, if a gradient reached them
	for _, t := range net.inUseOrder() {
		r := uses[t.Name][0].role
		if t.Type != graphs.Float32 {
			continue
		}
		if r.norm != "" {
			net.Buffers = append(net.Buffers, Buffer{Name: t.Name, Value: t, norm: r.norm, variance: r.kind == variance})
		}
		trained, reason := r.kind == weight, reasons[r.kind]+r.use
		switch {
		case r.norm != "":
		case !reached[t.Name]:
			if trained && uses[t.Name][0].onlyParameter() && !frozen(t.Name) && (len(opts.Params) == 0 || chosen(t.Name)) {
				cut = append(cut, t.Name)
			}
			trained, reason = false, "no gradient reaches it: "+r.use
		case len(opts.Params) > 0 && chosen(t.Name):
			trained, reason = true, "named by --params: "+r.use
		case len(opts.Params) > 0:
			trained, reason = false, "not named by --params"
		}
		if trained && frozen(t.Name) {
			trained, reason = false, "frozen by --freeze"
		}
		net.record(t, uses[t.Name], trained, reason)
	}
	net.warnBlocked(cut)
	net.warnUnmatched("--params", opts.Params)
	net.warnUnmatched("--freeze", opts.Freeze)
	return nil
}

// warnUnmatched warns of patterns that name no tensor: a slip of the pen would
// otherwise train what was to be frozen.
func (net *Net) warnUnmatched(flag string, patterns []string) {
	for _, p := range patterns {
		match, err := matcher([]string{p})
		if err == nil && !slices.ContainsFunc(net.Tensors, func(t Tensor) bool { return match(t.Name) }) {
			net.warn("%s %q matches no float32 tensor that the logits need", flag, p)
		}
	}
}

// reasons begin the explanation of each role.
var reasons = map[roleKind]string{
	weight: "weight: ", mean: "running mean: ", variance: "running variance: ",
	oneNumber: "a single number: ", mask: "a mask: ", constant: "a constant: ",
	neutral: "ones or zeros for want of a scale or shift: ", buffer: "no parameter, says the exporter: ",
	filter: "one filter for every channel: ", grid: "coordinates: ",
}

// reached returns the initializers to which gradients of the logits flow.
func (net *Net) reached() map[string]bool {
	var names []string
	for _, t := range net.Model.Graph.Initializers {
		if t.Type == graphs.Float32 {
			names = append(names, t.Name)
		}
	}
	return autodiff.Reached(net.Model.Graph, net.Logits, names)
}

func (net *Net) record(t *graphs.Tensor, uses []use, trained bool, reason string) {
	net.Tensors = append(net.Tensors, Tensor{Name: t.Name, Shape: t.Dims, Trained: trained, Reason: reason})
	if !trained {
		if uses[0].role.kind == oneNumber && !net.constants[t.Name] {
			net.warn("%q has one element and is taken for a constant: train it with --params if it is a parameter", t.Name)
		}
		return
	}
	net.Parameters = append(net.Parameters, Parameter{Name: t.Name, Value: t})
	if len(uses) > 1 {
		net.warn("parameter %q is shared by %d consumers", t.Name, len(uses))
	}
	if t.Len() == 1 {
		net.warn("parameter %q has one element: if it is a constant, keep it with --freeze", t.Name)
	}
	if net.batchSized(t, uses[0]) {
		net.warn("parameter %q has a first dimension of the batch's size, %d: an exporter may have expanded it", t.Name, t.Dims[0])
	}
}

// batchSized reports whether t looks like a parameter that was repeated for
// every sample of a fixed batch.
func (net *Net) batchSized(t *graphs.Tensor, u use) bool {
	batch := net.Model.Graph.Input(net.Input).Type.Shape[0]
	return batch.IsKnown() && batch.Size > 1 && len(t.Dims) > 1 && t.Dims[0] == batch.Size && !u.onlyParameter()
}

func (net *Net) warn(format string, args ...any) {
	net.Warnings = append(net.Warnings, fmt.Sprintf(format, args...))
}

// uses returns where each initializer is read.
func (net *Net) uses() map[string][]use {
	byName := initializers(net.Model.Graph)
	around := newSurroundings(net.Model.Graph)
	uses := map[string][]use{}
	for _, n := range net.Model.Graph.Nodes {
		for i, in := range n.Inputs {
			if t := byName[in]; t != nil {
				uses[in] = append(uses[in], use{n, i, net.roleOf(n, i, t, around)})
			}
		}
	}
	return uses
}

// initializers returns the initializers of g by name.
func initializers(g *graphs.Graph) map[string]*graphs.Tensor {
	byName := make(map[string]*graphs.Tensor, len(g.Initializers))
	for _, t := range g.Initializers {
		byName[t.Name] = t
	}
	return byName
}

// inUseOrder returns the initializers that nodes read, in the order of first
// use.
func (net *Net) inUseOrder() []*graphs.Tensor {
	byName := initializers(net.Model.Graph)
	var out []*graphs.Tensor
	for _, n := range net.Model.Graph.Nodes {
		for _, in := range n.Inputs {
			if t, ok := byName[in]; ok {
				out = append(out, t)
				delete(byName, in)
			}
		}
	}
	return out
}
