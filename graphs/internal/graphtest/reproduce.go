package graphtest

import (
	"fmt"
	"math"
	"slices"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

// Reproduces interprets a model on the tensors in.0, in.1, … of data, and
// compares its outputs with out.0, out.1, …, as testdata of packages eval and
// upgrade are written. An input that data do not have is left out.
func Reproduces(m *graphs.Model, data *graphs.Graph) error {
	inputs := map[string]*eval.Value{}
	for i, v := range m.Graph.Inputs {
		if t := data.Initializer(fmt.Sprintf("in.%d", i)); t != nil {
			inputs[v.Name] = eval.FromTensor(t)
		}
	}
	got, err := eval.Run(m, inputs)
	if err != nil {
		return err
	}
	for i, v := range m.Graph.Outputs {
		if err := compare(got[v.Name].Tensor(""), data.Initializer(fmt.Sprintf("out.%d", i))); err != nil {
			return fmt.Errorf("output %q: %w", v.Name, err)
		}
	}
	return nil
}

// compare allows what float32 arithmetic loses, and for half precision what
// its fewer digits do.
func compare(got, want *graphs.Tensor) error {
	if got.Type != want.Type || !slices.Equal(got.Dims, want.Dims) {
		return fmt.Errorf("got %s, want %s", got.TensorType(), want.TensorType())
	}
	tolerance := 2e-5
	if want.Type == graphs.Float16 || want.Type == graphs.BFloat16 {
		tolerance = 1e-2
	}
	for i, w := range want.Floats() {
		g := got.At(i)
		same := g == w || math.IsNaN(g) && math.IsNaN(w)
		if !same && (!want.Type.IsFloat() || !(math.Abs(g-w) <= tolerance*(1+math.Abs(w)))) {
			return fmt.Errorf("element %d is %v, want %v", i, g, w)
		}
	}
	return nil
}
