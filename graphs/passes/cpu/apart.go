package cpu

import (
	"fmt"
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/passes"
)

// Apart returns a copy of m in which large products that the loss does not need,
// those of a backward pass, have another shape than all values that it needs.
// ONNX Runtime plans the buffer of a value that is read no more for the next one
// of the very same shape, and keeps it until then: of the last values of each
// shape in a forward pass until the backward pass comes to that layer, which in
// a deep network is most of the step, when most is in memory.
func Apart(m *graphs.Model, loss string) (*graphs.Model, error) {
	needed := needs(m.Graph, loss)
	var shapes map[string]bool // of the values that the loss needs
	return passes.RewriteKnown(m, func(k *passes.Known, n *graphs.Node) []string {
		if shapes == nil {
			shapes = map[string]bool{}
			for name := range needed {
				shapes[fmt.Sprint(k.Shape(name))] = true
			}
		}
		y := n.Outputs[0]
		shape := k.Shape(y)
		if size, ok := shape.Elements(); n.Op != "MatMul" || needed[y] || !ok || size < large || !shapes[fmt.Sprint(shape)] {
			return nil
		}
		// A transposition becomes part of the product only where it stands before it.
		i := slices.IndexFunc(n.Inputs, func(in string) bool {
			return len(k.Shape(in)) == len(shape) && k.Shape(in).IsStatic() && !k.Maker(in).Is("Transpose")
		})
		if i < 0 {
			return nil
		}
		operands := slices.Clone(n.Inputs)
		operands[i] = k.ReshapeTo(operands[i], slices.Concat([]int64{1}, k.Shape(operands[i]).Dims())...)
		return []string{k.ReshapeTo(k.MatMul(operands[0], operands[1]), shape.Dims()...)}
	})
}

// large is the number of elements from which on a buffer counts.
const large = 1 << 18

// needs returns the values that one is computed from, and itself.
func needs(g *graphs.Graph, name string) map[string]bool {
	needed := map[string]bool{name: true}
	for _, n := range slices.Backward(g.Nodes) {
		if slices.ContainsFunc(n.Outputs, func(o string) bool { return needed[o] }) {
			for _, in := range slices.Concat(n.Inputs, n.Captures()) {
				needed[in] = true
			}
		}
	}
	return needed
}
