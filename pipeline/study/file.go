package study

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/memdil/memdil/pipeline/executor"
	"github.com/memdil/memdil/pipeline/search"
	"github.com/memdil/memdil/pipeline/settings"
)

// document is the form of a study file.
type document struct {
	Experiment map[string]any `toml:"experiment,omitempty"`
	Grid       map[string]any `toml:"grid,omitempty"`
	Search     *searchTable   `toml:"search,omitempty"`
	Final      map[string]any `toml:"final,omitempty"`
	Execute    executeTable   `toml:"execute,omitempty"`
}

type searchTable struct {
	Sampler   string                `toml:"sampler,omitempty"`
	Scheduler string                `toml:"scheduler,omitempty"`
	Trials    int                   `toml:"trials,omitempty"`
	Objective string                `toml:"objective,omitempty"`
	Seed      *int64                `toml:"seed,omitempty"`
	MinEpochs int                   `toml:"min_epochs,omitempty"`
	Reduction int                   `toml:"reduction,omitempty"`
	Startup   int                   `toml:"startup,omitempty"`
	Retrain   *bool                 `toml:"retrain,omitempty"`
	Space     map[string]paramTable `toml:"space,omitempty"`
}

type paramTable struct {
	Log     []any          `toml:"log,omitempty"`
	Uniform []any          `toml:"uniform,omitempty"`
	Int     []any          `toml:"int,omitempty"`
	LogInt  []any          `toml:"log_int,omitempty"`
	Choice  []any          `toml:"choice,omitempty"`
	Points  int            `toml:"points,omitempty"`
	When    map[string]any `toml:"when,omitempty"`
}

type executeTable struct {
	Executor    string   `toml:"executor,omitempty"`
	Concurrency int      `toml:"concurrency,omitempty"`
	Threads     int      `toml:"threads,omitempty"`
	GPUs        *int     `toml:"gpus,omitempty"`
	Memory      string   `toml:"memory,omitempty"`
	TimeLimit   string   `toml:"time_limit,omitempty"`
	StallLimit  string   `toml:"stall_limit,omitempty"`
	Retries     *int     `toml:"retries,omitempty"`
	Wait        string   `toml:"wait,omitempty"`
	RayAddress  string   `toml:"ray_address,omitempty"`
	SlurmArgs   []string `toml:"slurm_args,omitempty"`
}

// Read reads a study file and checks it. Errors name the file; those about what
// it says are a *settings.UsageError. Settings, by name, take the place of those
// of its [experiment]; nil for none.
func Read(path string, settings map[string]any) (*Plan, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, hinted("", err.Error(), "-f names the TOML file of a study")
	}
	p, err := parseIn(data, "", settings)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// Parse is Read from memory. Relative paths in settings are those of the working
// directory.
func Parse(data []byte) (*Plan, error) { return parseIn(data, "", nil) }

// parseIn parses a study whose relative paths are those of another directory,
// with settings in place of those of its [experiment].
func parseIn(data []byte, dir string, settings map[string]any) (*Plan, error) {
	var doc document
	if err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&doc); err != nil {
		return nil, tomlError(err)
	}
	p := &Plan{Source: bytes.Clone(data), dir: dir, settings: settings}
	for _, step := range []func(*document) error{
		p.readExecute, p.readExperiment, p.readGrid, p.readSearch, p.readFinal, p.makeCells, p.checkCells,
	} {
		if err := step(&doc); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// tomlError puts an error of the decoder on one line, with its place.
func tomlError(err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		first := unknown.Errors[0]
		line, _ := first.Position()
		key := strings.Join(first.Key(), ".")
		u := mistake("", "line %d: unknown key %q", line, key)
		u.Hint = "the tables are [experiment], [grid], [search], [search.space], [final] and [execute]"
		_, err := settings.Lookup(key)
		switch {
		case strings.HasPrefix(key, "search.space."):
			u.Hint = "a setting of the space has one of log, uniform, int, log_int and choice, and points and when"
		case strings.HasPrefix(key, "search."):
			u.Hint = "[search] has sampler, scheduler, trials, objective, seed, retrain, min_epochs, reduction, startup and space"
		case strings.HasPrefix(key, "execute."):
			u.Hint = "[execute] has executor, concurrency, threads, gpus, memory, time_limit, stall_limit, retries, wait, ray_address and slurm_args"
		case err == nil:
			u.Hint = "settings belong under [experiment], or with a list of values under [grid]"
		}
		return u
	}
	if broken, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, column := broken.Position()
		return mistake("", "line %d, column %d: %s", line, column, strings.TrimPrefix(broken.Error(), "toml: "))
	}
	return mistake("", "%s", strings.TrimPrefix(err.Error(), "toml: "))
}

// mistake is a user's, in a study file or at the command line.
func mistake(key, format string, args ...any) *settings.UsageError {
	return &settings.UsageError{Setting: key, Reason: fmt.Sprintf(format, args...)}
}

// hinted is a mistake with advice.
func hinted(key, reason, hint string) *settings.UsageError {
	return &settings.UsageError{Setting: key, Reason: reason, Hint: hint}
}

// Execute is how trials are run; it does not change what they are.
type Execute struct {
	Executor    executor.Kind
	Concurrency int           // trials at once; 0 for one a GPU, or one
	Threads     int           // of each trial; 0 for an equal share of the cores
	GPUs        int           // of each trial; −1 for one where the device is a GPU
	Memory      int64         // bytes of each trial; 0 for no limit
	TimeLimit   time.Duration // of each trial; 0 for none
	StallLimit  time.Duration // without a sign of progress; 0 for none
	Retries     int           // of a trial that was lost
	Wait        time.Duration // for a cluster that does not answer
	RayAddress  string        // URL of the dashboard
	SlurmArgs   []string      // further arguments of sbatch
}

func (p *Plan) readExecute(d *document) error {
	t := d.Execute
	e := Execute{
		Executor: executor.KindLocal, Concurrency: t.Concurrency, Threads: t.Threads, GPUs: -1,
		StallLimit: 30 * time.Minute, Retries: 2, Wait: 10 * time.Minute, RayAddress: t.RayAddress, SlurmArgs: t.SlurmArgs,
	}
	if t.Executor != "" {
		e.Executor = executor.Kind(strings.ToLower(t.Executor))
	}
	if err := oneOf("execute.executor", e.Executor, executor.Kinds()); err != nil {
		return err
	}
	if t.GPUs != nil {
		e.GPUs = *t.GPUs
	}
	if t.Retries != nil {
		e.Retries = *t.Retries
	}
	for _, c := range []struct {
		key string
		n   int
	}{{"concurrency", t.Concurrency}, {"threads", t.Threads}, {"gpus", max(e.GPUs, 0)}, {"retries", e.Retries}} {
		if c.n < 0 || c.n > 1_000_000 {
			return mistake("execute."+c.key, "%d is no number of that", c.n)
		}
	}
	if err := e.readTimes(t); err != nil {
		return err
	}
	var err error
	if e.Memory, err = ParseMemory(t.Memory); err != nil {
		return mistake("execute.memory", "%v", err)
	}
	p.Execute = e
	return nil
}

// readTimes reads the durations that are given.
func (e *Execute) readTimes(t executeTable) error {
	for _, d := range []struct {
		key, text string
		to        *time.Duration
	}{{"time_limit", t.TimeLimit, &e.TimeLimit}, {"stall_limit", t.StallLimit, &e.StallLimit}, {"wait", t.Wait, &e.Wait}} {
		if d.text == "" {
			continue
		}
		v, err := time.ParseDuration(d.text)
		if err != nil || v < 0 {
			return hinted("execute."+d.key, fmt.Sprintf("%q is no duration", d.text), "write it as 90s, 30m or 2h30m; 0s is no limit")
		}
		*d.to = v
	}
	return nil
}

// oneOf reports a value that is none of a few.
func oneOf[T ~string](key string, v T, all []T) error {
	var names []string
	for _, a := range all {
		if v == a {
			return nil
		}
		names = append(names, string(a))
	}
	return hinted(key, fmt.Sprintf("unknown value %q", v), "one of "+strings.Join(names, ", "))
}

// samplerOf and schedulerOf read the names of a search table.
func samplerOf(name string) (search.SamplerKind, error) {
	if name == "" {
		return search.TPE, nil
	}
	k := search.SamplerKind(strings.ToLower(name))
	return k, oneOf("search.sampler", k, search.SamplerKinds())
}

func schedulerOf(name string) (search.SchedulerKind, error) {
	if name == "" {
		return search.NoScheduler, nil
	}
	k := search.SchedulerKind(strings.ToLower(name))
	return k, oneOf("search.scheduler", k, search.SchedulerKinds())
}
