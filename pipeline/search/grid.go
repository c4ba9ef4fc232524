package search

import (
	"fmt"
	"math"
)

// gridSampler takes every combination of choices, whole numbers and points of
// ranges, the last parameter changing first.
type gridSampler struct {
	base
	all []Point
}

var _ Sampler = gridSampler{}

// defaultPoints is how many values of a range a grid has.
const defaultPoints = 5

// Propose returns combination n, going round when there are no more.
func (g gridSampler) Propose(n int, _ []Observation, _ []Point) Point {
	return g.all[n%len(g.all)]
}

// gridLimit is how many combinations a grid may have.
const gridLimit = 1_000_000

// GridSize returns how many combinations the grid sampler has. More than a
// million are an error.
func (s Space) GridSize() (int, error) {
	most := 1.0
	for _, p := range s {
		if most *= float64(len(p.marks())); most > gridLimit {
			return 0, fmt.Errorf("the grid has more than %d combinations: take fewer points of its ranges", gridLimit)
		}
	}
	return len(s.combinations()), nil
}

// combinations lists the points of the grid; of a conditional parameter that
// is inactive there is one.
func (s Space) combinations() []Point {
	all := []Point{{}}
	for i, param := range s {
		var longer []Point
		for _, head := range all {
			values := s[:i].Decode(head)
			if !s.active(i, values) {
				longer = append(longer, append(head[:i:i], math.NaN()))
				continue
			}
			for _, u := range param.marks() {
				longer = append(longer, append(head[:i:i], u))
			}
		}
		all = longer
	}
	return all
}

// marks are the coordinates of a parameter's values in a grid: the ends of a
// range are among them.
func (p Param) marks() []float64 {
	if p.Kind == Choice {
		return middles(len(p.Choices))
	}
	points := p.Points
	if points == 0 {
		points = defaultPoints
	}
	if p.whole() && p.Hi-p.Lo < float64(points) {
		points = int(p.Hi-p.Lo) + 1
	}
	marks := make([]float64, 0, points)
	for i := range points {
		u, err := p.coordinate(p.value(float64(i) / float64(points-1)))
		if err != nil {
			panic("search: a value of a range is not in it: " + err.Error())
		}
		if len(marks) == 0 || u != marks[len(marks)-1] {
			marks = append(marks, u)
		}
	}
	return marks
}

// middles are those of n equal cells.
func middles(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = (float64(i) + 0.5) / float64(n)
	}
	return out
}
