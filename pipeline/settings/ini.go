package settings

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/ini.v1"
)

// INI is what the original's config.ini says beside settings: empty fields are
// not given.
type INI struct {
	Path string // of the file; "" for none
	// Runs are the folders of runs by what they are for.
	Runs struct{ Base, FourClass, HPO, HPONoise string }
	// LogLevel is the lowest level of what is shown; nil for memdil's own.
	LogLevel *slog.Level
	// Resources of a trial of a study, and how many trials run at once.
	GPUs, CPUs, Jobs int
	MemoryGB         float64
}

// iniKeys are the keys of config.ini, by section and key, and where each goes.
var iniKeys = map[string]func(*INI, string) error{
	"PATHS.BASE_PATH":                   func(i *INI, v string) error { i.Runs.Base = v; return nil },
	"PATHS.FOURCLASS_EXP_PATH":          func(i *INI, v string) error { i.Runs.FourClass = v; return nil },
	"PATHS.HO_EXP_PATH":                 func(i *INI, v string) error { i.Runs.HPO = v; return nil },
	"PATHS.HO_EXP_LN_PATH":              func(i *INI, v string) error { i.Runs.HPONoise = v; return nil },
	"PATHS.TMP_PATH":                    func(*INI, string) error { return nil }, // memdil writes beside its files
	"LOGGING.LOG_LEVEL":                 (*INI).setLogLevel,
	"RESOURCES.GPUS_PER_NODE":           func(i *INI, v string) error { return wholeNumber(&i.GPUs, v) },
	"RESOURCES.CPUS_PER_NODE":           func(i *INI, v string) error { return wholeNumber(&i.CPUs, v) },
	"RESOURCES.MAXIMUM_CONCURRENT_JOBS": func(i *INI, v string) error { return wholeNumber(&i.Jobs, v) },
	"RESOURCES.HEAP_MEMORY_IN_GB":       (*INI).setMemory,
}

// parseINI reads the original's config.ini, as Python's configparser does: keys
// in any case, empty values, continuation lines, a [DEFAULT] section. Errors are
// a *UsageError and name section and key.
func parseINI(data []byte) (INI, error) {
	var out INI
	file, err := ini.LoadSources(ini.LoadOptions{
		AllowPythonMultilineValues: true, IgnoreInlineComment: true, InsensitiveKeys: true, PreserveSurroundedQuote: true,
	}, data)
	if err != nil {
		return out, &UsageError{Reason: firstLine(err), Hint: "the file is to have sections [PATHS], [LOGGING] and [RESOURCES] with lines KEY = VALUE"}
	}
	for _, section := range file.Sections() {
		for _, key := range section.Keys() {
			name := section.Name() + "." + strings.ToUpper(key.Name())
			if err := out.set(name, key.String()); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// set takes the value of a key. Those of [DEFAULT] stand for every section that
// has such a key.
func (i *INI) set(name, value string) error {
	take := iniKeys[name]
	if key, isDefault := strings.CutPrefix(name, ini.DefaultSection+"."); isDefault && take == nil {
		for full, f := range iniKeys {
			if strings.HasSuffix(full, "."+key) {
				take = f
			}
		}
	}
	switch {
	case take == nil:
		return &UsageError{Reason: fmt.Sprintf("unknown key %s", shown(name)), Hint: didYouMeanINI(name)}
	case value == "":
		return nil
	}
	if err := take(i, value); err != nil {
		return &UsageError{Reason: fmt.Sprintf("%s: %v", shown(name), err)}
	}
	return nil
}

// shown writes SECTION.KEY as it stands in the file.
func shown(name string) string {
	section, key, _ := strings.Cut(name, ".")
	return "[" + section + "] " + key
}

func didYouMeanINI(name string) string {
	known := slices.Sorted(maps.Keys(iniKeys))
	if near := nearest(name, known); near != "" {
		return "did you mean " + shown(near) + "?"
	}
	all := make([]string, len(known))
	for i, k := range known {
		all[i] = shown(k)
	}
	return "the keys are " + strings.Join(all, ", ")
}

func (i *INI) setLogLevel(value string) error {
	levels := map[string]slog.Level{
		"DEBUG": slog.LevelDebug, "INFO": slog.LevelInfo, "WARNING": slog.LevelWarn, "ERROR": slog.LevelError,
	}
	level, ok := levels[strings.ToUpper(value)]
	if !ok {
		return fmt.Errorf("%q is none of DEBUG, INFO, WARNING, ERROR", value)
	}
	i.LogLevel = &level
	return nil
}

func (i *INI) setMemory(value string) error {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || !(v > 0) || v > 1e6 {
		return fmt.Errorf("%q is no size in GB", value)
	}
	i.MemoryGB = v
	return nil
}

func wholeNumber(to *int, value string) error {
	v, err := parseInteger(value, notNegative)
	*to = int(v)
	return err
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func (c *Config) readINI(data []byte, path string) error {
	read, err := parseINI(data)
	if err != nil {
		return err
	}
	read.Path = path
	c.INI = read
	return nil
}

// settleRunsDir chooses among the original's folders of runs, unless another
// file or a flag has named one. The original has folders for runs with latent
// noise classes and for those with settings that were searched for.
func (c *Config) settleRunsDir() error {
	if c.INI.Path == "" || c.Origin("runs_dir") != FromDefault {
		return nil
	}
	e, dirs := c.Experiment, c.INI.Runs
	dir := dirs.Base
	switch {
	case e.FourClass:
		dir = dirs.FourClass
	case e.HOUID && e.MeanNoise() != 0 && dirs.HPONoise != "":
		dir = dirs.HPONoise
	case e.HOUID:
		dir = dirs.HPO
	}
	if dir == "" {
		return nil
	}
	return c.Set("runs_dir", dir, c.INI.Path)
}
