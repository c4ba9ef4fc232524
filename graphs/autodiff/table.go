package autodiff

// rule says how gradients flow back through one operator.
type rule struct {
	// inputs has a letter for each input; the last one stands for all that
	// follow:
	//	d  differentiable: grad gives its gradient
	//	x  no gradient: integers, shapes, statistics, or zero almost everywhere
	//	n  has a gradient that is not implemented, see why
	inputs string
	// grad returns the gradient of every input, "" where there is none. It may
	// stop short of trailing inputs. nil when no input is differentiable.
	grad func(c *call) []string
	// why is the reason for the letter n.
	why string
	// outputs says that grad reads the gradients of all outputs, "" where none
	// flows back; other rules read that of the first only.
	outputs bool
	// moves says that the operator moves elements: gradients have the shapes of
	// its inputs by themselves, even where these are not known.
	moves bool
}

// rules is the one table of derivatives.
var rules = map[string]rule{
	// Elementwise, one operand.
	"Abs":        {inputs: "d", grad: abs},
	"Acos":       {inputs: "d", grad: acos},
	"Acosh":      {inputs: "d", grad: acosh},
	"Asin":       {inputs: "d", grad: asin},
	"Asinh":      {inputs: "d", grad: asinh},
	"Atan":       {inputs: "d", grad: atan},
	"Atanh":      {inputs: "d", grad: atanh},
	"Clip":       {inputs: "d", grad: clip},
	"Cos":        {inputs: "d", grad: cos},
	"Cosh":       {inputs: "d", grad: cosh},
	"Erf":        {inputs: "d", grad: erf},
	"Exp":        {inputs: "d", grad: exp},
	"Identity":   {inputs: "d", grad: identity, moves: true},
	"Log":        {inputs: "d", grad: log},
	"Neg":        {inputs: "d", grad: neg},
	"Reciprocal": {inputs: "d", grad: reciprocal},
	"Sin":        {inputs: "d", grad: sin},
	"Sinh":       {inputs: "d", grad: sinh},
	"Sqrt":       {inputs: "d", grad: sqrt},
	"Tan":        {inputs: "d", grad: tan},
	"Tanh":       {inputs: "d", grad: tanh},

	// Activations.
	"Celu":            {inputs: "d", grad: celu},
	"Elu":             {inputs: "d", grad: elu},
	"Gelu":            {inputs: "d", grad: gelu},
	"HardSigmoid":     {inputs: "d", grad: hardSigmoid},
	"HardSwish":       {inputs: "d", grad: hardSwish},
	"LeakyRelu":       {inputs: "d", grad: leakyRelu},
	"Mish":            {inputs: "d", grad: mish},
	"PRelu":           {inputs: "d", grad: prelu},
	"Relu":            {inputs: "d", grad: relu},
	"Selu":            {inputs: "d", grad: selu},
	"Shrink":          {inputs: "d", grad: shrink},
	"Sigmoid":         {inputs: "d", grad: sigmoid},
	"Softplus":        {inputs: "d", grad: softplus},
	"Softsign":        {inputs: "d", grad: softsign},
	"Swish":           {inputs: "d", grad: swish},
	"ThresholdedRelu": {inputs: "d", grad: thresholdedRelu},

	// Types.
	"Cast":     {inputs: "d", grad: cast},
	"CastLike": {inputs: "dx", grad: cast},

	// Elementwise, several operands.
	"Add":   {inputs: "d", grad: add},
	"Sub":   {inputs: "d", grad: sub},
	"Mul":   {inputs: "d", grad: mul},
	"Div":   {inputs: "d", grad: div},
	"Pow":   {inputs: "d", grad: pow},
	"Max":   {inputs: "d", grad: extremum},
	"Min":   {inputs: "d", grad: extremum},
	"Mean":  {inputs: "d", grad: mean},
	"Mod":   {inputs: "dn", grad: mod, why: "divisors are constants"},
	"Sum":   {inputs: "d", grad: sum},
	"Where": {inputs: "xd", grad: where},

	// Products.
	"Conv":          {inputs: "d", grad: conv},
	"ConvTranspose": {inputs: "d", grad: convTranspose},
	"Einsum":        {inputs: "d", grad: einsum},
	"Gemm":          {inputs: "d", grad: gemm},
	"MatMul":        {inputs: "d", grad: matMul},

	// Pools and resampling.
	"AveragePool":       {inputs: "d", grad: averagePool},
	"GlobalAveragePool": {inputs: "d", grad: globalAveragePool},
	"GlobalLpPool":      {inputs: "d", grad: globalLpPool},
	"GlobalMaxPool":     {inputs: "d", grad: globalMaxPool},
	"LpPool":            {inputs: "d", grad: lpPool},
	"MaxPool":           {inputs: "d", grad: maxPool},
	"Resize":            {inputs: "dx", grad: resize},

	// Normalisation and regularisation.
	"BatchNormalization": {inputs: "dddn", grad: batchNormalization,
		why: "running statistics are buffers, not parameters"},
	"Dropout":                   {inputs: "dx", grad: dropout},
	"GroupNormalization":        {inputs: "d", grad: groupNormalization},
	"InstanceNormalization":     {inputs: "d", grad: instanceNormalization},
	"LRN":                       {inputs: "d", grad: lrn},
	"LayerNormalization":        {inputs: "d", grad: layerNormalization},
	"LogSoftmax":                {inputs: "d", grad: logSoftmax},
	"LpNormalization":           {inputs: "d", grad: lpNormalization},
	"MeanVarianceNormalization": {inputs: "d", grad: meanVarianceNormalization},
	"RMSNormalization":          {inputs: "d", grad: rmsNormalization},
	"Softmax":                   {inputs: "d", grad: softmax},

	// Reductions.
	"ReduceL1":        {inputs: "dx", grad: reduceL1},
	"ReduceL2":        {inputs: "dx", grad: reduceL2},
	"ReduceLogSum":    {inputs: "dx", grad: reduceLogSum},
	"ReduceLogSumExp": {inputs: "dx", grad: reduceLogSumExp},
	"ReduceMax":       {inputs: "dx", grad: reduceExtremum},
	"ReduceMean":      {inputs: "dx", grad: reduceMean},
	"ReduceMin":       {inputs: "dx", grad: reduceExtremum},
	"ReduceProd":      {inputs: "dx", grad: reduceProd},
	"ReduceSum":       {inputs: "dx", grad: reduceSum},
	"ReduceSumSquare": {inputs: "dx", grad: reduceSumSquare},

	// Shapes.
	"Col2Im":       {inputs: "dx", grad: col2im},
	"Concat":       {inputs: "d", grad: concat, moves: true},
	"CumSum":       {inputs: "dx", grad: cumSum},
	"DepthToSpace": {inputs: "d", grad: depthToSpace},
	"Expand":       {inputs: "dx", grad: expand},
	"Flatten":      {inputs: "d", grad: reshape, moves: true},
	"Pad":          {inputs: "dxdx", grad: pad, moves: true},
	"Reshape":      {inputs: "dx", grad: reshape, moves: true},
	"Slice":        {inputs: "dx", grad: slice, moves: true},
	"SpaceToDepth": {inputs: "d", grad: spaceToDepth},
	"Split":        {inputs: "dx", grad: split, outputs: true, moves: true},
	"Squeeze":      {inputs: "dx", grad: reshape, moves: true},
	"Tile":         {inputs: "dx", grad: tile},
	"Transpose":    {inputs: "d", grad: transpose, moves: true},
	"Trilu":        {inputs: "dx", grad: trilu},
	"Unsqueeze":    {inputs: "dx", grad: reshape, moves: true},

	// Indices.
	"Gather":          {inputs: "dx", grad: gather},
	"GatherElements":  {inputs: "dx", grad: gatherElements},
	"GatherND":        {inputs: "dx", grad: gatherND},
	"ScatterElements": {inputs: "dxd", grad: scatterElements},
	"ScatterND":       {inputs: "dxd", grad: scatterND},
	"TopK":            {inputs: "dx", grad: topK},
	"OneHot":          {inputs: "xxn", why: "the values of a one-hot code are constants"},

	// No gradient: integers, truth values, constants, steps, chance, text.
	"And": {inputs: "x"}, "ArgMax": {inputs: "x"}, "ArgMin": {inputs: "x"},
	"Bernoulli": {inputs: "x"}, "BitShift": {inputs: "x"}, "BitwiseAnd": {inputs: "x"},
	"BitwiseNot": {inputs: "x"}, "BitwiseOr": {inputs: "x"}, "BitwiseXor": {inputs: "x"},
	"BlackmanWindow": {inputs: "x"}, "Ceil": {inputs: "x"}, "Constant": {inputs: "x"},
	"ConstantOfShape": {inputs: "x"}, "Equal": {inputs: "x"}, "EyeLike": {inputs: "x"},
	"Floor": {inputs: "x"}, "Greater": {inputs: "x"}, "GreaterOrEqual": {inputs: "x"},
	"HammingWindow": {inputs: "x"}, "HannWindow": {inputs: "x"}, "Hardmax": {inputs: "x"},
	"ImageDecoder": {inputs: "x"}, "IsInf": {inputs: "x"}, "IsNaN": {inputs: "x"},
	"Less": {inputs: "x"}, "LessOrEqual": {inputs: "x"}, "Multinomial": {inputs: "x"},
	"NonMaxSuppression": {inputs: "x"}, "NonZero": {inputs: "x"}, "Not": {inputs: "x"},
	"OptionalHasElement": {inputs: "x"}, "Or": {inputs: "x"}, "RandomNormal": {inputs: "x"},
	"RandomNormalLike": {inputs: "x"}, "RandomUniform": {inputs: "x"},
	"RandomUniformLike": {inputs: "x"}, "Range": {inputs: "x"}, "RegexFullMatch": {inputs: "x"},
	"Round": {inputs: "x"}, "SequenceEmpty": {inputs: "x"}, "SequenceLength": {inputs: "x"},
	"Shape": {inputs: "x"}, "Sign": {inputs: "x"}, "Size": {inputs: "x"},
	"StringConcat": {inputs: "x"}, "StringNormalizer": {inputs: "x"}, "StringSplit": {inputs: "x"},
	"TfIdfVectorizer": {inputs: "x"}, "Xor": {inputs: "x"},
}

// kind returns the letter of input i.
func (r rule) kind(i int) byte {
	return r.inputs[min(i, len(r.inputs)-1)]
}
