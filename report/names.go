package report

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// maxName is how many characters of a run's name a legend shows: a line of it.
const maxName = 60

// shortNames returns what tells the runs apart, in the user's own terms: the
// settings in which they differ. Where these do not tell all of them apart,
// or at too great a length, the parts of their names do, and for equal names
// their number.
func shortNames(runs []Run) []string {
	if len(runs) == 1 {
		return []string{ellipsis(runs[0].Name, maxName)}
	}
	names := namesBySettings(runs)
	if !telling(names) {
		names = namesByParts(runs)
	}
	seen := make(map[string]bool)
	for i, n := range names {
		n = ellipsis(n, maxName)
		if n == "" || seen[n] {
			n = strings.TrimSpace(n + " #" + strconv.Itoa(i+1))
		}
		seen[n] = true
		names[i] = n
	}
	return names
}

// telling reports whether names are all different, short and not empty.
func telling(names []string) bool {
	for i, n := range names {
		if n == "" || len([]rune(n)) > maxName || slices.Contains(names[:i], n) {
			return false
		}
	}
	return true
}

// namesBySettings returns the differing settings of each run that have an
// effect on it: first those whose value is a word, which needs no name beside
// it (LS, ResNet18), then numbers and switches (lr=0.1).
func namesBySettings(runs []Run) []string {
	names := make([]string, len(runs))
	rows := settingRows(runs)
	for i := range runs {
		var words, numbers []string
		for _, row := range rows {
			v := row.Values[i]
			switch {
			case !row.Differs || v.Idle || v.Text == "":
			case isWord(v.Text):
				words = append(words, path.Base(v.Text)) // of a data set or graph of one's own
			default:
				numbers = append(numbers, row.Name+"="+v.Text)
			}
		}
		names[i] = strings.Join(append(words, numbers...), " ")
	}
	return names
}

// isWord reports whether a value is neither a number nor a switch.
func isWord(value string) bool {
	_, notNumber := strconv.ParseFloat(value, 64)
	_, notSwitch := strconv.ParseBool(value)
	return notNumber != nil && notSwitch != nil
}

// namesByParts returns, of names with equally many parts between underscores,
// the parts in which they differ, else the names.
func namesByParts(runs []Run) []string {
	names := make([]string, len(runs))
	parts := make([][]string, len(runs))
	same := true
	for i, r := range runs {
		names[i] = r.Name
		parts[i] = strings.Split(r.Name, "_")
		same = same && len(parts[i]) == len(parts[0])
	}
	if same {
		for i := range names {
			names[i] = strings.Join(differing(parts, i), " ")
		}
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
