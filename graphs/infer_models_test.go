package graphs_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
	"github.com/memdil/memdil/graphs/internal/graphtest"
	"github.com/memdil/memdil/graphs/passes"
	"github.com/memdil/memdil/graphs/training"
)

// compareTypes computes every value of a model and compares its type with the
// inferred one: symbols stand for one size each, and where complete is set
// nothing is left open.
func compareTypes(t *testing.T, m *graphs.Model, feeds map[string]*eval.Value, complete bool) {
	t.Helper()
	infos, err := graphs.Infer(m)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range m.Graph.Nodes {
		names = append(names, n.Outputs...)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	values, err := eval.Run(m, feeds, names...)
	if err != nil {
		t.Fatal(err)
	}
	symbols := map[string]int{}
	for name, v := range feeds {
		bindSymbols(t, symbols, name, infos[name], v)
	}
	for _, name := range names {
		info, v := infos[name], values[name]
		if info.Elem != v.Type && (complete || info.Elem != graphs.Undefined) {
			t.Errorf("%q is inferred %s and is %s", name, info.Type, v)
		}
		if complete && info.Shape == nil {
			t.Errorf("%q, which is %s, has no inferred rank", name, v)
		}
		bindSymbols(t, symbols, name, info, v)
		compareElements(t, name, info, v, symbols)
	}
	if t.Failed() {
		t.Log(graphs.Text(m))
	}
}

// bindSymbols compares a shape with the computed one, a symbol with what it
// stood for elsewhere.
func bindSymbols(t *testing.T, symbols map[string]int, name string, info graphs.Info, v *eval.Value) {
	t.Helper()
	if info.Shape != nil && len(info.Shape) != len(v.Shape) {
		t.Errorf("%q is inferred %s and is %s", name, info.Type, v)
		return
	}
	for i, d := range info.Shape {
		size, bound := symbols[d.Symbol]
		if d.Symbol != "" && !bound {
			symbols[d.Symbol] = v.Shape[i]
		} else if d.Symbol != "" && size != v.Shape[i] || d.IsKnown() && d.Size != int64(v.Shape[i]) {
			t.Errorf("%q is inferred %s and is %s, %s being %d", name, info.Type, v, d, size)
		}
	}
}

// compareElements compares what inference knows of integers.
func compareElements(t *testing.T, name string, info graphs.Info, v *eval.Value, symbols map[string]int) {
	t.Helper()
	if info.Value == nil || v.Type.IsFloat() {
		return
	}
	if len(info.Value) != len(v.I) {
		t.Errorf("%q has the inferred elements %v and is %v", name, info.Value, v.I)
		return
	}
	for i, e := range info.Value {
		size, bound := symbols[e.Symbol]
		if e.Known && e.Int != v.I[i] || bound && int64(size) != v.I[i] {
			t.Errorf("%q has the inferred elements %v and is %v", name, info.Value, v.I)
		}
	}
}

func TestInferRandomGraphs(t *testing.T) {
	for seed := range uint64(500) {
		c := graphtest.RandomChoices(seed, 200)
		s := graphtest.Random(&c, false)
		compareTypes(t, s.Model, s.Feeds, false)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestInferForwardModels compares every golden model as it was exported.
func TestInferForwardModels(t *testing.T) {
	for _, name := range slices.Concat(golden.Cases(t, "grad"), golden.Cases(t, "train")) {
		t.Run(name, func(t *testing.T) {
			m, err := graphs.Decode(golden.Bytes(t, name+"/model.onnx"))
			if err != nil {
				t.Fatal(err)
			}
			for _, batch := range []int{2, 3} {
				compareTypes(t, m, randomFeeds(t, m, batch), true)
			}
		})
	}
}

// TestInferGoldenModels compares what is derived from golden models, for
// batches of several sizes.
func TestInferGoldenModels(t *testing.T) {
	ce := training.Objective{Loss: training.Loss{Kind: training.CrossEntropy}}
	derivations := map[string]func(*training.Net) (*graphs.Model, error){
		"forward":  func(n *training.Net) (*graphs.Model, error) { return n.Model, nil },
		"gradient": func(n *training.Net) (*graphs.Model, error) { return n.Gradient(ce) },
		"adam": func(n *training.Net) (*graphs.Model, error) {
			return n.Step(ce, training.Optimizer{Kind: training.Adam})
		},
		"sgd": func(n *training.Net) (*graphs.Model, error) {
			return n.Step(ce, training.Optimizer{Kind: training.SGD, Momentum: 0.9, WeightDecay: 1e-3})
		},
		"fixed batch": func(n *training.Net) (*graphs.Model, error) {
			m, err := n.Gradient(ce)
			if err != nil {
				return nil, err
			}
			return passes.FixBatch(m, n.Input, training.LabelInput, 3)
		},
	}
	for _, name := range []string{"grad/mlp_bn", "grad/mlp_sigmoid_ln", "train/mlp_bn_sgd_ce"} {
		m, err := graphs.Decode(golden.Bytes(t, name+"/model.onnx"))
		if err != nil {
			t.Fatal(err)
		}
		net, err := training.NewNet(m, training.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for kind, derive := range derivations {
			t.Run(name+"/"+kind, func(t *testing.T) {
				derived, err := derive(net)
				if err != nil {
					t.Fatal(err)
				}
				for _, batch := range []int{2, 3, 5} {
					if kind == "fixed batch" && batch != 3 {
						continue
					}
					compareTypes(t, derived, randomFeeds(t, derived, batch), true)
				}
			})
		}
	}
}

// randomFeeds returns values of the declared types for the inputs without
// default, with batch for every symbol.
func randomFeeds(t *testing.T, m *graphs.Model, batch int) map[string]*eval.Value {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(batch), 1))
	feeds := map[string]*eval.Value{}
	for _, in := range m.Graph.RequiredInputs() {
		v := &eval.Value{Type: in.Type.Elem}
		n := 1
		for _, d := range in.Type.Shape {
			size := batch
			if d.IsKnown() {
				size = int(d.Size)
			}
			v.Shape, n = append(v.Shape, size), n*size
		}
		if v.Type == graphs.Int64 {
			v.I = make([]int64, n)
		} else {
			v.F = make([]float64, n)
			for i := range v.F {
				v.F[i] = r.NormFloat64()
			}
		}
		feeds[in.Name] = v
	}
	return feeds
}

// FuzzInfer has malformed graphs inferred, checked, printed, sorted and built
// upon: errors are fine, panics are not.
func FuzzInfer(f *testing.F) {
	for seed := range uint64(50) {
		f.Add([]byte(graphtest.RandomChoices(seed, 250)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := graphtest.Choices(data)
		mutant := c[:len(c)/5]
		rest := c[len(mutant):]
		m := graphtest.Mutate(graphtest.Random(&rest, false).Model, &mutant)
		_, _ = graphs.Infer(m)
		_, _ = graphs.NewBuilder(m)
		_ = graphs.Check(m)
		_ = graphs.Text(m)
		_, _ = passes.Tidy(m, nil)
		_ = m.Graph.Sort()
	})
}
