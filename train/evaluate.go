package train

import (
	"context"
	"fmt"

	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/training"
)

// evalBatch is the number of samples that are evaluated at once.
const evalBatch = 256

// Evaluate returns the mean loss (without penalty) and the accuracy in percent
// of the current weights in inference form.
func (t *Trainer) Evaluate(ctx context.Context, data Data) (loss, accuracy float64, err error) {
	n := data.Len()
	if n == 0 {
		return 0, 0, fmt.Errorf("no samples to evaluate")
	}
	size := min(evalBatch, n)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var correct int64
	for start := 0; start < n; start += size {
		if err := context.Cause(ctx); err != nil {
			return 0, 0, err
		}
		samples := order[start:min(start+size, n)]
		p, err := t.evaluator(len(samples))
		if err != nil {
			return 0, 0, err
		}
		p.slots[0].fill(data, samples)
		l, c, err := p.run(0)
		if err != nil {
			return 0, 0, err
		}
		loss += l * float64(len(samples))
		correct += c
	}
	return loss / float64(n), 100 * float64(correct) / float64(n), nil
}

// evaluator returns the program that evaluates n samples at once.
func (t *Trainer) evaluator(n int) (*program, error) {
	if p := t.evals[n]; p != nil {
		return p, nil
	}
	m, err := t.cfg.Net.Evaluation(t.cfg.Objective.Loss)
	if err != nil {
		return nil, fmt.Errorf("deriving the evaluation graph: %w", err)
	}
	if m, err = passes.FixBatch(m, t.cfg.Net.Input, training.LabelInput, n); err != nil {
		return nil, err
	}
	p, err := newProgram(t.rt, t.cfg.Net, m, n, t.cfg.threads(), t.inputs(m), nil)
	if err != nil {
		return nil, err
	}
	t.evals[n] = p
	return p, nil
}
