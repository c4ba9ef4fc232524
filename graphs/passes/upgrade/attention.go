package upgrade

import (
	"math"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// SpellAttention returns a copy of m in which every Attention of the forms that
// image models have is spelt out:
//
//	softmax(scale·Q·Kᵀ + mask)·V
//
// Those with a cache of past keys, a softcap or a window, or whose scores are
// an output, stay.
func SpellAttention(m *graphs.Model) (*graphs.Model, error) {
	read := map[string]bool{}
	allReads(m.Graph, read)
	return passes.Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		if n.StandardOp() != "Attention" || !plainAttention(n, read) {
			return nil
		}
		y := spellAttention(b, n)
		if y == "" {
			return nil
		}
		return []string{y}
	})
}

// plainAttention reports whether a node has none of the options of language
// models.
func plainAttention(n *graphs.Node, read map[string]bool) bool {
	for i := 4; i < len(n.Inputs); i++ {
		if n.Inputs[i] != "" {
			return false
		}
	}
	for i := 1; i < len(n.Outputs); i++ {
		if read[n.Outputs[i]] {
			return false
		}
	}
	return n.Float("softcap", 0) == 0 && n.Int("left_window_size", -1) < 0 && n.Int("right_window_size", -1) < 0
}

// spellAttention appends the plain operators; "" when sizes that they need are
// not known.
func spellAttention(b *graphs.Builder, n *graphs.Node) string {
	shape := b.Shape(n.Input(0))
	packed := len(shape) == 3
	if !packed && len(shape) != 4 {
		return ""
	}
	q := perHead(b, n.Input(0), n.Int("q_num_heads", 0))
	k := perHead(b, n.Input(1), n.Int("kv_num_heads", 0))
	v := perHead(b, n.Input(2), n.Int("kv_num_heads", 0))
	queries, keys := b.Shape(q), b.Shape(k)
	if len(queries) != 4 || len(keys) != 4 || !queries[1].IsKnown() || !keys[1].IsKnown() || !queries[3].IsKnown() {
		return ""
	}
	if repeat := repeated(queries[1].Size, keys[1].Size); repeat != nil {
		indices := b.Ints(repeat...)
		k = b.Op("Gather", []string{k, indices}, graphs.Int("axis", 1))
		v = b.Op("Gather", []string{v, indices}, graphs.Int("axis", 1))
	}
	scale := float64(n.Float("scale", float32(1/math.Sqrt(float64(queries[3].Size)))))
	scores := b.MatMul(b.Scale(q, scale), b.Transpose(k, 0, 1, 3, 2))
	if scores = masked(b, n, scores); scores == "" {
		return ""
	}
	y := b.MatMul(b.Op("Softmax", []string{scores}, graphs.Int("axis", -1)), v)
	if packed {
		y = b.ReshapeTo(b.Transpose(y, 0, 2, 1, 3), 0, 0, -1)
	}
	return y
}

// perHead gives packed vectors [N, length, heads·width] the form
// [N, heads, length, width].
func perHead(b *graphs.Builder, x string, heads int64) string {
	if len(b.Shape(x)) != 3 || heads < 1 {
		return x
	}
	return b.Transpose(b.ReshapeTo(x, 0, 0, heads, -1), 0, 2, 1, 3)
}

// repeated lists, for each head of the queries, the head of keys and values it
// shares with its neighbours; nil when each has its own.
func repeated(queries, keys int64) []int64 {
	if queries == keys || keys < 1 || queries%keys != 0 {
		return nil
	}
	out := make([]int64, queries)
	for i := range out {
		out[i] = int64(i) / (queries / keys)
	}
	return out
}

// maxMask bounds the elements of the constant that hides the future.
const maxMask = 1 << 16

// masked adds the mask and hides the future; "" when the sizes are not known.
func masked(b *graphs.Builder, n *graphs.Node, scores string) string {
	hidden := b.Like(scores, math.Inf(-1))
	if mask := n.Input(3); mask != "" {
		last := b.Shape(mask)
		if len(last) == 0 || !last[len(last)-1].Equals(b.Shape(scores)[3]) {
			return ""
		}
		if b.Elem(mask) == graphs.Bool {
			scores = b.Op("Where", []string{mask, scores, hidden})
		} else {
			scores = b.Add(scores, mask)
		}
	}
	if n.Int("is_causal", 0) == 0 {
		return scores
	}
	rows, columns := b.Shape(scores)[2], b.Shape(scores)[3]
	if !rows.IsKnown() || !columns.IsKnown() || rows.Size*columns.Size > maxMask {
		return ""
	}
	var seen []float64
	for i := range rows.Size {
		for j := range columns.Size {
			seen = append(seen, 0)
			if j <= i {
				seen[len(seen)-1] = 1
			}
		}
	}
	past := b.Const(graphs.NewTensor("", graphs.Bool, []int64{rows.Size, columns.Size}, seen))
	return b.Op("Where", []string{past, scores, hidden})
}
