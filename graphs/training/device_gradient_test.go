package training_test

import (
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/ort/orttest"
)

// descent is one step of the device graph down the whole gradient.
type descent struct {
	net       *training.Net
	objective training.Objective
	optimizer training.Optimizer
	model     *graphs.Model
	in        map[string]*eval.Value
}

// forms are those that planes of a size take.
var forms = map[string]func(testing.TB){"large": training.LargeForm, "small": training.SmallForm, "filtered": training.FilteredForm}

// newDescent reads a golden case; planes take the same form whatever their size.
func newDescent(t *testing.T, name string, form func(testing.TB)) *descent {
	t.Helper()
	form(t)
	d := &descent{net: load(t, name+"/model.onnx", training.Options{}), objective: training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}},
		optimizer: training.Optimizer{Kind: training.SGD}}
	x := golden.NPY(t, name+"/x.npy")
	var err error
	if d.model, err = d.net.Device(d.objective, d.optimizer, training.DeviceOptions{Batch: x.Shape[0]}); err != nil {
		t.Fatal(err)
	}
	order := make([]int64, x.Shape[0])
	for i := range order {
		order[i] = int64(i)
	}
	d.in = map[string]*eval.Value{
		"data": floats(x), "labels": ints(golden.NPY(t, name+"/labels.npy")), "order": eval.Ints([]int{1, len(order)}, order...),
		"t": eval.Ints(nil, 1), "lr": eval.Floats([]int{1}, 1),
	}
	addCarried(t, d.net, d.optimizer, d.in)
	return d
}

// check compares the gradients, parameters less those after the step, with
// PyTorch's.
func (d *descent) check(t *testing.T, name string, after func(parameter string) *eval.Value, tolerance float64) {
	t.Helper()
	for _, p := range d.net.Parameters {
		gradient := after(p.Name)
		for i := range gradient.F {
			gradient.F[i] = p.Value.At(i) - gradient.F[i]
		}
		compare(t, p.Name, gradient, golden.NPY(t, name+"/grads/"+p.Name+".npy").Floats, tolerance)
	}
}

// TestDeviceGradientsMatchPyTorch computes in float64, but for the constants of
// filters, and compares running statistics with the step graph's.
func TestDeviceGradientsMatchPyTorch(t *testing.T) {
	eachForm(t, func(t *testing.T, name string, d *descent) {
		got, err := eval.Run(d.model, d.in)
		if err != nil {
			t.Fatal(err)
		}
		d.check(t, name, func(p string) *eval.Value { return got["next."+p] }, 1e-6)
		d.checkStatistics(t, got)
		checkBody(t, d.model)
	})
}

// eachForm runs a test for the golden cases, in the forms for planes of all
// sizes.
func eachForm(t *testing.T, test func(t *testing.T, name string, d *descent)) {
	for _, name := range golden.Cases(t, "grad") {
		for size, form := range forms {
			t.Run(name+"/"+size, func(t *testing.T) { test(t, name, newDescent(t, name, form)) })
		}
	}
}

// TestDeviceGradientsOnRuntime computes in float32, with ONNX Runtime: the
// largest gradients of these cases are about 1.
func TestDeviceGradientsOnRuntime(t *testing.T) {
	r := orttest.Runtime(t)
	eachForm(t, func(t *testing.T, name string, d *descent) {
		got := orttest.Run(t, r, d.model, d.in)
		d.check(t, name, func(p string) *eval.Value {
			var values []float64
			for _, x := range got["next."+p].Float32s() {
				values = append(values, float64(x))
			}
			return eval.Floats([]int{len(values)}, values...)
		}, 5e-6)
	})
}

// checkStatistics compares running statistics with those of the step graph.
func (d *descent) checkStatistics(t *testing.T, got map[string]*eval.Value) {
	t.Helper()
	m, err := d.net.Step(d.objective, d.optimizer)
	if err != nil {
		t.Fatal(err)
	}
	want, err := eval.Run(m, map[string]*eval.Value{d.net.Input: d.in["data"], "label": d.in["labels"], "t": d.in["t"], "lr": eval.Floats(nil, 1)})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range d.net.Buffers {
		compare(t, s.Name, got["next."+s.Name], want["next."+s.Name].F, 1e-7)
	}
}

// resNet18Steps returns what the device graph of a ResNet-18 repeats.
func resNet18Steps(t *testing.T, d training.DeviceOptions) []*graphs.Model {
	t.Helper()
	m, err := zoo.Build("ResNet18_adapt", zoo.Options{Classes: 10, Width: 64})
	if err != nil {
		t.Fatal(err)
	}
	net, err := training.NewNet(m, training.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err = net.Device(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}, training.Optimizer{Kind: training.SGD}, d)
	if err != nil {
		t.Fatal(err)
	}
	return bodies(m)
}

// TestDeviceStandardises counts the BatchNormalizations of a ResNet-18, of 20,
// that are LayerNormalizations: of planes, where images are large and many, and of
// rows with a channel each, around convolutions that are products.
func TestDeviceStandardises(t *testing.T) {
	for _, test := range []struct{ batch, planes, rows int }{{128, 5, 15}, {16, 0, 15}} {
		ranks := map[int]int{}
		for _, body := range resNet18Steps(t, training.DeviceOptions{Batch: test.batch}) {
			infos, err := graphs.Infer(body)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range body.Graph.Nodes {
				if n.Op == "LayerNormalization" {
					ranks[len(infos[n.Inputs[0]].Shape)]++
				}
			}
		}
		if ranks[4] != test.planes || ranks[2] != test.rows {
			t.Errorf("batch %d: LayerNormalization of %d planes and of %d matrices, want %d and %d", test.batch, ranks[4], ranks[2], test.planes, test.rows)
		}
	}
}

// TestDeviceFilters counts the convolutions of a ResNet-18 that are left, of 20 and
// as many gradients by their inputs but one: the first sees too few channels, and
// strides of 2 too many places. TensorFloat-32 makes convolutions faster than what
// filtering takes, and would round it more.
func TestDeviceFilters(t *testing.T) {
	for _, test := range []struct {
		d          training.DeviceOptions
		left, back int
	}{
		{training.DeviceOptions{Batch: 128}, 2, 1},
		{training.DeviceOptions{Batch: 16}, 2, 3},
		{training.DeviceOptions{Batch: 16, Full: 128}, 2, 1},
		{training.DeviceOptions{Batch: 128, TF32: true}, 16, 3},
	} {
		left, back := 0, 0
		for _, body := range resNet18Steps(t, test.d) {
			for _, n := range body.Graph.Nodes {
				switch n.Op {
				case "Conv":
					left++
				case "ConvTranspose":
					back++
				}
			}
		}
		if left != test.left || back != test.back {
			t.Errorf("%+v: %d convolutions and %d transposed ones are left, want %d and %d", test.d, left, back, test.left, test.back)
		}
	}
}

// TestDeviceUnfoldsOnce counts the convolutions of a ResNet-18 that are products,
// of 17 forward, but for those that skip places, and 13 backward: of the smaller the
// planes are, the larger the batch. What those forward unfold is there for the
// gradient by the weights.
func TestDeviceUnfoldsOnce(t *testing.T) {
	training.Unfiltered(t)
	for _, test := range []struct{ batch, forward, backward int }{{512, 1, 0}, {128, 8, 6}, {16, 8, 6}} {
		convolutions, gathers, shared := 0, 0, 0
		for _, body := range resNet18Steps(t, training.DeviceOptions{Batch: test.batch}) {
			products := map[string]int{} // that read a value
			for _, n := range body.Graph.Nodes {
				if n.Op == "Gemm" {
					products[n.Inputs[1]]++
				}
			}
			unfolded := map[string]bool{}
			for _, n := range body.Graph.Nodes {
				switch n.Op {
				case "Conv":
					convolutions++
				case "Gather":
					gathers++
					unfolded[n.Outputs[0]] = true
				case "Reshape":
					if unfolded[n.Inputs[0]] && products[n.Outputs[0]] == 2 {
						shared++
					}
				}
			}
		}
		if convolutions != 30-test.forward-test.backward || shared != test.forward || gathers != 34 {
			t.Errorf("batch %d: %d convolutions, %d unfolded planes read twice, %d copies, want %d and %d products, 34 copies",
				test.batch, convolutions, shared, gathers, test.forward, test.backward)
		}
	}
}
