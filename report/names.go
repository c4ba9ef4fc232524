package report

import (
	"strconv"
	"strings"
)

// shortNames returns what tells the runs apart: of names with equally many
// parts between underscores the parts in which they differ, else the names.
// Equal names get their number.
func shortNames(runs []Run) []string {
	names := make([]string, len(runs))
	parts := make([][]string, len(runs))
	same := true
	for i, r := range runs {
		names[i] = r.Name
		parts[i] = strings.Split(r.Name, "_")
		same = same && len(parts[i]) == len(parts[0])
	}
	if same && len(runs) > 1 {
		for i := range names {
			names[i] = strings.Join(differing(parts, i), " ")
		}
	}
	seen := make(map[string]bool)
	for i, n := range names {
		if n == "" || seen[n] {
			n = strings.TrimSpace(n + " #" + strconv.Itoa(i+1))
		}
		seen[n] = true
		names[i] = ellipsis(n, 48)
	}
	return names
}

// differing returns the parts of name i that are not the same in all names.
func differing(parts [][]string, i int) []string {
	var out []string
	for j, part := range parts[i] {
		for _, other := range parts {
			if other[j] != part {
				out = append(out, part)
				break
			}
		}
	}
	return out
}
