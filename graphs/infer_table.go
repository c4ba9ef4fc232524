package graphs

// inference maps an operator to the rule that infers its outputs.
var inference = map[string]inferFunc{
	// Elementwise, one operand.
	"Abs": sameAsInput, "Acos": sameAsInput, "Asin": sameAsInput, "Atan": sameAsInput,
	"Ceil": sameAsInput, "Celu": sameAsInput, "Clip": sameAsInput, "Cos": sameAsInput,
	"Cosh": sameAsInput, "CumSum": sameAsInput, "Elu": sameAsInput, "Erf": sameAsInput,
	"Exp": sameAsInput, "Floor": sameAsInput, "Gelu": sameAsInput, "HardSigmoid": sameAsInput,
	"HardSwish": sameAsInput, "Identity": identity, "LRN": sameAsInput,
	"LeakyRelu": sameAsInput, "Log": sameAsInput, "LogSoftmax": sameAsInput,
	"LpNormalization": sameAsInput, "Mish": sameAsInput, "Neg": sameAsInput,
	"Not": sameAsInput, "Reciprocal": sameAsInput, "Relu": sameAsInput, "Round": sameAsInput,
	"Selu": sameAsInput, "Sigmoid": sameAsInput, "Sign": sameAsInput, "Sin": sameAsInput,
	"Sinh": sameAsInput, "Softmax": sameAsInput, "Softplus": sameAsInput,
	"Softsign": sameAsInput, "Sqrt": sameAsInput, "Swish": sameAsInput, "Tan": sameAsInput,
	"Tanh": sameAsInput, "ThresholdedRelu": sameAsInput, "Trilu": sameAsInput,
	"Cast": cast, "CastLike": castLike, "IsInf": predicate, "IsNaN": predicate,

	// Elementwise, several operands.
	"Add": arithmetic, "Sub": arithmetic, "Mul": arithmetic, "Div": arithmetic,
	"Mod": arithmetic, "Pow": power, "PRelu": sameAsInput, "Max": elementwise,
	"Min": elementwise, "Mean": elementwise, "Sum": elementwise,
	"And": comparison, "Or": comparison, "Xor": comparison, "Equal": comparison,
	"Greater": comparison, "GreaterOrEqual": comparison, "Less": comparison,
	"LessOrEqual": comparison, "Where": where,

	// Products.
	"Gemm": gemm, "MatMul": matMul,

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
	"Expand": expand, "Flatten": flatten, "Gather": gather, "GatherElements": gatherElements,
	"NonZero": nonZero, "OneHot": oneHot, "Range": rangeOp, "Reshape": reshape, "ScatterElements": sameAsInput,
	"ScatterND": sameAsInput, "Shape": shapeOf, "Size": size, "Slice": slice, "Split": split,
	"Squeeze": squeeze, "Transpose": transpose, "Unsqueeze": unsqueeze,
}
