package train

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
)

// memory is what L-BFGS remembers from step to step, part of the state of
// training.
type memory struct {
	vectors    *arena  // of all below
	iterations int64   // in all
	t          float64 // length of the last iteration, in directions
	diagonal   float64 // of the first approximation of the inverse Hessian
	direction  vector  // of the last iteration
	before     vector  // gradient where it began
	pairs      []*pair // of the latest iterations, the oldest first
	spare      []*pair // that a restore left without use
}

// pair is one iteration's change of parameters s and of gradient y.
type pair struct {
	s, y vector
	rho  float64 // 1/(y·s)
}

// newMemory returns what is remembered at first, in vectors that are cut as v
// is. close frees it.
func newMemory(v vector) (*memory, error) {
	m := &memory{vectors: alike(v), diagonal: 1}
	var err error
	if m.direction, err = m.vectors.take(); err == nil {
		m.before, err = m.vectors.take()
	}
	if err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *memory) close() { m.vectors.close() }

// nextPair returns the pair that is to hold the newest iteration: one more, or
// the oldest when there are as many as there may be.
func (m *memory) nextPair(most int) (*pair, error) {
	if len(m.pairs) >= most {
		oldest := m.pairs[0]
		m.pairs = append(m.pairs[:0], m.pairs[1:]...)
		m.pairs = append(m.pairs, oldest)
		return oldest, nil
	}
	if last := len(m.spare) - 1; last >= 0 {
		p := m.spare[last]
		m.spare, m.pairs = m.spare[:last], append(m.pairs, p)
		return p, nil
	}
	p := &pair{}
	var err error
	if p.s, err = m.vectors.take(); err != nil {
		return nil, err
	}
	if p.y, err = m.vectors.take(); err != nil {
		return nil, err
	}
	m.pairs = append(m.pairs, p)
	return p, nil
}

// LBFGSState is what L-BFGS remembers but for the vectors: a checkpoint holds
// these after its other tensors.
type LBFGSState struct {
	Iterations int64     `json:"iterations"`
	Length     float64   `json:"length"`   // of the last iteration
	Diagonal   float64   `json:"diagonal"` // of the inverse Hessian, as approximated first
	Rho        []float64 `json:"rho"`      // 1/(y·s) of each pair, the oldest first
}

// tensors is the number of vectors that belong to it.
func (s LBFGSState) tensors() int { return 2 + 2*len(s.Rho) }

func (m *memory) state() *LBFGSState {
	s := &LBFGSState{Iterations: m.iterations, Length: m.t, Diagonal: m.diagonal}
	for _, p := range m.pairs {
		s.Rho = append(s.Rho, p.rho)
	}
	return s
}

// kept returns the vectors to be kept, in the order of a checkpoint.
func (m *memory) kept() []vector {
	v := []vector{m.direction, m.before}
	for _, p := range m.pairs {
		v = append(v, p.s, p.y)
	}
	return v
}

// tensors returns the vectors as a checkpoint holds them.
func (m *memory) tensors() []*graphs.Tensor {
	var out []*graphs.Tensor
	for i, v := range m.kept() {
		name := []string{"lbfgs.direction", "lbfgs.gradient"}[i%2]
		if i > 1 {
			name = fmt.Sprintf("lbfgs.%c.%d", "sy"[i%2], i/2-1)
		}
		out = append(out, graphs.NewFloats(name, []int64{int64(v.len())}, v.join()))
	}
	return out
}

// fits reports tensors that are not those of s for as many parameters.
func (m *memory) fits(tensors []*graphs.Tensor) error {
	want := m.direction.len()
	for _, t := range tensors {
		if t.Type != graphs.Float32 || t.Len() != want {
			return fmt.Errorf("the checkpoint's %q has %d elements, this training %d parameters", t.Name, t.Len(), want)
		}
	}
	return nil
}

// restore remembers s and the tensors that belong to it, which fit.
func (m *memory) restore(s LBFGSState, tensors []*graphs.Tensor) error {
	m.spare, m.pairs = append(m.spare, m.pairs...), nil
	for _, rho := range s.Rho {
		p, err := m.nextPair(len(s.Rho))
		if err != nil {
			return err
		}
		p.rho = rho
	}
	for i, v := range m.kept() {
		v.set(tensors[i].Float32s())
	}
	m.iterations, m.t, m.diagonal = s.Iterations, s.Length, s.Diagonal
	return nil
}
