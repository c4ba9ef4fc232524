package autodiff

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures/python"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/eval"
)

// atKinks are node tests whose operands lie where the operator is not
// differentiable, so that differences do not tell.
var atKinks = map[string]string{
	"test_acosh_example": "1 is the end of the domain",
	"test_attention_23_boolmask_fullymasked_row_nan_robustness_expanded":        masked,
	"test_attention_23_fullymasked_qk_matmul_output_mode3_zero_expanded":        masked,
	"test_attention_24_fullymasked_qk_matmul_output_mode3_zero_expanded":        masked,
	"test_attention_4d_causal_nonpad_negative_offset_structural_empty_expanded": masked,
	"test_attention_causal_boolmask_nan_robustness_expanded":                    masked,
	"test_attention_local_window_gqa_rank4_mask_expanded":                       masked,
	"test_elu_example":                         "0",
	"test_elu_example_expanded_ver18":          "0",
	"test_l2normalization_axis_0":              "a lane of zeros",
	"test_leakyrelu_example":                   "0",
	"test_leakyrelu_example_expanded":          "0",
	"test_maxpool_3d_dilations":                "ties",
	"test_maxpool_3d_dilations_use_ref_impl":   "ties",
	"test_mod_float_edge_cases_fmod_0_float32": "infinite operands",
	"test_mod_float_edge_cases_fmod_0_float64": "infinite operands",
	"test_pow": "powers of negative numbers",
	"test_reduce_min_default_axes_keepdims_example": "ties",
	"test_selu_example":                             "0",
	"test_selu_example_expanded_ver18":              "0",
	"test_thresholdedrelu_example":                  "the threshold",
	"test_thresholdedrelu_example_expanded_ver18":   "the threshold",
}

const masked = "a fully masked row, whose NaN is masked in turn"

// TestConformance takes the gradient of every node test of the onnx package
// that has one and compares it with central differences. It needs a Python
// ($MEMDIL_PYTHON, else python3) with that package; without one it is skipped,
// or fails where the list $MEMDIL_REQUIRE contains onnx.
func TestConformance(t *testing.T) {
	dir := t.TempDir()
	python.Run(t, []string{"onnx.backend.test"}, "../eval/testdata/export_node_tests.py", dir)
	files, err := filepath.Glob(filepath.Join(dir, "*.data.onnx"))
	if err != nil || len(files) < 1000 {
		t.Fatalf("%d node tests, error %v", len(files), err)
	}
	outcomes := map[string][]string{}
	for _, path := range files {
		base := strings.TrimSuffix(path, ".data.onnx")
		name := filepath.Base(base)
		outcome, err := gradientOfNodeTest(base)
		if _, known := atKinks[name]; known != (err != nil) {
			t.Errorf("%s: listed to lie at a kink: %t, error %v", name, known, err)
		}
		outcomes[outcome] = append(outcomes[outcome], name)
	}
	if n := len(outcomes[agrees]); n < 700 {
		t.Errorf("%d node tests agree with differences", n)
	}
	for _, outcome := range slices.Sorted(maps.Keys(outcomes)) {
		t.Logf("%4d %s", len(outcomes[outcome]), outcome)
	}
}

const agrees = "agree with differences"

// gradientOfNodeTest returns what came of one test.
func gradientOfNodeTest(base string) (outcome string, err error) {
	m, err := graphs.Load(base + ".onnx")
	if err != nil {
		return "have types that memdil does not read", nil
	}
	p, err := newNodeProblem(m, base+".data.onnx")
	if err != nil {
		return "cannot be run by the interpreter", nil
	}
	if p == nil {
		return "have no floating input or output", nil
	}
	grads, err := p.differentiate()
	if err != nil {
		return "are refused", nil
	}
	if len(grads) == 0 {
		return "have no gradient", nil
	}
	if err := p.compareDirections(grads); err != nil {
		return "differ, as listed", err
	}
	return agrees, nil
}

// compareDirections compares the slope of the loss along random directions
// with what the gradients say of it.
func (p *problem) compareDirections(grads map[string]string) error {
	got, err := eval.Run(p.Model(), p.feeds)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, 2))
	for name := range grads {
		x, g := p.feeds[name].F, got["grad."+name].F
		for range 3 {
			direction, want := make([]float64, len(x)), 0.0
			for i := range direction {
				direction[i] = r.Float64() - 0.5
				want += direction[i] * g[i]
			}
			slope, err := p.slope(name, direction)
			if err != nil {
				return err
			}
			if !(math.Abs(slope-want) <= 1e-5*(1+math.Abs(want))) {
				return fmt.Errorf("slope by %s is %v, numerically %v", name, want, slope)
			}
		}
	}
	return nil
}

// slope is the derivative of the loss when a value moves in a direction.
func (p *problem) slope(name string, direction []float64) (float64, error) {
	const h = 1e-6
	losses, feeds := [2]float64{}, maps.Clone(p.feeds)
	for side, step := range []float64{h, -h} {
		moved := *p.feeds[name]
		moved.F = slices.Clone(moved.F)
		for i, d := range direction {
			moved.F[i] += step * d
		}
		feeds[name] = &moved
		out, err := eval.Run(p.Model(), feeds, p.loss)
		if err != nil {
			return 0, err
		}
		losses[side] = out[p.loss].F[0]
	}
	return (losses[0] - losses[1]) / (2 * h), nil
}

// newNodeProblem makes a weighted sum of the first floating output the loss;
// nil where there is nothing to differentiate. Models of an opset before 18
// are taken for ones of 18, which the interpreter refuses where it matters.
func newNodeProblem(m *graphs.Model, dataPath string) (*problem, error) {
	data, err := graphs.Load(dataPath)
	if err != nil {
		return nil, err
	}
	m.Opsets[""] = max(m.Opset(), 18)
	p := &problem{feeds: map[string]*eval.Value{}}
	var inputs []*graphs.Value
	for i, v := range m.Graph.Inputs {
		t := data.Graph.Initializer(fmt.Sprintf("in.%d", i))
		switch {
		case t == nil:
		case differentiable(m.Graph.Nodes, v.Name) && isReal(t.Type) && t.Len() > 0:
			p.wrt, p.feeds[v.Name] = append(p.wrt, v.Name), eval.FromTensor(t)
			inputs = append(inputs, v)
		default: // axes, indices and the like are constants in most models
			t.Name = v.Name
			m.Graph.Initializers = append(m.Graph.Initializers, t)
		}
	}
	m.Graph.Inputs = inputs
	b, err := graphs.NewBuilder(m)
	if err != nil {
		return nil, err
	}
	p.Builder = b
	i := slices.IndexFunc(m.Graph.Outputs, func(v *graphs.Value) bool { return isReal(v.Type.Elem) })
	if i < 0 || len(p.wrt) == 0 {
		return nil, nil
	}
	y := m.Graph.Outputs[i].Name
	out, err := eval.Run(m, p.feeds, y)
	if err != nil {
		return nil, err
	}
	weights := of(sizeOf(out[y].Shape))
	product := b.Mul(b.ReshapeTo(y, -1), p.add("weights", weights, form{elem: b.Elem(y), shape: staticShape}))
	p.loss = b.ReduceSum(product, false, 0)
	m.Graph.Outputs = nil
	b.Output(p.loss)
	return p, b.Err()
}

func isReal(t graphs.DType) bool { return t == graphs.Float32 || t == graphs.Float64 }

// differentiable reports whether the rule of a lone operator does not exclude
// a derivative by the value.
func differentiable(nodes []*graphs.Node, name string) bool {
	r, ok := lookup(nodes[0])
	i := slices.Index(nodes[0].Inputs, name)
	return len(nodes) > 1 || !ok || i >= 0 && r.kind(i) == 'd'
}
