package tracking

// steps is which steps of every name were taken.
type steps map[string]spans

// spans are the first and last steps of unbroken runs of steps, in order.
type spans [][2]int64

// fresh returns the points that were not taken before, and takes them.
func (s steps) fresh(points []Point) []Point {
	var out []Point
	for _, p := range points {
		if !s[p.Name].has(p.Step) {
			s.take(p)
			out = append(out, p)
		}
	}
	return out
}

// take takes a point.
func (s steps) take(p Point) { s[p.Name] = s[p.Name].with(p.Step) }

// clone returns a copy that changes on its own.
func (s steps) clone() steps {
	out := make(steps, len(s))
	for name, taken := range s {
		out[name] = append(spans(nil), taken...)
	}
	return out
}

func (s spans) has(step int64) bool {
	for _, span := range s {
		if step >= span[0] && step <= span[1] {
			return true
		}
	}
	return false
}

// with returns s with a step that it does not have.
func (s spans) with(step int64) spans {
	at := 0
	for at < len(s) && s[at][1] < step {
		at++
	}
	before := at > 0 && s[at-1][1] == step-1
	after := at < len(s) && s[at][0] == step+1
	switch {
	case before && after:
		s[at-1][1] = s[at][1]
		return append(s[:at], s[at+1:]...)
	case before:
		s[at-1][1] = step
		return s
	case after:
		s[at][0] = step
		return s
	}
	s = append(s, [2]int64{})
	copy(s[at+1:], s[at:])
	s[at] = [2]int64{step, step}
	return s
}
