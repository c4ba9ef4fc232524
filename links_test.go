package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// TestLinks follows the links of all pages within the repository, to headings
// too, and looks for the source files in Go and C that pages name.
func TestLinks(t *testing.T) {
	var pages []string
	for _, pattern := range []string{"*.md", "*/*.md", "*/*/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	source := regexp.MustCompile(`[\w.]+(?:/\w+)+\.(?:go|c)\b`)
	links, sources := 0, 0
	for _, page := range pages {
		text := string(read(t, page))
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			links++
			path, heading, _ := strings.Cut(m[1], "#")
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			} else if heading != "" && !headings(string(read(t, target)))[heading] {
				t.Errorf("%s links to a heading of %s that is not there: #%s", page, target, heading)
			}
		}
		for _, name := range source.FindAllString(text, -1) {
			sources++
			_, here := os.Stat(name)
			_, beside := os.Stat(filepath.Join(filepath.Dir(page), name))
			if here != nil && beside != nil {
				t.Errorf("%s names %s, which is not there", page, name)
			}
		}
	}
	if links < 100 || sources < 25 {
		t.Errorf("only %d links and %d source files were found in %d pages", links, sources, len(pages))
	}
}

// headings are the anchors that GitHub gives a page's headings.
func headings(page string) map[string]bool {
	anchors := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		anchors[strings.Map(func(c rune) rune {
			switch {
			case c == ' ':
				return '-'
			case c == '-', c == '_', unicode.IsLetter(c), unicode.IsDigit(c):
				return unicode.ToLower(c)
			}
			return -1
		}, m[1])] = true
	}
	return anchors
}
