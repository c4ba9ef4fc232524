package train

import (
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// looper is the engine whose graph is an ONNX Loop over the steps.
type looper struct {
	*deviceJob
	carried  []string
	programs map[int]*loopProgram // by batch size
	given    map[string]*ort.Buffer
	owner    *loopProgram // whose outputs are the current values; nil where the given ones are
}

func newLooper(j *deviceJob, carried []string) *looper {
	return &looper{deviceJob: j, carried: carried, programs: map[int]*loopProgram{}}
}

// operatorsAtOnce is how many operators a GPU is given before it is waited for:
// so many that waiting does not matter, few enough for a graph of decent size.
const operatorsAtOnce = 2000

func (l *looper) compile(n int, _ float64) error {
	if l.programs[n] != nil {
		return nil
	}
	m, err := derive(l.deviceJob, l.cfg.Net.Device, training.DeviceOptions{Batch: n})
	if err != nil {
		return err
	}
	p := &loopProgram{most: l.chunkSteps(m, n)}
	if l.cfg.Device.Kind != ort.CPU { // else nothing is waited for
		if atOnce := min(p.most, operatorsAtOnce/nodesInside(m)); atOnce > 1 {
			if m, err = derive(l.deviceJob, l.cfg.Net.Device, training.DeviceOptions{Batch: n, AtOnce: atOnce}); err != nil {
				return err
			}
		}
	}
	if p.session, err = newSession(l.rt, l.cfg, m); err != nil {
		return err
	}
	if err := p.bind(l.deviceJob, l.carried); err != nil {
		p.close()
		return err
	}
	l.programs[n] = p
	return nil
}

func (l *looper) most(n int) int { return l.programs[n].most }

func (l *looper) take(values map[string]*ort.Buffer) error {
	l.given, l.owner = values, nil
	return nil
}

func (l *looper) run(w work) (steps, error) {
	p := l.programs[w.batch]
	if l.owner != p {
		for _, name := range l.carried {
			var from ort.Tensor = l.given[name]
			if l.owner != nil {
				from = l.value(name)
			}
			if err := p.binding.Input(name, from); err != nil {
				return steps{}, err
			}
		}
	}
	done, err := p.run(w)
	if err == nil {
		l.owner = p
	}
	return done, err
}

func (l *looper) value(name string) *ort.Value {
	return l.owner.binding.Value(training.NextOutput(name))
}

func (l *looper) close() {
	for _, p := range l.programs {
		p.close()
	}
}

// loopProgram is the graph of many steps for one batch size, with what changes
// from run to run.
type loopProgram struct {
	session *ort.Session
	binding *ort.DeviceBinding
	most    int    // steps of a run
	chunk   *chunk // of the latest run
}

// bind binds all but what a run sets.
func (p *loopProgram) bind(j *deviceJob, carried []string) error {
	var err error
	if p.binding, err = p.session.BindDevice(); err != nil {
		return err
	}
	if err := j.bindData(p.session, p.binding); err != nil {
		return err
	}
	for _, name := range carried {
		if err := p.binding.Carry(training.NextOutput(name), name); err != nil {
			return err
		}
	}
	return nil
}

// run runs the steps of consecutive batches.
func (p *loopProgram) run(w work) (steps, error) {
	if err := p.resize(w); err != nil {
		return steps{}, err
	}
	p.chunk.fill(w)
	for name, b := range p.chunk.inputs() {
		if err := p.binding.Input(name, b); err != nil {
			return steps{}, err
		}
	}
	if err := p.binding.Run(nil); err != nil {
		return steps{}, err
	}
	return p.chunk.results(w.steps()), nil
}

// resize makes ready for the number of steps.
func (p *loopProgram) resize(w work) error {
	if p.chunk != nil && p.chunk.steps == w.steps() {
		return nil
	}
	c, err := newChunk(w.steps(), w.batch, w.draw != nil)
	if err != nil {
		return err
	}
	if p.chunk != nil {
		p.chunk.close()
	}
	p.chunk = c
	if err := p.binding.Output(training.LossesOutput, c.losses); err != nil {
		return err
	}
	return p.binding.Output(training.CorrectOutput, c.correct)
}

func (p *loopProgram) close() {
	if p.binding != nil {
		p.binding.Close()
	}
	if p.chunk != nil {
		p.chunk.close()
	}
	_ = p.session.Close() // freed when the last value from it is
}
