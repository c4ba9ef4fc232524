package layout

import (
	"slices"

	"github.com/memdil/memdil/graphs"
)

// elementwise are operators that compute each element from those in its place,
// and so the same in whatever layout all their operands are in.
var elementwise = []string{
	"Abs", "Add", "And", "Cast", "Celu", "Clip", "Div", "Elu", "Equal", "Erf", "Exp", "Gelu", "Greater", "HardSigmoid", "HardSwish",
	"LeakyRelu", "Less", "Log", "Max", "Min", "Mish", "Mul", "Neg", "Not", "PRelu", "Pow", "Reciprocal", "Relu", "Selu", "Sigmoid",
	"Sign", "Softplus", "Softsign", "Sqrt", "Sub", "Sum", "Swish", "Tanh", "ThresholdedRelu", "Where",
}

// withElementwise adds the elementwise operators to a table.
func withElementwise[F any](table map[string]F, f F) map[string]F {
	for _, op := range elementwise {
		table[op] = f
	}
	return table
}

// role is what an operand is beside planes N×C×….
type role int

const (
	unknown    role = iota
	whole           // of that shape, be it 1×C×1×…
	perSample       // N×C×1×…
	perChannel      // 1×C×1×…, of whatever rank
	lone            // one element, or nothing
)

// roleOf returns what an operand is, which is in its own layout.
func roleOf(b *graphs.Builder, name string, planes graphs.Shape) role {
	if name == "" {
		return lone
	}
	shape := b.Shape(name)
	if shape == nil || len(shape) > len(planes) {
		return unknown
	}
	if shape.Equals(planes) {
		return whole
	}
	if size, ok := shape.Elements(); ok && size == 1 {
		return lone
	}
	full := append(slices.Repeat(graphs.Shape{graphs.Known(1)}, len(planes)-len(shape)), shape...)
	switch forChannels := full[1].Equals(planes[1]) && areOnes(full[2:]); {
	case forChannels && isOne(full[0]):
		return perChannel
	case forChannels && full[0].Equals(planes[0]):
		return perSample
	}
	return unknown
}

// areOnes reports whether all sizes are 1.
func areOnes(s graphs.Shape) bool {
	return !slices.ContainsFunc(s, func(d graphs.Dim) bool { return !isOne(d) })
}
