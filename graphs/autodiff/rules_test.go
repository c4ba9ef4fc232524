package autodiff

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// allCases is the table of the numeric gradient check.
var allCases = merge(elementwiseCases, broadcastCases, linearCases, normaliseCases, softmaxCases, reduceCases, shapeCases,
	activationCases, trigonometryCases, normCases, standardiseCases, indexCases, layoutCases, convCases, poolCases, einsumCases, resizeCases)

func merge(tables ...cases) cases {
	all := cases{}
	for _, table := range tables {
		for op, rows := range table {
			if _, twice := all[op]; twice {
				panic("autodiff: rows of " + op + " in two tables")
			}
			all[op] = rows
		}
	}
	return all
}

// TestEveryRuleHasRows holds the table of rules against that of test cases.
func TestEveryRuleHasRows(t *testing.T) {
	for op, r := range rules {
		differentiable := strings.Contains(r.inputs, "d")
		switch {
		case strings.Trim(r.inputs, "dxn") != "" || r.inputs == "":
			t.Errorf("%s: inputs %q", op, r.inputs)
		case differentiable != (r.grad != nil):
			t.Errorf("%s: inputs %q and a rule: %t", op, r.inputs, r.grad != nil)
		case strings.Contains(r.inputs, "n") != (r.why != ""):
			t.Errorf("%s: inputs %q and reason %q", op, r.inputs, r.why)
		case differentiable && len(allCases[op]) == 0:
			t.Errorf("%s has a rule and no row in the numeric check", op)
		}
	}
	for op := range allCases {
		if rules[op].grad == nil {
			t.Errorf("%s has rows and no rule", op)
		}
	}
}

// TestEveryOperatorIsDecided holds rules and refusals against the list of
// ONNX's operators.
func TestEveryOperatorIsDecided(t *testing.T) {
	data, err := os.ReadFile("testdata/operators.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(data), "\n")
	listed := map[string]bool{}
	for _, op := range strings.Fields(list) {
		listed[op] = true
		_, ruled := rules[op]
		_, refused := refused[op]
		if ruled == refused {
			t.Errorf("%s has a rule: %t, is refused: %t", op, ruled, refused)
		}
	}
	for _, op := range slices.Concat(slices.Collect(maps.Keys(rules)), slices.Collect(maps.Keys(refused))) {
		if !listed[op] {
			t.Errorf("%s is no operator of opset 24", op)
		}
	}
}

// TestNumericGradients compares every rule with central differences, in
// float64, in every form of its rows.
func TestNumericGradients(t *testing.T) {
	for _, op := range slices.Sorted(maps.Keys(allCases)) {
		for _, c := range allCases[op] {
			t.Run(op+"/"+c.name, func(t *testing.T) { c.check(t, op) })
		}
	}
}

func (c testCase) check(t *testing.T, op string) {
	weights := of(c.outputShape(t, op)...)
	var want map[string][]float64
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			p := c.build(t, op, f, weights)
			if want == nil {
				want = numeric(t, p.Model(), p.feeds, p.loss, p.wrt)
			}
			grads, err := p.differentiate()
			if c.ranked && f.name == unranked {
				if err == nil || !strings.Contains(err.Error(), "the rank of") {
					t.Errorf("a rule that asks for ranks gave error %v", err)
				}
				return
			}
			if c.sized && f.open {
				if err == nil || !strings.Contains(err.Error(), "not known") {
					t.Errorf("a rule that asks for sizes gave error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range p.off {
				if g, ok := grads[name]; ok && !slices.Contains(p.wrt, name) {
					t.Errorf("%s, which is not differentiable, has the gradient %q", name, g)
				}
			}
			verify(t, p.Model(), p.feeds, want)
		})
	}
}
