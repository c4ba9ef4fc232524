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
	carried  []string
	thread   *thread // recordings are known only to the thread that made them
	outside  places  // what is carried, as the caller knows it
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

func (r *recorder) compile(n int) error {
	if r.programs[n] != nil {
		return nil
	}
	return r.thread.do(func() error {
		p, err := r.newRecorded(n)
		if err == nil {
			r.programs[n] = p
		}
		return err
	})
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

func (r *recorder) close() {
	_ = r.thread.do(func() error {
		for _, p := range r.programs {
			p.close()
		}
		for _, p := range append(r.leave[:], r.enter) {
			p.close()
		}
		return nil
	})
	r.thread.end()
	for _, p := range append(r.state[:], r.outside) {
		p.close()
	}
}

// share makes what all programs have in common, of the first recording and its
// session.
func (r *recorder) share(s *ort.Session, parts *training.Recording) error {
	var state []*graphs.Value
	for _, c := range parts.State {
		if !isScore(c.Name) {
			state = append(state, &graphs.Value{Name: c.Name, Type: c.Type})
		}
	}
	for _, p := range []struct {
		places *places
		values []*graphs.Value
	}{{&r.outside, parts.Enter.Graph.Inputs}, {&r.state[0], state}, {&r.state[1], state}} {
		var err error
		if *p.places, err = newPlaces(s, p.values, 0); err != nil {
			return err
		}
	}
	next := places{}
	for name, v := range r.outside {
		next[training.NextOutput(name)] = v
	}
	var err error
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

// part is a graph bound to places: what a run does before its steps or after.
type part struct {
	session *ort.Session
	binding *ort.DeviceBinding
}

func (r *recorder) newPart(m *graphs.Model, in, out places) (*part, error) {
	o := r.cfg.session(m.Graph.Name)
	o.Profile = "" // it is no step
	s, err := openSession(r.rt, m, o)
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
