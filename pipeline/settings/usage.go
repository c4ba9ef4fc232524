package settings

import (
	"fmt"
	"strings"

	"github.com/xrash/smetrics"
)

// UsageError reports a mistake in what the user asked for: a setting that does
// not exist, a value it cannot have, or settings that do not go together.
type UsageError struct {
	Setting string // the setting's name, as in flags and TOML; may be empty
	Reason  string // what is wrong
	Hint    string // what to do about it; may be empty
}

// Error returns all three on one line.
func (e *UsageError) Error() string {
	var b strings.Builder
	if e.Setting != "" {
		b.WriteString(e.Setting + ": ")
	}
	b.WriteString(e.Reason)
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// usage returns a UsageError with a formatted reason and no hint.
func usage(setting, format string, args ...any) *UsageError {
	return &UsageError{Setting: setting, Reason: fmt.Sprintf(format, args...)}
}

// nearest returns the candidate that name is most likely a misspelling of, or
// "". Case, hyphens and underscores do not count.
func nearest(name string, candidates []string) string {
	best, distance := "", 1+max(1, len(name)/3) // further away is no misspelling
	for _, c := range candidates {
		if d := smetrics.WagnerFischer(fold(name), fold(c), 1, 1, 1); d < distance {
			best, distance = c, d
		}
	}
	return best
}

// didYouMean returns a hint at the candidate nearest to name, or otherwise.
func didYouMean(name string, candidates []string, otherwise string) string {
	if near := nearest(name, candidates); near != "" {
		return "did you mean " + near + "?"
	}
	return otherwise
}

// fold returns a name such that spellings that mean the same fold to the same:
// case, hyphens and underscores do not count.
func fold(name string) string { return separators.Replace(strings.ToLower(name)) }

var separators = strings.NewReplacer("-", "", "_", "")
