package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"strings"

	"github.com/memdil/memdil/pipeline/settings"
)

// newLog returns the log of a run: warnings and errors for people, in lines that
// look like memdil's other messages, unless the console that w leads to says
// otherwise. The run folder's log.jsonl holds everything.
func newLog(w io.Writer) *slog.Logger {
	c := consoleOf(w)
	return slog.New(c.handler(w, c.level))
}

// logByDefault makes packages that are given no log, such as the one that
// installs the runtime, write to the console: notes as well, where anything but
// errors is wanted.
func logByDefault(c *console) {
	level := c.level
	if !c.quiet {
		level = min(level, slog.LevelInfo)
	}
	slog.SetDefault(slog.New(c.handler(c, level)))
}

// people is a slog.Handler that writes records for people to read.
type people struct {
	w     io.Writer
	level slog.Level
	attrs []slog.Attr
}

var _ slog.Handler = people{}

// Enabled lets records of the handler's level and above pass.
func (p people) Enabled(_ context.Context, l slog.Level) bool { return l >= p.level }

// Handle writes a record as "memdil: message (key value, …)".
func (p people) Handle(_ context.Context, r slog.Record) error {
	var facts []string
	note := func(a slog.Attr) bool {
		facts = append(facts, a.Key+" "+a.Value.String())
		return true
	}
	for _, a := range p.attrs {
		note(a)
	}
	r.Attrs(note)
	line := "memdil: " + r.Message
	if len(facts) > 0 {
		line += " (" + strings.Join(facts, ", ") + ")"
	}
	_, err := fmt.Fprintln(p.w, strings.ReplaceAll(line, "\n", " "))
	return err
}

// WithAttrs returns a handler that adds attributes to every record.
func (p people) WithAttrs(attrs []slog.Attr) slog.Handler {
	p.attrs = append(slices.Clip(p.attrs), attrs...)
	return p
}

// WithGroup returns the handler itself: people need no groups.
func (p people) WithGroup(string) slog.Handler { return p }

// provenance records what makes a run, but for the runtime's version, which
// the pipeline knows.
func provenance(argv []string) settings.Provenance {
	return settings.Provenance{
		Argv: argv, Memdil: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
}
