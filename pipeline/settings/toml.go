package settings

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/memdil/memdil/pipeline/internal/files"
)

// Provenance says what made a run, beside its settings.
type Provenance struct {
	Argv     []string `toml:"argv"`
	Memdil   string   `toml:"memdil"`      // version of memdil
	Go       string   `toml:"go"`          // version of Go
	Runtime  string   `toml:"onnxruntime"` // version of ONNX Runtime
	Platform string   `toml:"platform"`    // such as linux/amd64
	CPU      string   `toml:"cpu"`         // name of the processor, where the system tells it
}

// document is the form of experiment.toml.
type document struct {
	Experiment map[string]any `toml:"experiment"`
	Provenance Provenance     `toml:"provenance"`
}

// EncodeTOML returns an experiment as experiment.toml: every setting, defaults
// included, in the order of the table, with units as comments. Settings of the
// call alone and obsolete ones are left out.
func EncodeTOML(e Experiment, p Provenance) ([]byte, error) {
	e = e.resolved()
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s, as memdil resolved it; see docs/settings.md.\n\n[experiment]\n", e.UID())
	for _, s := range table {
		if s.PerCall || s.Obsolete != "" {
			continue
		}
		line, err := s.TOML(e)
		if err != nil {
			return nil, fmt.Errorf("writing setting %s as TOML: %w", s.Name, err)
		}
		b.WriteString(line)
		if s.Unit != "" {
			b.WriteString(" # " + s.Unit)
		}
		b.WriteString("\n")
	}
	p.Argv = slices.Clone(p.Argv)
	for i, arg := range p.Argv {
		p.Argv[i] = strings.ToValidUTF8(arg, "\uFFFD")
	}
	made, err := toml.Marshal(map[string]any{"provenance": p})
	if err != nil {
		return nil, fmt.Errorf("writing the provenance as TOML: %w", err)
	}
	b.WriteString("\n")
	b.Write(made)
	return b.Bytes(), nil
}

// TOML returns the experiment's value as a line of [experiment].
func (s Setting) TOML(e Experiment) (string, error) { return tomlLine(s.Name, s.Value(e)) }

// tomlLine returns a key with its value. Numbers are spelt as in the UID, which
// is valid TOML; the library writes them without exponent.
func tomlLine(key string, value any) (string, error) {
	if _, isText := value.(string); !isText {
		return key + " = " + Spell(value), nil
	}
	line, err := toml.Marshal(map[string]any{key: value})
	return strings.TrimSuffix(string(line), "\n"), err
}

// ReadTOML reads an experiment.toml, or one written by hand: settings that are
// not in its [experiment] table have their defaults. Unknown keys are errors.
// Errors name the file; those about settings are a *UsageError.
func ReadTOML(path string) (Experiment, Provenance, error) {
	data, err := files.Read(path)
	if err != nil {
		return Experiment{}, Provenance{}, fmt.Errorf("reading settings: %w", err)
	}
	e, p, err := parseTOML(data)
	if err != nil {
		return Experiment{}, Provenance{}, fmt.Errorf("%s: %w", path, err)
	}
	return e, p, nil
}

func parseTOML(data []byte) (Experiment, Provenance, error) {
	doc, err := decodeTOML(data)
	if err != nil {
		return Experiment{}, Provenance{}, err
	}
	e, err := FromValues(doc.Experiment)
	return e, doc.Provenance, err
}

func decodeTOML(data []byte) (doc document, err error) {
	err = toml.NewDecoder(strings.NewReader(string(data))).DisallowUnknownFields().Decode(&doc)
	switch {
	case err != nil:
		return doc, tomlError(err)
	case doc.Experiment == nil:
		return doc, errors.New("there is no [experiment] table")
	}
	return doc, nil
}

// FromValues returns the experiment of an [experiment] table: TOML keys and their
// values. A key with the default as its value counts as not given: files hold
// all settings, asked for or not. The error is a *UsageError.
func FromValues(table map[string]any) (Experiment, error) {
	e := Defaults()
	if _, err := e.setValues(table); err != nil {
		return Experiment{}, err
	}
	return e, nil
}

// setValues sets the keys of an [experiment] table and returns the names of their
// settings.
func (e *Experiment) setValues(table map[string]any) ([]string, error) {
	spelling := map[string]string{} // of the settings seen, by name
	for _, key := range slices.Sorted(maps.Keys(table)) {
		s, err := Lookup(key)
		if err != nil {
			return nil, err
		}
		if other, twice := spelling[s.Name]; twice {
			return nil, usage(s.Name, "given twice, as %s and as %s", other, key)
		}
		spelling[s.Name] = key
		value, err := s.kind.tomlText(table[key])
		if err != nil {
			return nil, usage(s.Name, "%v", err)
		}
		before := *e
		if err := e.Set(key, value); err != nil {
			return nil, err
		}
		if s.Obsolete == "" && s.Text(*e) == s.Text(before) {
			e.given = before.given
		}
	}
	return slices.Collect(maps.Keys(spelling)), nil
}

// SetValue is Set with a value of TOML or JSON: a string, a boolean or a number.
func (e *Experiment) SetValue(name string, value any) error {
	s, err := Lookup(name)
	if err != nil {
		return err
	}
	text, err := s.kind.tomlText(value)
	if err != nil {
		return usage(s.Name, "%v", err)
	}
	return e.Set(name, text)
}

// tomlText returns a TOML value as the user would write it in a flag, where lists
// are separated by commas.
func (k kind) tomlText(value any) (string, error) {
	elements, isList := value.([]any)
	if !isList || !k.list {
		return tomlWord(value)
	}
	texts := make([]string, len(elements))
	for i, element := range elements {
		var err error
		if texts[i], err = tomlWord(element); err != nil {
			return "", err
		}
	}
	return strings.Join(texts, ","), nil
}

func tomlWord(value any) (string, error) {
	switch v := value.(type) {
	case bool, int, int64, string:
		return fmt.Sprint(v), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	}
	return "", errors.New("must be a number, a string, true or false")
}

// tomlError puts an error of the decoder on one line, with its place and, for
// an unknown key, what may have been meant.
func tomlError(err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		first := unknown.Errors[0]
		key := strings.Join(first.Key(), ".")
		line, _ := first.Position()
		e := usage("", "line %d: unknown key %q", line, key)
		e.Hint = "the tables are [experiment] and [provenance]"
		if table, _, _ := strings.Cut(key, "."); slices.Contains([]string{"grid", "search", "execute"}, table) {
			e.Hint = "this is a file of a study: `memdil study run -f FILE`"
		}
		if s, err := Lookup(key); err == nil {
			e.Hint = s.Name + " belongs under [experiment]"
		}
		return e
	}
	if broken, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, column := broken.Position()
		return fmt.Errorf("line %d, column %d: %w", line, column, err)
	}
	return err
}
