package ort_test

import (
	"strings"
	"testing"

	"github.com/memdil/memdil/ort"
)

func TestErrorsNameModelInputAndShape(t *testing.T) {
	s := open(t, momentum())
	good := func() (in, out map[string]*ort.Buffer) {
		return map[string]*ort.Buffer{"x": buffer(t, []int64{2}), "w": buffer(t, []int64{2}), "lr": buffer(t, nil)},
			map[string]*ort.Buffer{"next.w": buffer(t, []int64{2})}
	}
	integers, err := ort.NewBuffer(ort.Int64, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer integers.Close()
	for _, c := range []struct {
		name  string
		spoil func(in, out map[string]*ort.Buffer)
		want  []string // words of the error
	}{
		{"unknown input", func(in, _ map[string]*ort.Buffer) { in["nope"] = buffer(t, nil) }, []string{"bind momentum", "input nope"}},
		{"unknown output", func(_, out map[string]*ort.Buffer) { out["nope"] = buffer(t, nil) }, []string{"bind momentum", "output nope"}},
		{"missing input", func(in, _ map[string]*ort.Buffer) { delete(in, "w") }, []string{"bind momentum", "input w"}},
		{"wrong type", func(in, _ map[string]*ort.Buffer) { in["x"] = integers }, []string{"input x", "float32[-1]", "int64[2]"}},
		{"wrong rank", func(in, _ map[string]*ort.Buffer) { in["x"] = buffer(t, []int64{2, 1}) }, []string{"input x", "[2 1]"}},
		{"vector for rank 0", func(in, _ map[string]*ort.Buffer) { in["lr"] = buffer(t, []int64{1}) }, []string{"input lr", "float32[]", "float32[1]"}},
		{"vector for a rank-0 default", func(in, _ map[string]*ort.Buffer) { in["s"] = buffer(t, []int64{2}) }, []string{"input s", "float32[2]"}},
		{"vector for a rank-0 output", func(_, out map[string]*ort.Buffer) { out["loss"] = buffer(t, []int64{1}) }, []string{"output loss", "float32[]", "float32[1]"}},
		{"shapes that do not fit", func(in, _ map[string]*ort.Buffer) { in["w"] = buffer(t, []int64{3}) }, []string{"run momentum with input x float32[2], input w float32[3], output next.w float32[2]: "}},
		{"wrong output shape", func(_, out map[string]*ort.Buffer) { out["next.w"] = buffer(t, []int64{3}) }, []string{"run momentum", "output next.w float32[3]"}},
		{"input as output", func(in, out map[string]*ort.Buffer) { out["next.w"] = in["w"] }, []string{"output next.w", "input w"}},
		{"no buffer", func(in, _ map[string]*ort.Buffer) { in["x"] = nil }, []string{"input x"}},
		{"no outputs", func(_, out map[string]*ort.Buffer) { clear(out) }, []string{"momentum"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, out := good()
			c.spoil(in, out)
			b, err := s.Bind(in, out)
			if err == nil {
				defer b.Close()
				err = b.Run()
			}
			if err == nil {
				t.Fatal("no error")
			}
			t.Log(err)
			for _, word := range append(c.want, "momentum") {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("error %q does not say %q", err, word)
				}
			}
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("error %q has several lines", err)
			}
		})
	}
}
