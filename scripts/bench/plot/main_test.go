package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestDraws checks that the figure is XML with every label and point.
func TestDraws(t *testing.T) {
	in := `{"y": "ms a step", "panels": [
		{"x": "width", "points": [{"X": 256, "Y": 2}, {"X": 512, "Y": 7}, {"X": 1024, "Y": 30}], "exponent": 1.95, "intercept": -10},
		{"x": "depth", "points": [{"X": 2, "Y": 5}, {"X": 4, "Y": 9}], "exponent": 0.85, "intercept": 1}]}`
	var out bytes.Buffer
	if err := run(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ms a step", "width", "depth", "exponent 1.95", "exponent 0.85"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the figure does not say %q", want)
		}
	}
	decoder := xml.NewDecoder(&out)
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestBadFigures(t *testing.T) {
	for _, in := range []string{"", "{}", `{"panels": [{"x": "width"}]}`, `{"panels": [{"x": "width", "points": [{"X": -1, "Y": 1}]}]}`} {
		if err := run(strings.NewReader(in), io.Discard); err == nil {
			t.Errorf("%s: no error", in)
		}
	}
}
