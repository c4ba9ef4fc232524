package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		v      float64
		digits int
		want   string
	}{
		{0, 3, "0"}, {1.23456, 3, "1.23"}, {-0.0012345, 2, "−0.0012"}, {98.765, 3, "98.8"}, {12345, 2, "12345"}, {math.NaN(), 3, "–"}, {math.Inf(1), 3, "–"},
	} {
		if got := number(c.v, c.digits); got != c.want {
			t.Errorf("%v with %d digits: %q, want %q", c.v, c.digits, got, c.want)
		}
	}
}

func TestWriteSections(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	before := "# Page\n\n<!-- one -->\nold\n<!-- end -->\n\nbetween\n\n<!-- two -->\n<!-- end -->\n"
	if err := os.WriteFile(page, []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writeSections(page, section{"two": {"new", "lines"}}); err != nil {
		t.Fatal(err)
	}
	want := "# Page\n\n<!-- one -->\nold\n<!-- end -->\n\nbetween\n\n<!-- two -->\n\nnew\nlines\n\n<!-- end -->\n"
	if got, err := os.ReadFile(page); err != nil || string(got) != want {
		t.Errorf("the page is %q, error %v", got, err)
	}
	if err := os.WriteFile(page, []byte("<!-- one -->\n<!-- two -->\n<!-- end -->\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writeSections(page, section{"one": {"new"}}); err == nil {
		t.Error("a section without an end swallows the next")
	}
	if err := writeSections(page, section{"three": {"lost"}}); err == nil {
		t.Error("a section without a place is dropped")
	}
}
