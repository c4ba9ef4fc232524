package orttest

import (
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/ort"
)

// Run runs a model once, on one thread of the CPU, and returns its outputs, which are freed when the test ends. A model that does not
// run fails the test, with its text.
func Run(t testing.TB, r *ort.Runtime, m *graphs.Model, in map[string]*eval.Value) map[string]*ort.Buffer {
	t.Helper()
	model, err := graphs.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.NewSession(model, ort.SessionOptions{Threads: 1})
	if err != nil {
		t.Fatalf("%v\n%s", err, graphs.Text(m))
	}
	defer func() { _ = s.Close() }() // it holds memory only
	inputs := map[string]*ort.Buffer{}
	for name, v := range in {
		inputs[name] = buffer(t, v)
	}
	outputs, err := s.Run(inputs, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, graphs.Text(m))
	}
	for _, b := range outputs {
		t.Cleanup(func() { _ = b.Close() })
	}
	return outputs
}

// buffer copies a value into memory of the runtime, until the test ends.
func buffer(t testing.TB, v *eval.Value) *ort.Buffer {
	t.Helper()
	tensor := v.Tensor("")
	b, err := ort.NewBuffer(ort.DType(tensor.Type), tensor.Dims...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	copy(b.Bytes(), tensor.Data)
	return b
}

// Floats is Run for models whose outputs are float32.
func Floats(t testing.TB, r *ort.Runtime, m *graphs.Model, in map[string]*eval.Value) map[string][]float64 {
	t.Helper()
	got := map[string][]float64{}
	for name, o := range Run(t, r, m, in) {
		for _, x := range o.Float32s() {
			got[name] = append(got[name], float64(x))
		}
	}
	return got
}
