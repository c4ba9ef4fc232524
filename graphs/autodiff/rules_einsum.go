package autodiff

import (
	"slices"
	"strings"

	"github.com/memdil/memdil/graphs"
)

// einsum: y[out] = Σ Π x_i[labels_i] over the labels that are not in out.
//
//	dx_i[labels_i] = Σ v[out]·Π x_j[labels_j], j ≠ i, over the others
//
// A label of x_i that v and the other operands lack gets a vector of ones. A
// label that an operand repeats, and so takes a diagonal, gets a new name
// there and a Kronecker delta of both names as a further operand.
func einsum(c *call) []string {
	e := newEquation(c)
	if e == nil {
		return nil
	}
	grads := make([]string, len(c.node.Inputs))
	for i := range grads {
		grads[i] = e.gradient(i)
	}
	return grads
}

// equation is that of an Einsum, spelt out: one letter for each axis.
type equation struct {
	c        *call
	operands []string // values, then deltas
	labels   []string // of each
	out      string
	free     string // letters not in use
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// newEquation reads the attribute; it is nil after a failure.
func newEquation(c *call) *equation {
	text := strings.ReplaceAll(c.node.Str("equation", ""), " ", "")
	left, out, explicit := strings.Cut(text, "->")
	e := &equation{c: c, operands: slices.Clone(c.node.Inputs), labels: strings.Split(left, ","), out: out}
	if len(e.labels) != len(e.operands) {
		c.Failf("equation %q does not fit %d operands", text, len(e.operands))
		return nil
	}
	e.free = strings.Map(func(r rune) rune {
		if strings.ContainsRune(text, r) {
			return -1
		}
		return r
	}, letters)
	if !explicit {
		e.out = implicitOutput(left)
	}
	if !e.spellOut() {
		return nil
	}
	for i := range c.node.Inputs {
		e.separate(i)
	}
	return e
}

// implicitOutput lists the axes of an ellipsis and then, sorted, the labels
// that appear once.
func implicitOutput(left string) string {
	once := []rune{}
	for _, r := range left {
		if strings.ContainsRune(letters, r) && strings.Count(left, string(r)) == 1 {
			once = append(once, r)
		}
	}
	slices.Sort(once)
	if strings.Contains(left, "...") {
		return "..." + string(once)
	}
	return string(once)
}

// spellOut replaces each ellipsis by letters, aligned at their ends as
// broadcasting does.
func (e *equation) spellOut() bool {
	if !strings.Contains(strings.Join(e.labels, "")+e.out, "...") {
		return true
	}
	hidden := make([]int, len(e.labels))
	for i, l := range e.labels {
		if strings.Contains(l, "...") {
			hidden[i] = e.c.Rank(e.operands[i]) - (len(l) - len("..."))
		}
	}
	most := slices.Max(hidden)
	if e.c.Err() != nil || slices.Min(hidden) < 0 || most > len(e.free) {
		e.c.Failf("equation %q does not fit its operands", e.c.node.Str("equation", ""))
		return false
	}
	axes := e.free[:most]
	e.free = e.free[most:]
	for i, l := range e.labels {
		e.labels[i] = strings.Replace(l, "...", axes[most-hidden[i]:], 1)
	}
	e.out = strings.Replace(e.out, "...", axes, 1)
	return true
}

// separate gives labels that operand i repeats new names.
func (e *equation) separate(i int) {
	seen := ""
	for axis, r := range e.labels[i] {
		l := string(r)
		if !strings.Contains(seen, l) {
			seen += l
			continue
		}
		if e.free == "" {
			e.c.Failf("equation %q leaves no letter free", e.c.node.Str("equation", ""))
			return
		}
		fresh := e.free[:1]
		e.free = e.free[1:]
		seen += fresh
		e.operands = append(e.operands, e.c.units(e.operands[i], axis))
		e.labels = append(e.labels, l+fresh)
	}
	e.labels[i] = seen
}

// gradient is that by operand i.
func (e *equation) gradient(i int) string {
	c := e.c
	operands, labels := []string{c.dy[0]}, []string{e.out}
	for j, name := range e.operands {
		if j != i {
			operands, labels = append(operands, name), append(labels, e.labels[j])
		}
	}
	x := e.operands[i]
	for axis, r := range e.labels[i] {
		if !e.spans(i, axis, operands, labels) {
			size := c.Gather(c.ShapeOf(x), c.Ints(int64(axis)), 0)
			operands, labels = append(operands, c.Expand(c.Like(x, 1), size)), append(labels, string(r))
		}
	}
	return c.Op("Einsum", operands, graphs.Str("equation", strings.Join(labels, ",")+"->"+e.labels[i]))
}

// spans reports whether one of the operands has the label of an axis of
// operand i, and not with the size 1 of a broadcast.
func (e *equation) spans(i, axis int, operands, labels []string) bool {
	label := e.labels[i][axis]
	size := e.size(e.operands[i], axis)
	for j, l := range labels {
		if at := strings.IndexByte(l, label); at >= 0 && (e.size(operands[j], at) != graphs.Known(1) || size == graphs.Known(1)) {
			return true
		}
	}
	return false
}

func (e *equation) size(name string, axis int) graphs.Dim {
	if s := e.c.Shape(name); axis < len(s) {
		return s[axis]
	}
	return graphs.UnknownDim
}
