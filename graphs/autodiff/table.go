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
}

// rules is the one table of derivatives.
var rules = map[string]rule{
	// Elementwise, one operand.
	"Abs":        {inputs: "d", grad: abs},
	"Celu":       {inputs: "d", grad: celu},
	"Clip":       {inputs: "dx", grad: clip},
	"Cos":        {inputs: "d", grad: cos},
	"Elu":        {inputs: "d", grad: elu},
	"Erf":        {inputs: "d", grad: erf},
	"Exp":        {inputs: "d", grad: exp},
	"Identity":   {inputs: "d", grad: identity},
	"LeakyRelu":  {inputs: "d", grad: leakyRelu},
	"Log":        {inputs: "d", grad: log},
	"Neg":        {inputs: "d", grad: neg},
	"Reciprocal": {inputs: "d", grad: reciprocal},
	"Relu":       {inputs: "d", grad: relu},
	"Sigmoid":    {inputs: "d", grad: sigmoid},
	"Sin":        {inputs: "d", grad: sin},
	"Softplus":   {inputs: "d", grad: softplus},
	"Sqrt":       {inputs: "d", grad: sqrt},
	"Tanh":       {inputs: "d", grad: tanh},
	"Cast":       {inputs: "d", grad: cast},

	// Elementwise, several operands.
	"Add":   {inputs: "d", grad: add},
	"Sub":   {inputs: "d", grad: sub},
	"Mul":   {inputs: "d", grad: mul},
	"Div":   {inputs: "d", grad: div},
	"Pow":   {inputs: "d", grad: pow},
	"Max":   {inputs: "d", grad: extremum},
	"Min":   {inputs: "d", grad: extremum},
	"Mean":  {inputs: "d", grad: mean},
	"Sum":   {inputs: "d", grad: sum},
	"Where": {inputs: "xd", grad: where},

	// Products.
	"Gemm":   {inputs: "d", grad: gemm},
	"MatMul": {inputs: "d", grad: matMul},

	// Normalisation and regularisation.
	"BatchNormalization": {inputs: "dddn", grad: batchNormalization,
		why: "running statistics are buffers, not parameters"},
	"Dropout":            {inputs: "dx", grad: dropout},
	"LayerNormalization": {inputs: "d", grad: layerNormalization},
	"LogSoftmax":         {inputs: "d", grad: logSoftmax},
	"Softmax":            {inputs: "d", grad: softmax},

	// Reductions.
	"ReduceMax":       {inputs: "dx", grad: reduceExtremum},
	"ReduceMean":      {inputs: "dx", grad: reduceMean},
	"ReduceMin":       {inputs: "dx", grad: reduceExtremum},
	"ReduceSum":       {inputs: "dx", grad: reduceSum},
	"ReduceSumSquare": {inputs: "dx", grad: reduceSumSquare},

	// Shapes.
	"Concat":    {inputs: "d", grad: concat},
	"Expand":    {inputs: "dx", grad: expand},
	"Flatten":   {inputs: "d", grad: reshape},
	"Reshape":   {inputs: "dx", grad: reshape},
	"Squeeze":   {inputs: "dx", grad: reshape},
	"Transpose": {inputs: "d", grad: transpose},
	"Unsqueeze": {inputs: "dx", grad: reshape},

	// No gradient: integers, truth values, constants, steps.
	"And": {inputs: "x"}, "ArgMax": {inputs: "x"}, "ArgMin": {inputs: "x"},
	"Ceil": {inputs: "x"}, "Constant": {inputs: "x"}, "ConstantOfShape": {inputs: "x"},
	"Equal": {inputs: "x"}, "Floor": {inputs: "x"}, "Greater": {inputs: "x"},
	"GreaterOrEqual": {inputs: "x"}, "IsInf": {inputs: "x"}, "IsNaN": {inputs: "x"},
	"Less": {inputs: "x"}, "LessOrEqual": {inputs: "x"}, "NonZero": {inputs: "x"},
	"Not": {inputs: "x"}, "OneHot": {inputs: "x"}, "Or": {inputs: "x"},
	"Range": {inputs: "x"}, "Round": {inputs: "x"}, "Shape": {inputs: "x"},
	"Sign": {inputs: "x"}, "Size": {inputs: "x"}, "Xor": {inputs: "x"},
}

// kind returns the letter of input i.
func (r rule) kind(i int) byte {
	return r.inputs[min(i, len(r.inputs)-1)]
}
