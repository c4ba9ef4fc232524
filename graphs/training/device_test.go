package training_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/training"
)

// TestDeviceMatchesPyTorch trains with one run of the device graph in float64.
func TestDeviceMatchesPyTorch(t *testing.T) {
	for _, name := range golden.Cases(t, "train") {
		// One step at once, then three, of which one is left over.
		for _, atOnce := range []int{0, 3} {
			t.Run(fmt.Sprintf("%s/%d", name, atOnce), func(t *testing.T) {
				c, net, in := deviceCase(t, name)
				m, err := net.Device(c.objective(), c.optimizer(), training.DeviceOptions{Batch: in["order"].Shape[1], AtOnce: atOnce})
				if err != nil {
					t.Fatal(err)
				}
				got, err := eval.Run(m, in)
				if err != nil {
					t.Fatal(err)
				}
				c.check(t, name, got)
				checkBody(t, m)
			})
		}
	}
}

// TestDeviceRoundsNoSums counts the products of a step: three for a linear layer,
// two for the first. Sums are products, too, but where these are rounded.
func TestDeviceRoundsNoSums(t *testing.T) {
	net := load(t, "train/mlp_bn_sgd_ce/model.onnx", training.Options{})
	products := func(m *graphs.Model) (n int) {
		for _, node := range m.Graph.Nodes {
			if node.Op == "Gemm" || node.Op == "MatMul" {
				n++
			}
		}
		return n
	}
	least := 3*products(net.Model) - 1
	for _, tf32 := range []bool{false, true} {
		m, err := net.Device(training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}, training.Optimizer{Kind: training.SGD},
			training.DeviceOptions{Batch: 8, TF32: tf32})
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, body := range bodies(m) {
			got += products(body)
		}
		if (got == least) != tf32 || got < least {
			t.Errorf("TF32 %v: %d products, of which %d are no sums", tf32, got, least)
		}
	}
}

// deviceCase reads a golden case: its net, and what a device graph is given.
func deviceCase(t *testing.T, name string) (trainCase, *training.Net, map[string]*eval.Value) {
	t.Helper()
	var c trainCase
	golden.JSON(t, name+"/case.json", &c)
	net := load(t, name+"/model.onnx", training.Options{})
	in := map[string]*eval.Value{
		"data": floats(golden.NPY(t, name+"/x.npy")), "labels": ints(golden.NPY(t, name+"/labels.npy")),
		"order": ints(golden.NPY(t, name+"/batches.npy")), "t": eval.Ints(nil, 1),
		"lr": eval.Floats([]int{c.Steps}, slices.Repeat([]float64{c.Optimizer.LR}, c.Steps)...),
	}
	addCarried(t, net, c.optimizer(), in)
	return c, net, in
}

// check compares losses and parameters after the last step with PyTorch's.
func (c trainCase) check(t *testing.T, name string, got map[string]*eval.Value) {
	t.Helper()
	compare(t, "losses", got["losses"], golden.NPY(t, name+"/losses.npy").Floats, 1e-7)
	for _, p := range c.Parameters {
		compare(t, p.Name, got["next."+p.Name], golden.NPY(t, name+"/final/"+p.Name+".npy").Floats, p.Tolerance())
	}
}

// addCarried gives the carried values their initial ones.
func addCarried(t *testing.T, net *training.Net, o training.Optimizer, in map[string]*eval.Value) {
	t.Helper()
	add := func(name string, tensor *graphs.Tensor, keep float64) {
		values := make([]float64, tensor.Len())
		for i := range values {
			values[i] = keep * tensor.At(i)
		}
		shape := make([]int, len(tensor.Dims))
		for i, d := range tensor.Dims {
			shape[i] = int(d)
		}
		in[name] = eval.Floats(shape, values...)
	}
	for _, p := range net.Parameters {
		add(p.Name, p.Value, 1)
		for _, s := range o.Slots() {
			add(p.Name+s, p.Value, 0)
		}
	}
	for _, s := range net.Buffers {
		add(s.Name, s.Value, 1)
	}
}

// checkBody reports shape arithmetic inside the Loop, which a GPU would leave
// to the CPU.
func checkBody(t *testing.T, m *graphs.Model) {
	t.Helper()
	for _, outer := range m.Graph.Nodes {
		for _, body := range outer.Subgraphs() {
			for _, n := range body.Nodes {
				if n.Op == "Shape" || n.Op == "Size" {
					t.Errorf("node %q, a %s, is computed in every step", n.Name, n.Op)
				}
			}
		}
	}
}
