package train

import (
	"context"
	"time"
)

// giveUpAfter is how long a step of L-BFGS may go on after training was told
// to stop; a variable for tests. A step evaluates its batch up to 26 times.
var giveUpAfter = 10 * time.Second

// startLBFGS makes L-BFGS work on the values and on the gradients of passes.
func (l *hostLoop) startLBFGS() (err error) {
	var params, gradient vector
	for _, b := range l.blocks {
		params, gradient = append(params, b.value), append(gradient, b.grad)
	}
	if l.values.memory, err = newMemory(params); err != nil {
		return err
	}
	l.lbfgs, err = startLBFGS(params, gradient, l.values.memory, l.cfg.Optimizer.History, l.cfg.threads())
	return err
}

// advanceLBFGS does one step of L-BFGS on batch i. Loss and correct predictions
// are those before it, as with other optimizers; the decay of the weights is
// part of what is minimised, but not of that loss. The running statistics of
// BatchNormalization move with every evaluation, as PyTorch's do.
func (l *hostLoop) advanceLBFGS(ctx context.Context, i int, lr float64) (steps, error) {
	var first *score
	var spent StepTime
	patience := patience{ctx: ctx}
	l.lbfgs.evaluate = func() (float64, error) {
		if err := patience.ends(); err != nil {
			return 0, err
		}
		s, err := l.refilled(i)
		if err != nil {
			return 0, err
		}
		if first == nil {
			first = &s
		}
		spent.Wait += s.time.Wait
		spent.Graph += s.time.Graph
		if l.cfg.Evaluated != nil {
			l.cfg.Evaluated(i, l.plan.Count, s.loss)
		}
		return s.loss + l.decay(), nil
	}
	start := time.Now()
	loss, err := l.lbfgs.step(lr)
	if err != nil {
		return steps{}, err
	}
	if !finite(loss) { // perhaps because the gradient is not
		first.loss = loss
	}
	spent.Update = time.Since(start) - spent.Wait - spent.Graph
	first.time = spent
	return first.steps(), nil
}

// refilled is a pass over batch i that fills it first.
func (l *hostLoop) refilled(i int) (score, error) {
	l.feed = l.startFeed(l.first[i], l.first[i+1])
	defer l.end()
	return l.pass(i)
}

// decay adds that of the weights to the gradient and returns its part of the
// loss, λ/2·‖p‖².
func (l *hostLoop) decay() float64 {
	lambda := l.cfg.Optimizer.WeightDecay
	if lambda == 0 {
		return 0
	}
	return lambda / 2 * l.lbfgs.decay(l.lbfgs.params, l.lbfgs.gradient, lambda)
}

// patience ends some time after its context.
type patience struct {
	ctx   context.Context
	since time.Time // when it was first seen that the context is done
}

// ends returns the context's cause when patience is at its end.
func (p *patience) ends() error {
	cause := context.Cause(p.ctx)
	if cause == nil {
		return nil
	}
	if p.since.IsZero() {
		p.since = time.Now()
	}
	if time.Since(p.since) < giveUpAfter {
		return nil
	}
	return cause
}
