package training

import (
	"fmt"
	"maps"
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Recording is the device loop for a GPU that records what it is told to do and
// replays it, which a Loop forbids: its graph in three parts. A run of many
// steps, at most LongestRun, is one of Enter, one of Turn for every step, one of
// Leave.
//
// Enter has the carried values of Device for inputs, and outputs the State with
// which a run begins but for "losses" and "correct", which may begin as anything.
// Turn has all other inputs of Device, and those of the State; what it makes of
// each is an output. Leave has inputs of the State, and the carried outputs of
// Device. Elements of "losses" and "correct", [steps], are written by the steps
// of their numbers.
type Recording struct {
	Enter, Turn, Leave *graphs.Model
	State              []Carried
}

// Carried is a value that passes from turn to turn.
type Carried struct {
	Name string // of Turn's input, Enter's output, Leave's input
	Next string // of Turn's output
	Type graphs.Type
}

// Recording derives the three parts. They do together what Device's graph does,
// to rounding. A step that draws random numbers or decides what to run
// is an error: a replay would do as the first time. With a Rate in d the parts are
// for the optimizer's SteadyRate of it only.
func (net *Net) Recording(o Objective, opt Optimizer, d DeviceOptions) (*Recording, error) {
	t, err := net.deviceTurn(o, opt, d)
	if err != nil {
		return nil, err
	}
	for _, n := range t.step.Graph.Nodes {
		if passes.Draws(n) || len(n.Subgraphs()) > 0 {
			return nil, fmt.Errorf("%s cannot be recorded: it draws random numbers, or decides what to run", n.Label())
		}
	}
	r := &Recording{Enter: t.enterModel(), Leave: t.leaveModel()}
	if r.Turn, r.State, err = t.turnModel(d.Pixels); err != nil {
		return nil, err
	}
	for _, m := range []*graphs.Model{r.Enter, r.Turn, r.Leave} {
		if err := graphs.Check(m); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (t *turn) enterModel() *graphs.Model {
	m := graphs.NewModel("enter", t.step.Opset())
	o := t.around(m.Graph)
	m.Graph.Inputs = declared(t.outside(), "")
	give := func(name, from string, as graphs.Type) {
		o.add(node("Identity", name, from))
		m.Graph.Outputs = append(m.Graph.Outputs, &graphs.Value{Name: name, Type: as})
	}
	first := graphs.NewInts(outerPrefix+"first", nil, []int64{0})
	give(turnNumber, o.constant(first), first.TensorType())
	for _, v := range t.carried() {
		give(inside(v.Name), o.enter(v.Name), v.Type)
	}
	return m
}

func (t *turn) leaveModel() *graphs.Model {
	m := graphs.NewModel("leave", t.step.Opset())
	for _, v := range t.carried() {
		m.Graph.Inputs = append(m.Graph.Inputs, &graphs.Value{Name: inside(v.Name), Type: v.Type})
	}
	m.Graph.Outputs = declared(t.outside(), nextPrefix)
	t.around(m.Graph).leaveAll(inside)
	return m
}

// turnModel makes a graph of a Loop's body.
func (t *turn) turnModel(pixels *Pixels) (*graphs.Model, []Carried, error) {
	inputs, batch, err := t.given(pixels)
	if err != nil {
		return nil, nil, err
	}
	m := graphs.NewModel("turn", t.step.Opset())
	m.Opsets = maps.Clone(t.step.Opsets)
	m.Graph = t.body(batch)
	m.Graph.Name = "turn"
	collect(m.Graph)
	state := m.Graph.Inputs
	var carried []Carried
	for i, v := range state {
		carried = append(carried, Carried{Name: v.Name, Next: m.Graph.Outputs[i].Name, Type: v.Type})
	}
	m.Graph.Inputs = append(inputs, state...)
	return passes.Prune(m), carried, nil
}

// collect makes a Loop's body a graph of its own: it has neither of what the
// Loop tells it, and writes a turn's loss and count to their places among those
// of all turns.
func collect(body *graphs.Graph) {
	const at = turnPrefix + "at"
	goesOn, scores := body.Outputs[0].Name, body.Outputs[len(body.Outputs)-2:]
	body.Inputs = body.Inputs[ownInputs:]
	body.Outputs = body.Outputs[1 : len(body.Outputs)-2]
	body.Initializers = slices.DeleteFunc(body.Initializers, func(t *graphs.Tensor) bool { return t.Name == goesOn })
	body.Initializers = append(body.Initializers, frontAxis())
	body.Nodes = append(body.Nodes, node("Unsqueeze", at, turnNumber, front))
	for i, all := range loopOutputs() {
		one, next := turnPrefix+"one/"+all.Name, &graphs.Value{Name: nextPrefix + all.Name, Type: all.Type}
		body.Nodes = append(body.Nodes,
			node("Unsqueeze", one, scores[i].Name, front), node("ScatterElements", next.Name, all.Name, at, one))
		body.Inputs, body.Outputs = append(body.Inputs, all), append(body.Outputs, next)
	}
}
