package cpu

import (
	"math"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Masks returns a copy of m for a CPU, in which zeros and ones that say where
// floats are above 0, in ReLU's gradient, are made by one operator in place of
// two, of which ONNX Runtime runs the second on one thread: with the largest
// float α, HardSigmoid(x) = max(0, min(1, α·x)) is 1 for all x > 3·10⁻³⁹.
func Masks(m *graphs.Model) (*graphs.Model, error) {
	return passes.RewriteKnown(m, func(k *passes.Known, n *graphs.Node) []string {
		above := k.Maker(n.Input(0))
		if n.Op != "Cast" || graphs.DType(n.Int("to", 0)) != graphs.Float32 || !above.Is("Greater") {
			return nil
		}
		x, zero := above.Input(0), k.Info(above.Input(1)).Const
		if k.Elem(x) != graphs.Float32 || zero == nil || zero.Len() != 1 || zero.At(0) != 0 || !k.Shape(x).Equals(k.Shape(n.Outputs[0])) {
			return nil
		}
		if relu := k.Maker(x); relu.Is("Relu") && k.Reads(x) == 1 {
			x = relu.Input(0) // above 0 where that is
		}
		return []string{k.Op("HardSigmoid", []string{x}, graphs.Float("alpha", math.MaxFloat32), graphs.Float("beta", 0))}
	})
}
