package training

import (
	"fmt"
	"path"
	"strings"
)

// matcher reports whether a name matches one of several glob patterns, in
// which * also matches dots and slashes.
func matcher(patterns []string) (func(name string) bool, error) {
	const slash = "\x00" // path.Match's * stops at slashes
	globs := make([]string, len(patterns))
	for i, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			return nil, fmt.Errorf("pattern %q: %w", p, err)
		}
		globs[i] = strings.ReplaceAll(p, "/", slash)
	}
	return func(name string) bool {
		name = strings.ReplaceAll(name, "/", slash)
		for _, g := range globs {
			if ok, _ := path.Match(g, name); ok {
				return true
			}
		}
		return false
	}, nil
}
