package training

import (
	"maps"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// loop puts the turn into a Loop that repeats it for every row of "order". What
// the body carries in a bundle or in another form than the caller knows is
// brought into that form before the Loop and back after it.
func (t *turn) loop(name string, pixels *Pixels) (*graphs.Model, error) {
	inputs, batch, err := t.given(pixels)
	if err != nil {
		return nil, err
	}
	m := graphs.NewModel(name, t.step.Opset())
	m.Opsets = maps.Clone(t.step.Opsets)
	outside := t.outside()
	m.Graph.Inputs = append(inputs, declared(outside, "")...)
	m.Graph.Outputs = append(loopOutputs(), declared(outside, nextPrefix)...)
	m.Graph.Initializers = append(outside, graphs.NewTensor(goOn, graphs.Bool, nil, []float64{1}))
	t.around(m.Graph).repeat(batch)
	t.net.describeStep(m, t.inner, t.net.slotNames(t.opt))
	return m, graphs.Check(m)
}

// given returns the inputs that are not carried, and the nodes that take a
// turn's batch out of them.
func (t *turn) given(pixels *Pixels) (inputs []*graphs.Value, batch []*graphs.Node, err error) {
	input := t.step.Graph.Inputs[0]
	if batch, err = pixels.batch(input); err != nil {
		return nil, nil, err
	}
	inputs = loopInputs(input, pixels)
	if pixels.Crops() {
		inputs = append(inputs, augmentation(input.Type.Shape[0]))
	}
	return inputs, batch, nil
}

// outside returns what the caller carries, as it starts: parameters, their
// slots, statistics.
func (t *turn) outside() []*graphs.Tensor {
	var out, slots []*graphs.Tensor
	for _, p := range t.net.Parameters {
		out = append(out, p.Value)
		for _, suffix := range t.opt.Slots() {
			slots = append(slots, zeros([]*graphs.Tensor{p.Value}, suffix)...)
		}
	}
	out = append(out, slots...)
	for _, s := range t.net.Buffers {
		out = append(out, s.Value)
	}
	return out
}

// loopInputs are the outer graph's inputs that are not carried.
func loopInputs(input *graphs.Value, pixels *Pixels) []*graphs.Value {
	elem := input.Type.Elem
	if pixels != nil {
		elem = graphs.Uint8
	}
	count, steps, batch := graphs.Symbolic("samples"), graphs.Symbolic("steps"), graphs.Symbolic("batch")
	if own := input.Type.Shape[0]; own.IsKnown() {
		batch = own
	}
	return []*graphs.Value{
		{Name: DataInput, Type: graphs.Type{Elem: elem, Shape: append(graphs.Shape{count}, input.Type.Shape[1:]...)}},
		{Name: LabelsInput, Type: graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{count}}},
		{Name: OrderInput, Type: graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{steps, batch}}},
		{Name: RateInput, Type: graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{steps}}},
		{Name: StepInput, Type: graphs.Type{Elem: graphs.Int64, Shape: graphs.Shape{}}},
	}
}

// loopOutputs are the outer graph's outputs that are not carried.
func loopOutputs() []*graphs.Value {
	steps := graphs.Shape{graphs.Symbolic("steps")}
	return []*graphs.Value{
		{Name: LossesOutput, Type: graphs.Type{Elem: graphs.Float32, Shape: steps}},
		{Name: CorrectOutput, Type: graphs.Type{Elem: graphs.Int64, Shape: steps}},
	}
}

// declared returns what declares tensors under their names behind a prefix.
func declared(tensors []*graphs.Tensor, prefix string) []*graphs.Value {
	var out []*graphs.Value
	for _, t := range tensors {
		out = append(out, &graphs.Value{Name: prefix + t.Name, Type: t.TensorType()})
	}
	return out
}

// repeat appends the Loop, with what leads into it and out of it. Where several
// turns are taken at once, a second Loop takes those that are left.
func (o *outer) repeat(batch []*graphs.Node) {
	const steps = outerPrefix + "steps"
	rows := node("Shape", steps, OrderInput)
	rows.Attributes = []graphs.Attribute{graphs.Int("start", 0), graphs.Int("end", 1)}
	o.add(rows)
	values := []string{o.constant(graphs.NewInts(outerPrefix+"first", nil, []int64{0}))}
	for _, v := range o.carried() {
		values = append(values, o.enter(v.Name))
	}
	last := []string{outerPrefix + "turns"}
	for _, v := range o.carried() {
		last = append(last, o.left(v.Name))
	}
	body := o.body(batch)
	if o.atOnce > 1 {
		o.repeatUnrolled(body, steps, values, last)
	} else {
		o.turns(steps, body, values, append(last, LossesOutput, CorrectOutput))
	}
	o.leaveAll(o.left)
}

// carried are the values that the body carries besides the number of the turn.
func (t *turn) carried() []*graphs.Value { return t.step.Graph.Inputs[stepInputs:] }

// turns appends one Loop.
func (o *outer) turns(count string, body *graphs.Graph, inputs, outputs []string) {
	o.add(&graphs.Node{Op: "Loop", Inputs: append([]string{count, goOn}, inputs...), Outputs: outputs,
		Attributes: []graphs.Attribute{graphs.Subgraph("body", body)}})
}

// repeatUnrolled appends two Loops, one of several turns at once and one of
// what is left.
func (o *outer) repeatUnrolled(body *graphs.Graph, steps string, inputs, outputs []string) {
	const most, rest = outerPrefix + "most", outerPrefix + "rest"
	times := o.constant(graphs.NewInts(outerPrefix+"at once", []int64{1}, []int64{int64(o.atOnce)}))
	o.add(node("Div", most, steps, times))
	o.add(node("Mod", rest, steps, times))
	between := make([]string, len(inputs))
	for i, name := range outputs {
		between[i] = outerPrefix + "between/" + name
	}
	parts := map[string][2]string{}
	for _, name := range []string{LossesOutput, CorrectOutput} {
		parts[name] = [2]string{outerPrefix + "most/" + name, outerPrefix + "rest/" + name}
	}
	o.turns(most, unroll(body, o.atOnce), inputs, append(slices.Clone(between), parts[LossesOutput][0], parts[CorrectOutput][0]))
	o.turns(rest, body, between, append(outputs, parts[LossesOutput][1], parts[CorrectOutput][1]))
	flat := o.constant(graphs.NewInts(outerPrefix+"flat", []int64{1}, []int64{-1}))
	for _, name := range []string{LossesOutput, CorrectOutput} {
		line := outerPrefix + "line/" + name
		o.add(node("Reshape", line, parts[name][0], flat))
		joined := node("Concat", name, line, parts[name][1])
		joined.Attributes = []graphs.Attribute{graphs.Int("axis", 0)}
		o.add(joined)
	}
}
