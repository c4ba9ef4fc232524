package eval

import "math"

// operator is what the interpreter knows of an operator: what its inputs may
// be (see parseSignature) and how its outputs are computed.
type operator struct {
	signature signature
	run       kernel
}

func op(inputs string, run kernel) operator { return operator{parseSignature(inputs), run} }

// operators maps every supported operator to its implementation.
var operators = map[string]operator{
	// Arithmetic.
	"Abs":        op("N", unaryNumber(math.Abs, func(x int64) int64 { return max(x, -x) })),
	"Add":        op("N N", variadic(addFloats, addInts)),
	"Clip":       op("N N? N?", clip),
	"Div":        op("N N", divide),
	"Max":        op("N N*", maximum),
	"Mean":       op("F F*", mean),
	"Min":        op("N N*", minimum),
	"Mod":        op("N N", mod),
	"Mul":        op("N N", variadic(func(x, y float64) float64 { return x * y }, func(x, y int64) int64 { return x * y })),
	"Neg":        op("N", unaryNumber(func(x float64) float64 { return -x }, func(x int64) int64 { return -x })),
	"Pow":        op("n n", power),
	"Reciprocal": op("F", unary(func(x float64) float64 { return 1 / x })),
	"Sign":       op("N", unaryNumber(signOf, signOfInt)),
	"Sub":        op("N N", variadic(func(x, y float64) float64 { return x - y }, func(x, y int64) int64 { return x - y })),
	"Sum":        op("F F*", variadic(addFloats, nil)),

	// Functions of one real number.
	"Acos": op("F", unary(math.Acos)), "Acosh": op("F", unary(math.Acosh)),
	"Asin": op("F", unary(math.Asin)), "Asinh": op("F", unary(math.Asinh)),
	"Atan": op("F", unary(math.Atan)), "Atanh": op("F", unary(math.Atanh)),
	"Ceil": op("F", unary(math.Ceil)), "Cos": op("F", unary(math.Cos)),
	"Cosh": op("F", unary(math.Cosh)), "Erf": op("F", unary(math.Erf)),
	"Exp": op("F", unary(math.Exp)), "Floor": op("F", unary(math.Floor)),
	"Log": op("F", unary(math.Log)), "Round": op("F", unary(math.RoundToEven)),
	"Sin": op("F", unary(math.Sin)), "Sinh": op("F", unary(math.Sinh)),
	"Sqrt": op("F", unary(math.Sqrt)), "Tan": op("F", unary(math.Tan)),

	// Activations.
	"Celu":            op("F", parametric(celu)),
	"Elu":             op("F", parametric(elu)),
	"Gelu":            op("F", gelu),
	"HardSigmoid":     op("F", parametric(hardSigmoid)),
	"HardSwish":       op("F", unary(hardSwish)),
	"Hardmax":         op("F", alongAxis(hardmax)),
	"LeakyRelu":       op("F", parametric(leakyRelu)),
	"LogSoftmax":      op("F", alongAxis(logSoftmax)),
	"Mish":            op("F", unary(mish)),
	"PRelu":           op("N N", prelu),
	"Relu":            op("N", unaryNumber(relu, func(x int64) int64 { return max(x, 0) })),
	"Selu":            op("F", parametric(selu)),
	"Shrink":          op("F", parametric(shrink)),
	"Sigmoid":         op("F", unary(sigmoid)),
	"Softmax":         op("F", alongAxis(softmax)),
	"Softplus":        op("F", unary(softplus)),
	"Softsign":        op("F", unary(softsign)),
	"Swish":           op("F", parametric(swish)),
	"Tanh":            op("F", unary(math.Tanh)),
	"ThresholdedRelu": op("F", parametric(thresholdedRelu)),

	// Comparison and logic.
	"And":            op("b b", bitwise(func(x, y int64) int64 { return x & y })),
	"BitShift":       op("I I", bitShift),
	"BitwiseAnd":     op("I I", bitwise(func(x, y int64) int64 { return x & y })),
	"BitwiseNot":     op("i", bitwiseNot),
	"BitwiseOr":      op("I I", bitwise(func(x, y int64) int64 { return x | y })),
	"BitwiseXor":     op("I I", bitwise(func(x, y int64) int64 { return x ^ y })),
	"Equal":          op("T T", comparison(func(x, y float64) bool { return x == y }, func(x, y int64) bool { return x == y })),
	"Greater":        op("N N", comparison(func(x, y float64) bool { return x > y }, func(x, y int64) bool { return x > y })),
	"GreaterOrEqual": op("N N", comparison(func(x, y float64) bool { return x >= y }, func(x, y int64) bool { return x >= y })),
	"IsInf":          op("F", isInf),
	"IsNaN":          op("F", predicate(math.IsNaN)),
	"Less":           op("N N", comparison(func(x, y float64) bool { return x < y }, func(x, y int64) bool { return x < y })),
	"LessOrEqual":    op("N N", comparison(func(x, y float64) bool { return x <= y }, func(x, y int64) bool { return x <= y })),
	"Not":            op("b", not),
	"Or":             op("b b", bitwise(func(x, y int64) int64 { return x | y })),
	"Where":          op("b T T", where),
	"Xor":            op("b b", bitwise(func(x, y int64) int64 { return x ^ y })),

	// Products.
	"Conv":          op("F F F?", conv),
	"ConvTranspose": op("F F F?", convTranspose),
	"Einsum":        op("N N*", einsum),
	"Gemm":          op("F F F?", gemm),
	"MatMul":        op("N N", matMul),

	// Pools and resampling.
	"AveragePool":       op("F", averagePool),
	"GlobalAveragePool": op("F", globalPool(average)),
	"GlobalLpPool":      op("F", globalLpPool),
	"GlobalMaxPool":     op("F", globalPool(largest)),
	"LpPool":            op("F", lpPool),
	"MaxPool":           op("N", maxPool),
	"Resize":            op("n f? f? i?", resize),

	// Normalisation and regularisation.
	"BatchNormalization":        op("f f f f f", batchNormalization),
	"Dropout":                   op("f f? b?", dropout),
	"GroupNormalization":        op("F F F", groupNormalization),
	"InstanceNormalization":     op("F F F", instanceNormalization),
	"LRN":                       op("F", lrn),
	"LayerNormalization":        op("F F F?", layerNormalization),
	"LpNormalization":           op("F", lpNormalization),
	"MeanVarianceNormalization": op("F", meanVarianceNormalization),
	"RMSNormalization":          op("f f", rmsNormalization),

	// Losses.
	"NegativeLogLikelihoodLoss": op("F i F?", negativeLogLikelihoodLoss),
	"SoftmaxCrossEntropyLoss":   op("F i F?", softmaxCrossEntropyLoss),

	// Reductions and selection.
	"ArgMax":          op("n", argReduce(func(a, b float64) bool { return a > b })),
	"ArgMin":          op("n", argReduce(func(a, b float64) bool { return a < b })),
	"CumSum":          op("n i", cumSum),
	"ReduceL1":        op("n i?", reduceL1.reduce),
	"ReduceL2":        op("f i?", reduceL2.reduce),
	"ReduceLogSum":    op("f i?", reduceLogSum.reduce),
	"ReduceLogSumExp": op("f i?", reduceLogSumExp.reduce),
	"ReduceMax":       op("t i?", reduceMax.reduce),
	"ReduceMean":      op("n i?", reduceMean.reduce),
	"ReduceMin":       op("t i?", reduceMin.reduce),
	"ReduceProd":      op("n i?", reduceProd.reduce),
	"ReduceSum":       op("n i?", reduceSum.reduce),
	"ReduceSumSquare": op("n i?", reduceSumSquare.reduce),
	"TopK":            op("n i", topK),

	// Types and shapes.
	"Cast":         op("t", cast),
	"CastLike":     op("t t", castLike),
	"Col2Im":       op("f i i", col2im),
	"Concat":       op("T T*", concat),
	"DepthToSpace": op("t", depthToSpace),
	"Expand":       op("t i", expand),
	"Flatten":      op("t", flatten),
	"Identity":     op("t", identity),
	"Pad":          op("T i T? i?", pad),
	"Reshape":      op("t i", reshape),
	"Shape":        op("t", shapeOf),
	"Slice":        op("t i i i? i?", slice),
	"Size":         op("t", sizeOf),
	"SpaceToDepth": op("t", spaceToDepth),
	"Split":        op("t i?", split),
	"Squeeze":      op("t i?", squeeze),
	"Tile":         op("t i", tile),
	"Transpose":    op("t", transpose),
	"Unsqueeze":    op("t i?", unsqueeze),

	// Indices.
	"Gather":          op("t i", gather),
	"GatherElements":  op("t i", gatherElements),
	"GatherND":        op("t i", gatherND),
	"NonZero":         op("t", nonZero),
	"ScatterElements": op("T i T", scatterElements),
	"ScatterND":       op("T i T", scatterND),
	"OneHot":          op("n n t", oneHot),
	"Trilu":           op("t i?", trilu),

	// Sources.
	"Constant":        op("", constant),
	"ConstantOfShape": op("i", constantOfShape),
	"EyeLike":         op("t", eyeLike),
	"Range":           op("N N N", rangeOf),

	// Control flow.
	"If":   op("b", conditional),
	"Loop": op("i? b? t*", loop),
}

// since names the opsets before which an operator silently meant something
// else: Clip had its bounds as attributes, and the others flattened their
// input. Older forms of other operators fail by their signatures.
var since = map[string]int64{"Clip": 11, "Hardmax": 13, "LogSoftmax": 13, "Softmax": 13}
