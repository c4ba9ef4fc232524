package settings

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/memdil/memdil/ort"
)

// kind is how the values of a setting are read and written. Errors of parse
// give the reason only; a failed parse changes nothing.
type kind struct {
	boolean bool
	list    bool     // several values, separated by commas
	values  []string // the choices, if they are a fixed few
	parse   func(e *Experiment, text string) error
	value   func(e *Experiment) any // a bool, int, int64, float64 or string, as in TOML
}

// limit is what numbers of a setting must satisfy. NaN satisfies none.
type limit struct {
	words string
	holds func(float64) bool
}

var (
	positive    = limit{"must be positive", func(v float64) bool { return v > 0 }}
	notNegative = limit{"must not be negative", func(v float64) bool { return v >= 0 }}
	atLeastOne  = limit{"must be at least 1", func(v float64) bool { return v >= 1 }}
	layerSize   = limit{"must be from 1 to 65536", func(v float64) bool { return v >= 1 && v <= 65536 }}
	layerOrNone = limit{"must be from 0 to 65536", func(v float64) bool { return v >= 0 && v <= 65536 }}
	threadCount = limit{"must be from 0 to 1024", func(v float64) bool { return v >= 0 && v <= 1024 }}
	fileCount   = limit{"must be from 1 to 1000", func(v float64) bool { return v >= 1 && v <= 1000 }}
	zeroToOne   = limit{"must lie between 0 and 1", func(v float64) bool { return v >= 0 && v <= 1 }}
	belowOne    = limit{"must be at least 0 and below 1", func(v float64) bool { return v >= 0 && v < 1 }}
	insideUnit  = limit{"must be above 0 and below 1", func(v float64) bool { return v > 0 && v < 1 }}
)

func boolean(field func(*Experiment) *bool) kind {
	return kind{
		boolean: true,
		parse: func(e *Experiment, text string) error {
			v, err := strconv.ParseBool(strings.ToLower(text))
			if err != nil {
				return fmt.Errorf("%q is neither true nor false", text)
			}
			*field(e) = v
			return nil
		},
		value: func(e *Experiment) any { return *field(e) },
	}
}

func integer[T int | int64](field func(*Experiment) *T, within limit) kind {
	return kind{
		parse: func(e *Experiment, text string) error {
			v, err := parseInteger(text, within)
			if err != nil {
				return err
			}
			*field(e) = T(v)
			return nil
		},
		value: func(e *Experiment) any { return *field(e) },
	}
}

func parseInteger(text string, within limit) (int64, error) {
	v, err := strconv.ParseInt(text, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%s is too large", text)
	case err != nil:
		return 0, fmt.Errorf("%q is not a whole number", text)
	case !within.holds(float64(v)):
		return 0, fmt.Errorf("%d %s", v, within.words)
	}
	return v, nil
}

func number(field func(*Experiment) *float64, within limit) kind {
	return kind{
		parse: func(e *Experiment, text string) error {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%q is not a finite number", text)
			}
			if !within.holds(v) {
				return fmt.Errorf("%s %s", text, within.words)
			}
			*field(e) = v + 0 // −0 becomes 0
			return nil
		},
		value: func(e *Experiment) any { return *field(e) },
	}
}

// text is a string on one line.
func text(field func(*Experiment) *string, check func(string) error) kind {
	return kind{
		parse: func(e *Experiment, text string) error {
			if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
				return fmt.Errorf("%q holds control characters or is not UTF-8", text)
			}
			if err := check(text); err != nil {
				return err
			}
			*field(e) = text
			return nil
		},
		value: func(e *Experiment) any { return *field(e) },
	}
}

// hexDigits accepts a checksum as memdil writes it, which file names take.
func hexDigits(text string) error {
	if strings.Trim(text, "0123456789abcdef") != "" {
		return fmt.Errorf("%q is no checksum in hexadecimal, lower case", text)
	}
	return nil
}

// choice is one of values. Case, hyphens and underscores do not count; other
// maps further spellings, folded, to values.
func choice[T ~string](field func(*Experiment) *T, values []T, other map[string]T) kind {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = string(v)
	}
	return kind{
		values: names,
		parse: func(e *Experiment, text string) error {
			i := slices.IndexFunc(names, func(n string) bool { return fold(n) == fold(text) })
			switch v, ok := other[fold(text)]; {
			case i >= 0:
				*field(e) = values[i]
			case ok:
				*field(e) = v
			default:
				all := "one of " + strings.Join(names, ", ")
				return &UsageError{Reason: fmt.Sprintf("unknown value %q", text), Hint: didYouMean(text, names, all)}
			}
			return nil
		},
		value: func(e *Experiment) any { return string(*field(e)) },
	}
}

// countOrAll is a number of things, or "all" for 0.
func countOrAll(field func(*Experiment) *int) kind {
	some := integer(field, atLeastOne)
	return kind{
		parse: func(e *Experiment, text string) error {
			if strings.EqualFold(text, "all") {
				*field(e) = 0
				return nil
			}
			if err := some.parse(e, text); err != nil {
				return fmt.Errorf("%w (or all)", err)
			}
			return nil
		},
		value: func(e *Experiment) any {
			if *field(e) == 0 {
				return "all"
			}
			return *field(e)
		},
	}
}

// device is where graphs run, as ort.ParseDevice reads it.
func device(field func(*Experiment) *ort.Device) kind {
	return kind{
		parse: func(e *Experiment, text string) error {
			d, err := ort.ParseDevice(text)
			if err != nil {
				return err
			}
			*field(e) = d
			return nil
		},
		value: func(e *Experiment) any { return field(e).String() },
	}
}

// decayType is "step" or "step_M1_M2_…" with the milestones M.
func decayType(field func(*Experiment) *[]int) kind {
	return kind{
		parse: func(e *Experiment, text string) error {
			words := strings.Split(strings.ToLower(text), "_")
			if words[0] != "step" {
				return fmt.Errorf("%q is neither step nor step_M1_M2_… with the epochs M at which the rate decays", text)
			}
			var milestones []int
			for _, w := range words[1:] {
				m, err := parseInteger(w, atLeastOne)
				if err != nil {
					return fmt.Errorf("milestones of %q: %w", text, err)
				}
				milestones = append(milestones, int(m))
			}
			*field(e) = milestones
			return nil
		},
		value: func(e *Experiment) any {
			text := "step"
			for _, m := range *field(e) {
				text += "_" + strconv.Itoa(m)
			}
			return text
		},
	}
}

// Spell returns a value as the UID, the help and messages spell it.
func Spell(value any) string {
	if v, ok := value.(float64); ok {
		return pythonFloat(v)
	}
	return fmt.Sprint(value)
}

// pythonFloat spells v as Python's str does: the shortest digits that give v
// back, at least one decimal, an exponent below 1e-4 and from 1e16 on.
func pythonFloat(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
