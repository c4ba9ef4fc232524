package zoo

import (
	"math"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/random"
)

// conv describes a square 2-d convolution.
type conv struct {
	in, out     int
	kernel      int
	stride, pad int
	groups      int // 0 is 1
	bias        bool
	// uniform initialises as PyTorch's layers do by default, from
	// U(−1/√fan_in, 1/√fan_in); otherwise Kaiming's normal distribution is
	// used, of variance 2/fan_out, and the bias is 0 (He et al., ICCV 2015).
	uniform bool
}

// convolution appends x∗W (+ b).
func (n *net) convolution(x, prefix string, c conv) string {
	groups := max(c.groups, 1)
	dims := []int64{int64(c.out), int64(c.in / groups), int64(c.kernel), int64(c.kernel)}
	area := c.kernel * c.kernel
	inputs := []string{x}
	if c.uniform {
		inputs = append(inputs, n.uniform(prefix+".weight", 1/math.Sqrt(float64(c.in/groups*area)), dims...))
	} else {
		inputs = append(inputs, n.normal(prefix+".weight", math.Sqrt(2/float64(c.out*area)), dims...))
	}
	if c.bias {
		inputs = append(inputs, n.fill(prefix+".bias", int64(c.out), 0))
	}
	k, s, p := int64(c.kernel), int64(c.stride), int64(c.pad)
	return n.op("", "Conv", inputs, graphs.Ints("kernel_shape", k, k), graphs.Ints("strides", s, s),
		graphs.Ints("pads", p, p, p, p), graphs.Int("group", int64(groups)))
}

// normal draws a tensor from N(0, deviation²).
func (n *net) normal(name string, deviation float64, dims ...int64) string {
	return n.draw(name, dims, func(s random.Stream, i uint64) float64 { return deviation * s.Normal(i) })
}

// maxPool appends the largest element of square windows.
func (n *net) maxPool(x string, kernel, stride, pad int64) string {
	return n.Op("MaxPool", []string{x}, graphs.Ints("kernel_shape", kernel, kernel),
		graphs.Ints("strides", stride, stride), graphs.Ints("pads", pad, pad, pad, pad))
}

// pooledFeatures appends the mean over the image of each channel: the
// features N×C.
func (n *net) pooledFeatures(x string) {
	n.op(featuresOutput, "Flatten", []string{n.Op("GlobalAveragePool", []string{x})}, graphs.Int("axis", 1))
}
