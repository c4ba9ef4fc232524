package training

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/autodiff"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/passes/batchnorm"
)

// Objective is what a step minimises.
type Objective struct {
	Loss Loss
	// Decay is nil without separate decay.
	Decay *SepDecay
}

// Names of the inputs and outputs of derived graphs.
const (
	LabelInput    = "label"
	RateInput     = "lr"
	StepInput     = "t"
	LossOutput    = "loss"
	CorrectOutput = "correct"
	gradPrefix    = "grad."
	nextPrefix    = "next."
)

// derivation is a net on its way to a training graph.
type derivation struct {
	*graphs.Builder
	net   *Net
	label string
	// objective is what gradients flow through, rest what else the loss
	// holds, "" for nothing; both of rank 0.
	objective, rest string
	loss            string
	grads           map[string]string // by what is read of a parameter
	gradients       autodiff.Options  // but for the factor
	scales          []string          // what the update carries for itself
}

// derive appends loss and gradients to a copy of the net. The reserved names
// are those that the graph's own inputs and outputs will have.
func (net *Net) derive(o Objective, reserved []string) (*derivation, error) {
	d, err := net.begin(o, reserved)
	if err != nil {
		return nil, err
	}
	return d, d.differentiate(d.Scalar(graphs.Float32, 1))
}

// begin appends the loss to a copy of the net.
func (net *Net) begin(o Objective, reserved []string) (*derivation, error) {
	if len(net.Parameters) == 0 {
		return nil, net.nothingToTrain()
	}
	net, err := net.reserve(append(reserved, LabelInput, LossOutput))
	if err != nil {
		return nil, err
	}
	m := net.Model.Clone()
	m.Graph.Outputs = nil
	b, err := graphs.NewBuilder(m)
	if err != nil {
		return nil, err
	}
	if k := b.Shape(net.Logits); len(k) == 2 && k[1] == graphs.Known(1) {
		return nil, fmt.Errorf("the logits %q have shape %s: one output, with a sigmoid and binary cross-entropy, is not supported; a model with two is wanted", net.Logits, k)
	}
	d := &derivation{Builder: b, net: net}
	batch := b.Shape(net.Input)[0]
	d.label = b.Input(LabelInput, graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{batch}})
	d.objective = o.Loss.build(b, net.Logits, d.label)
	if o.Decay != nil {
		var penalty string
		penalty, d.rest = o.Decay.penalty(b, net)
		d.objective = b.Add(d.objective, penalty)
	}
	return d, b.Err()
}

// differentiate appends the gradients of the objective, times a factor.
func (d *derivation) differentiate(factor string) error {
	var err error
	options := d.gradients
	options.Factor = factor
	var reads []string
	for _, p := range d.net.Parameters {
		reads = append(reads, d.net.read(p.Name))
	}
	if d.grads, err = options.Gradients(d.Builder, d.objective, reads); err != nil {
		return err
	}
	if d.loss = d.objective; d.rest != "" {
		d.loss = d.Add(d.objective, d.rest)
	}
	return d.Err()
}

// nothingToTrain says why a net has no parameters.
func (net *Net) nothingToTrain() error {
	for _, t := range net.inUseOrder() {
		if t.Type.IsFloat() && t.Type != graphs.Float32 {
			return fmt.Errorf("nothing to train: %q holds %s, and only float32 is trained: convert the model to float32", t.Name, t.Type)
		}
	}
	return errors.New("nothing to train: no float32 initializer that a gradient reaches is a parameter; `memdil graph check` lists them, --params names some")
}

func (net *Net) parameterNames() []string {
	names := make([]string, len(net.Parameters))
	for i, p := range net.Parameters {
		names[i] = p.Name
	}
	return names
}

// reserve returns the net with values that bear a reserved name renamed. The
// input and what is carried must keep theirs: a clash is an error.
func (net *Net) reserve(reserved []string) (*Net, error) {
	if err := refuseClash(append(net.carriedNames(), net.Input), reserved); err != nil {
		return nil, err
	}
	renamed := *net
	renamed.Model = net.Model.Clone()
	names := graphs.NewNames(net.Model.Graph)
	for _, name := range reserved {
		if names.Has(name) {
			renamed.rename(name, names.Fresh(name+".inner"))
		}
	}
	return &renamed, nil
}

// carriedNames returns the names of parameters and running statistics.
func (net *Net) carriedNames() []string {
	names := net.parameterNames()
	for _, s := range net.Buffers {
		names = append(names, s.Name)
	}
	return names
}

// refuseClash returns an error when a name of the model's own is reserved.
func refuseClash(own, reserved []string) error {
	taken := map[string]bool{}
	for _, name := range reserved {
		taken[name] = true
	}
	for _, name := range own {
		if taken[name] {
			return fmt.Errorf("the model's %q has the name of an input or output of the training graph: rename it in the model", name)
		}
	}
	return nil
}

// rename renames a value inside the net.
func (net *Net) rename(from, to string) {
	net.Model = passes.Rename(net.Model, from, to)
	for _, name := range []*string{&net.Logits, &net.Features, &net.Classifier.Input, &net.Classifier.Weight, &net.Classifier.Bias} {
		if *name == from {
			*name = to
		}
	}
	buffers := make([]Buffer, len(net.Buffers))
	for i, s := range net.Buffers {
		if s.norm == from {
			s.norm = to
		}
		buffers[i] = s
	}
	net.Buffers = buffers
	if bias, ok := net.shifts[from]; ok {
		net.shifts = maps.Clone(net.shifts)
		delete(net.shifts, from)
		net.shifts[to] = bias
	}
	for parameter, product := range net.products {
		if product == from {
			net.products = maps.Clone(net.products)
			net.products[parameter] = to
		}
	}
}

// emit makes a value a graph output under a name of its own.
func (d *derivation) emit(name, value string) {
	d.Output(d.Named(name, "Identity", []string{value}))
}

// grad returns the gradient of a parameter.
func (d *derivation) grad(p Parameter) string {
	g, ok := d.grads[d.net.read(p.Name)]
	if !ok && d.net.spared[p.Name] {
		return d.Const(graphs.NewFloats("", p.Value.Dims, make([]float32, p.Value.Len())))
	}
	if !ok {
		d.Failf("parameter %q does not influence the loss: leave it out with --freeze", p.Name)
	}
	return g
}

// finish lowers, tidies and labels the derived graph.
func (d *derivation) finish(name string) (*graphs.Model, error) {
	if err := d.Err(); err != nil {
		return nil, err
	}
	m, err := batchnorm.Lower(d.Model())
	if err != nil {
		return nil, err
	}
	if m, err = d.tidy(m); err != nil {
		return nil, err
	}
	dropUnusedDomains(m)
	m.IRVersion = graphs.IRVersion
	m.ProducerName, m.ProducerVersion = "memdil", ""
	m.Graph.Name = name
	return m, nil
}

// dropUnusedDomains removes operator sets that no node needs, mostly all but the
// standard operators, and functions, which are inlined by now.
func dropUnusedDomains(m *graphs.Model) {
	used := map[string]int64{"": m.Opset()}
	var use func(g *graphs.Graph)
	use = func(g *graphs.Graph) {
		for _, n := range g.Nodes {
			if version, ok := m.Opsets[n.Domain]; ok {
				used[n.Domain] = version
			}
			for _, sub := range n.Subgraphs() {
				use(sub)
			}
		}
	}
	use(m.Graph)
	m.Opsets, m.Functions = used, nil
}

// tidy makes m lean. Logits and features keep their names, by which the
// metadata and the user know them.
func (d *derivation) tidy(m *graphs.Model) (*graphs.Model, error) {
	g, outputs := m.Graph, m.Graph.Outputs
	for _, name := range []string{d.net.Logits, d.net.Features} {
		if g.Maker(name) != nil && g.Output(name) == nil {
			g.Outputs = append(g.Outputs, &graphs.Value{Name: name})
		}
	}
	m, err := passes.Tidy(m, d.net.kept())
	if err != nil {
		return nil, err
	}
	m.Graph.Outputs = m.Graph.Outputs[:len(outputs)]
	return passes.Prune(m), nil
}

// kept returns the constants that must stay visible as such: what is trained
// and what training updates.
func (net *Net) kept() map[string]bool {
	kept := map[string]bool{}
	for _, p := range net.Parameters {
		kept[p.Name] = true
	}
	for _, s := range net.Buffers {
		kept[s.Name] = true
	}
	return kept
}

// describe stores v as JSON in the model's metadata.
func describe(m *graphs.Model, key string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic("training: metadata " + key + ": " + err.Error())
	}
	m.SetMeta("memdil."+key, string(text))
}
