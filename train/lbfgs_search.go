package train

import "math"

// found is where a line search ends. The parameters are there.
type found struct {
	t           float64 // in directions from the start
	loss        float64
	gradient    vector
	longest     float64 // change of a parameter
	evaluations int
}

// point is a place on the line that is searched.
type point struct {
	t        float64
	loss     float64 // +∞ when it is not finite
	slope    float64 // of the loss along the line; 0 when the loss is not finite
	gradient vector
}

// search looks along the direction for a point that satisfies the strong Wolfe
// conditions,
//
//	f(t) ≤ f(0) + c₁·t·f′(0) and |f′(t)| ≤ c₂·|f′(0)|,
//
// in so many evaluations at most (one more, as PyTorch counts), else for the
// lowest it can find. It begins at l.t. Where the loss is not finite counts as
// infinitely high; PyTorch's search ends up in NaN there.
func (l *lbfgs) search(loss, slope float64, most int) (found, error) {
	s := &lineSearch{lbfgs: l, origin: point{loss: loss, slope: slope, gradient: l.before}}
	s.longest = l.magnitude(l.direction).most
	l.copy(l.start, l.params)
	ends, satisfied, err := s.bracket(l.t, most)
	if err == nil && !satisfied {
		err = s.zoom(&ends, most)
	}
	if err != nil {
		return found{}, err
	}
	best := ends.low()
	l.move(l.params, l.start, best.t, l.direction)
	return found{t: best.t, loss: best.loss, gradient: best.gradient, longest: s.longest * math.Abs(best.t), evaluations: s.rounds + 1}, nil
}

// lineSearch is a search under way.
type lineSearch struct {
	*lbfgs
	origin  point
	longest float64 // element of the direction
	rounds  int     // evaluations but for the first
}

// interval is a part of the line, between two points in no order.
type interval [2]point

// lowest is the index of the end with the lower loss, the first if they are equal.
func (v *interval) lowest() int {
	if v[0].loss <= v[1].loss {
		return 0
	}
	return 1
}

func (v *interval) low() point { return v[v.lowest()] }

// try evaluates at t. The point's gradient is overwritten by the next try.
func (s *lineSearch) try(t float64) (point, error) {
	s.move(s.params, s.start, t, s.direction)
	loss, err := s.evaluate()
	p := point{t: t, loss: loss, slope: s.dot(s.lbfgs.gradient, s.direction), gradient: s.lbfgs.gradient}
	if !finite(p.loss) || !finite(p.slope) {
		p.loss, p.slope = math.Inf(1), 0
	}
	return p, err
}

// keep returns p with a gradient that lasts while other is in use.
func (s *lineSearch) keep(p, other point) point {
	to := s.points[0]
	if same(to, other.gradient) {
		to = s.points[1]
	}
	s.copy(to, p.gradient)
	p.gradient = to
	return p
}

// same reports whether two vectors are one.
func same(x, y vector) bool { return &x[0][0] == &y[0][0] }

// tooHigh reports whether p misses the sufficient decrease.
func (s *lineSearch) tooHigh(p point) bool {
	return p.loss > s.origin.loss+wolfeDecrease*p.t*s.origin.slope
}

// flat reports whether p satisfies the curvature condition.
func (s *lineSearch) flat(p point) bool {
	return math.Abs(p.slope) <= -wolfeCurvature*s.origin.slope
}

// bracket walks on from t until it knows an interval that holds a point of the
// strong Wolfe conditions, or has found one, which is then both ends.
func (s *lineSearch) bracket(t float64, most int) (ends interval, satisfied bool, err error) {
	last := s.origin
	p, err := s.try(t)
	for ; err == nil && s.rounds < most; s.rounds++ {
		rises := s.tooHigh(p) || s.rounds > 1 && p.loss >= last.loss
		switch {
		case !rises && s.flat(p):
			p = s.keep(p, s.origin)
			return interval{p, p}, true, nil
		case rises || p.slope >= 0:
			return interval{last, s.keep(p, last)}, false, nil
		}
		next := cubicMinimum(last, p, p.t+0.01*(p.t-last.t), p.t*10)
		last = s.keep(p, s.origin)
		p, err = s.try(next)
	}
	return interval{s.origin, s.keep(p, s.origin)}, false, err
}

// zoom narrows the interval until its lower end satisfies the strong Wolfe
// conditions, or the evaluations are used up.
func (s *lineSearch) zoom(ends *interval, most int) error {
	low := ends.lowest()
	near := false // whether the last trial was near an end
	for s.rounds < most {
		left, right := min(ends[0].t, ends[1].t), max(ends[0].t, ends[1].t)
		if (right-left)*s.longest < lbfgsChangeAtMost {
			return nil
		}
		var t float64
		t, near = inner(cubicMinimum(ends[0], ends[1], left, right), left, right, near)
		p, err := s.try(t)
		if err != nil {
			return err
		}
		s.rounds++
		high := 1 - low
		if s.tooHigh(p) || p.loss >= ends[low].loss {
			ends[high] = s.keep(p, ends[low])
			low = ends.lowest()
			continue
		}
		satisfied := s.flat(p)
		if !satisfied && p.slope*(ends[high].t-ends[low].t) >= 0 {
			ends[high] = ends[low]
		}
		ends[low] = s.keep(p, ends[high])
		if satisfied {
			return nil
		}
	}
	return nil
}

// inner moves t away from the ends of an interval when it comes near them for
// the second time in a row, or reaches one.
func inner(t, left, right float64, near bool) (float64, bool) {
	margin := 0.1 * (right - left)
	if min(right-t, t-left) >= margin {
		return t, false
	}
	if !near && t > left && t < right {
		return t, true
	}
	if math.Abs(t-right) < math.Abs(t-left) {
		return right - margin, false
	}
	return left + margin, false
}

// cubicMinimum returns where the cubic through losses and slopes of two points
// has its minimum, cut off at least and most; the middle of these without a
// minimum. (Nocedal and Wright, equation 3.59.)
func cubicMinimum(a, b point, least, most float64) float64 {
	if a.t > b.t {
		a, b = b, a
	}
	middle := (least + most) / 2
	if !finite(a.loss) || !finite(b.loss) {
		return middle
	}
	d1 := a.slope + b.slope - 3*(a.loss-b.loss)/(a.t-b.t)
	square := d1*d1 - a.slope*b.slope
	if !(square >= 0) {
		return middle
	}
	d2 := math.Sqrt(square)
	t := b.t - (b.t-a.t)*((b.slope+d2-d1)/(b.slope-a.slope+2*d2))
	if !finite(t) {
		return middle
	}
	return min(max(t, least), most)
}
