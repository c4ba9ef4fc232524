package train

import (
	"context"
	"fmt"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/passes/layout"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/ort"
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
	weights := t.loop.current()
	defer t.shutEvaluators()
	var correct int64
	for start := 0; start < n; start += size {
		if err := context.Cause(ctx); err != nil {
			return 0, 0, err
		}
		samples := order[start:min(start+size, n)]
		e, err := t.evaluator(len(samples))
		if err != nil {
			return 0, 0, err
		}
		if err := e.open(weights); err != nil {
			return 0, 0, err
		}
		l, c, err := e.run(data, samples)
		if err != nil {
			return 0, 0, err
		}
		loss += l * float64(len(samples))
		correct += c
	}
	return loss / float64(n), 100 * float64(correct) / float64(n), nil
}

func (t *Trainer) shutEvaluators() {
	for _, e := range t.evals {
		e.shut()
	}
}

// evaluator returns the evaluator of n samples at once.
func (t *Trainer) evaluator(n int) (*evaluator, error) {
	if e := t.evals[n]; e != nil {
		return e, nil
	}
	m, err := t.cfg.Net.Evaluation(t.cfg.Objective.Loss)
	if err != nil {
		return nil, fmt.Errorf("deriving the evaluation graph: %w", err)
	}
	if t.cfg.Device.Kind == ort.CPU {
		if m, err = onCPU(m, t.cfg.Net.Input); err != nil {
			return nil, fmt.Errorf("laying out the evaluation graph: %w", err)
		}
	}
	if m, err = passes.FixBatch(m, t.cfg.Net.Input, training.LabelInput, n); err != nil {
		return nil, err
	}
	e := &evaluator{input: t.cfg.Net.Input}
	if e.session, err = newSession(t.rt, t.cfg, m); err != nil {
		return nil, err
	}
	if e.batch, err = newBatch(t.cfg.Net, n); err == nil {
		e.loss, e.correct, err = newScores()
	}
	if err != nil {
		e.close()
		return nil, err
	}
	t.evals[n] = e
	return e, nil
}

// onCPU rewrites a forward graph as the host loop's is.
func onCPU(m *graphs.Model, input string) (*graphs.Model, error) {
	m, err := layout.MultiplyConvolutions(m, nil)
	if err != nil {
		return nil, err
	}
	if m, err = layout.Maxima(m); err != nil {
		return nil, err
	}
	return layout.Columns(m, input)
}

// evaluator is the graph of an evaluation for one batch size.
type evaluator struct {
	batch
	input         string // the net's
	loss, correct *ort.Buffer
	session       *ort.Session
	binding       *ort.DeviceBinding // while it is open
}

// open binds the weights that it needs, unless it is open.
func (e *evaluator) open(weights map[string]ort.Tensor) error {
	if e.binding != nil {
		return nil
	}
	var err error
	if e.binding, err = e.session.BindDevice(); err != nil {
		return err
	}
	for _, in := range e.session.Inputs() {
		if w := weights[in.Name]; w != nil {
			if err := e.binding.Input(in.Name, w); err != nil {
				return err
			}
		}
	}
	if err := e.binding.Output(training.LossOutput, e.loss); err != nil {
		return err
	}
	return e.binding.Output(training.CorrectOutput, e.correct)
}

// run evaluates samples and returns their mean loss and the number of correct
// predictions.
func (e *evaluator) run(data Data, samples []int) (loss float64, correct int64, err error) {
	e.fill(data, samples)
	if err := e.binding.Input(e.input, e.x); err != nil {
		return 0, 0, err
	}
	if err := e.binding.Input(training.LabelInput, e.label); err != nil {
		return 0, 0, err
	}
	if err := e.binding.Run(nil); err != nil {
		return 0, 0, err
	}
	return float64(e.loss.Float32s()[0]), e.correct.Int64s()[0], nil
}

// shut lets go of the weights, which training replaces.
func (e *evaluator) shut() {
	if e.binding != nil {
		e.binding.Close()
		e.binding = nil
	}
}

func (e *evaluator) close() {
	e.shut()
	closeBuffers(e.x, e.label, e.loss, e.correct)
	_ = e.session.Close() // freed when the last binding is
}
