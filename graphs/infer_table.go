package graphs

// inference maps an operator to the rule that infers its outputs.
var inference = map[string]inferFunc{
	// Elementwise, one operand.
	"Abs": sameAsInput, "Acos": sameAsInput, "Acosh": sameAsInput, "Asin": sameAsInput,
	"Asinh": sameAsInput, "Atan": sameAsInput, "Atanh": sameAsInput,
	"Ceil": sameAsInput, "Celu": sameAsInput, "Clip": sameAsInput, "Cos": sameAsInput,
	"Cosh": sameAsInput, "CumSum": sameAsInput, "Elu": sameAsInput, "Erf": sameAsInput,
	"Exp": sameAsInput, "Floor": sameAsInput, "Gelu": sameAsInput, "HardSigmoid": sameAsInput,
	"HardSwish": sameAsInput, "Identity": identity, "LRN": sameAsInput,
	"LeakyRelu": sameAsInput, "Log": sameAsInput, "LogSoftmax": sameAsInput,
	"LpNormalization": sameAsInput, "MeanVarianceNormalization": sameAsInput,
	"Mish": sameAsInput, "Neg": sameAsInput,
	"Not": sameAsInput, "Reciprocal": sameAsInput, "Relu": sameAsInput, "Round": sameAsInput,
	"Selu": sameAsInput, "Shrink": sameAsInput, "Sigmoid": sameAsInput, "Sign": sameAsInput, "Sin": sameAsInput,
	"Sinh": sameAsInput, "Softmax": sameAsInput, "Softplus": sameAsInput,
	"Softsign": sameAsInput, "Sqrt": sameAsInput, "Swish": sameAsInput, "Tan": sameAsInput,
	"Tanh": sameAsInput, "ThresholdedRelu": sameAsInput, "Trilu": sameAsInput,
	"Cast": cast, "CastLike": castLike, "IsInf": predicate, "IsNaN": predicate,

	// Elementwise, several operands.
	"Add": elementwise, "Sub": elementwise, "Mul": elementwise, "Div": elementwise,
	"Mod": elementwise, "Pow": power, "PRelu": sameAsInput, "Max": elementwise,
	"Min": elementwise, "Mean": elementwise, "Sum": elementwise,
	"And": comparison, "Or": comparison, "Xor": comparison, "Equal": comparison,
	"Greater": comparison, "GreaterOrEqual": comparison, "Less": comparison,
	"LessOrEqual": comparison, "Where": where,

	// Products.
	"Conv": conv, "ConvTranspose": convTranspose, "Einsum": einsum, "Gemm": gemm,
	"MatMul": matMul,

	// Pools and resampling.
	"AveragePool": pool, "GlobalAveragePool": globalPool, "GlobalLpPool": globalPool,
	"GlobalMaxPool": globalPool, "LpPool": pool, "MaxPool": pool, "Resize": resize,
	"Upsample": resize,

	// Normalisation and regularisation.
	"BatchNormalization": batchNormalization, "Dropout": dropout,
	"GroupNormalization": sameAsInput, "InstanceNormalization": sameAsInput,
	"LayerNormalization": layerNormalization, "RMSNormalization": sameAsInput,

	// Reductions.
	"ArgMax": argReduce, "ArgMin": argReduce, "ReduceL1": reduce, "ReduceL2": reduce,
	"ReduceLogSum": reduce, "ReduceLogSumExp": reduce, "ReduceMax": reduce,
	"ReduceMean": reduce, "ReduceMin": reduce, "ReduceProd": reduce, "ReduceSum": reduce,
	"ReduceSumSquare": reduce,

	// Shapes and indices.
	"Concat": concat, "Constant": constant, "ConstantOfShape": constantOfShape,
	"DepthToSpace": blocks(true), "Expand": expand, "Flatten": flatten, "Gather": gather,
	"GatherElements": gatherElements, "GatherND": gatherND, "NonZero": nonZero,
	"OneHot": oneHot, "Pad": pad, "Range": rangeOp, "Reshape": reshape,
	"Scatter": scatterElements, "ScatterElements": scatterElements, "ScatterND": scatterND,
	"Shape": shapeOf, "Size": size, "Slice": slice, "SpaceToDepth": blocks(false),
	"Split": split, "Squeeze": squeeze, "Tile": tile, "TopK": topK, "Transpose": transpose,
	"Unsqueeze": unsqueeze,
}
