package zoo

import (
	"fmt"
	"math"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/random"
)

// opset is the operator set of the zoo's models.
const opset = 18

// Names of the last linear layer.
const (
	classifierWeight = "fc.weight"
	classifierBias   = "fc.bias"
)

// net is a model under construction.
type net struct {
	*graphs.Builder
	seed  uint64
	drawn uint64 // tensors initialised so far
	// room is how many more elements the weights may have.
	room int64
	// smallHead initialises the classifier as VGGs do: weights from
	// N(0, 0.01²), bias 0.
	smallHead bool
}

// newNet returns a net with its input, images of 3×32×32.
func newNet(name string, o Options) (*net, string, error) {
	b, err := graphs.NewBuilder(graphs.NewModel(name, opset))
	if err != nil {
		return nil, "", err
	}
	shape := append(graphs.Shape{graphs.Symbolic("N")}, graphs.StaticShape(3, 32, 32)...)
	input := b.Input("input", graphs.Type{Elem: graphs.Float32, Shape: shape})
	n := &net{Builder: b, seed: o.Seed, room: o.Limit / 4}
	if o.Limit == 0 {
		n.room = math.MaxInt64 / 4
	}
	return n, input, nil
}

// zeros returns the elements of a tensor, nil where there is no room for them,
// nor for any tensor after it.
func (n *net) zeros(dims ...int64) []float32 {
	count := int64(1)
	for _, d := range dims {
		if d > 0 && count > n.room/d { // the product itself may not fit an integer
			n.room = 0
			n.Failf("%w", ErrLimit)
			return nil
		}
		count *= d
	}
	n.room -= count
	return make([]float32, count)
}

// uniform draws a tensor from U(−bound, bound).
func (n *net) uniform(name string, bound float64, dims ...int64) string {
	return n.draw(name, dims, func(s random.Stream, i uint64) float64 { return s.Uniform(i, -bound, bound) })
}

// draw appends a tensor of random elements. Each tensor has a stream of its
// own, so that one more in a model does not change those before it.
func (n *net) draw(name string, dims []int64, element func(s random.Stream, i uint64) float64) string {
	stream := random.New(n.seed, random.Init, 0).Sub(n.drawn)
	n.drawn++
	values := n.zeros(dims...)
	if values == nil {
		return ""
	}
	stream.Fill(values, element)
	return n.Initializer(graphs.NewFloats(name, dims, values))
}

// fill appends a vector of equal elements.
func (n *net) fill(name string, size int64, v float32) string {
	values := n.zeros(size)
	if values == nil {
		return ""
	}
	for i := range values {
		values[i] = v
	}
	return n.Initializer(graphs.NewFloats(name, []int64{size}, values))
}

// op appends a node whose output bears the given name, or any if it is "".
func (n *net) op(output, op string, inputs []string, attrs ...graphs.Attribute) string {
	if output == "" {
		return n.Op(op, inputs, attrs...)
	}
	return n.Named(output, op, inputs, attrs...)
}

// linear appends x·Wᵀ + b with PyTorch's default initialisation: weight and
// bias from U(−1/√fan_in, 1/√fan_in).
func (n *net) linear(output, x, prefix string, in, out int) string {
	bound := 1 / math.Sqrt(float64(in))
	w := n.uniform(prefix+".weight", bound, int64(out), int64(in))
	b := n.uniform(prefix+".bias", bound, int64(out))
	return n.op(output, "Gemm", []string{x, w, b}, graphs.Int("transB", 1))
}

// batchNorm appends a BatchNormalization in inference form, γ = 1, β = 0,
// running mean 0 and variance 1. ONNX's momentum is the weight of the old
// value: PyTorch's 0.1 is 0.9 here.
func (n *net) batchNorm(output, x, prefix string, channels int) string {
	c := int64(channels)
	inputs := []string{x, n.fill(prefix+".weight", c, 1), n.fill(prefix+".bias", c, 0),
		n.fill(prefix+".running_mean", c, 0), n.fill(prefix+".running_var", c, 1)}
	return n.op(output, "BatchNormalization", inputs, graphs.Float("epsilon", 1e-5), graphs.Float("momentum", 0.9))
}

// layerNorm appends a LayerNormalization over the last axis, γ = 1, β = 0.
func (n *net) layerNorm(output, x, prefix string, width int) string {
	inputs := []string{x, n.fill(prefix+".weight", int64(width), 1), n.fill(prefix+".bias", int64(width), 0)}
	return n.op(output, "LayerNormalization", inputs, graphs.Int("axis", -1), graphs.Float("epsilon", 1e-5))
}

// Names of a model's outputs.
const (
	featuresOutput = "features"
	logitsOutput   = "logits"
)

// classifier appends the last linear layer on the value "features", of
// dimension d, and makes both outputs.
func (n *net) classifier(d int, o Options) (*graphs.Model, error) {
	weight, err := n.classifierWeight(d, o)
	if err != nil {
		return nil, err
	}
	inputs := []string{featuresOutput, weight}
	switch k := int64(o.Classes); {
	case o.NoBias:
	case n.smallHead:
		inputs = append(inputs, n.fill(classifierBias, k, 0))
	default:
		inputs = append(inputs, n.uniform(classifierBias, 1/math.Sqrt(float64(d)), k))
	}
	n.op(logitsOutput, "Gemm", inputs, graphs.Int("transB", 1))
	n.Output(featuresOutput)
	n.Output(logitsOutput)
	return n.Model(), n.Err()
}

func (n *net) classifierWeight(d int, o Options) (string, error) {
	dims := []int64{int64(o.Classes), int64(d)}
	switch {
	case o.ETF:
		if d < o.Classes {
			return "", fmt.Errorf("a fixed simplex ETF of %d classes needs at least %d features, not %d", o.Classes, o.Classes, d)
		}
		frame := n.zeros(dims...)
		if frame == nil {
			return "", nil
		}
		simplexETF(frame, o.Classes, d)
		return n.Initializer(graphs.NewFloats(classifierWeight, dims, frame)), nil
	case n.smallHead:
		return n.normal(classifierWeight, 0.01, dims...), nil
	}
	return n.uniform(classifierWeight, 1/math.Sqrt(float64(d)), dims...), nil
}

// simplexETF fills a K×d classifier of zeros, d ≥ K, with √(K/(K−1))·(I − 11ᵀ/K),
// scaled to rows of norm 1 and padded with zero columns (formulas.md 6).
func simplexETF(frame []float32, k, d int) {
	scale := math.Sqrt(float64(k) / float64(k-1))
	for i := range k {
		for j := range k {
			v := -1 / float64(k)
			if i == j {
				v++
			}
			frame[i*d+j] = float32(scale * v)
		}
	}
}
