package training

import (
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
	if pixels.crops() {
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

// outer is the graph around the turns in the making.
type outer struct {
	*turn
	graph *graphs.Graph
	whole map[string]string // bundles put together so far
}

// form is how turns carry parameters p and their momentum v: as something else
// than the caller knows.
type form interface {
	// scales reports whether p is carried as something else, too.
	scales() bool
	// enter returns what the turns begin with for v.
	enter(o *outer, slot, v string, p func() string) string
	// begin is called before what leaves; scale is what the turns leave of the
	// value that the form carries for itself, "" for none.
	begin(o *outer, scale string)
	// leaveParameter and leaveMomentum make p and v, called to, of what the
	// turns leave of them.
	leaveParameter(o *outer, to, p string)
	leaveMomentum(o *outer, to, v, p string)
}

// around returns what makes a graph around the turns.
func (t *turn) around(g *graphs.Graph) *outer {
	return &outer{turn: t, graph: g, whole: map[string]string{}}
}

// parameterOf returns the parameter whose momentum a carried value is, "" when
// it is none.
func (t *turn) parameterOf(name string) string {
	for _, p := range t.inner.Parameters {
		for _, suffix := range t.opt.Slots() {
			if name == p.Name+suffix {
				return p.Name
			}
		}
	}
	return ""
}

// Names of the outer graph's own values begin alike.
const outerPrefix = "loop/"

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

// leaveAll brings all that is carried into the caller's form; left tells the
// names of what the turns leave.
func (o *outer) leaveAll(left func(name string) string) {
	if o.form != nil {
		scale := ""
		if len(o.scales) > 0 {
			scale = left(o.scales[0])
		}
		o.form.begin(o, scale)
	}
	for _, v := range o.carried() {
		if !o.isScale(v.Name) {
			o.leave(v.Name, left)
		}
	}
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

func (o *outer) add(n *graphs.Node) { o.graph.Nodes = append(o.graph.Nodes, n) }

// constant returns the name of a constant of the outer graph.
func (o *outer) constant(t *graphs.Tensor) string {
	if o.graph.Initializer(t.Name) == nil {
		o.graph.Initializers = append(o.graph.Initializers, t)
	}
	return t.Name
}

// enter returns the value with which the Loop begins to carry name.
func (o *outer) enter(name string) string {
	from := name
	if members := o.held[name]; members != nil {
		from = o.join(name, members)
	} else if o.isScale(name) {
		one := *o.step.Graph.Initializer(name)
		one.Name = outerPrefix + name
		return o.constant(&one)
	}
	p := o.parameterOf(name)
	if o.form == nil || p == "" {
		return from
	}
	return o.form.enter(o, name, from, func() string { return o.enter(p) })
}

// left is the name of what the Loop returns for name: the outer graph's own
// output where that needs no further form.
func (o *outer) left(name string) string {
	if o.held[name] != nil || o.isScale(name) || o.formed(name) {
		return outerPrefix + nextPrefix + name
	}
	return nextPrefix + name
}

// leave brings what the turns leave of name into the caller's form.
func (o *outer) leave(name string, left func(name string) string) {
	value, to := left(name), nextPrefix+name
	members := o.held[name]
	if members != nil {
		to = outerPrefix + "whole/" + name
	}
	p := o.parameterOf(name)
	switch {
	case o.formed(name) && p != "":
		o.form.leaveMomentum(o, to, value, left(p))
	case o.formed(name):
		o.form.leaveParameter(o, to, value)
	case members != nil:
		to = value
	case value != to:
		o.add(node("Identity", to, value))
	}
	if members != nil {
		o.cut(name, to, members)
	}
}

// isScale reports whether the body carries name for the update alone.
func (o *outer) isScale(name string) bool { return slices.Contains(o.scales, name) }

// formed reports whether the body carries something else than the caller's name.
func (o *outer) formed(name string) bool {
	if o.form == nil {
		return false
	}
	isParameter := slices.ContainsFunc(o.inner.Parameters, func(p Parameter) bool { return p.Name == name })
	return o.parameterOf(name) != "" || isParameter && o.form.scales()
}

// join appends the nodes that put tensors into one strip.
func (o *outer) join(name string, members []*graphs.Tensor) string {
	if whole := o.whole[name]; whole != "" {
		return whole
	}
	shape := o.constant(graphs.NewInts(outerPrefix+"strip", []int64{int64(o.rank)}, o.dims(-1)))
	joined := &graphs.Node{Op: "Concat", Outputs: []string{outerPrefix + name}, Attributes: []graphs.Attribute{o.along()}}
	for _, t := range members {
		o.add(node("Reshape", outerPrefix+"strip/"+t.Name, t.Name, shape))
		joined.Inputs = append(joined.Inputs, outerPrefix+"strip/"+t.Name)
	}
	o.add(joined)
	o.whole[name] = joined.Outputs[0]
	return joined.Outputs[0]
}

// cut appends the nodes that take tensors out of one strip again.
func (o *outer) cut(name, value string, members []*graphs.Tensor) {
	sizes := o.constant(graphs.NewInts(outerPrefix+"sizes/"+name, []int64{int64(len(members))}, lengths(members)))
	split := node("Split", "", value, sizes)
	split.Outputs, split.Attributes = nil, []graphs.Attribute{o.along()}
	o.add(split)
	for _, t := range members {
		piece := outerPrefix + "piece/" + t.Name
		split.Outputs = append(split.Outputs, piece)
		shape := o.constant(graphs.NewInts(outerPrefix+"shape/"+t.Name, []int64{int64(len(t.Dims))}, t.Dims))
		o.add(node("Reshape", nextPrefix+t.Name, piece, shape))
	}
}
