package graphs

import (
	"fmt"
	"slices"
	"strings"
)

// einsum infers Einsum: the sizes of the output's indices, where "..." stands
// for broadcast axes.
func einsum(c *inferCall) ([]Info, error) {
	equation := strings.ReplaceAll(c.node.Str("equation", ""), " ", "")
	left, right, explicit := strings.Cut(equation, "->")
	terms := strings.Split(left, ",")
	if len(terms) != len(c.in) {
		return nil, fmt.Errorf("equation %q has %d terms for %d operands", equation, len(terms), len(c.in))
	}
	sizes := map[rune]Dim{}
	ellipses := []Shape{{}}
	for i, term := range terms {
		s := c.in[i].Shape
		if s == nil {
			return c.einsumRank(right, explicit)
		}
		broadcast, err := bindIndices(sizes, term, s)
		if err != nil {
			return nil, fmt.Errorf("equation %q: %w", equation, err)
		}
		ellipses = append(ellipses, broadcast)
	}
	shared, err := Broadcast(ellipses...)
	if err != nil {
		return nil, err
	}
	if !explicit {
		right = implicitIndices(left)
	}
	out := Shape{}
	before, after, dots := strings.Cut(right, "...")
	for _, part := range []string{before, after} {
		for _, r := range part {
			d, ok := sizes[r]
			if !ok {
				return nil, fmt.Errorf("equation %q: output index %q is in no term", equation, r)
			}
			out = append(out, d)
		}
		if dots && part == before {
			out, dots = append(out, shared...), false
		}
	}
	return one(c.elem(), out)
}

// einsumRank is what can be said when an operand's rank is not known.
func (c *inferCall) einsumRank(right string, explicit bool) ([]Info, error) {
	if !explicit || strings.Contains(right, "...") {
		return one(c.elem(), nil)
	}
	return one(c.elem(), slices.Repeat(Shape{UnknownDim}, len([]rune(right))))
}

// bindIndices gives the indices of a term the sizes of its operand and returns
// the axes under "...".
func bindIndices(sizes map[rune]Dim, term string, s Shape) (Shape, error) {
	before, after, dots := strings.Cut(term, "...")
	head, tail := []rune(before), []rune(after)
	if named := len(head) + len(tail); named > len(s) || !dots && named != len(s) {
		return nil, fmt.Errorf("term %q does not fit an operand of shape %s", term, s)
	}
	bind := func(r rune, d Dim) error {
		old, ok := sizes[r]
		if !ok {
			sizes[r] = d
			return nil
		}
		both, err := broadcastDim(old, d)
		if err != nil {
			return fmt.Errorf("index %q: %w", r, err)
		}
		sizes[r] = both
		return nil
	}
	for i, r := range head {
		if err := bind(r, s[i]); err != nil {
			return nil, err
		}
	}
	for i, r := range tail {
		if err := bind(r, s[len(s)-len(tail)+i]); err != nil {
			return nil, err
		}
	}
	return s[len(head) : len(s)-len(tail)], nil
}

// implicitIndices is the output of an equation without "->": the ellipsis and
// the indices that appear once, in alphabetical order.
func implicitIndices(left string) string {
	counts := map[rune]int{}
	for _, r := range strings.ReplaceAll(strings.ReplaceAll(left, "...", ""), ",", "") {
		counts[r]++
	}
	var once []rune
	for r, n := range counts {
		if n == 1 {
			once = append(once, r)
		}
	}
	slices.Sort(once)
	if strings.Contains(left, "...") {
		return "..." + string(once)
	}
	return string(once)
}
