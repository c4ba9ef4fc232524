package metrics

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// asTree is the JSON form of r as maps and slices.
func asTree(t testing.TB, r *Result) map[string]any {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// compareTrees reports every place where two JSON trees differ, numbers by
// more than slack plus tolerance relative to the larger of the two.
func compareTrees(t testing.TB, path string, got, want any, tolerance, slack float64) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok || len(got) != len(want) {
			t.Errorf("%s: keys of %v, want those of %v", path, got, want)
			return
		}
		for key := range want {
			compareTrees(t, path+"."+key, got[key], want[key], tolerance, slack)
		}
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			t.Errorf("%s: %v, want %v", path, got, want)
			return
		}
		for i := range want {
			compareTrees(t, fmt.Sprintf("%s[%d]", path, i), got[i], want[i], tolerance, slack)
		}
	case float64:
		if got, ok := got.(float64); !ok || (!(math.Abs(got-want) <= slack) && !near(got, want, tolerance)) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	default:
		if got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func near(got, want, tolerance float64) bool {
	return got == want || math.Abs(got-want) <= tolerance*max(math.Abs(got), math.Abs(want))
}

// keys are the object keys of a JSON text in order of appearance.
func keys(t *testing.T, text []byte) (found []string) {
	t.Helper()
	type frame struct{ object, wantKey bool }
	var stack []frame
	decoder := json.NewDecoder(bytes.NewReader(text))
	for decoder.More() || len(stack) > 0 {
		token, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		if name, ok := token.(string); ok && len(stack) > 0 && stack[len(stack)-1].wantKey {
			found = append(found, name)
			stack[len(stack)-1].wantKey = false
			continue
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			stack = append(stack, frame{token == json.Delim('{'), token == json.Delim('{')})
			continue
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:len(stack)-1]
		}
		if len(stack) > 0 {
			stack[len(stack)-1].wantKey = stack[len(stack)-1].object
		}
	}
	return found
}

// problem is a random table and classifier.
type problem struct {
	Batch
	dim, classes int
	classifier   *Classifier
}

// randomProblem draws n rows around class centres, with the given spread and a
// fifth of the labels corrupted; every class gets samples.
func randomProblem(seed uint64, n, dim, classes int, spread float64) problem {
	rng := rand.New(rand.NewPCG(seed, 1))
	normals := func(n int) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = rng.NormFloat64()
		}
		return values
	}
	p := problem{dim: dim, classes: classes, classifier: &Classifier{Weight: normals(classes * dim), Bias: normals(classes)}}
	centres := normals(classes * dim)
	for i := range n {
		trueLabel := i % classes
		label := trueLabel
		if i >= 2*classes && rng.Float64() < 0.2 {
			label = rng.IntN(classes)
		}
		for j := range dim {
			p.Features = append(p.Features, centres[trueLabel*dim+j]+0.3*spread*centres[label*dim+j]+spread*rng.NormFloat64())
		}
		p.Logits = append(p.Logits, normals(classes)...)
		p.Logits[i*classes+label] += 2
		p.Labels, p.TrueLabels = append(p.Labels, label), append(p.TrueLabels, trueLabel)
	}
	return p
}

// table hands out p in batches of the given number of rows.
func (p problem) table(t testing.TB, batch int) *Table {
	t.Helper()
	table, err := NewTable(p.Batch, p.dim, p.classes)
	if err != nil {
		t.Fatal(err)
	}
	table.batch = batch
	return table
}

// compute runs Compute on p.
func (p problem) compute(t testing.TB, batch int) *Result {
	t.Helper()
	r, err := Compute(context.Background(), p.table(t, batch), p.classifier, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// permuted is p with its rows in another order.
func (p problem) permuted(seed uint64) problem {
	q := p
	q.Batch = Batch{}
	for _, i := range rand.New(rand.NewPCG(seed, 2)).Perm(len(p.Labels)) {
		q.Features = append(q.Features, p.Features[i*p.dim:(i+1)*p.dim]...)
		q.Logits = append(q.Logits, p.Logits[i*p.classes:(i+1)*p.classes]...)
		q.Labels, q.TrueLabels = append(q.Labels, p.Labels[i]), append(q.TrueLabels, p.TrueLabels[i])
	}
	return q
}
