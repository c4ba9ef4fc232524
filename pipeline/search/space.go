package search

import (
	"fmt"
	"math"
	"slices"
)

// Kind is how a parameter is drawn.
type Kind string

// The kinds of parameters.
const (
	Uniform Kind = "uniform" // evenly between two numbers
	Log     Kind = "log"     // its logarithm evenly between those of two positive numbers
	Int     Kind = "int"     // a whole number from one to another, both included
	LogInt  Kind = "log_int" // the same, its logarithm evenly
	Choice  Kind = "choice"  // one of a few values without order
)

// Param is one parameter of a search space.
type Param struct {
	Name    string
	Kind    Kind
	Lo, Hi  float64 // the range, of every kind but Choice
	Choices []any   // of Choice: strings, booleans, integers or floats
	// Points is how many values of a range the grid sampler takes; 0 means 5,
	// or all of fewer whole numbers.
	Points int
	// When makes the parameter conditional; nil for always.
	When []Condition
}

// Condition holds where an earlier parameter, a Choice, has one of some values.
type Condition struct {
	Param  string
	Values []any
}

// Space is what a search may choose. Parents stand before the parameters that
// depend on them.
type Space []Param

// Check reports a space that cannot be searched. Errors name the parameter.
func (s Space) Check() error {
	for i, p := range s {
		if slices.ContainsFunc(s[:i], func(q Param) bool { return q.Name == p.Name }) {
			return fmt.Errorf("%s is given twice", p.Name)
		}
		if err := p.check(); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		for _, c := range p.When {
			if err := s[:i].checkCondition(c); err != nil {
				return fmt.Errorf("%s: %w", p.Name, err)
			}
		}
	}
	return nil
}

func (p Param) check() error {
	if p.Kind == Choice {
		if len(p.Choices) == 0 {
			return fmt.Errorf("a choice of nothing")
		}
		for i, c := range p.Choices {
			if indexOf(p.Choices[:i], c) >= 0 {
				return fmt.Errorf("the choice %v stands twice", c)
			}
		}
		return nil
	}
	switch {
	case math.IsNaN(p.Lo) || math.IsInf(p.Lo, 0) || math.IsNaN(p.Hi) || math.IsInf(p.Hi, 0):
		return fmt.Errorf("the ends of a range must be finite")
	case p.Lo >= p.Hi:
		return fmt.Errorf("the range from %v to %v is empty", p.Lo, p.Hi)
	case p.logarithmic() && p.Lo <= 0:
		return fmt.Errorf("a logarithmic range must begin above 0, not at %v", p.Lo)
	case p.whole() && (p.Lo != math.Trunc(p.Lo) || p.Hi != math.Trunc(p.Hi) || math.Max(-p.Lo, p.Hi) > 1<<53):
		return fmt.Errorf("the ends of a range of whole numbers must be whole")
	case p.Points < 0 || p.Points == 1:
		return fmt.Errorf("points must be at least 2")
	}
	return nil
}

// checkCondition reports a condition on something that s lacks.
func (s Space) checkCondition(c Condition) error {
	i := slices.IndexFunc(s, func(p Param) bool { return p.Name == c.Param })
	if i < 0 || s[i].Kind != Choice {
		return fmt.Errorf("it depends on %s, which is no choice that stands before it", c.Param)
	}
	for _, v := range c.Values {
		if indexOf(s[i].Choices, v) < 0 {
			return fmt.Errorf("it depends on %s = %v, which is not among its choices", c.Param, v)
		}
	}
	return nil
}

func (p Param) logarithmic() bool { return p.Kind == Log || p.Kind == LogInt }
func (p Param) whole() bool       { return p.Kind == Int || p.Kind == LogInt }

// indexOf finds a value by how it is spelt: what went through JSON may have
// become a float.
func indexOf(values []any, v any) int {
	return slices.IndexFunc(values, func(w any) bool { return fmt.Sprint(w) == fmt.Sprint(v) })
}
