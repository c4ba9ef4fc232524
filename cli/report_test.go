package cli

import (
	"errors"
	"os"
	"reflect"
	"testing"

	"github.com/memdil/memdil/pipeline/compare"
)

func TestReportGroups(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"ce1", "ce2", "ls1"} {
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		o    ReportOptions
		want []compare.Group // nil for a mistake of usage
	}{
		{ReportOptions{Runs: []string{"a", "b"}}, []compare.Group{{Paths: []string{"a", "b"}}}},
		{ReportOptions{Groups: []ReportGroup{{Runs: "ce*", Label: "CE"}, {Runs: "ls1,other"}}, Runs: []string{"a"}},
			[]compare.Group{{Label: "CE", Matches: []compare.Matches{{Pattern: "ce*", Paths: []string{"ce1", "ce2"}}}}, {Label: "ls1,other", Paths: []string{"ls1", "other"}}, {Paths: []string{"a"}}}},
		{ReportOptions{}, nil},
		{ReportOptions{Groups: []ReportGroup{{Runs: "mse*"}}}, nil},
		{ReportOptions{Groups: []ReportGroup{{Runs: "["}}}, nil},
		{ReportOptions{Runs: []string{"a", "-o"}}, nil},
	} {
		got, err := reportGroups(c.o)
		if !reflect.DeepEqual(got, c.want) || (c.want == nil) != errors.Is(err, ErrUsage) {
			t.Errorf("%+v: %+v, %v, want %+v", c.o, got, err, c.want)
		}
	}
}

// TestReportFlags gives each label to the group before it.
func TestReportFlags(t *testing.T) {
	var o ReportOptions
	group, label := groupFlag{&o}, labelFlag{&o}
	if label.Set("A") == nil {
		t.Error("a label without a group was taken")
	}
	for _, err := range []error{group.Set("x,y"), group.Set("z"), label.Set("Z, all of it")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if label.Set("again") == nil {
		t.Error("a group was named twice")
	}
	if want := []ReportGroup{{Runs: "x,y"}, {Runs: "z", Label: "Z, all of it"}}; !reflect.DeepEqual(o.Groups, want) {
		t.Errorf("groups %+v, want %+v", o.Groups, want)
	}
}

func TestReportNeedsAPlace(t *testing.T) {
	err := runReport(ReportOptions{Runs: []string{"a", "b"}}, os.Stdout)
	if !errors.Is(err, ErrUsage) {
		t.Errorf("error %v, want a mistake of usage", err)
	}
}
