package upgrade

import (
	"fmt"
	"math"
	"slices"

	"github.com/memdil/memdil/graphs"
)

// upsample10: Resize took its place, the scales an input.
func upsample10(u *upgrader, n *graphs.Node) error {
	if a := n.Attr("scales"); a != nil {
		setInput(n, 1, u.b.Const(graphs.NewFloats("", []int64{int64(len(a.Floats))}, a.Floats)))
		n.DropAttr("scales")
	}
	n.Op = "Resize"
	return resize11(u, n)
}

// resize11: places of the output are mapped in many ways; the old one is
// called asymmetric, and took the nearest place below when enlarging, above
// when shrinking.
func resize11(u *upgrader, n *graphs.Node) error {
	scales := n.Input(1)
	n.Inputs = []string{n.Input(0), "", scales}
	n.SetAttr(graphs.Str("coordinate_transformation_mode", "asymmetric"))
	if n.Str("mode", "nearest") != "nearest" {
		n.SetAttr(graphs.Str("mode", "linear"))
		return nil
	}
	known := u.knownFloats(scales)
	if known == nil {
		return fmt.Errorf("its scales are not constant, so that it is not known whether it enlarges or shrinks")
	}
	up, down := splitScales(known)
	switch {
	case down == nil:
		n.SetAttr(graphs.Str("nearest_mode", "floor"))
	case up == nil:
		n.SetAttr(graphs.Str("nearest_mode", "ceil"))
	default: // one axis after the other
		larger := n.Clone()
		larger.Inputs[2] = u.floats(up)
		larger.SetAttr(graphs.Str("nearest_mode", "floor"))
		n.Inputs[0] = u.op("Resize", larger.Inputs, larger.Attributes...)
		n.Inputs[2] = u.floats(down)
		n.SetAttr(graphs.Str("nearest_mode", "ceil"))
	}
	return nil
}

// knownFloats returns the elements of a constant vector, or of a Concat of
// such, as PyTorch writes scales; nil of others.
func (u *upgrader) knownFloats(name string) []float64 {
	if t := u.b.Info(name).Const; t != nil && t.Type.IsFloat() {
		return t.Floats()
	}
	for _, n := range u.list {
		if n.StandardOp() != "Concat" || n.Output(0) != name {
			continue
		}
		var all []float64
		for _, part := range n.Inputs {
			values := u.knownFloats(part)
			if values == nil {
				return nil
			}
			all = append(all, values...)
		}
		return all
	}
	return nil
}

// splitScales separates scales that enlarge from those that shrink, nil where
// there are none.
func splitScales(scales []float64) (up, down []float32) {
	up, down = make([]float32, len(scales)), make([]float32, len(scales))
	one := func(v float32) bool { return v == 1 }
	for i, s := range scales {
		up[i], down[i] = float32(math.Max(s, 1)), float32(math.Min(s, 1))
	}
	if !slices.ContainsFunc(down, func(v float32) bool { return !one(v) }) {
		return up, nil
	}
	if !slices.ContainsFunc(up, func(v float32) bool { return !one(v) }) {
		return nil, down
	}
	return up, down
}

func (u *upgrader) floats(v []float32) string {
	return u.b.Const(graphs.NewFloats("", []int64{int64(len(v))}, v))
}

// resize13: a way to map places was dropped.
func resize13(_ *upgrader, n *graphs.Node) error {
	if mode := n.Str("coordinate_transformation_mode", ""); mode == "tf_half_pixel_for_nn" {
		return fmt.Errorf("its coordinate_transformation_mode %q was dropped from the standard: use half_pixel", mode)
	}
	return nil
}
