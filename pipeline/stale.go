package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/settings"
)

// neverDone is why a stage runs for the first time.
const neverDone = "it was never done"

// reason says why a stage that is asked for has to run, "" if it is done.
func (r *run) reason(s settings.Stage) string {
	if forced := r.forced(s); forced != "" {
		return forced
	}
	return r.stale(s)
}

// forced says which flag makes the stage run again, "" for none.
func (r *run) forced(s settings.Stage) string {
	if from := r.exp.From; from != "" && !from.After(s) {
		return "--from " + string(from)
	}
	return ""
}

// stale says why a stage has to run, "" if it is done: with these settings, by
// the way that memdil does it now, and with all files that it read and wrote as
// they were then.
func (r *run) stale(s settings.Stage) string {
	record, done := r.manifest[s]
	w := workOf(s)
	switch {
	case !done:
		return neverDone
	case record.Hash != r.exp.Hash(s):
		return record.otherSettings(r.exp.Hashed(s))
	case record.Version != w.version:
		return "another version of memdil did it in another way"
	}
	for _, name := range w.files() {
		known, there := record.Files[name]
		if r.coming[name] {
			continue
		}
		if !files.Exists(r.folder.file(name)) && (!there && optional[name] || known.Deleted) {
			continue
		}
		if d := known.difference(r.folder.file(name)); d != "" {
			return r.folder.file(name) + " " + d
		}
	}
	return r.neededAgain(s)
}

// neededAgain says which stage needs a file of a stage that is done, but whose
// file was deleted on request; "" for none.
func (r *run) neededAgain(s settings.Stage) string {
	for _, name := range workOf(s).outputs {
		if !r.deleted(name) || files.Exists(r.folder.file(name)) {
			continue
		}
		for _, later := range r.exp.Asked() {
			if !later.After(s) || !slices.Contains(workOf(later).inputs, name) {
				continue
			}
			if reason := r.reason(later); reason != "" {
				return fmt.Sprintf("%s was deleted, and stage %s needs it: %s", r.folder.file(name), later, reason)
			}
		}
	}
	return ""
}

// deleted reports whether the file of that name was deleted on request.
func (r *run) deleted(name string) bool {
	for _, record := range r.manifest {
		if record.Files[name].Deleted {
			return true
		}
	}
	return false
}

// startable reports a stage before the first one asked for that is not done.
func (r *run) startable() error {
	for _, s := range settings.Stages() {
		if r.exp.From == "" || !r.exp.From.After(s) {
			return nil
		}
		if reason := r.stale(s); reason != "" {
			return &settings.UsageError{
				Setting: "from", Reason: fmt.Sprintf("stage %s cannot begin: stage %s comes first, and %s", r.exp.From, s, reason),
				Hint: fmt.Sprintf("give --from %s, or leave it out", s),
			}
		}
	}
	return nil
}

// otherSettings says how the settings that a stage was done with differ from
// those it is to be done with now.
func (s stageRecord) otherSettings(now map[string]string) string {
	if s.Settings == nil { // recorded by an older memdil
		return "it was done with other settings"
	}
	names := maps.Clone(s.Settings)
	maps.Copy(names, now)
	var differences []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, after := orDefault(s.Settings, name), orDefault(now, name)
		if before != after {
			differences = append(differences, fmt.Sprintf("%s %s, now %s", name, before, after))
		}
	}
	return "it was done with other settings (" + strings.Join(differences, ", ") + ")"
}

// orDefault returns a setting's value, its default where there is none.
func orDefault(values map[string]string, name string) string {
	if v, ok := values[name]; ok {
		return v
	}
	if s, err := settings.Lookup(name); err == nil {
		return s.Default
	}
	return ""
}
