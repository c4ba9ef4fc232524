package train

import (
	"maps"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// slotsAhead is the number of batches that are in memory at once: one that
// the runtime reads and one that is filled meanwhile.
const slotsAhead = 2

// hostProgram is the graph of one step for one batch size: a session with
// bindings that differ in the batch they read.
type hostProgram struct {
	session *ort.Session
	slots   [slotsAhead]slot
	loss    *ort.Buffer
	correct *ort.Buffer
	own     map[string]*ort.Buffer // factors of gradients, by the graph's names
	blocks  []variable             // of all parameters; nil where the loop has them
}

// slot is a batch in memory, bound to the session.
type slot struct {
	batch
	binding *ort.Binding
	held    *piece // what it is filled with
}

// hold fills the slot with a piece, unless it holds that already: L-BFGS
// evaluates a batch many times.
func (s *slot) hold(data Data, p *piece) {
	if s.held != p {
		s.fill(data, p.samples)
		s.held = p
	}
}

// start compiles the graph m for batches of n samples. Its inputs and outputs
// other than the batch, the loss, the count and the program's own are bound to
// the given buffers.
func (p *hostProgram) start(rt *ort.Runtime, c Config, m *graphs.Model, n int, inputs, shared map[string]*ort.Buffer) error {
	var err error
	if p.session, err = newSession(rt, c, m); err != nil {
		return err
	}
	outputs := maps.Clone(p.own)
	for _, v := range m.Graph.Outputs {
		if b := shared[v.Name]; b != nil {
			outputs[v.Name] = b
		}
	}
	return p.bind(c.Net, n, inputs, outputs)
}

// newSession compiles the graph m.
func newSession(rt *ort.Runtime, c Config, m *graphs.Model) (*ort.Session, error) {
	return openSession(rt, m, c.session(m.Graph.Name))
}

// openSession compiles the graph m with options of its own.
func openSession(rt *ort.Runtime, m *graphs.Model, o ort.SessionOptions) (*ort.Session, error) {
	encoded, err := graphs.Encode(m)
	if err != nil {
		return nil, err
	}
	return rt.NewSession(encoded, o)
}

func (p *hostProgram) bind(net *training.Net, n int, inputs, outputs map[string]*ort.Buffer) error {
	var err error
	if p.loss, p.correct, err = newScores(); err != nil {
		return err
	}
	outputs[training.LossOutput], outputs[training.CorrectOutput] = p.loss, p.correct
	for i := range p.slots {
		s := &p.slots[i]
		if s.batch, err = newBatch(net, n); err != nil {
			return err
		}
		in := maps.Clone(inputs)
		in[net.Input], in[training.LabelInput] = s.x, s.label
		if s.binding, err = p.session.Bind(in, outputs); err != nil {
			return err
		}
	}
	return nil
}

// run runs one slot and returns the batch's mean loss and the number of
// correct predictions.
func (p *hostProgram) run(slot int) (loss float32, correct int64, err error) {
	if err := p.slots[slot].binding.Run(); err != nil {
		return 0, 0, err
	}
	return p.loss.Float32s()[0], p.correct.Int64s()[0], nil
}

func (p *hostProgram) close() {
	for _, s := range p.slots {
		if s.binding != nil {
			s.binding.Close()
		}
		closeBuffers(s.x, s.label)
	}
	closeBuffers(p.loss, p.correct)
	closeAll(p.own)
	if p.session != nil {
		_ = p.session.Close() // freed when the last binding is
	}
}
