package train

import (
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
)

// recorded are the steps of one batch size.
type recorded struct {
	most   int // steps of a run
	chunk  *chunk
	inputs places    // what a run sets
	scores [2]places // losses and counts, part of the state
	turns  *turns
}

// newRecorded compiles the steps for batches of n samples, and at the first
// time what is common to all sizes.
func (r *recorder) newRecorded(n int, rate float64) (*recorded, error) {
	parts, err := derive(r.deviceJob, r.cfg.Net.Recording, training.DeviceOptions{Batch: n, Full: r.cfg.BatchSize, Rate: rate})
	if err != nil {
		return nil, err
	}
	if err := r.furnish(parts); err != nil {
		return nil, err
	}
	if err := r.share(parts); err != nil {
		return nil, err
	}
	r.rate = r.cfg.Optimizer.SteadyRate(rate)
	o := r.cfg.session(parts.Turn.Graph.Name)
	// A profile of replays would say nothing of operators.
	o.CUDAGraph = r.cfg.Profile == "" && r.cfg.Device.Kind != ort.CPU
	p := &recorded{most: r.chunkSteps(parts.Turn, n), turns: &turns{}}
	if p.turns.session, err = openSession(r.rt, parts.Turn, o); err == nil {
		err = p.prepare(r, parts, n)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// prepare makes all ready for the first run, which then waits for nothing.
func (p *recorded) prepare(r *recorder, parts *training.Recording, n int) error {
	if err := p.place(r, parts, n); err != nil {
		return err
	}
	if err := p.turns.bind(r, p, parts.State); err != nil {
		return err
	}
	if r.cfg.Profile != "" { // of steps alone
		return nil
	}
	if err := p.enter(r); err != nil {
		return err
	}
	return p.turns.record(p.most)
}

// place makes room for what goes in and out of a run.
func (p *recorded) place(r *recorder, parts *training.Recording, n int) error {
	var err error
	if p.chunk, err = newChunk(p.most, n, r.pixels.Crops()); err != nil {
		return err
	}
	var inputs, scores []*graphs.Value
	set := p.chunk.inputs()
	for _, v := range parts.Turn.Graph.Inputs {
		switch {
		case set[v.Name] != nil:
			inputs = append(inputs, v)
		case isScore(v.Name):
			scores = append(scores, v)
		}
	}
	if p.inputs, err = newPlaces(r.memory, inputs, p.most); err != nil {
		return err
	}
	for i := range p.scores {
		if p.scores[i], err = newPlaces(r.memory, scores, p.most); err != nil {
			return err
		}
	}
	return nil
}

// run runs the steps of consecutive batches.
func (p *recorded) run(r *recorder, w work) (steps, error) {
	p.chunk.fill(w)
	if err := p.enter(r); err != nil {
		return steps{}, err
	}
	if err := p.turns.take(w.steps()); err != nil {
		return steps{}, err
	}
	side := w.steps() % 2
	if err := r.leave[side].binding.Run(nil); err != nil {
		return steps{}, err
	}
	for name, b := range map[string]*ort.Buffer{training.LossesOutput: p.chunk.losses, training.CorrectOutput: p.chunk.correct} {
		if err := p.scores[side][name].CopyTo(b); err != nil {
			return steps{}, err
		}
	}
	return p.chunk.results(w.steps()), nil
}

// enter sets what goes in.
func (p *recorded) enter(r *recorder) error {
	for name, b := range p.chunk.inputs() {
		if err := p.inputs[name].CopyFrom(b); err != nil {
			return err
		}
	}
	return r.enter.binding.Run(nil)
}

func (p *recorded) close() {
	p.turns.close()
	if p.chunk != nil {
		p.chunk.close()
	}
	for _, places := range append(p.scores[:], p.inputs) {
		places.close()
	}
}

// turns is the graph of a step, bound to go from the first place of the state
// to the second, and back.
type turns struct {
	session  *ort.Session
	bindings [2]*ort.DeviceBinding
	options  [2]*ort.RunOptions
	warmUps  []*ort.RunOptions // of runs before those that are recorded
}

func (t *turns) bind(r *recorder, p *recorded, state []training.Carried) error {
	for side := range t.bindings {
		b, err := t.session.BindDevice()
		if err != nil {
			return err
		}
		t.bindings[side] = b
		if err := r.bindData(r.memory, b); err != nil {
			return err
		}
		next := places{} // where the other turn reads what this one writes
		for _, c := range state {
			if next[c.Next] = r.state[1-side][c.Name]; isScore(c.Name) {
				next[c.Next] = p.scores[1-side][c.Name]
			}
		}
		for _, at := range []places{p.inputs, p.scores[side], r.state[side], next} {
			if err := at.bind(t.session, b); err != nil {
				return err
			}
		}
		if t.options[side], err = r.rt.NewRunOptions(ort.RunSettings{GraphID: side + 1, NoSynchronize: true}); err != nil {
			return err
		}
	}
	for _, s := range warmUps(r.cfg.Device) {
		o, err := r.rt.NewRunOptions(s)
		if err != nil {
			return err
		}
		t.warmUps = append(t.warmUps, o)
	}
	return nil
}

// warmUps are how a turn runs before it is recorded; while it is, the runtime may
// take no memory. At the first time it learns how much the values need, one by
// one, and gives that back, for at the second it takes one piece for all of them.
// The third finds memory as those do that are recorded.
func warmUps(d ort.Device) []ort.RunSettings {
	return []ort.RunSettings{{GraphID: -1, Shrink: d}, {GraphID: -1}, {GraphID: -1}}
}

// record records a turn from either place that one of n begins at, of whatever
// values. A runtime that cannot give memory back refuses the first warm-up, and the
// second is its first; whatever else is wrong shows there again.
func (t *turns) record(n int) error {
	for i, o := range t.warmUps {
		if err := t.bindings[0].Run(o); err != nil && i > 0 {
			return err
		}
	}
	return t.take(min(2, n))
}

// take takes n turns from the first place on, and waits for them.
func (t *turns) take(n int) error {
	for i := range n {
		if err := t.bindings[i%2].Run(t.options[i%2]); err != nil {
			return err
		}
	}
	return t.bindings[(n-1)%2].Synchronize()
}

func (t *turns) close() {
	for side, b := range t.bindings {
		if b != nil {
			b.Close()
		}
		if t.options[side] != nil {
			t.options[side].Close()
		}
	}
	for _, o := range t.warmUps {
		o.Close()
	}
	if t.session != nil {
		_ = t.session.Close() // freed when the last binding is
	}
}
