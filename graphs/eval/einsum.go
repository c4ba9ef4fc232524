package eval

import (
	"fmt"
	"slices"
	"strings"
)

// einsum sums products of elements over the labels that the equation's result
// lacks. The axes under an ellipsis broadcast.
func einsum(c *call) ([]*Value, error) {
	e, err := parseEinsum(c)
	if err != nil {
		return nil, err
	}
	var summed []string
	for _, label := range e.order {
		if !slices.Contains(e.result, label) {
			summed = append(summed, label)
		}
	}
	shape, inner := e.shape(e.result), e.shape(summed)
	if _, err := checkShape(slices.Concat(shape, inner)); err != nil {
		return nil, err
	}
	outerPlaces, innerPlaces := make([][]int, len(c.in)), make([][]int, len(c.in))
	for i := range c.in {
		outerPlaces[i] = offsets(shape, e.strides(i, e.result))
		innerPlaces[i] = offsets(inner, e.strides(i, summed))
	}
	out := zeros(c.in[0].Type, shape)
	for o := range count(shape) {
		for s := range count(inner) {
			term, intTerm := 1.0, int64(1)
			for i, v := range c.in {
				if at := outerPlaces[i][o] + innerPlaces[i][s]; v.isFloat() {
					term *= v.F[at]
				} else {
					intTerm *= v.I[at]
				}
			}
			if out.isFloat() {
				out.F[o] += term
			} else {
				out.I[o] += intTerm
			}
		}
	}
	return one(out)
}

// einsumPlan is a parsed equation: the labels of each operand's axes, of the
// result's, and all of them in order of appearance. The axes under an ellipsis
// are labelled by their distance from its end.
type einsumPlan struct {
	in     []*Value
	labels [][]string
	result []string
	order  []string
	sizes  map[string]int
	counts map[string]int
}

func parseEinsum(c *call) (*einsumPlan, error) {
	equation := strings.ReplaceAll(c.node.Str("equation", ""), " ", "")
	left, right, explicit := strings.Cut(equation, "->")
	terms := strings.Split(left, ",")
	if len(terms) != len(c.in) {
		return nil, fmt.Errorf("equation %q is for %d operands, not %d", equation, len(terms), len(c.in))
	}
	e := &einsumPlan{in: c.in, sizes: map[string]int{}, counts: map[string]int{}}
	hidden := 0 // axes under the longest ellipsis
	for i, term := range terms {
		letters := len(strings.Replace(term, "...", "", 1))
		covered := len(c.in[i].Shape) - letters
		if covered < 0 || covered > 0 && !strings.Contains(term, "...") {
			return nil, fmt.Errorf("term %q of equation %q does not fit shape %v", term, equation, c.in[i].Shape)
		}
		labels, err := axisLabels(term, covered)
		if err != nil {
			return nil, err
		}
		if err := e.add(labels, c.in[i].Shape); err != nil {
			return nil, err
		}
		if strings.Contains(term, "...") {
			hidden = max(hidden, covered)
		}
	}
	if !explicit {
		right = e.implicitResult()
	}
	var err error
	e.result, err = axisLabels(right, hidden)
	if err != nil {
		return nil, err
	}
	for i, label := range e.result {
		if e.counts[label] == 0 || slices.Contains(e.result[:i], label) {
			return nil, fmt.Errorf("label %q of the result of %q is unknown or repeated", label, equation)
		}
	}
	return e, nil
}

// axisLabels returns one label for each axis of a term whose ellipsis covers
// the given number of axes.
func axisLabels(term string, covered int) ([]string, error) {
	var labels []string
	before, after, ellipsis := strings.Cut(term, "...")
	for _, letters := range []string{before, after} {
		for _, r := range letters {
			if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
				return nil, fmt.Errorf("%q in term %q is no letter", r, term)
			}
			labels = append(labels, string(r))
		}
	}
	if ellipsis {
		var dots []string
		for i := range covered {
			dots = append(dots, fmt.Sprintf("...%d", covered-i))
		}
		labels = slices.Insert(labels, len(before), dots...)
	}
	return labels, nil
}

// add notes an operand's labels and the sizes they stand for.
func (e *einsumPlan) add(labels []string, shape []int) error {
	e.labels = append(e.labels, labels)
	for i, label := range labels {
		size, known := e.sizes[label]
		if !known {
			e.order = append(e.order, label)
		}
		if !known || size == 1 {
			e.sizes[label] = shape[i]
		} else if shape[i] != size && shape[i] != 1 {
			return fmt.Errorf("label %q stands for sizes %d and %d", label, size, shape[i])
		}
		e.counts[label]++
	}
	return nil
}

// implicitResult is the ellipsis, then the labels that appear once, sorted.
func (e *einsumPlan) implicitResult() string {
	var once []string
	for _, label := range e.order {
		if e.counts[label] == 1 && !strings.HasPrefix(label, ".") {
			once = append(once, label)
		}
	}
	slices.Sort(once)
	return "..." + strings.Join(once, "")
}

func (e *einsumPlan) shape(labels []string) []int {
	out := make([]int, len(labels))
	for i, label := range labels {
		out[i] = e.sizes[label]
	}
	return out
}

// strides returns how far operand i moves along each label; an axis of size 1
// stands still.
func (e *einsumPlan) strides(i int, labels []string) []int {
	out := make([]int, len(labels))
	for axis, stride := range stridesOf(e.in[i].Shape) {
		if at := slices.Index(labels, e.labels[i][axis]); at >= 0 && e.in[i].Shape[axis] != 1 {
			out[at] += stride
		}
	}
	return out
}
