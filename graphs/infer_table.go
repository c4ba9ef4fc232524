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
	"LeakyRelu": sameAsInput, "Log": sameAsInput, "LogSoftmax": alongAxis(0),
	"LpNormalization": alongAxis(-1), "MeanVarianceNormalization": sameAsInput,
	"Mish": sameAsInput, "Neg": sameAsInput,
	"Not": sameAsInput, "Reciprocal": sameAsInput, "Relu": sameAsInput, "Round": sameAsInput,
	"Selu": sameAsInput, "Shrink": sameAsInput, "Sigmoid": sameAsInput, "Sign": sameAsInput, "Sin": sameAsInput,
	"Sinh": sameAsInput, "Softmax": alongAxis(0), "Softplus": sameAsInput,
	"Softsign": sameAsInput, "Sqrt": sameAsInput, "Swish": sameAsInput, "Tan": sameAsInput,
	"Tanh": sameAsInput, "ThresholdedRelu": sameAsInput, "Trilu": sameAsInput,
	"BitwiseNot": sameAsInput, "CumProd": sameAsInput, "Hardmax": alongAxis(0),
	"ReverseSequence": sameAsInput, "RotaryEmbedding": sameAsInput, "TensorScatter": sameAsInput,
	"Bernoulli": typedLike, "Cast": cast, "CastLike": castLike, "EyeLike": typedLike,
	"IsInf": predicate, "IsNaN": predicate, "RandomNormalLike": typedLike,
	"RandomUniformLike": typedLike,

	// Elementwise, several operands.
	"Add": elementwise, "Sub": elementwise, "Mul": elementwise, "Div": elementwise,
	"Mod": elementwise, "Pow": power, "PRelu": prelu, "Max": elementwise,
	"Min": elementwise, "Mean": elementwise, "Sum": elementwise,
	"BitShift": elementwise, "BitwiseAnd": elementwise, "BitwiseOr": elementwise,
	"BitwiseXor": elementwise, "And": comparison, "Or": comparison, "Xor": comparison, "Equal": comparison,
	"Greater": comparison, "GreaterOrEqual": comparison, "Less": comparison,
	"LessOrEqual": comparison, "Where": where,

	// Products.
	"Attention": attention, "Conv": conv, "ConvInteger": ofType(Int32, conv),
	"ConvTranspose": convTranspose, "Einsum": einsum, "Gemm": gemm,
	"MatMul": matMul, "MatMulInteger": ofType(Int32, matMul),

	// Pools and resampling.
	"AveragePool": pool, "GlobalAveragePool": globalPool, "GlobalLpPool": globalPool,
	"GlobalMaxPool": globalPool, "LpPool": pool, "MaxPool": pool, "Resize": resize,
	"Upsample": resize,

	// Images.
	"AffineGrid": affineGrid, "CenterCropPad": centerCropPad, "Col2Im": col2Im,
	"GridSample": gridSample, "RoiAlign": roiAlign,

	// Normalisation and regularisation.
	"BatchNormalization": batchNormalization, "Dropout": dropout,
	"GroupNormalization": groupNormalization, "InstanceNormalization": instanceNormalization,
	"LayerNormalization": layerNormalization, "RMSNormalization": rmsNormalization,

	// Losses.
	"NegativeLogLikelihoodLoss": loss, "SoftmaxCrossEntropyLoss": loss,

	// Quantisation.
	"DequantizeLinear": dequantize, "DynamicQuantizeLinear": dynamicQuantize,
	"QuantizeLinear": quantize,

	// Reductions.
	"ArgMax": argReduce, "ArgMin": argReduce, "Det": determinant, "ReduceL1": reduce, "ReduceL2": reduce,
	"ReduceLogSum": reduce, "ReduceLogSumExp": reduce, "ReduceMax": reduce,
	"ReduceMean": reduce, "ReduceMin": reduce, "ReduceProd": reduce, "ReduceSum": reduce,
	"ReduceSumSquare": reduce,

	// Shapes and indices.
	"Compress": compress, "Concat": concat, "Constant": constant, "ConstantOfShape": constantOfShape,
	"DepthToSpace": blocks(true), "Expand": expand, "Flatten": flatten, "Gather": gather,
	"GatherElements": gatherElements, "GatherND": gatherND, "NonZero": nonZero,
	"OneHot": oneHot, "Pad": pad, "RandomNormal": random, "RandomUniform": random,
	"Range": rangeOp, "Reshape": reshape,
	"Scatter": scatterElements, "ScatterElements": scatterElements, "ScatterND": scatterND,
	"Shape": shapeOf, "Size": size, "Slice": slice, "SpaceToDepth": blocks(false),
	"Split": split, "Squeeze": squeeze, "Tile": tile, "TopK": topK, "Transpose": transpose,
	"Unsqueeze": unsqueeze,
}
