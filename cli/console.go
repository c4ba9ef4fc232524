package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"
)

// console is where all but the results goes: standard error, and what is wanted
// of it.
type console struct {
	w     io.Writer
	level slog.Level // the lowest that is shown of logs
	quiet bool       // nothing but errors
	json  bool       // one JSON object a line
}

var _ io.Writer = (*console)(nil)

func newConsole(w io.Writer) *console { return &console{w: w, level: slog.LevelWarn} }

// consoleOf returns the console that is, or is behind, a writer; a console on
// other writers.
func consoleOf(w io.Writer) *console {
	switch w := w.(type) {
	case *console:
		return w
	case view:
		return w.on()
	}
	return newConsole(w)
}

// screen reports whether progress bars can be shown: on a terminal for people
// that has a size, which a pseudo-terminal need not have.
func (c *console) screen() bool {
	f, ok := c.w.(*os.File)
	if !ok || c.quiet || c.json || !isatty.IsTerminal(f.Fd()) {
		return false
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	return err == nil && size.Row > 0 && size.Col > 0
}

// Write writes messages for people, whole lines at a time.
func (c *console) Write(p []byte) (int, error) {
	switch {
	case c.quiet:
		return len(p), nil
	case !c.json:
		return c.w.Write(p)
	}
	log := slog.New(slog.NewJSONHandler(c.w, nil))
	for line := range bytes.Lines(p) {
		if text := strings.TrimSpace(string(line)); text != "" {
			log.Info(strings.TrimPrefix(text, "memdil: "))
		}
	}
	return len(p), nil
}

// handler writes records of a level and above; those for people go to w.
func (c *console) handler(w io.Writer, level slog.Level) slog.Handler {
	switch {
	case c.json:
		return slog.NewJSONHandler(c.w, &slog.HandlerOptions{Level: level})
	case c.quiet:
		w = c.w
	}
	return people{w: w, level: level}
}

// fail shows the error that the program ends with.
func (c *console) fail(err error) {
	if !c.json {
		printError(c.w, err)
		return
	}
	var text strings.Builder
	printError(&text, err)
	slog.New(slog.NewJSONHandler(c.w, nil)).Error(strings.TrimPrefix(strings.TrimSpace(text.String()), "memdil: "))
}

// logFormats are what --log-format may be, the default first.
var logFormats = []string{humanLog, jsonLog}

const (
	humanLog = "human"
	jsonLog  = "json"
)

// consoleFlags are those of every command.
func consoleFlags() []cli.Flag {
	const category = "messages"
	return []cli.Flag{
		&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Category: category, Usage: "show all notes, not only warnings"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Category: category, Usage: "show nothing but errors and results"},
		&cli.StringFlag{Name: "log-format", Category: category, Usage: "how to show them, " + strings.Join(logFormats, " or "), DefaultText: logFormats[0]},
	}
}

// setConsole does what the flags ask for.
func setConsole(c *cli.Context) error {
	out := consoleOf(c.App.ErrWriter)
	switch format := strings.ToLower(c.String("log-format")); format {
	case jsonLog:
		out.json = true
	case "", humanLog, "text": // as other programs call it
	default:
		return badFlag("log-format", fmt.Errorf("%q is not %s", format, strings.Join(logFormats, " or ")))
	}
	switch {
	case c.Bool("verbose") && c.Bool("quiet"):
		return usage(errors.New("both --verbose and --quiet are given"), "leave one of them out")
	case c.Bool("verbose"):
		out.level = slog.LevelDebug
	case c.Bool("quiet"):
		out.level, out.quiet = slog.LevelError, true
	}
	logByDefault(out)
	return nil
}

// setLevel shows logs from a level on, nil for none in particular, unless flags
// have said which.
func setLevel(c *cli.Context, level *slog.Level) {
	if out := consoleOf(c.App.ErrWriter); level != nil && !c.Bool("verbose") && !c.Bool("quiet") {
		out.level = *level
		logByDefault(out)
	}
}
