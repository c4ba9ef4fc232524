package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"
	"github.com/xrash/smetrics"
)

// ErrUsage is what every mistake in the command line wraps: an unknown flag
// or command, a value out of range, a missing file argument.
var ErrUsage = errors.New("usage")

// hinted is an error with a line of advice.
type hinted struct {
	error
	hint  string
	usage bool
}

func (h hinted) Unwrap() error { return h.error }

// Is makes mistakes of usage recognisable without changing their text.
func (h hinted) Is(target error) bool { return h.usage && target == ErrUsage }

// hint adds a line of advice to err.
func hint(err error, format string, args ...any) error {
	return hinted{error: err, hint: fmt.Sprintf(format, args...)}
}

// usage makes err a mistake in the command line, with a line of advice.
func usage(err error, format string, args ...any) error {
	return hinted{error: err, hint: fmt.Sprintf(format, args...), usage: true}
}

// badFlag makes err, which a flag's value caused, a mistake in the command
// line.
func badFlag(flag string, err error) error {
	return hinted{error: fmt.Errorf("--%s: %w", flag, err), usage: true}
}

// ofFile makes err, a failure to read a file that the command line names, a mistake
// in it where there is no such file.
func ofFile(path string, err error, advice string) error {
	if _, missing := os.Stat(path); path != "" && errors.Is(missing, fs.ErrNotExist) {
		return usage(err, "%s", advice)
	}
	return err
}

// nameModel is what helps where a model's file is missing.
const nameModel = "name the ONNX file of a model"

// printError writes err as the user is to see it: one line, advice included.
func printError(w io.Writer, err error) {
	text := err.Error()
	if errors.Is(err, context.Canceled) {
		text = "interrupted"
	} else if path := folderInPlace(err); path != "" {
		fmt.Fprintf(w, "memdil: %s is a folder where a file should be; name a file, or move the folder away\n", path)
		return
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	fmt.Fprintf(w, "memdil: %s", lines[0])
	if more := len(lines) - 1; more > 0 {
		fmt.Fprintf(w, " (and %d more)", more)
	}
	var h hinted
	if errors.As(err, &h) && h.hint != "" {
		fmt.Fprintf(w, "; %s", strings.ReplaceAll(h.hint, "\n", ", or ")) // the forms of a usage
	}
	fmt.Fprintln(w)
}

// folderInPlace returns the path of the folder that made reading or writing a
// file fail, "" where none did.
func folderInPlace(err error) string {
	var (
		read   *fs.PathError
		rename *os.LinkError
	)
	switch {
	case errors.Is(err, syscall.EISDIR) && errors.As(err, &read):
		return read.Path
	case errors.As(err, &rename):
		if info, err := os.Stat(rename.New); err == nil && info.IsDir() {
			return rename.New
		}
	}
	return ""
}

// usageFailure turns an error of flag parsing into a mistake of usage, with
// the nearest flag as advice.
func usageFailure(c *cli.Context, err error, _ bool) error {
	help := fmt.Sprintf("`%s --help` lists the flags", c.Command.HelpName)
	if name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); unknown {
		name = strings.TrimLeft(name, "-")
		return usage(fmt.Errorf("unknown flag %s", dashed(name)), "%s%s", nearestFlag(c.Command.Flags, name), help)
	}
	text := oneDash.ReplaceAllString(err.Error(), " --$1")
	return usage(errors.New(text), "%s", help)
}

// oneDash finds long flags as Go's flag package writes them.
var oneDash = regexp.MustCompile(` -(\w[\w-]+)`)

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// nearestFlag and nearestCommand say what the user may have meant, "" when
// there is nothing.
func nearestFlag(flags []cli.Flag, name string) string {
	if near := cli.SuggestFlag(flags, name, false); resembles(near, name) {
		return "did you mean " + near + "? "
	}
	return ""
}

func nearestCommand(commands []*cli.Command, name string) string {
	near := cli.SuggestCommand(commands, name) // Did you mean "run"?
	if quoted := strings.Split(near, `"`); len(quoted) == 3 && resembles(quoted[1], name) {
		return lowerFirst(near) + " "
	}
	return ""
}

// resembles reports whether a name is likely a misspelling of near.
func resembles(near, name string) bool {
	near, name = strings.TrimLeft(near, "-"), strings.TrimLeft(name, "-")
	return near != "" && smetrics.WagnerFischer(strings.ToLower(near), strings.ToLower(name), 1, 1, 1) <= 1+len(name)/3
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
