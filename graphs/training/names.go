package training

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/memdil/memdil/graphs"
	"github.com/xrash/smetrics"
)

// NameError reports a name that no value of the model has.
type NameError struct {
	Role string // what the value was to be: "logits" or "features"
	Name string
	Near []string // the names most like it
}

// Error names the value and those that may have been meant.
func (e *NameError) Error() string {
	text := fmt.Sprintf("no value of the model is called %q, which was to be the %s", e.Name, e.Role)
	if len(e.Near) > 0 {
		text += fmt.Sprintf(" (near it: %s)", strings.Join(e.Near, ", "))
	}
	return text
}

// nearNames is how many names a NameError offers.
const nearNames = 3

// unknownName returns the error about a name that was to be the given role.
func unknownName(role, name string, g *graphs.Graph) error {
	var names []string
	distance := map[string]int{}
	for _, n := range g.Nodes {
		for _, out := range n.Outputs {
			if out != "" {
				names = append(names, out)
				distance[out] = smetrics.WagnerFischer(strings.ToLower(name), strings.ToLower(out), 1, 1, 1)
			}
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(distance[a], distance[b]) })
	return &NameError{Role: role, Name: name, Near: names[:min(nearNames, len(names))]}
}
