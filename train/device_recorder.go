package train

import (
	"errors"
	"fmt"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// recorder is the engine for a GPU. The operators of a step are recorded once,
// and replayed from then on by one call, so that the GPU need not wait for each
// to be started. What is recorded is bound to places in memory: the values that
// steps carry lie in two places, and steps read from one and write to the other,
// alternately.
type recorder struct {
	*deviceJob
	carried []string
	thread  *thread // recordings are known only to the thread that made them
	// memory is a session that computes nothing: the places are its, and stay
	// when others go.
	memory  *ort.Session
	outside places // what is carried, as the caller knows it
	// What is compiled may be for one learning rate only; 0 is any.
	rate     float64
	state    [2]places
	enter    *part    // from outside to the first place
	leave    [2]*part // from either place to outside
	programs map[int]*recorded
}

// recordsAnywhere has the CPU, which records nothing, be trained on by a
// recorder too; for tests.
var recordsAnywhere = false

func newRecorder(j *deviceJob, carried []string) *recorder {
	return &recorder{deviceJob: j, carried: carried, thread: newThread(), programs: map[int]*recorded{}}
}

// compile goes by the rate alone, not by those before: training that was resumed
// has not seen them.
func (r *recorder) compile(n int, rate float64) error {
	if r.rate != r.cfg.Optimizer.SteadyRate(rate) {
		r.forget()
	}
	if r.programs[n] != nil {
		return nil
	}
	err := r.thread.do(func() error {
		p, err := r.newRecorded(n, rate)
		if err == nil {
			r.programs[n] = p
		}
		return err
	})
	if err != nil {
		r.forget()
	}
	return err
}

func (r *recorder) most(n int) int { return r.programs[n].most }

func (r *recorder) take(values map[string]*ort.Buffer) error {
	for _, name := range r.carried {
		if err := r.outside[name].CopyFrom(values[name]); err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
	}
	return nil
}

func (r *recorder) run(w work) (done steps, err error) {
	err = r.thread.do(func() error {
		done, err = r.programs[w.batch].run(r, w)
		return err
	})
	return done, err
}

func (r *recorder) value(name string) *ort.Value { return r.outside[name] }

// forget closes what is compiled; what is carried stays outside.
func (r *recorder) forget() {
	_ = r.thread.do(func() error {
		for _, p := range r.programs {
			p.close()
		}
		for _, p := range append(r.leave[:], r.enter) {
			p.close()
		}
		return nil
	})
	for _, p := range r.state {
		p.close()
	}
	r.rate, r.state, r.enter, r.leave, r.programs = 0, [2]places{}, nil, [2]*part{}, map[int]*recorded{}
}

func (r *recorder) close() {
	r.forget()
	r.thread.end()
	r.outside.close()
	if r.memory != nil {
		_ = r.memory.Close() // freed when the last value from it is
	}
}

// furnish makes the places outside, unless they are there.
func (r *recorder) furnish(parts *training.Recording) error {
	if r.memory != nil {
		return nil
	}
	m := graphs.NewModel("memory", parts.Turn.Opset())
	nothing := graphs.Type{Elem: graphs.Float32, Shape: graphs.Shape{}}
	m.Graph.Inputs, m.Graph.Outputs = []*graphs.Value{{Name: "x", Type: nothing}}, []*graphs.Value{{Name: "y", Type: nothing}}
	m.Graph.Nodes = []*graphs.Node{{Op: "Identity", Inputs: []string{"x"}, Outputs: []string{"y"}}}
	var err error
	if r.memory, err = r.unprofiled(m); err != nil {
		return err
	}
	r.outside, err = newPlaces(r.memory, parts.Enter.Graph.Inputs, 0)
	return err
}

// share makes what all programs have in common, unless it is there.
func (r *recorder) share(parts *training.Recording) error {
	if r.enter != nil {
		return nil
	}
	var state []*graphs.Value
	for _, c := range parts.State {
		if !isScore(c.Name) {
			state = append(state, &graphs.Value{Name: c.Name, Type: c.Type})
		}
	}
	var err error
	for i := range r.state {
		if r.state[i], err = newPlaces(r.memory, state, 0); err != nil {
			return err
		}
	}
	next := places{}
	for name, v := range r.outside {
		next[training.NextOutput(name)] = v
	}
	if r.enter, err = r.newPart(parts.Enter, r.outside, r.state[0]); err != nil {
		return err
	}
	for i := range r.leave {
		if r.leave[i], err = r.newPart(parts.Leave, r.state[i], next); err != nil {
			return err
		}
	}
	return nil
}

// isScore reports whether a value of the state is one element a step, which
// chunks of each batch size have so many of.
func isScore(name string) bool {
	return name == training.LossesOutput || name == training.CorrectOutput
}

// unprofiled compiles a graph that is no step.
func (r *recorder) unprofiled(m *graphs.Model) (*ort.Session, error) {
	o := r.cfg.session(m.Graph.Name)
	o.Profile = ""
	return openSession(r.rt, m, o)
}

// part is a graph bound to places: what a run does before its steps or after.
type part struct {
	session *ort.Session
	binding *ort.DeviceBinding
}

func (r *recorder) newPart(m *graphs.Model, in, out places) (*part, error) {
	s, err := r.unprofiled(m)
	if err != nil {
		return nil, err
	}
	p := &part{session: s}
	if p.binding, err = s.BindDevice(); err == nil {
		err = errors.Join(in.bind(s, p.binding), out.bind(s, p.binding))
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *part) close() {
	if p == nil {
		return
	}
	if p.binding != nil {
		p.binding.Close()
	}
	_ = p.session.Close() // freed when the binding is
}
