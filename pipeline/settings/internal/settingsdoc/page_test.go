package main

import (
	"os"
	"strings"
	"testing"

	"github.com/memdil/memdil/pipeline/settings"
)

func TestPageIsCurrent(t *testing.T) {
	committed, err := os.ReadFile("../../../../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(committed) != page() {
		t.Error("docs/settings.md is not what the table says: run go generate ./pipeline/settings")
	}
}

func TestPageHasEverySetting(t *testing.T) {
	for _, s := range settings.Table() {
		if n := strings.Count(page(), "\n| "+names(s)+" |"); n != 1 {
			t.Errorf("%s has %d rows on the page, want 1: does sections hold its stage?", s.Name, n)
		}
	}
}
