package cost

import (
	"strings"
)

// table maps an operator to its work. Operators without a row are named as
// not counted.
var table = map[string]func(c *call) work{
	// Products.
	"Attention": attention, "Conv": conv(1), "ConvInteger": conv(1), "ConvTranspose": convTranspose,
	"Einsum": einsum, "Gemm": gemm, "MatMul": matMul(1), "MatMulInteger": matMul(1),
	"QLinearConv": conv(3), "QLinearMatMul": matMul(3),

	// Elementwise.
	"Abs": each(1), "Acos": each(1), "Acosh": each(1), "And": each(1), "Asin": each(1), "Asinh": each(1),
	"Atan": each(1), "Atanh": each(1), "BitShift": each(1), "BitwiseAnd": each(1), "BitwiseNot": each(1),
	"BitwiseOr": each(1), "BitwiseXor": each(1), "Ceil": each(1), "Celu": each(1), "Clip": each(1), "Cos": each(1),
	"Cosh": each(1), "CumProd": each(1), "CumSum": each(1), "Elu": each(1), "Equal": each(1), "Erf": each(1),
	"Exp": each(1), "Floor": each(1), "Gelu": each(1), "Greater": each(1), "GreaterOrEqual": each(1),
	"HardSigmoid": each(1), "HardSwish": each(1), "IsInf": each(1), "IsNaN": each(1), "LeakyRelu": each(1),
	"Less": each(1), "LessOrEqual": each(1), "Log": each(1), "Mish": each(1), "Mod": each(1), "Neg": each(1),
	"Not": each(1), "Or": each(1), "PRelu": each(1), "Pow": each(1), "Reciprocal": each(1), "Relu": each(1),
	"Round": each(1), "Selu": each(1), "Shrink": each(1), "Sigmoid": each(1), "Sign": each(1), "Sin": each(1),
	"Sinh": each(1), "Softplus": each(1), "Softsign": each(1), "Sqrt": each(1), "Swish": each(1), "Tan": each(1),
	"Tanh": each(1), "ThresholdedRelu": each(1), "Xor": each(1),
	"Add": operands, "Div": operands, "Max": operands, "Mean": operands, "Min": operands, "Mul": operands,
	"Sub": operands, "Sum": operands,
	"DequantizeLinear": each(2), "DynamicQuantizeLinear": each(2), "QuantizeLinear": each(2), "RotaryEmbedding": each(3),

	// Reductions and losses.
	"ArgMax": read(1), "ArgMin": read(1), "Hardmax": read(1), "ReduceL1": read(2), "ReduceL2": read(2),
	"ReduceLogSum": read(1), "ReduceLogSumExp": read(2), "ReduceMax": read(1), "ReduceMean": read(1),
	"ReduceMin": read(1), "ReduceProd": read(1), "ReduceSum": read(1), "ReduceSumSquare": read(2),
	"NegativeLogLikelihoodLoss": read(1), "SoftmaxCrossEntropyLoss": read(5),

	// Normalisations.
	"BatchNormalization": batchNormalization, "GroupNormalization": each(8), "InstanceNormalization": each(8),
	"LRN": lrn, "LayerNormalization": each(8), "LogSoftmax": each(5), "LpNormalization": each(3),
	"MeanVarianceNormalization": each(6), "RMSNormalization": each(5), "Softmax": each(5),

	// Pools and resampling.
	"AveragePool": pool, "GlobalAveragePool": read(1), "GlobalLpPool": read(2), "GlobalMaxPool": read(1),
	"LpPool": pool, "MaxPool": pool, "Resize": resize, "Upsample": resize,

	// What scatters may add.
	"Scatter": moves, "ScatterElements": scatter, "ScatterND": scatter,

	// Nothing.
	"Bernoulli": moves, "BitCast": moves, "Cast": moves, "CastLike": moves, "CenterCropPad": moves, "Compress": moves,
	"Concat": moves, "Constant": moves, "ConstantOfShape": moves, "DepthToSpace": moves, "Dropout": moves,
	"Expand": moves, "EyeLike": moves, "Flatten": moves, "Gather": moves, "GatherElements": moves, "GatherND": moves,
	"Identity": moves, "Multinomial": moves, "NonZero": moves, "OneHot": moves, "Pad": moves,
	"RandomNormal": moves, "RandomNormalLike": moves, "RandomUniform": moves, "RandomUniformLike": moves,
	"Range": moves, "Reshape": moves, "ReverseSequence": moves, "Shape": moves, "Size": moves, "Slice": moves,
	"SpaceToDepth": moves, "Split": moves, "Squeeze": moves, "TensorScatter": moves, "Tile": moves, "TopK": moves,
	"Transpose": moves, "Trilu": moves, "Unique": moves, "Unsqueeze": moves, "Where": moves,
}

func moves(*call) work { return work{} }

// each is k operations for each element of the result.
func each(k int64) func(c *call) work {
	return func(c *call) work { return work{others: times(k, elements(c.out(0)))} }
}

// read is k operations for each element of the first input.
func read(k int64) func(c *call) work {
	return func(c *call) work { return work{others: times(k, elements(c.in(0)))} }
}

// operands is an elementwise operation on all inputs.
func operands(c *call) work {
	return work{others: times(int64(max(1, len(c.node.Inputs)-1)), elements(c.out(0)))}
}

// matMul: Y = A·B, A …×M×K; B is input i.
func matMul(i int) func(c *call) work {
	return func(c *call) work {
		k := size(c.in(i), 2) // rows of B
		if len(c.in(i)) == 1 {
			k = size(c.in(i), 1)
		}
		return work{products: times(2, elements(c.out(0)), k)}
	}
}

// gemm: Y = A'·B' + C.
func gemm(c *call) work {
	k := size(c.in(0), 1)
	if c.node.Int("transA", 0) != 0 {
		k = size(c.in(0), 2)
	}
	return work{times(2, elements(c.out(0)), k), c.bias(2)}
}

// bias is the addition of an optional input to the result.
func (c *call) bias(i int) int64 {
	if !c.has(i) {
		return 0
	}
	return elements(c.out(0))
}

// conv: each element of the result is a product with one of the kernels
// M×(C/g)×K, which are input i.
func conv(i int) func(c *call) work {
	return func(c *call) work {
		done := work{products: times(2, elements(c.out(0)), elements(tail(c.in(i), 1)))}
		if c.node.Op == "Conv" {
			done.others = c.bias(2)
		}
		return done
	}
}

// convTranspose: each element of x is multiplied with one of the kernels
// C×(M/g)×K.
func convTranspose(c *call) work {
	return work{times(2, elements(c.in(0)), elements(tail(c.in(1), 1))), c.bias(2)}
}

// einsum: the product over all indices, as if taken at once; of two operands
// it is that of MatMul.
func einsum(c *call) work {
	equation := strings.ReplaceAll(c.node.Str("equation", ""), " ", "")
	left, _, _ := strings.Cut(equation, "->")
	sizes, shared := map[rune]int64{}, int64(1)
	for i, term := range strings.Split(left, ",") {
		before, after, _ := strings.Cut(term, "...")
		head, end, s := []rune(before), []rune(after), c.in(i)
		if len(s) < len(head)+len(end) {
			return work{products: unknown}
		}
		for j, r := range append(head, end...) {
			if j >= len(head) {
				j += len(s) - len(head) - len(end)
			}
			if known, ok := sizes[r]; !ok || s[j].Size > known {
				sizes[r] = s[j].Size
			}
		}
		under := elements(s[len(head) : len(s)-len(end)]) // "..."
		if under < 0 {
			return work{products: unknown}
		}
		shared = max(shared, under)
	}
	all := times(int64(len(c.node.Inputs)), shared)
	for _, n := range sizes {
		all = times(all, n)
	}
	return work{products: all}
}

// attention: the products of queries and keys, their softmax, and its product
// with the values.
func attention(c *call) work {
	n, length, heads, ok := c.queries()
	v := c.in(2)
	if !ok || len(v) < 3 {
		return work{products: unknown}
	}
	keys := plus(size(c.in(1), 2), c.past())
	width, valueWidth := size(c.in(0), 1), size(v, 1)
	if width < 0 || valueWidth < 0 {
		return work{products: unknown}
	}
	if len(c.in(0)) == 3 {
		width, valueWidth = width/heads, valueWidth/max(1, c.node.Int("kv_num_heads", 1))
	}
	scores := times(n, heads, length, keys)
	return work{times(2, scores, plus(width, valueWidth)), times(5, scores)}
}

// queries returns the batch, the length and the number of heads of Attention's
// queries N×heads×L×E or N×L×heads·E.
func (c *call) queries() (n, length, heads int64, ok bool) {
	q, heads := c.in(0), c.node.Int("q_num_heads", 0)
	switch {
	case len(q) == 4:
		return q[0].Size, q[2].Size, q[1].Size, true
	case len(q) == 3 && heads > 0:
		return q[0].Size, q[1].Size, heads, true
	}
	return 0, 0, 0, false
}

// past is the length of the keys that Attention is given besides.
func (c *call) past() int64 {
	if !c.has(4) {
		return 0
	}
	return size(c.in(4), 2)
}

func batchNormalization(c *call) work {
	if c.node.Int("training_mode", 0) != 0 {
		return each(8)(c)
	}
	return each(2)(c)
}

// lrn: squares, their sums over the window, and three operations with those.
func lrn(c *call) work { return each(c.node.Int("size", 1) + 4)(c) }

// pool is the windows' elements, those in the padding included.
func pool(c *call) work {
	window := int64(1)
	for _, k := range c.node.Ints("kernel_shape") {
		window = times(window, k)
	}
	return each(window)(c)
}

// resize is nothing for the nearest neighbour.
func resize(c *call) work {
	axes := 0
	for i, d := range c.out(0) {
		if i < len(c.in(0)) && d != c.in(0)[i] {
			axes++
		}
	}
	switch c.node.Str("mode", "nearest") {
	case "nearest":
		return work{}
	case "cubic":
		return each(2 << (2 * axes))(c)
	}
	return each(2 << axes)(c)
}

// scatter is nothing unless the updates are combined with what is there.
func scatter(c *call) work {
	if c.node.Str("reduction", "none") == "none" {
		return work{}
	}
	return work{others: elements(c.in(2))}
}
