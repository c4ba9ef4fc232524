package compare

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/memdil/memdil/pipeline/settings"
)

// groupNames names the group of every run by the settings in which the groups
// differ, "mnist, MLP" or "width=512"; "" for all where there is one group.
// Loss, noise and seed tell no groups apart, and a setting that follows from
// those before it in the table (the depth that goes with each data set) adds
// nothing to their names.
//
// What a search draws tells no groups apart, and numbers do so only where
// groups come of it: not where lines of less than two runs would, and not where
// every loss has its own, as when each was tuned. The notes name these settings.
func groupNames(placed []placedRun, losses []string) (names, notes []string) {
	names = make([]string, len(placed))
	var drawn, sparse []string
	for _, s := range groupingSettings() {
		values := make([]string, len(placed))
		for i, p := range placed {
			values[i] = s.of(p.exp)
		}
		if !splits(names, values) {
			continue
		}
		switch {
		case slices.ContainsFunc(placed, func(p placedRun) bool { return slices.Contains(p.searched, s.name) }):
			drawn = append(drawn, s.name)
			continue
		case s.name == "classes", !numbers(values): // other classes are other data
		case tooFew(join(names, losses), values):
			sparse = append(sparse, s.name)
			continue
		case !splits(join(names, losses), values):
			notes = append(notes, fmt.Sprintf("%s goes with the loss, so that no two losses ran under equal conditions.", s.name))
			continue
		}
		names = join(names, s.labels(values))
	}
	if len(sparse) > 0 {
		notes = append(notes, fmt.Sprintf("Runs that differ in %s alone are not told apart: too few runs share a value.", anyOf(sparse)))
	}
	if len(drawn) > 0 {
		notes = append(notes, "Runs that differ in what was searched alone are not told apart: "+strings.Join(drawn, ", ")+".")
	}
	return names, notes
}

// anyOf lists names: a, b or c.
func anyOf(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// groupingSetting is a setting that may tell groups apart.
type groupingSetting struct {
	name string
	bare bool                             // its values name it well enough
	of   func(settings.Experiment) string // "" where it has no effect
}

func groupingSettings() []groupingSetting {
	var all []groupingSetting
	for _, s := range settings.Table() {
		g := groupingSetting{name: s.Name, of: func(e settings.Experiment) string {
			if s.Idle(e) {
				return ""
			}
			return s.Text(e)
		}}
		switch s.Name {
		case "loss", "ls_alpha", "lr_alpha", "seed", "fc_noise_degree", "noise_sha256":
			continue
		case "dataset", "model":
			g.bare = true
		case "label_noise":
			g.of = furtherNoise
		case "graph_sha256":
			g.name, g.of = "graph", graphName
		}
		if s.Hashed {
			all = append(all, g)
		}
	}
	return all
}

// furtherNoise is what the noise degree does not say of the labels: that it is
// a mean over classes, or what is added to latent noise classes.
func furtherNoise(e settings.Experiment) string {
	switch s, _ := settings.Lookup("label_noise"); {
	case s.Idle(e):
		return ""
	case e.FourClass && e.MeanNoise() > 0:
		return s.Text(e)
	case len(e.LabelNoise) > 1:
		return "by class"
	}
	return ""
}

// graphName tells files of one name apart.
func graphName(e settings.Experiment) string {
	if e.Graph == "" {
		return ""
	}
	const digits = 8
	return fmt.Sprintf("%s (%s)", filepath.Base(e.Graph), e.GraphSHA256[:min(digits, len(e.GraphSHA256))])
}

// labels are the setting's parts of names.
func (s groupingSetting) labels(values []string) []string {
	labels := slices.Clone(values)
	for i, v := range values {
		if v != "" && !s.bare {
			labels[i] = s.name + "=" + v
		}
	}
	return labels
}

// splits reports whether runs of one name differ in their value.
func splits(names, values []string) bool {
	first := make(map[string]string)
	for i, name := range names {
		if v, seen := first[name]; seen && v != values[i] {
			return true
		}
		first[name] = values[i]
	}
	return false
}

// numbers reports whether all values are, but for those without effect.
func numbers(values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool {
		_, err := strconv.ParseFloat(v, 64)
		return v != "" && err != nil
	})
}

// tooFew reports whether the lines of runs that the names and values make have
// less than two runs on average. Runs on which the setting has no effect are
// not its concern.
func tooFew(names, values []string) bool {
	runs, lines := 0, make(map[[2]string]bool)
	for i, v := range values {
		if v != "" {
			runs++
			lines[[2]string{names[i], v}] = true
		}
	}
	return runs < 2*len(lines)
}

// join adds labels to names.
func join(names, labels []string) []string {
	joined := slices.Clone(names)
	for i, label := range labels {
		switch {
		case joined[i] == "":
			joined[i] = label
		case label != "":
			joined[i] += ", " + label
		}
	}
	return joined
}
