package report

import (
	"slices"
	"strings"
	"testing"
)

// TestShortNamesOfNames names runs that have no settings.
func TestShortNamesOfNames(t *testing.T) {
	long := strings.Repeat("é", 70)
	for _, c := range []struct{ names, want []string }{
		{nil, []string{}},
		{[]string{"a_b_c"}, []string{"a_b_c"}},
		{[]string{"MLP_mnist_CE_s1", "MLP_mnist_LS0.1_s1"}, []string{"CE", "LS0.1"}},
		{[]string{"MLP_CE_s1", "MLP_LS_s2", "MLP_LS_s1"}, []string{"CE s1", "LS s2", "LS s1"}},
		{[]string{"a_b", "a"}, []string{"a_b", "a"}},
		{[]string{"x", "x", "x"}, []string{"#1", "#2", "#3"}},
		{[]string{long, "b"}, []string{strings.Repeat("é", 30) + "…" + strings.Repeat("é", 29), "b"}},
		{[]string{long, long + "é"}, []string{strings.Repeat("é", 30) + "…" + strings.Repeat("é", 29), strings.Repeat("é", 30) + "…" + strings.Repeat("é", 29) + " #2"}},
	} {
		runs := make([]Run, len(c.names))
		for i, n := range c.names {
			runs[i].Name = n
		}
		if got := shortNames(runs); !slices.Equal(got, c.want) {
			t.Errorf("shortNames(%q) = %q, want %q", c.names, got, c.want)
		}
	}
}

// settings reads "name=value" pairs; one in brackets is idle.
func settings(text string) []Setting {
	var out []Setting
	for _, field := range strings.Fields(text) {
		bare := strings.Trim(field, "[]")
		name, value, _ := strings.Cut(bare, "=")
		out = append(out, Setting{Name: name, Value: value, Idle: bare != field})
	}
	return out
}

// TestShortNamesOfSettings names runs by the settings in which they differ.
func TestShortNamesOfSettings(t *testing.T) {
	for _, c := range []struct {
		name           string
		settings, want []string
	}{
		{"a setting that does not differ is left out",
			[]string{"seed=1 loss=CrossEntropy [ls_alpha=0.1]", "seed=1 loss=LS ls_alpha=0.1"},
			[]string{"CrossEntropy", "LS"}},
		{"a setting without effect does not differ",
			[]string{"loss=CrossEntropy [ls_alpha=0.1]", "loss=LS ls_alpha=0.3"},
			[]string{"CrossEntropy", "LS"}},
		{"nor is it part of a name",
			[]string{"loss=CrossEntropy [ls_alpha=0.1]", "loss=LS ls_alpha=0.1", "loss=LS ls_alpha=0.3"},
			[]string{"CrossEntropy", "LS ls_alpha=0.1", "LS ls_alpha=0.3"}},
		{"words come before numbers and switches",
			[]string{"label_noise=0.2 use_bn=true loss=MSE", "label_noise=0.4 use_bn=false loss=LS"},
			[]string{"MSE label_noise=0.2 use_bn=true", "LS label_noise=0.4 use_bn=false"}},
		{"a path is its last part",
			[]string{"dataset=folder:/data/birds", "dataset=arrow:/data/gulls.parquet"},
			[]string{"birds", "gulls.parquet"}},
		{"a missing setting is no word",
			[]string{"loss=LS", "loss=LS lr=0.1"}, []string{"p1", "p2"}},
		{"equal settings leave the names", []string{"seed=1", "seed=1"}, []string{"p1", "p2"}},
		{"so do settings that fill more than a legend",
			[]string{"a_very_long_name_of_a_setting=0.000001 another_quite_long_name=0.000001", "a_very_long_name_of_a_setting=0.000002 another_quite_long_name=0.000002"},
			[]string{"p1", "p2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			runs := make([]Run, len(c.settings))
			for i, s := range c.settings {
				runs[i] = Run{Name: "MLP_p" + string(rune('1'+i)) + "_x", Settings: settings(s)}
			}
			if got := shortNames(runs); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
