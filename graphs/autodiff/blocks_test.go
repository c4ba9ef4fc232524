package autodiff

import (
	"fmt"
	"slices"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/passes"
)

// block is a part of a published architecture: it appends its nodes to x of
// the given shape, whose batch is symbolic.
type block struct {
	shape []int
	build func(p *problem, x string) string
}

var blocks = map[string]block{
	"MobileNetV3": {[]int{2, 4, 5, 5}, func(p *problem, x string) string {
		h := p.Op("HardSwish", []string{p.conv(x, 6, 4, 1)})
		h = p.Op("Relu", []string{p.Op("Conv", []string{h, p.weight(6, 1, 3, 3), p.weight(6)},
			graphs.Ints("strides", 2, 2), graphs.Ints("pads", 1, 1, 1, 1), graphs.Int("group", 6))})
		squeezed := p.Op("Relu", []string{p.conv(p.Op("GlobalAveragePool", []string{h}), 2, 6, 1)})
		gate := p.Op("HardSigmoid", []string{p.conv(squeezed, 6, 2, 1)})
		return p.conv(p.Mul(gate, h), 3, 6, 1)
	}},
	"DenseNet": {[]int{2, 3, 4, 4}, func(p *problem, x string) string {
		grown := p.Op("Concat", []string{x, p.conv(p.Op("Softplus", []string{x}), 2, 3, 3)}, graphs.Int("axis", 1))
		return p.Op("AveragePool", []string{p.conv(grown, 2, 5, 1)}, graphs.Ints("kernel_shape", 2, 2), graphs.Ints("strides", 2, 2))
	}},
	"ShuffleNet": {[]int{2, 4, 3, 3}, func(p *problem, x string) string {
		halves := p.Node("Split", []string{x, p.Ints(2, 2)}, 2, graphs.Int("axis", 1))
		both := p.Op("Concat", []string{halves[0], p.conv(halves[1], 2, 2, 3)}, graphs.Int("axis", 1))
		n := p.Gather(p.Op("Shape", []string{both}), p.Ints(0), 0)
		shape := func(dims ...int64) string {
			return p.Op("Concat", []string{n, p.Ints(dims...)}, graphs.Int("axis", 0))
		}
		shuffled := p.Transpose(p.Reshape(both, shape(2, 2, 3, 3)), 0, 2, 1, 3, 4)
		return p.Mul(p.Reshape(shuffled, shape(-1, 3, 3)), p.weight(4, 1, 1))
	}},
	"ViT": {[]int{2, 3, 4, 4}, func(p *problem, x string) string {
		patches := p.Op("Conv", []string{x, p.weight(4, 3, 2, 2), p.weight(4)}, graphs.Ints("strides", 2, 2))
		tokens := p.Transpose(p.ReshapeTo(patches, 0, 4, 4), 0, 2, 1)
		n := p.Gather(p.Op("Shape", []string{tokens}), p.Ints(0), 0)
		class := p.Expand(p.weight(1, 1, 4), p.Op("Concat", []string{n, p.Ints(1, 4)}, graphs.Int("axis", 0)))
		tokens = p.Add(p.Op("Concat", []string{class, tokens}, graphs.Int("axis", 1)), p.weight(1, 5, 4))
		h := p.Op("LayerNormalization", []string{p.attention(tokens), p.weight(4), p.weight(4)})
		return p.Gather(p.Op("Gelu", []string{h}), p.Const(graphs.NewInts("", nil, []int64{0})), 1)
	}},
	"Swin": {[]int{2, 4, 4, 2}, func(p *problem, x string) string {
		cut := func(from, to int64) string { return p.Op("Slice", []string{x, p.Ints(from), p.Ints(to), p.Ints(1)}) }
		rolled := p.Op("Concat", []string{cut(1, 1<<62), cut(0, 1)}, graphs.Int("axis", 1))
		windows := p.ReshapeTo(p.Transpose(p.ReshapeTo(rolled, -1, 2, 2, 2, 2, 2), 0, 1, 3, 2, 4, 5), -1, 4, 2)
		scores := p.MatMul(p.MatMul(windows, p.weight(2, 2)), p.Transpose(windows, 0, 2, 1))
		bias := p.Transpose(p.ReshapeTo(p.Gather(p.weight(9, 1), p.Ints(0, 3, 1, 3, 8, 4, 4, 2, 6, 7, 5, 0, 1, 2, 3, 4), 0), 4, 4, 1), 2, 0, 1)
		h := p.MatMul(p.Softmax(p.Add(scores, bias), -1), windows)
		merged := p.Transpose(p.ReshapeTo(h, -1, 2, 2, 2, 2, 2), 0, 1, 3, 2, 4, 5)
		return p.MatMul(p.ReshapeTo(merged, -1, 16, 2), p.weight(2, 3))
	}},
	"layouts around Slice and Pad": {[]int{2, 3, 4, 2}, func(p *problem, x string) string {
		h := p.Transpose(p.Mul(x, p.weight(3, 1, 1)), 0, 2, 3, 1)
		h = p.Op("Slice", []string{h, p.Ints(1), p.Ints(3), p.Ints(1)})
		h = p.Op("Pad", []string{p.Transpose(h, 0, 3, 1, 2), p.Ints(1, 0), "", p.Ints(2)})
		return p.Transpose(p.Mul(h, p.weight(2)), 0, 2, 3, 1)
	}},
	"GoogLeNet": {[]int{2, 3, 6, 6}, func(p *problem, x string) string {
		h := p.Op("LRN", []string{p.conv(x, 3, 3, 3)}, graphs.Int("size", 3), graphs.Float("alpha", 0.3))
		pooled := p.Op("MaxPool", []string{h}, graphs.Ints("kernel_shape", 3, 3), graphs.Ints("strides", 2, 2), graphs.Int("ceil_mode", 1))
		mean := p.Op("AveragePool", []string{pooled}, graphs.Ints("kernel_shape", 3, 3), graphs.Ints("pads", 1, 1, 1, 1))
		return p.Op("Concat", []string{p.conv(mean, 2, 3, 1), p.conv(pooled, 2, 3, 3)}, graphs.Int("axis", 1))
	}},
	"U-Net": {[]int{2, 2, 4, 4}, func(p *problem, x string) string {
		down := p.Op("Resize", []string{x, "", p.Const(graphs.NewFloats("", []int64{4}, []float32{1, 1, 0.5, 0.5}))}, graphs.Str("mode", "linear"))
		up := p.Op("ConvTranspose", []string{p.conv(down, 3, 2, 3), p.weight(3, 2, 2, 2), p.weight(2)}, graphs.Ints("strides", 2, 2))
		return p.conv(p.Op("Concat", []string{x, up}, graphs.Int("axis", 1)), 2, 4, 3)
	}},
}

// weight is a parameter of the given shape.
func (p *problem) weight(shape ...int) string {
	name := fmt.Sprint("w", len(p.wrt))
	p.wrt = append(p.wrt, name)
	return p.add(name, of(shape...), forms[0])
}

// conv appends a convolution with padding and bias that keeps the size.
func (p *problem) conv(x string, features, channels, kernel int) string {
	pad := int64(kernel / 2)
	return p.Op("Conv", []string{x, p.weight(features, channels, kernel, kernel), p.weight(features)}, graphs.Ints("pads", pad, pad, pad, pad))
}

// attention appends self-attention of two heads on x N×T×4.
func (p *problem) attention(x string) string {
	qkv := p.Transpose(p.ReshapeTo(p.MatMul(x, p.weight(4, 12)), 0, 0, 3, 2, 2), 2, 0, 3, 1, 4)
	part := func(i int64) string { return p.Gather(qkv, p.Const(graphs.NewInts("", nil, []int64{i})), 0) }
	scores := p.Op("Einsum", []string{part(0), part(1)}, graphs.Str("equation", "bhid,bhjd->bhij"))
	return p.ReshapeTo(p.Transpose(p.MatMul(p.Softmax(scores, -1), part(2)), 0, 2, 1, 3), 0, 0, 4)
}

// TestBlocks compares the gradients of parts of published architectures with
// central differences. As only the batch is open, nothing that depends on
// other sizes may be left to the run.
func TestBlocks(t *testing.T) {
	for name, blk := range blocks {
		t.Run(name, func(t *testing.T) {
			p := blk.problem(t)
			want := numeric(t, p.Model(), p.feeds, p.loss, p.wrt)
			if _, err := p.differentiate(); err != nil {
				t.Fatal(err)
			}
			verify(t, p.Model(), p.feeds, want)
			lean, err := passes.Tidy(p.Model(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range lean.Graph.Nodes {
				if slices.Contains([]string{"NonZero", "Range", "Resize", "LpPool"}, n.Op) && n.Outputs[0] != "resize" {
					t.Errorf("%s is left\n%s", n.Label(), graphs.Text(lean))
					break
				}
			}
		})
	}
}

// problem builds a block's loss Σ sin(y).
func (k block) problem(t *testing.T) *problem {
	t.Helper()
	p := &problem{Builder: newBuilder(t), feeds: map[string]*eval.Value{}}
	batch := func(shape []int) graphs.Shape {
		s := staticShape(shape)
		s[0] = graphs.Symbolic("N")
		return s
	}
	x := p.add("x", of(k.shape...), form{elem: graphs.Float32, shape: batch})
	y := k.build(p, x)
	p.loss = p.ReduceSum(p.ReshapeTo(p.Op("Sin", []string{y}), -1), false, 0)
	p.wrt = append(p.wrt, "x")
	p.Output(p.loss)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return p
}
