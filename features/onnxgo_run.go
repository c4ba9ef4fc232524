package features

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/owulveryck/onnx-go"
	"github.com/owulveryck/onnx-go/backend/x/gorgonnx"
	"gorgonia.org/tensor"

	"github.com/memdil/memdil/graphs"
)

// goNet is a model in the form that onnx-go computes.
type goNet struct {
	model     []byte
	inputName string
	input     []int // shape, the batch first
	outputs   []*graphs.Value
}

// newGoNet adapts a model to onnx-go, for batches of n samples or of the
// model's own number.
func newGoNet(m *graphs.Model, n int) (*goNet, error) {
	m, err := adapt(m, n)
	if err != nil {
		return nil, err
	}
	input := m.Graph.Inputs[0]
	net := &goNet{inputName: input.Name, outputs: m.Graph.Outputs}
	for _, d := range input.Type.Shape {
		net.input = append(net.input, int(d.Size))
	}
	net.model, err = graphs.Encode(m)
	return net, err
}

// onnxGo guards the counters that onnx-go names its nodes with.
var onnxGo sync.Mutex

// run computes a batch; x is not changed. The model is decoded anew each time
// because Gorgonia writes to the tensors of a graph that it runs.
func (net *goNet) run(x []float32) (outputs [][]float32, err error) {
	onnxGo.Lock()
	defer onnxGo.Unlock()
	defer func() {
		if r := recover(); r != nil { // how Gorgonia reports what it cannot do
			outputs, err = nil, foreignError(fmt.Errorf("%v", r))
		}
	}()
	backend := gorgonnx.NewGraph()
	model := onnx.NewModel(backend)
	if err := model.UnmarshalBinary(net.model); err != nil {
		return nil, foreignError(err)
	}
	in := tensor.New(tensor.WithShape(net.input...), tensor.WithBacking(append([]float32(nil), x...)))
	if err := model.SetInput(0, in); err != nil {
		return nil, foreignError(err)
	}
	if err := backend.Run(); err != nil {
		return nil, foreignError(err)
	}
	return net.results(model)
}

func (net *goNet) results(model *onnx.Model) ([][]float32, error) {
	tensors, err := model.GetOutputTensors()
	if err != nil {
		return nil, foreignError(err)
	}
	out := make([][]float32, len(tensors))
	for i, v := range net.outputs {
		n, _ := v.Type.Shape.Elements()
		values, ok := tensors[i].Data().([]float32)
		if !ok || int64(len(values)) != n {
			return nil, foreignError(errors.New("output " + v.Name + " has another type or size than the model says"))
		}
		out[i] = values
	}
	return out, nil
}

// foreignError puts an error of onnx-go on one line.
func foreignError(err error) error {
	return fmt.Errorf("onnx-go: %s", strings.Join(strings.Fields(err.Error()), " "))
}
