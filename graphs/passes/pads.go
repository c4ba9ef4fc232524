package passes

import (
	"cmp"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// Pads returns a copy of m in which a sum of values that were padded with
// zeros until they fill one axis together is their concatenation. The
// gradient of slices of one value is such a sum.
func Pads(m *graphs.Model) (*graphs.Model, error) {
	return rewriteUnpruned(m, func(k *Known, n *graphs.Node) []string {
		if n.Op != "Add" {
			return nil
		}
		var parts []part
		if !k.collect(n.Input(0), n.Output(0), &parts) || !k.collect(n.Input(1), n.Output(0), &parts) {
			return nil
		}
		return k.joined(parts)
	})
}

// part is a value that is padded along one axis.
type part struct {
	value               string
	axis                int
	before, size, after int64
}

// collect appends the padded values of which x is the sum; false when x is no
// such sum, or is read elsewhere, or does not have the whole sum's shape.
func (k *Known) collect(x, sum string, parts *[]part) bool {
	n := k.Maker(x)
	if n == nil || k.Reads(x) != 1 || !k.Shape(x).Equals(k.Shape(sum)) {
		return false
	}
	switch n.Op {
	case "Add":
		return k.collect(n.Input(0), sum, parts) && k.collect(n.Input(1), sum, parts)
	case "Pad":
		part, ok := k.padded(n)
		*parts = append(*parts, part)
		return ok
	}
	return false
}

// padded reads a Pad with zeros along one axis.
func (k *Known) padded(n *graphs.Node) (part, bool) {
	shape, amounts := k.Shape(n.Input(0)), k.Info(n.Input(1)).Const
	if n.Str("mode", "constant") != "constant" || n.Input(2) != "" || n.Input(3) != "" || amounts == nil || amounts.Type != graphs.Int64 || amounts.Len() != 2*len(shape) {
		return part{}, false
	}
	found := part{axis: -1}
	for i, d := range shape {
		before, after := amounts.Ints()[i], amounts.Ints()[len(shape)+i]
		switch {
		case before == 0 && after == 0:
		case found.axis >= 0 || before < 0 || after < 0 || !d.IsKnown():
			return part{}, false
		default:
			found = part{value: n.Input(0), axis: i, before: before, size: d.Size, after: after}
		}
	}
	return found, found.axis >= 0
}

// joined returns the concatenation of parts that lie side by side, nil when
// they do not.
func (k *Known) joined(parts []part) []string {
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.before, b.before) })
	var values []string
	end := int64(0)
	for _, q := range parts {
		if q.axis != parts[0].axis || q.before != end {
			return nil
		}
		values, end = append(values, q.value), end+q.size
	}
	if parts[len(parts)-1].after != 0 {
		return nil
	}
	return []string{k.Op("Concat", values, graphs.Int("axis", int64(parts[0].axis)))}
}
