package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSecurityPage looks for every test that docs/security.md names, in the
// package that it names, and wants one for each promise.
func TestSecurityPage(t *testing.T) {
	page, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z]+)`")
	folder := regexp.MustCompile("([a-z/]+) `(?:Test|Fuzz)")
	found := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) == 5 && !strings.Contains(cells[1], "---") && strings.TrimSpace(cells[1]) != "promise" && !names.MatchString(cells[3]) {
			t.Errorf("no test keeps the promise %q", cells[1])
		}
		in := ""
		for _, part := range strings.FieldsFunc(line, func(c rune) bool { return c == ',' || c == ';' || c == '|' || c == ':' }) {
			if m := folder.FindStringSubmatch(part); m != nil {
				in = m[1]
			}
			for _, m := range names.FindAllStringSubmatch(part, -1) {
				found++
				if !declared(t, in, m[1]) {
					t.Errorf("there is no %s in %s", m[1], in)
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d tests are named", found)
	}
}

// declared reports whether a test of that name is in the folder.
func declared(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil || folder == "" {
		t.Fatalf("no folder is named for %s (%v)", name, err)
	}
	for _, file := range files {
		if strings.Contains(string(read(t, file)), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
