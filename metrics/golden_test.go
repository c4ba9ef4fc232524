package metrics

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"

	"github.com/memdil/memdil/fixtures/golden"
)

// TestGolden compares with float64 values from PyTorch and numpy, see
// fixtures/golden/README.md.
func TestGolden(t *testing.T) {
	names := golden.Cases(t, "metrics")
	if len(names) != 4 {
		t.Fatalf("golden cases: %q; want 4", names)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			table, layer, split := goldenCase(t, name)
			r, err := Compute(context.Background(), table, layer, Options{})
			if err != nil {
				t.Fatal(err)
			}
			r.Split = split
			var want map[string]any
			golden.JSON(t, name+"/expected.json", &want)
			delete(want, "case")
			got := asTree(t, r)
			delete(got, "measures") // not the original's
			compareTrees(t, "", got, want, 1e-9, 0)
		})
	}
}

// TestKeyOrder checks that the keys come in the order of expected.json.
func TestKeyOrder(t *testing.T) {
	const name = "metrics/k2_d2_n400"
	table, layer, split := goldenCase(t, name)
	r, err := Compute(context.Background(), table, layer, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Split, r.Measures = split, nil
	got, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	gotKeys := keys(t, got)
	wantKeys := append(keys(t, golden.Bytes(t, name+"/expected.json"))[1:], "measures") // without case
	if len(gotKeys) != len(wantKeys) {
		t.Fatalf("keys %q, want %q", gotKeys, wantKeys)
	}
	for i := range wantKeys {
		if gotKeys[i] != wantKeys[i] {
			t.Errorf("key %d is %q, want %q", i, gotKeys[i], wantKeys[i])
		}
	}
}

// goldenCase reads a case of fixtures/golden/metrics.
func goldenCase(t *testing.T, name string) (table *Table, layer *Classifier, split string) {
	t.Helper()
	columns, meta := golden.Table(t, name+"/features.arrow")
	classes, err := strconv.Atoi(meta["classes"])
	if err != nil {
		t.Fatal(err)
	}
	table, err = NewTable(Batch{
		Features: columns["feature"].Floats, Logits: columns["logits"].Floats,
		Labels: columns["label"].Labels(), TrueLabels: columns["true_label"].Labels(),
	}, columns["feature"].Shape[1], classes)
	if err != nil {
		t.Fatal(err)
	}
	columns, _ = golden.Table(t, name+"/classifier.arrow")
	return table, &Classifier{Weight: columns["weight"].Floats, Bias: columns["bias"].Floats}, meta["split"]
}
