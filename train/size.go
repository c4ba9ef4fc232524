package train

import "github.com/memdil/memdil/graphs/training"

// Sizes returns how many bytes the numbers of a checkpoint take: of one of the
// whole state, and of one of the weights alone.
func (t *Trainer) Sizes() (state, weights int64) {
	var parameters int64
	for _, p := range t.cfg.Net.Parameters {
		parameters += 4 * int64(p.Value.Len())
	}
	weights = parameters
	for _, s := range t.cfg.Net.Buffers {
		weights += 4 * int64(s.Value.Len())
	}
	for _, b := range t.values.buffers {
		state += 4 * int64(len(b.Float32s()))
	}
	if o := t.cfg.Optimizer; o.Kind == training.LBFGS {
		state += int64(2*o.History+3) * parameters // steps and changes of the gradient, and the last ones
	}
	return state, weights
}
