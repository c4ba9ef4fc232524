package settings

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
)

// hashVersion is part of every hash. To change a default, raise it: settings
// at their defaults are not hashed, so that a new row with a default changes
// no hash.
const hashVersion = 2

// Hash returns a hex digest of what the results of a stage depend on: the
// settings of this stage and of those before it that are hashed, have an
// effect and differ from their defaults. It panics if there is no such stage.
func (e Experiment) Hash(stage Stage) string {
	of := e.Hashed(stage)
	text := fmt.Sprintf("memdil settings %d\n", hashVersion)
	for _, name := range slices.Sorted(maps.Keys(of)) {
		text += fmt.Sprintf("%s = %q\n", name, of[name])
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
}

// Hashed returns the settings that Hash is of, by name.
func (e Experiment) Hashed(stage Stage) map[string]string {
	last := slices.Index(stages, stage)
	if last < 0 {
		panic("settings: no such stage: " + string(stage))
	}
	e = e.resolved()
	of := map[string]string{}
	for _, s := range table {
		if s.Hashed && slices.Index(stages, s.Stage) <= last && !s.Idle(e) && s.Text(e) != s.Text(defaults) {
			of[s.Name] = s.Text(e)
		}
	}
	return of
}

// Differences lists the settings in which the results of two experiments up to
// a stage differ, one line each, such as "lr: 0.1 here, 0.05 there"; here is e.
func (e Experiment) Differences(other Experiment, last Stage) []string {
	e, other = e.resolved(), other.resolved()
	var lines []string
	for _, s := range table {
		here, there := s.Text(e), s.Text(other)
		if s.Hashed && !s.Stage.After(last) && here != there && !(s.Idle(e) && s.Idle(other)) {
			lines = append(lines, fmt.Sprintf("%s: %s here, %s there", s.Name, here, there))
		}
	}
	return lines
}
