package graphs

import "testing"

func TestNames(t *testing.T) {
	names := NewNames(syntaxModel().Graph)
	for _, taken := range []string{"x", "float", "y/0", "words", "h", "if node", "t", "e"} {
		if !names.Has(taken) {
			t.Errorf("%q is free", taken)
		}
	}
	if names.Has("") {
		t.Error("the empty name is taken")
	}
	names.Add("new_3")
	for _, step := range []struct{ base, want string }{
		{"x", "x_2"}, {"x", "x_3"}, {"x_2", "x_2_2"}, {"new", "new"}, {"new", "new_2"}, {"new", "new_4"},
	} {
		if got := names.Fresh(step.base); got != step.want || !names.Has(got) {
			t.Errorf("Fresh(%q) = %q, want %q", step.base, got, step.want)
		}
	}
}
