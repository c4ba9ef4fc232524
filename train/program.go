package train

import (
	"fmt"
	"math"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// slotsAhead is the number of batches that are in memory at once: one that
// the runtime reads and one that is filled meanwhile.
const slotsAhead = 2

// program is the graph of one step, or of an evaluation, for one batch size:
// a session with bindings that differ in the batch they read.
type program struct {
	session *ort.Session
	slots   [slotsAhead]slot
	loss    *ort.Buffer
	correct *ort.Buffer
}

// slot is a batch in memory, bound to the session.
type slot struct {
	x, label *ort.Buffer
	binding  *ort.Binding
}

// newProgram compiles the graph m of net for batches of n samples. Inputs and
// outputs other than the batch, the loss and the count are bound to the given
// buffers.
func newProgram(rt *ort.Runtime, net *training.Net, m *graphs.Model, n int, threads int, inputs, outputs map[string]*ort.Buffer) (*program, error) {
	encoded, err := graphs.Encode(m)
	if err != nil {
		return nil, err
	}
	p := &program{}
	if p.session, err = rt.NewSession(encoded, ort.SessionOptions{Threads: threads, Name: m.Graph.Name + " graph"}); err != nil {
		return nil, err
	}
	if err := p.bind(net, n, inputs, outputs); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *program) bind(net *training.Net, n int, inputs, outputs map[string]*ort.Buffer) error {
	var err error
	if p.loss, err = ort.NewBuffer(ort.Float32); err != nil {
		return err
	}
	if p.correct, err = ort.NewBuffer(ort.Int64); err != nil {
		return err
	}
	shape, err := net.BatchShape(n)
	if err != nil {
		return err
	}
	for i := range p.slots {
		s := &p.slots[i]
		if s.x, err = ort.NewBuffer(ort.Float32, shape...); err != nil {
			return err
		}
		if s.label, err = ort.NewBuffer(ort.Int64, int64(n)); err != nil {
			return err
		}
		in := map[string]*ort.Buffer{net.Input: s.x, training.LabelInput: s.label}
		for name, b := range inputs {
			in[name] = b
		}
		out := map[string]*ort.Buffer{training.LossOutput: p.loss, training.CorrectOutput: p.correct}
		for name, b := range outputs {
			out[name] = b
		}
		if s.binding, err = p.session.Bind(in, out); err != nil {
			return err
		}
	}
	return nil
}

// fill writes the given samples to a slot.
func (s *slot) fill(data Data, samples []int) {
	x, label := s.x.Float32s(), s.label.Int64s()
	width := len(x) / len(samples)
	for i, sample := range samples {
		data.Fill(x[i*width:(i+1)*width], sample)
		label[i] = data.Label(sample)
	}
}

// run runs one slot and returns the batch's mean loss and the number of
// correct predictions.
func (p *program) run(slot int) (loss float64, correct int64, err error) {
	if err := p.slots[slot].binding.Run(); err != nil {
		return 0, 0, err
	}
	return float64(p.loss.Float32s()[0]), p.correct.Int64s()[0], nil
}

func (p *program) close() {
	for _, s := range p.slots {
		if s.binding != nil {
			s.binding.Close()
		}
		closeBuffers(s.x, s.label)
	}
	closeBuffers(p.loss, p.correct)
	if p.session != nil {
		_ = p.session.Close() // freed when the last binding is
	}
}

func closeBuffers(buffers ...*ort.Buffer) {
	for _, b := range buffers {
		if b != nil {
			_ = b.Close() // always nil
		}
	}
}

// DivergedError reports a loss that is no finite number.
type DivergedError struct {
	Epoch, Batch int // counted from 1
	Loss         float64
}

// Error says where training diverged and what may help.
func (e *DivergedError) Error() string {
	return fmt.Sprintf("the loss is %g in epoch %d, batch %d: training diverged; try a smaller learning rate", e.Loss, e.Epoch, e.Batch)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
