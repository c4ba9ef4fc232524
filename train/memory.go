package train

import "github.com/memdil/memdil/graphs/cost"

// Memory estimates how many bytes one evaluation takes, of a batch or, where
// batches are cut, of a piece: inputs and activations, not parameters. It is 0
// where nobody knows: on the device loop, or for a model that does not tell.
func (t *Trainer) Memory() int64 {
	l, ok := t.loop.(*hostLoop)
	if !ok {
		return 0
	}
	p, err := t.plan()
	if err != nil {
		return 0 // training will say so
	}
	m, err := l.step(1)
	if err != nil {
		return 0
	}
	c, err := cost.Of(m, int64(min(p.piece, p.Size)))
	if err != nil {
		return 0
	}
	return slotsAhead*c.Memory.Inputs + c.Memory.Activations
}
