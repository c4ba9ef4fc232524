package settings

import (
	"fmt"
	"slices"
)

// Setting is one row of the table of settings.
type Setting struct {
	Name    string   // the TOML key; the flag, with hyphens or underscores
	Aliases []string // further names
	Default string   // as the user would write it
	Unit    string   // what it is measured in; may be empty
	Help    string   // one line
	Stage   Stage    // the first stage that depends on it; empty for none
	Hashed  bool     // results depend on it
	// PerCall marks settings of one call of the program rather than of an
	// experiment; they are not recorded.
	PerCall bool
	// Needs says, in words, without what the setting has no effect.
	Needs string
	// Obsolete says why the setting, known from the originals, does nothing.
	Obsolete string

	used    func(Experiment) bool // whether Needs holds; nil for always
	refused bool                  // Obsolete, and asking for it is an error
	kind    kind
	uid     uidPart
	// largeUID is the part with use_largescale_uid.
	largeUID uidPart
}

// Table returns the table of settings, in its order.
func Table() []Setting { return slices.Clone(table) }

// Boolean reports whether the setting is true or false.
func (s Setting) Boolean() bool { return s.kind.boolean }

// Values returns the choices, nil if they are not a fixed few.
func (s Setting) Values() []string { return slices.Clone(s.kind.values) }

// InUID reports whether the setting is part of the UID.
func (s Setting) InUID() bool { return s.uid.rank > 0 }

// Text returns the experiment's value as the user would write it. Obsolete
// settings have none.
func (s Setting) Text(e Experiment) string {
	if s.Obsolete != "" {
		return ""
	}
	return Spell(s.Value(e))
}

// Value returns the experiment's value as TOML and JSON have it: a bool, int,
// int64, float64 or string. Obsolete settings have none.
func (s Setting) Value(e Experiment) any {
	if s.Obsolete != "" {
		return nil
	}
	return s.kind.value(&e)
}

// Idle reports whether the setting has no effect in the experiment.
func (s Setting) Idle(e Experiment) bool { return s.used != nil && !s.used(e) }

// names returns the name and the aliases.
func (s Setting) names() []string { return append([]string{s.Name}, s.Aliases...) }

// Lookup returns the setting of a name or an alias; case, hyphens and underscores
// do not count. The error is a *UsageError.
func Lookup(name string) (Setting, error) {
	var all []string
	for _, s := range table {
		for _, n := range s.names() {
			if fold(n) == fold(name) {
				return s, nil
			}
			all = append(all, n)
		}
	}
	return Setting{}, &UsageError{
		Reason: fmt.Sprintf("unknown setting %q", name),
		Hint:   didYouMean(name, all, "memdil run --help lists the settings"),
	}
}
