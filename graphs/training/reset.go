package training

import (
	"math"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/random"
)

// ResetWeights draws all parameters anew, by what they are used for, and starts
// running statistics at mean 0 and variance 1. What is frozen stays as it is.
//
//	linear layers        weight and bias U(−1/√fan_in, 1/√fan_in), PyTorch's default
//	convolutions         weight N(0, 2/fan_out) (He et al., ICCV 2015), bias 0,
//	                     as torchvision's ResNets
//	normalisations       scale 1, shift 0, also where they are spelt as Mul and Add
//	slopes of PRelu      1/4, PyTorch's default
//	others (embeddings)  N(0, 0.02²)
//
// fan_in is the number of inputs of a linear layer's output; fan_out that of
// output channels times the size of the kernel. The numbers of a parameter
// depend on the seed and its place in Parameters only.
func (net *Net) ResetWeights(seed uint64) {
	stream, uses := random.New(seed, random.Init, 0), net.uses()
	for i, p := range net.Parameters {
		values := make([]float32, p.Value.Len())
		stream.Sub(uint64(i)).Fill(values, net.initialiser(p, uses[p.Name]))
		*p.Value = *graphs.NewFloats(p.Name, p.Value.Dims, values)
	}
	for _, s := range net.Buffers {
		if net.frozen(s.Name) {
			continue
		}
		values := make([]float32, s.Value.Len())
		for i := range values {
			if s.variance {
				values[i] = 1
			}
		}
		*s.Value = *graphs.NewFloats(s.Name, s.Value.Dims, values)
	}
}

// initialiser returns what draws the elements of a parameter with these uses.
func (net *Net) initialiser(p Parameter, uses []use) func(random.Stream, uint64) float64 {
	for _, u := range uses {
		if draw := net.initialiserOf(u, p.Value); draw != nil {
			return draw
		}
	}
	return normal(0.02)
}

// initialiserOf returns what one use of a tensor asks for, nil where it is
// nothing special.
func (net *Net) initialiserOf(u use, t *graphs.Tensor) func(random.Stream, uint64) float64 {
	switch u.node.StandardOp() {
	case "Gemm", "MatMul":
		if bound := net.linearBound(u.node); bound > 0 {
			return between(bound)
		}
	case "Conv", "ConvTranspose":
		if u.input == 2 {
			return always(0)
		}
		return normal(math.Sqrt(2 / float64(t.Dims[0]*area(t))))
	case "BatchNormalization", "GroupNormalization", "InstanceNormalization", "LayerNormalization", "RMSNormalization":
		return always(float64(2 - u.input)) // input 1 is the scale, 2 the shift
	case "PRelu":
		return always(0.25)
	case "Mul", "Div":
		return always(1)
	case "Add":
		return net.shift(u)
	case "Transpose", "Reshape", "Unsqueeze", "Squeeze":
		return net.reshapedInitialiser(u, t)
	}
	return nil
}

// linearBound returns 1/√fan_in of a product with a parameter, 0 where there is
// none.
func (net *Net) linearBound(n *graphs.Node) float64 {
	var fanIn int64
	if w := net.matrix(n.Input(1)); len(w) >= 2 {
		fanIn = w[len(w)-2+int(n.Int("transB", 0))]
	} else if w := net.matrix(n.Input(0)); len(w) >= 2 {
		fanIn = w[len(w)-1-int(n.Int("transA", 0))]
	}
	if fanIn == 0 {
		return 0
	}
	return 1 / math.Sqrt(float64(fanIn))
}

// matrix returns the shape of a trained matrix as a product reads it, directly
// or transposed; nil if the value is none.
func (net *Net) matrix(name string) []int64 {
	g := net.Model.Graph
	if t := g.Initializer(name); t != nil {
		return t.Dims
	}
	n := g.Maker(name)
	if n == nil || n.StandardOp() != "Transpose" {
		return nil
	}
	t := g.Initializer(n.Input(0))
	if t == nil || len(t.Dims) != 2 || !swapsMatrix(n) {
		return nil
	}
	return []int64{t.Dims[1], t.Dims[0]}
}

// shift returns what draws a tensor that is added: the bias of a linear layer,
// the shift of a convolution or a normalisation, or an embedding.
func (net *Net) shift(u use) func(random.Stream, uint64) float64 {
	to := net.Model.Graph.Maker(u.node.Input(1 - u.input))
	if to == nil {
		return nil
	}
	switch to.StandardOp() {
	case "Gemm", "MatMul":
		if bound := net.linearBound(to); bound > 0 {
			return between(bound)
		}
	case "Conv", "ConvTranspose":
		return always(0)
	case "Mul", "Div":
		for _, in := range to.Inputs {
			if net.Model.Graph.Initializer(in) != nil {
				return always(0)
			}
		}
	}
	return nil
}

// reshapedInitialiser returns what the readers of a reshaped parameter ask for.
func (net *Net) reshapedInitialiser(u use, t *graphs.Tensor) func(random.Stream, uint64) float64 {
	for _, n := range net.Model.Graph.Nodes {
		for i, in := range n.Inputs {
			if in != u.node.Output(0) {
				continue
			}
			if draw := net.initialiserOf(use{node: n, input: i}, t); draw != nil {
				return draw
			}
		}
	}
	return nil
}

// area returns the size of a convolution's kernel.
func area(t *graphs.Tensor) int64 {
	n := int64(1)
	for _, d := range t.Dims[2:] {
		n *= d
	}
	return n
}

// normal draws from N(0, deviation²).
func normal(deviation float64) func(random.Stream, uint64) float64 {
	return func(s random.Stream, i uint64) float64 { return deviation * s.Normal(i) }
}

// always draws nothing.
func always(v float64) func(random.Stream, uint64) float64 {
	return func(random.Stream, uint64) float64 { return v }
}
