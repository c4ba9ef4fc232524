package train

import (
	"math"
	"slices"
)

// lbfgs is the limited-memory BFGS method with a strong-Wolfe line search
// (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithms 7.4, 7.5,
// 3.5 and 3.6), in every decision as torch.optim.LBFGS with
// line_search_fn = "strong_wolfe": a step is up to lbfgsIterations iterations
// on the same batch, and the pairs that approximate the curvature are kept from
// step to step. Vectors are float32, all numbers and sums are double.
type lbfgs struct {
	algebra
	history  int
	params   vector // changed in place
	gradient vector // at params, once evaluate has returned
	// evaluate computes loss and gradient at params.
	evaluate func() (float64, error)
	*memory
	start   vector    // parameters at the start of an iteration
	points  [2]vector // gradients of a line search
	scratch *arena    // of those
}

// The constants of torch.optim.LBFGS.
const (
	lbfgsIterations     = 20 // of a step
	lbfgsEvaluations    = lbfgsIterations * 5 / 4
	lbfgsGradientAtMost = 1e-7 // where a gradient counts as zero
	lbfgsChangeAtMost   = 1e-9 // where a change of loss or parameters does
	lbfgsLeastCurvature = 1e-10
	wolfeDecrease       = 1e-4 // c₁, of the sufficient decrease
	wolfeCurvature      = 0.9  // c₂
)

// startLBFGS returns L-BFGS on parameters, with what it remembers and so many
// pairs of history; evaluate is to be set. close frees all but the memory.
func startLBFGS(params, gradient vector, m *memory, history, threads int) (*lbfgs, error) {
	l := &lbfgs{algebra: algebra{threads}, history: history, params: params, gradient: gradient, memory: m, scratch: alike(params)}
	for _, v := range []*vector{&l.start, &l.points[0], &l.points[1]} {
		var err error
		if *v, err = l.scratch.take(); err != nil {
			l.close()
			return nil, err
		}
	}
	return l, nil
}

func (l *lbfgs) close() { l.scratch.close() }

// step does one step and returns the loss before it, which is not finite when
// there is none to go on from; the parameters are then as they were.
func (l *lbfgs) step(lr float64) (float64, error) {
	first, err := l.evaluate()
	if err != nil {
		return first, err
	}
	loss, g := first, l.gradient
	size := l.magnitude(g)
	if !finite(size.sum) {
		return math.NaN(), nil
	}
	if !finite(first) || size.most <= lbfgsGradientAtMost {
		return first, nil
	}
	for n, evaluations := 1, 1; n <= lbfgsIterations && evaluations < lbfgsEvaluations; n++ {
		if err := l.turn(g); err != nil {
			return first, err
		}
		l.t = lr
		if l.iterations == 1 {
			l.t = min(1, 1/size.sum) * lr
		}
		slope := l.dot(g, l.direction)
		if !(slope <= -lbfgsChangeAtMost) {
			break
		}
		found, err := l.search(loss, slope, lbfgsEvaluations-evaluations)
		if err != nil {
			return first, err
		}
		evaluations += found.evaluations
		change := math.Abs(found.loss - loss)
		loss, g, l.t = found.loss, found.gradient, found.t
		size = l.magnitude(g)
		if size.most <= lbfgsGradientAtMost || found.longest <= lbfgsChangeAtMost || change < lbfgsChangeAtMost {
			break
		}
	}
	return first, nil
}

// turn sets the direction of the next iteration, −H·g, and remembers g.
func (l *lbfgs) turn(g vector) error {
	l.iterations++
	if l.iterations == 1 {
		l.scale(l.direction, -1, g)
	} else {
		if err := l.remember(g); err != nil {
			return err
		}
		l.descend(g)
	}
	l.copy(l.before, g)
	return nil
}

// remember takes what the last iteration tells of the curvature, unless that
// is not positive.
func (l *lbfgs) remember(g vector) error {
	ys, yy := l.curvature(g, l.before, l.direction, l.t)
	if !(ys > lbfgsLeastCurvature) {
		return nil
	}
	p, err := l.nextPair(l.history)
	if err != nil {
		return err
	}
	l.secant(p.y, p.s, g, l.before, l.direction, l.t)
	p.rho = 1 / ys
	l.diagonal = ys / yy
	return nil
}

// descend sets the direction to −H·g by the two-loop recursion.
func (l *lbfgs) descend(g vector) {
	d := l.direction
	alpha := make([]float64, len(l.pairs))
	l.scale(d, -1, g)
	for i, p := range slices.Backward(l.pairs) {
		alpha[i] = p.rho * l.dot(p.s, d)
		l.add(d, -alpha[i], p.y)
	}
	l.scale(d, l.diagonal, d)
	for i, p := range l.pairs {
		l.add(d, alpha[i]-p.rho*l.dot(p.y, d), p.s)
	}
}
