package main

import (
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/google/renameio/v2"
)

// writeSections replaces, for every name, what stands between <!-- name --> and
// the next <!-- end --> in the page at path.
func writeSections(path string, sections section) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := string(data)
	for name, lines := range sections {
		before, rest, found := strings.Cut(text, "<!-- "+name+" -->\n")
		old, after, ended := strings.Cut(rest, "<!-- end -->")
		if !found || !ended || strings.Contains(old, "<!-- ") {
			return fmt.Errorf("%s has no <!-- %s --> … <!-- end -->", path, name)
		}
		text = before + "<!-- " + name + " -->\n\n" + strings.TrimSpace(strings.Join(lines, "\n")) + "\n\n<!-- end -->" + after
	}
	return renameio.WriteFile(path, []byte(text), 0o644)
}

// table is a table in Markdown.
func table(head []string, rows [][]string) []string {
	lines := []string{"| " + strings.Join(head, " | ") + " |", strings.Repeat("|---", len(head)) + "|"}
	for _, row := range rows {
		lines = append(lines, "| "+strings.Join(row, " | ")+" |")
	}
	return lines
}

// number is v with so many significant digits, – for a value that is undefined.
func number(v float64, digits int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	if v == 0 {
		return "0"
	}
	decimals := max(0, digits-1-int(math.Floor(math.Log10(math.Abs(v)))))
	return strings.Replace(fmt.Sprintf("%.*f", decimals, v), "-", "−", 1)
}
