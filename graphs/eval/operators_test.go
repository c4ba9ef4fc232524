package eval

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/memdil/memdil/graphs"
)

// golden is one application of an operator with the outputs of ONNX Runtime,
// written by testdata/operators.py.
type golden struct {
	Op         string
	Opset      int64
	Attributes map[string]any
	Inputs     []*goldenTensor
	Outputs    []*goldenTensor
}

type goldenTensor struct {
	Type   string
	Shape  []int
	Values []any // numbers, or "nan", "inf" and "-inf"
}

func readGolden(t testing.TB) []golden {
	t.Helper()
	data, err := os.ReadFile("testdata/operators.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []golden
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func (g golden) node(t testing.TB) (*graphs.Node, []*Value) {
	n := &graphs.Node{Op: g.Op, Outputs: make([]string, len(g.Outputs))}
	for i := range n.Outputs {
		n.Outputs[i] = fmt.Sprint("y", i)
	}
	for name, v := range g.Attributes {
		n.Attributes = append(n.Attributes, attribute(t, name, v))
	}
	slices.SortFunc(n.Attributes, func(a, b graphs.Attribute) int { return len(a.Name) - len(b.Name) })
	in := make([]*Value, len(g.Inputs))
	for i, v := range g.Inputs {
		in[i] = v.value(t)
	}
	return n, in
}

// floatAttributes are those whose JSON may look like an integer.
var floatAttributes = []string{"alpha", "beta", "bias", "gamma", "extrapolation_value"}

func attribute(t testing.TB, name string, v any) graphs.Attribute {
	switch v := v.(type) {
	case string:
		return graphs.Str(name, v)
	case float64:
		if v != math.Trunc(v) || slices.Contains(floatAttributes, name) {
			return graphs.Float(name, float32(v))
		}
		return graphs.Int(name, int64(v))
	case []any:
		var list []int64
		for _, e := range v {
			list = append(list, int64(e.(float64)))
		}
		return graphs.Ints(name, list...)
	}
	t.Fatalf("attribute %s holds %v", name, v)
	return graphs.Attribute{}
}

func (g *goldenTensor) value(t testing.TB) *Value {
	if g == nil {
		return nil
	}
	elem, ok := graphs.ParseDType(g.Type)
	if !ok {
		t.Fatalf("no element type %q", g.Type)
	}
	v := &Value{Type: elem, Shape: g.Shape}
	for _, e := range g.Values {
		x, err := strconv.ParseFloat(fmt.Sprint(e), 64)
		if err != nil {
			t.Fatal(err)
		}
		if v.isFloat() {
			v.F = append(v.F, x)
		} else {
			v.I = append(v.I, int64(x))
		}
	}
	return v
}

// TestOperators compares with ONNX Runtime, and asks that every operator is
// compared.
func TestOperators(t *testing.T) {
	seen := map[string]bool{"Constant": true, "If": true, "Loop": true} // tested in eval_test.go
	for _, g := range readGolden(t) {
		seen[g.Op] = true
		n, in := g.node(t)
		out, err := Node(n, g.Opset, in)
		if err != nil {
			t.Error(err)
			continue
		}
		for i, want := range g.Outputs {
			if err := near(out[i], want.value(t)); err != nil {
				t.Errorf("%s with %v on %v: output %d: %v", g.Op, g.Attributes, in, i, err)
			}
		}
	}
	for name := range operators {
		if !seen[name] {
			t.Errorf("%s is not tested", name)
		}
	}
}

func near(got, want *Value) error {
	if got.Type != want.Type || !slices.Equal(got.Shape, want.Shape) || !slices.Equal(got.I, want.I) {
		return fmt.Errorf("got %s %v, want %s %v", got, got.I, want, want.I)
	}
	for i, w := range want.F {
		g := got.F[i]
		same := g == w || math.IsNaN(g) && math.IsNaN(w)
		if !same && !(math.Abs(g-w) <= 1e-5*(1+math.Abs(w))) {
			return fmt.Errorf("element %d is %v, want %v", i, g, w)
		}
	}
	return nil
}
