package features

import (
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// expandOpset is a version of the standard operators that has Expand.
const expandOpset = 18

// spellings are the operators that onnx-go computes, each in a form in which it
// is right. Operators that it has in name only (broken, guessing, writing to
// their inputs) are not in the table.
var spellings = map[string]passes.Replacer{
	// elementwise
	"Abs": keep, "Exp": keep, "Identity": keep, "Log": keep, "Neg": keep, "Relu": keep, "Sigmoid": keep, "Sqrt": keep, "Tanh": keep,
	"Add": elementwise, "Sub": elementwise, "Mul": elementwise, "Div": elementwise,
	"LeakyRelu":          leakyRelu,
	"Dropout":            dropout,
	"BatchNormalization": batchNorm,
	"Softmax":            softmax,
	// layers
	"Gemm":   gemm,
	"MatMul": matMul,
	// shapes
	"Flatten": reshape, "Reshape": reshape, "Squeeze": reshape, "Unsqueeze": reshape,
}

// keep takes the node as it is.
func keep(*graphs.Builder, *graphs.Node) []string { return nil }

// elementwise makes both operands as large as the result, and different:
// onnx-go has one edge between two values.
func elementwise(b *graphs.Builder, n *graphs.Node) []string {
	shape := b.Shape(n.Output(0))
	operands := slices.Clone(n.Inputs)
	for i, in := range operands {
		info := b.Info(in)
		switch {
		case info.Const != nil:
			operands[i] = expanded(b, info.Const, shape)
		case !info.Shape.Equals(shape):
			return refuse(b, n, "it would have to broadcast %v to %v", info.Shape, shape)
		}
	}
	return []string{b.Op(n.Op, distinct(b, operands))}
}

// distinct returns two operands that are not the same value by name.
func distinct(b *graphs.Builder, operands []string) []string {
	if operands[0] == operands[1] {
		operands[1] = b.Op("Identity", operands[1:])
	}
	return operands
}

// leakyRelu spells out LeakyRelu(x) = Relu(x) − α·Relu(−x): onnx-go's own
// overwrites its input.
func leakyRelu(b *graphs.Builder, n *graphs.Node) []string {
	x := n.Input(0)
	alpha := graphs.NewFloats("", nil, []float32{n.Float("alpha", 0.01)})
	negative := b.Op("Relu", []string{b.Neg(x)})
	return []string{b.Sub(b.Op("Relu", []string{x}), b.Mul(negative, expanded(b, alpha, b.Shape(x))))}
}

func dropout(b *graphs.Builder, n *graphs.Node) []string {
	mode := n.Input(2)
	if t := b.Info(mode).Const; len(n.Outputs) > 1 || mode != "" && (t == nil || t.At(0) != 0) {
		return refuse(b, n, "the node is in training form")
	}
	return []string{b.Op("Identity", n.Inputs[:1])}
}

// batchNorm spells out y = s·x + t where there is no layer to fold it into.
func batchNorm(b *graphs.Builder, n *graphs.Node) []string {
	s, t := normAffine(b, n)
	if s == nil {
		return refuse(b, n, "the node is in training form or its statistics are not constant")
	}
	x := n.Input(0)
	shape := b.Shape(x)
	constant := func(v []float64) string {
		dims := slices.Repeat([]int64{1}, len(shape)-1)
		dims[0] = int64(len(v))
		return expanded(b, graphs.NewTensor("", graphs.Float32, dims, v), shape)
	}
	return []string{b.Add(b.Mul(x, constant(s)), constant(t))}
}

func softmax(b *graphs.Builder, n *graphs.Node) []string {
	if axis := n.Int("axis", 1); len(b.Shape(n.Input(0))) != 2 || axis != 1 && axis != -1 {
		return refuse(b, n, "it takes matrices and their last axis only")
	}
	return []string{b.Op("Softmax", n.Inputs, graphs.Int("axis", 1))}
}

// gemm gives the layer a bias of its own, one value a column.
func gemm(b *graphs.Builder, n *graphs.Node) []string {
	width := int(b.Shape(n.Output(0))[1].Size)
	bias, ok := layerBias(b, n, width)
	if !ok {
		return refuse(b, n, "the bias must be a constant with one value a column")
	}
	operands := append(distinct(b, slices.Clone(n.Inputs[:2])),
		own(b, graphs.NewTensor("", graphs.Float32, []int64{int64(width)}, bias)))
	return []string{b.Op("Gemm", operands, n.Attributes...)}
}

func matMul(b *graphs.Builder, n *graphs.Node) []string {
	if len(b.Shape(n.Input(0))) != 2 || len(b.Shape(n.Input(1))) != 2 {
		return refuse(b, n, "it multiplies matrices only")
	}
	return []string{b.Op("MatMul", distinct(b, slices.Clone(n.Inputs)))}
}

// reshape spells every operator that only changes the shape as the same one.
func reshape(b *graphs.Builder, n *graphs.Node) []string {
	return []string{b.ReshapeTo(n.Input(0), b.Shape(n.Output(0)).Dims()...)}
}
