package eval

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
)

// FuzzNode applies every operator to inputs and attributes that mostly make no
// sense, and every golden application with one thing changed: each must fail
// cleanly or give sound values.
func FuzzNode(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	names := slices.Sorted(maps.Keys(operators))
	cases := readGolden(f)
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := nonsense{rand.New(rand.NewPCG(seed, 0))}
		for _, name := range names {
			if name == "If" || name == "Loop" { // their subgraphs are tested apart
				continue
			}
			n, in := r.node(name)
			mustBeSound(t, n, 18+r.Int64N(7), in)
		}
		for _, g := range cases {
			n, in := g.node(t)
			r.spoil(n, in)
			mustBeSound(t, n, g.Opset, in)
		}
	})
}

func mustBeSound(t *testing.T, n *graphs.Node, opset int64, in []*Value) {
	out, err := Node(n, opset, in)
	if err != nil {
		return
	}
	for i, v := range out {
		if err := v.check(); err != nil {
			t.Errorf("output %d of %s with %v on %v: %v", i, n.Op, n.Attributes, in, err)
		}
	}
}

// spoil changes one input or attribute of a sound node.
func (r nonsense) spoil(n *graphs.Node, in []*Value) {
	if len(n.Attributes) > 0 && r.IntN(2) == 0 {
		a := &n.Attributes[r.IntN(len(n.Attributes))]
		a.Int, a.Float = r.integer(), float32(r.integer())
		if len(a.Ints) > 0 {
			a.Ints[r.IntN(len(a.Ints))] = r.integer()
		}
		return
	}
	i := r.IntN(len(in))
	if in[i] == nil || r.IntN(8) == 0 {
		in[i] = r.value(anyType, in[:1])
		return
	}
	if v := in[i]; len(v.I) > 0 && r.IntN(2) == 0 {
		v.I[r.IntN(len(v.I))] = r.integer()
	} else if len(v.Shape) > 0 {
		shape := slices.Clone(v.Shape)
		if axis := r.IntN(len(shape)); r.IntN(3) == 0 {
			shape = slices.Delete(shape, axis, axis+1)
		} else {
			shape[axis] = r.IntN(5)
		}
		in[i] = zeros(v.Type, shape)
	}
}

// nonsense draws nodes that fit an operator's signature and little else.
type nonsense struct{ *rand.Rand }

func (r nonsense) node(op string) (*graphs.Node, []*Value) {
	n := &graphs.Node{Op: op, Outputs: []string{"y"}}
	for range r.IntN(3) {
		n.Outputs = append(n.Outputs, "")
	}
	sig := operators[op].signature
	var in []*Value
	for i := range len(sig) + r.IntN(2) {
		s, ok := sig.slot(i)
		if !ok || s.optional && r.IntN(2) == 0 {
			break
		}
		in = append(in, r.value(s.kind, in))
	}
	for _, name := range []string{
		"axis", "keepdims", "group", "num_groups", "batch_dims", "blocksize", "size", "p", "k", "allowzero",
		"ceil_mode", "count_include_pad", "exclusive", "reverse", "start", "end", "num_outputs", "upper", "to",
		"antialias", "exclude_outside", "training_mode", "noop_with_empty_axes", "dtype", "storage_order",
	} {
		if r.IntN(3) == 0 {
			n.Attributes = append(n.Attributes, graphs.Int(name, r.integer()))
		}
	}
	for _, name := range []string{"kernel_shape", "pads", "strides", "dilations", "output_padding", "output_shape", "perm", "axes"} {
		if r.IntN(3) == 0 || name == "kernel_shape" {
			n.Attributes = append(n.Attributes, graphs.Ints(name, r.integers(r.IntN(5))...))
		}
	}
	for _, choices := range [][]string{
		{"mode", "constant", "edge", "reflect", "wrap", "linear", "cubic", "nearest", "CRD"},
		{"auto_pad", "SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"},
		{"reduction", "none", "add", "max", "sum", "mean"},
		{"equation", "ij,jk->ik", "...i,...i->...", "ii->i", "i->", "...j", "ij,->j", "ij"},
		{"direction", "LEFT", "RIGHT"},
		{"coordinate_transformation_mode", "asymmetric", "align_corners", "tf_crop_and_resize", "half_pixel_symmetric"},
		{"keep_aspect_ratio_policy", "not_larger", "not_smaller"},
	} {
		if r.IntN(2) == 0 {
			n.Attributes = append(n.Attributes, graphs.Str(choices[0], choices[1+r.IntN(len(choices)-1)]))
		}
	}
	return n, in
}

// value returns a small value of a kind; it often has type and shape of an
// earlier one, or a shape that is like a list of axes or sizes.
func (r nonsense) value(k kind, earlier []*Value) *Value {
	types := []graphs.DType{graphs.Int64, graphs.Int64, graphs.Uint8, graphs.Bool, graphs.Float32, graphs.Float32, graphs.Float16}
	types = slices.DeleteFunc(types, func(t graphs.DType) bool { return !k.allows(t) })
	shape := make([]int, r.IntN(5))
	for i := range shape {
		shape[i] = r.IntN(4)
	}
	elem := types[r.IntN(len(types))]
	if len(earlier) > 0 && r.IntN(4) > 0 {
		like := earlier[r.IntN(len(earlier))]
		shape = [][]int{like.Shape, like.Shape, {len(like.Shape)}, {1}, {}}[r.IntN(5)]
		if k.allows(like.Type) {
			elem = like.Type
		}
	}
	v := zeros(elem, shape)
	for i := range v.F {
		v.F[i] = float64(r.integer()) / 2
	}
	for i := range v.I {
		v.I[i] = r.integer()
	}
	return v.wrapped()
}

func (r nonsense) integer() int64 {
	if r.IntN(40) == 0 {
		return []int64{-1 << 63, 1<<63 - 1, 1 << 31, 1 << 40, -1 << 33}[r.IntN(5)]
	}
	return r.Int64N(8) - 3
}

func (r nonsense) integers(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = r.integer()
	}
	return out
}
