package training

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// Names of an epoch graph's inputs and outputs besides those of a step.
const (
	DataInput    = "data"
	LabelsInput  = "labels"
	OrderInput   = "order"
	LossesOutput = "losses"
)

// Pixels says that the data of an epoch graph are bytes, which the graph
// normalises as (byte/255 − mean)/std, by channel.
type Pixels struct{ Mean, Std []float64 }

// Epoch derives the graph of many steps: a Loop whose carried values are those
// of Step. Inputs are "data" (M×…, the model's input without its batch, or
// bytes of that shape when pixels is not nil), "labels" (int64, M), "order"
// (int64, steps×batch: the samples of each step), "lr" (float32, steps), "t"
// (int64, rank 0: the number of the first step, from 1) and every carried
// value X with its default; outputs are "losses" (float32, steps), "correct"
// (int64, steps) and "next.X". Nothing passes between the steps outside the
// graph. A last partial batch is one more run.
func (net *Net) Epoch(o Objective, opt Optimizer, pixels *Pixels) (*graphs.Model, error) {
	step, err := net.step(o, opt, epochNames())
	if err != nil {
		return nil, err
	}
	return wrap(step, pixels)
}

// epochNames are the names that an epoch graph has besides those of a step.
func epochNames() []string { return []string{DataInput, LabelsInput, OrderInput, LossesOutput} }

// wrap puts a step into a Loop.
func wrap(step *graphs.Model, pixels *Pixels) (*graphs.Model, error) {
	e := &epoch{step: step.Graph, input: step.Graph.Inputs[0], carried: step.Graph.Inputs[stepInputs:]}
	batch, err := e.batch(pixels)
	if err != nil {
		return nil, err
	}
	m := graphs.NewModel("epoch", step.Opset())
	m.Graph.Inputs = append(e.inputs(pixels), e.carried...)
	m.Graph.Outputs = e.outputs()
	m.Graph.Initializers = append(e.defaults(), graphs.NewTensor(goOn, graphs.Bool, nil, []float64{1}))
	m.Graph.Nodes = e.loop(batch)
	m.Metadata = step.Metadata
	return m, graphs.Check(m)
}

// stepInputs is the number of a step graph's inputs that are not carried: the
// model's own, label, lr and t.
const stepInputs = 4

// epoch is what an epoch graph is made of.
type epoch struct {
	step    *graphs.Graph
	input   *graphs.Value // the model's own
	carried []*graphs.Value
}

// Names inside the loop begin alike, which keeps them apart from those
// outside; so do the names that only the outer graph's own nodes use.
const (
	bodyPrefix = "step/"
	iteration  = bodyPrefix + "iteration"
	samples    = bodyPrefix + "samples"
	goOn       = "loop/continue"
)

func inside(name string) string {
	if name == "" {
		return ""
	}
	return bodyPrefix + name
}

// inputs are the outer graph's inputs that are not carried.
func (e *epoch) inputs(pixels *Pixels) []*graphs.Value {
	elem := e.input.Type.Elem
	if pixels != nil {
		elem = graphs.Uint8
	}
	count, steps, batch := graphs.Symbolic("samples"), graphs.Symbolic("steps"), graphs.Symbolic("batch")
	if own := e.input.Type.Shape[0]; own.IsKnown() {
		batch = own
	}
	return []*graphs.Value{
		{Name: DataInput, Type: graphs.Type{Elem: elem, Shape: append(graphs.Shape{count}, e.input.Type.Shape[1:]...)}},
		{Name: LabelsInput, Type: graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{count}}},
		{Name: OrderInput, Type: graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{steps, batch}}},
		{Name: RateInput, Type: graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{steps}}},
		{Name: StepInput, Type: graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{}}},
	}
}

// outputs are the outer graph's outputs, in the order in which the Loop gives
// them: carried values, then what it collects.
func (e *epoch) outputs() []*graphs.Value {
	steps := graphs.Shape{graphs.Symbolic("steps")}
	outputs := []*graphs.Value{
		{Name: LossesOutput, Type: graphs.Type{Elem: graphs.Float32, Shape: steps}},
		{Name: CorrectOutput, Type: graphs.Type{Elem: graphs.Int64, Shape: steps}},
	}
	for _, v := range e.carried {
		outputs = append(outputs, &graphs.Value{Name: nextPrefix + v.Name, Type: v.Type})
	}
	return outputs
}

// defaults are the initial values of what is carried.
func (e *epoch) defaults() []*graphs.Tensor {
	var out []*graphs.Tensor
	for _, v := range e.carried {
		out = append(out, e.step.Initializer(v.Name))
	}
	return out
}

// loop is the outer graph: as many turns as order has rows.
func (e *epoch) loop(batch []*graphs.Node) []*graphs.Node {
	const steps = "loop/steps"
	loop := &graphs.Node{Op: "Loop", Inputs: []string{steps, goOn}, Attributes: []graphs.Attribute{graphs.Subgraph("body", e.body(batch))}}
	for _, v := range e.carried {
		loop.Inputs = append(loop.Inputs, v.Name)
		loop.Outputs = append(loop.Outputs, nextPrefix+v.Name)
	}
	loop.Outputs = append(loop.Outputs, LossesOutput, CorrectOutput)
	rows := &graphs.Node{Op: "Shape", Inputs: []string{OrderInput}, Outputs: []string{steps},
		Attributes: []graphs.Attribute{graphs.Int("start", 0), graphs.Int("end", 1)}}
	return []*graphs.Node{rows, loop}
}

// body is one turn: the batch is taken from the data, then follows the step.
func (e *epoch) body(batch []*graphs.Node) *graphs.Graph {
	truth := graphs.Type{Elem: graphs.Bool, Shape: graphs.Shape{}}
	g := &graphs.Graph{
		Name: "step",
		Inputs: []*graphs.Value{
			{Name: iteration, Type: graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{}}},
			{Name: inside("continue"), Type: truth},
		},
		Outputs: []*graphs.Value{{Name: inside("next"), Type: truth}},
		Nodes: append(batch,
			node("Gather", inside(LabelInput), LabelsInput, samples),
			node("Gather", inside(RateInput), RateInput, iteration),
			node("Add", inside(StepInput), StepInput, iteration),
			node("Identity", inside("next"), inside("continue")),
		),
	}
	for _, v := range e.carried {
		g.Inputs = append(g.Inputs, &graphs.Value{Name: inside(v.Name), Type: v.Type})
		g.Outputs = append(g.Outputs, &graphs.Value{Name: inside(nextPrefix + v.Name), Type: v.Type})
	}
	for _, v := range e.step.Outputs[:2] { // loss and correct
		g.Outputs = append(g.Outputs, &graphs.Value{Name: inside(v.Name), Type: v.Type})
	}
	e.copyStep(g)
	return g
}

// node is one application of an operator to values and constants.
func node(op, output string, inputs ...string) *graphs.Node {
	return &graphs.Node{Op: op, Inputs: inputs, Outputs: []string{output}}
}

// batch takes the samples' rows of the data, normalised if they are bytes.
func (e *epoch) batch(pixels *Pixels) ([]*graphs.Node, error) {
	rows := node("Gather", samples, OrderInput, iteration)
	if pixels == nil {
		return []*graphs.Node{rows, node("Gather", inside(e.input.Name), DataInput, samples)}, nil
	}
	scale, shift, err := pixels.affine(e.input.Type)
	if err != nil {
		return nil, err
	}
	constant := func(name string, t *graphs.Tensor) *graphs.Node {
		n := node("Constant", name)
		n.Attributes = []graphs.Attribute{{Name: "value", Type: graphs.AttrTensor, Tensor: t}}
		return n
	}
	floats := node("Cast", bodyPrefix+"pixels.float", bodyPrefix+"pixels")
	floats.Attributes = []graphs.Attribute{graphs.Int("to", int64(e.input.Type.Elem))}
	return []*graphs.Node{
		rows, node("Gather", bodyPrefix+"pixels", DataInput, samples), floats,
		constant(bodyPrefix+"pixels.scale", scale), constant(bodyPrefix+"pixels.shift", shift),
		node("Mul", bodyPrefix+"pixels.scaled", bodyPrefix+"pixels.float", bodyPrefix+"pixels.scale"),
		node("Add", inside(e.input.Name), bodyPrefix+"pixels.scaled", bodyPrefix+"pixels.shift"),
	}, nil
}

// affine spells (x/255 − mean)/std as x·scale + shift, both C×1×….
func (p *Pixels) affine(data graphs.Type) (scale, shift *graphs.Tensor, err error) {
	c := len(p.Mean)
	if len(p.Std) != c || len(data.Shape) < 2 || data.Shape[1] != graphs.Known(int64(c)) {
		return nil, nil, fmt.Errorf("%d means and %d standard deviations for data of shape %s: one a channel is wanted", c, len(p.Std), data.Shape)
	}
	dims := []int64{int64(c)}
	for range data.Shape[2:] {
		dims = append(dims, 1)
	}
	scales, shifts := make([]float64, c), make([]float64, c)
	for i := range c {
		if !(p.Std[i] > 0) {
			return nil, nil, fmt.Errorf("standard deviation %g is not positive", p.Std[i])
		}
		scales[i], shifts[i] = 1/(255*p.Std[i]), -p.Mean[i]/p.Std[i]
	}
	return graphs.NewTensor("", data.Elem, dims, scales), graphs.NewTensor("", data.Elem, dims, shifts), nil
}

// copyStep appends the step's nodes and constants under their inside names.
func (e *epoch) copyStep(g *graphs.Graph) {
	for _, t := range e.step.Initializers {
		if e.step.Input(t.Name) != nil {
			continue // carried
		}
		named := *t
		named.Name = inside(t.Name)
		g.Initializers = append(g.Initializers, &named)
	}
	for _, n := range e.step.Nodes {
		n = n.Clone()
		n.Name = inside(n.Name)
		for _, names := range [][]string{n.Inputs, n.Outputs} {
			for i := range names {
				names[i] = inside(names[i])
			}
		}
		g.Nodes = append(g.Nodes, n)
	}
}
