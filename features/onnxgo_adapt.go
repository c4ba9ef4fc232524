package features

import (
	"errors"
	"fmt"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/passes"
)

// UnsupportedError says why onnx-go cannot run a model, which is no fault of
// the model.
type UnsupportedError struct {
	Node   string // operator and name, as graphs.Node.Label gives them; empty when it is no single node
	Reason string
}

// Error names the node and says what onnx-go lacks.
func (e *UnsupportedError) Error() string {
	if e.Node == "" {
		return "onnx-go cannot run the model: " + e.Reason
	}
	return fmt.Sprintf("onnx-go cannot run %s: %s", e.Node, e.Reason)
}

// adapt rewrites a model with one input so that onnx-go computes it, and
// correctly: batches of n samples, or of the model's own number, in the
// operators and forms that the table spellings vouches for. What cannot be
// spelt in them is an [UnsupportedError].
//
// onnx-go reads no operator set versions and no symbolic dimensions, and a batch
// of one makes its Gemm overwrite the bias.
func adapt(m *graphs.Model, n int) (*graphs.Model, error) {
	input, err := onlyInput(m)
	if err != nil {
		return nil, err
	}
	if shape := input.Type.Shape; shape[0].IsKnown() {
		n = int(shape[0].Size)
	}
	if n < 2 {
		return nil, &UnsupportedError{Reason: "it computes wrong numbers for batches of 1, and the model's batch is fixed"}
	}
	if size := batchSize(input, n); size < 1 || size > maxInput {
		return nil, &UnsupportedError{Reason: fmt.Sprintf("%d samples of input %q, %v, are too many numbers or none", n, input.Name, input.Type)}
	}
	steps := []func(*graphs.Model) (*graphs.Model, error){
		func(m *graphs.Model) (*graphs.Model, error) { return passes.FixBatch(m, input.Name, "", n) },
		foldAffine,
		func(m *graphs.Model) (*graphs.Model, error) { return passes.Prune(m), nil },
		func(m *graphs.Model) (*graphs.Model, error) { return passes.Rewrite(m, spell) },
		copyShared,
		copyOutputs,
	}
	for _, step := range steps {
		if m, err = step(m); err != nil {
			if unsupported, ok := errors.AsType[*UnsupportedError](err); ok {
				return nil, unsupported
			}
			return nil, err
		}
	}
	m = passes.Prune(m)
	m.Graph.Inputs = m.Graph.RequiredInputs()
	return m, nil
}

// onlyInput returns the one input of a model that must be fed.
func onlyInput(m *graphs.Model) (*graphs.Value, error) {
	inputs := m.Graph.RequiredInputs()
	if len(inputs) != 1 {
		return nil, fmt.Errorf("the model has %d inputs; an inference graph has one", len(inputs))
	}
	in := inputs[0]
	if in.Type.Elem != graphs.Float32 || len(in.Type.Shape) == 0 {
		return nil, fmt.Errorf("input %q, %v, is no batch of float32 samples", in.Name, in.Type)
	}
	for _, d := range in.Type.Shape[1:] {
		if !d.IsKnown() {
			return nil, fmt.Errorf("the sample size of input %q, %v, is open; fix all dimensions but the first in the model", in.Name, in.Type)
		}
	}
	return in, nil
}

// maxInput bounds the elements of an input, whose shape comes from a file.
const maxInput = 1 << 28

// batchSize is the number of elements of n samples, or more than maxInput.
func batchSize(input *graphs.Value, n int) int {
	size := min(n, maxInput+1)
	for _, d := range input.Type.Shape[1:] {
		if size *= int(min(d.Size, maxInput+1)); size > maxInput {
			return size
		}
	}
	return size
}

// spell replaces a node by what onnx-go understands.
func spell(b *graphs.Builder, n *graphs.Node) []string {
	write, ok := spellings[n.StandardOp()]
	if !ok {
		return refuse(b, n, "the operator is outside its subset")
	}
	if shape := b.Shape(n.Output(0)); !shape.IsStatic() {
		return refuse(b, n, "it needs a fixed shape, and this is %v", shape)
	}
	return write(b, n)
}

func refuse(b *graphs.Builder, n *graphs.Node, format string, args ...any) []string {
	b.Failf("%w", &UnsupportedError{Node: n.Label(), Reason: fmt.Sprintf(format, args...)})
	return nil
}

// copyShared lets no two nodes read one value when one of them is a Reshape: that
// gives a view of the value's memory, which Gorgonia may then write to.
func copyShared(m *graphs.Model) (*graphs.Model, error) {
	reads := m.Graph.Reads()
	shared := map[string]bool{} // outputs of such Reshapes
	for _, n := range m.Graph.Nodes {
		shared[n.Output(0)] = n.Op == "Reshape" && reads[n.Input(0)] > 1
	}
	return passes.Rewrite(m, func(b *graphs.Builder, n *graphs.Node) []string {
		if !shared[n.Output(0)] {
			return nil
		}
		zero := b.Adopt(zeros(b.Fresh("zero"), b.Shape(n.Input(0)).Dims()))
		return []string{b.Op("Reshape", []string{b.Op("Add", []string{n.Input(0), zero}), n.Input(1)})}
	})
}

// copyOutputs makes every graph output a copy that nothing reads: onnx-go
// returns such values only, and Gorgonia may reuse the memory of all others.
func copyOutputs(m *graphs.Model) (*graphs.Model, error) {
	names := graphs.NewNames(m.Graph)
	for _, v := range m.Graph.Outputs {
		if m.Graph.Maker(v.Name) == nil {
			return nil, &UnsupportedError{Reason: fmt.Sprintf("nothing computes output %q", v.Name)}
		}
	}
	copied := m.Clone()
	for i, v := range m.Graph.Outputs {
		inner := names.Fresh(v.Name + ".inner")
		copied = passes.Rename(copied, v.Name, inner)
		g := copied.Graph
		g.Outputs[i].Name = v.Name
		zero := zeros(names.Fresh(v.Name+".zero"), v.Type.Shape.Dims())
		g.Initializers = append(g.Initializers, zero)
		g.Nodes = append(g.Nodes, &graphs.Node{Op: "Add", Inputs: []string{inner, zero.Name}, Outputs: []string{v.Name}})
	}
	return copied, nil
}

func zeros(name string, dims []int64) *graphs.Tensor {
	n := int64(1)
	for _, d := range dims {
		n *= d
	}
	return graphs.NewFloats(name, dims, make([]float32, n))
}

// own appends a constant that no other node reads: Gorgonia may write to it.
func own(b *graphs.Builder, t *graphs.Tensor) string {
	named := *t
	named.Name = b.Fresh("const")
	return b.Adopt(&named)
}

// expanded appends a constant broadcast to shape: onnx-go guesses axes when it
// broadcasts.
func expanded(b *graphs.Builder, t *graphs.Tensor, shape graphs.Shape) string {
	dims := shape.Dims()
	out, err := eval.Node(&graphs.Node{Op: "Expand"}, expandOpset,
		[]*eval.Value{eval.FromTensor(t), eval.Ints([]int{len(dims)}, dims...)})
	if err != nil {
		b.Failf("expanding a constant: %w", err)
		return ""
	}
	return own(b, out[0].Tensor(""))
}
