package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/arrowfile"
	"github.com/memdil/memdil/pipeline/study"
)

// leaves calls f with every command that has no subcommands.
func leaves(commands []*cli.Command, path []string, f func(path []string, c *cli.Command)) {
	for _, c := range commands {
		if here := append(append([]string(nil), path...), c.Name); len(c.Subcommands) > 0 {
			leaves(c.Subcommands, here, f)
		} else {
			f(here, c)
		}
	}
}

// sampleValue is a value that a flag takes.
func sampleValue(f cli.Flag) string {
	switch f := f.(type) {
	case *cli.BoolFlag:
		return "true"
	case *cli.IntFlag, *cli.Int64Flag, *cli.Uint64Flag, *cli.Float64Flag:
		return "2"
	case *cli.DurationFlag:
		return "2s"
	case *cli.GenericFlag:
		if text := f.Value.String(); text != "" {
			return text
		}
	}
	return "text"
}

// TestFlags parses every flag of every command, with hyphens and underscores.
func TestFlags(t *testing.T) {
	app := newApp(io.Discard, io.Discard)
	leaves(app.Commands, nil, func(path []string, c *cli.Command) {
		c.Action = func(*cli.Context) error { return nil }
		if c.Usage == "" || !strings.HasPrefix(c.UsageText, "memdil "+strings.Join(path, " ")) {
			t.Errorf("%s: usage %q, %q", path, c.Usage, c.UsageText)
		}
		for _, f := range c.Flags {
			if f == cli.HelpFlag {
				continue // prints help in place of the action
			}
			for _, name := range f.Names() {
				hyphens, underscores := strings.ReplaceAll(name, "_", "-"), strings.ReplaceAll(name, "-", "_")
				for _, spelt := range slices.Compact([]string{hyphens, underscores}) {
					args := append([]string{"memdil"}, path...)
					args = append(args, fmt.Sprintf("--%s=%s", spelt, sampleValue(f)), "FILE")
					if err := app.Run(firstNames(app, args)); err != nil {
						t.Errorf("%s: %v", args, err)
					}
				}
			}
		}
	})
}

// words is a text in one line: help is indented.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// TestHelp prints the help of every command: how it is called, an example, all
// flags, each with one default, and prose as narrow as a terminal.
func TestHelp(t *testing.T) {
	const width = 80
	app := newApp(io.Discard, io.Discard)
	leaves(app.Commands, nil, func(path []string, c *cli.Command) {
		var out bytes.Buffer
		if err := Run(context.Background(), append(append([]string{"memdil"}, path...), "--help"), &out, io.Discard); err != nil {
			t.Fatal(err)
		}
		if text := out.String(); !strings.Contains(words(text), words(c.UsageText)) || !strings.Contains(text, "Example") ||
			!strings.Contains(text, "--help, -h ") || regexp.MustCompile(`\(default: .*\(default: `).MatchString(text) {
			t.Errorf("help of %s:\n%s", path, text)
		}
		for line := range strings.SplitSeq(c.Description, "\n") {
			if utf8.RuneCountInString(line) > width && !strings.HasPrefix(line, "   ") {
				t.Errorf("help of %s: wider than %d: %s", path, width, line)
			}
		}
	})
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		args  string
		usage bool
		want  string
	}{
		{"grap", true, "memdil: unknown command \"grap\"; did you mean \"graph\"? `memdil --help` lists the commands"},
		{"graph chek x", true, "memdil: unknown command \"chek\"; did you mean \"check\"? `memdil graph --help` lists the commands"},
		{"graph grad --los ce x", true, "memdil: unknown flag --los; did you mean --loss? `memdil graph grad --help` lists the flags"},
		{"graph new --width many", true, "memdil: --width: \"many\" is not a whole number"},
		{"graph step --lr-alpha much", true, "memdil: invalid value \"much\" for flag --lr-alpha: parse error"},
		{"graph grad --loss", true, "memdil: flag needs an argument: --loss"},
		{"graph grad -o y --loss hinge x", true, "memdil: --loss: unknown loss \"hinge\": one of CrossEntropy (or ce), LS, LR, MSE, in any case"},
		{"graph grad -o y --loss ls --ls_alpha 1 x", true, "memdil: --ls-alpha: label smoothing needs"},
		{"graph step -o y --optimizer lbfgs x", true, "memdil: --optimizer: no graph has a step of LBFGS"},
		{"graph step -o y --sep-decay --feature-decay-on both x", true, "memdil: --feature-decay-on: unknown value \"both\""},
		{"graph grad x", true, "memdil: -o FILE is missing"},
		{"graph grad -o y", true, "memdil: MODEL.onnx is missing; usage: memdil graph grad [FLAGS] -o GRAD.onnx MODEL.onnx"},
		{"graph grad -o ./x x", true, "memdil: -o ./x would overwrite the input"},
		{"graph new -o .", true, "memdil: -o . is not a file"},
		{"graph new -o /dev/null", true, "memdil: -o /dev/null is not a file"},
		{"bench profile -o .", true, "memdil: -o . is not a file; name a file, which may be a new one"},
		{"demo -o app.go", true, "memdil: -o app.go is not a folder; name one, which may be a new one"},
		{"report -o app.go x", true, "memdil: -o app.go is not a folder"},
		{"study report -o app.go/sub x", true, "memdil: -o app.go/sub is not a folder"},
		{"metrics -o app.go --features x", true, "memdil: -o app.go is not a folder"},
		{"export -o app.go --model app.go", true, "memdil: -o app.go is not a folder"},
		{"graph grad x -o y", true, "memdil: flag -o stands after a file argument"},
		{"graph show x y", true, "memdil: unexpected argument \"y\""},
		{"graph show help", true, "memdil: read model: open help: no such file or directory; name the ONNX file of a model"},
		{"graph new --model nothing -o y", true, "memdil: --model: unknown value \"nothing\"; "},
		{"metrics", true, "memdil: no run folder and no --features FILE is given"},
		{"metrics --features x", true, "memdil: reading features x: no such file or directory; name a file of features"},
		{"metrics --features app.go", false, "memdil: reading features app.go: "},
		{"graph check app.go", false, "memdil: read model app.go: not an ONNX file"},
		{"runtime info now", true, "memdil: unexpected argument \"now\""},
	} {
		var out, stderr bytes.Buffer
		err := Run(context.Background(), append([]string{"memdil"}, strings.Fields(c.args)...), &out, &stderr)
		if err == nil || errors.Is(err, ErrUsage) != c.usage {
			t.Errorf("%s: error %v", c.args, err)
		}
		if !strings.HasPrefix(stderr.String(), c.want) || out.Len() > 0 {
			t.Errorf("%s printed %q and %q, want %q", c.args, out.String(), stderr.String(), c.want)
		}
	}
}

// TestPrintError checks that an error of many lines is shown in one.
func TestPrintError(t *testing.T) {
	dir := t.TempDir()
	folder, file := filepath.Join(dir, "metrics.json"), filepath.Join(dir, "new")
	if err := errors.Join(os.Mkdir(folder, 0o755), os.WriteFile(file, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	_, read := os.ReadFile(folder)
	_, table := arrowfile.Open(folder, memory.DefaultAllocator)
	inPlace := "memdil: " + folder + " is a folder where a file should be; name a file, or move the folder away\n"
	for _, c := range []struct {
		err  error
		want string
	}{
		{context.Canceled, "memdil: interrupted\n"},
		{fmt.Errorf("reading: %w", read), inPlace},
		{arrowfile.ReadError("table", folder, table), inPlace},
		{fmt.Errorf("writing: %w", os.Rename(file, folder)), inPlace},
		{errors.Join(errors.New("a"), errors.New("b"), errors.New("c")), "memdil: a (and 2 more)\n"},
		{fmt.Errorf("doing: %w", hint(errors.New("failed"), "try %d", 1)), "memdil: doing: failed; try 1\n"},
	} {
		var out bytes.Buffer
		printError(&out, c.err)
		if out.String() != c.want {
			t.Errorf("%v is printed as %q, want %q", c.err, out.String(), c.want)
		}
	}
}

// TestInterrupted checks that a command whose context ends says so.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := Run(ctx, []string{"memdil", "metrics", "--features", goldenDir + "/metrics/k2_d2_n400/features.arrow"}, io.Discard, io.Discard)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled command ended with %v", err)
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// TestFullOutput prints results where there is no room for them, which no command
// may pass over: what reads them would take a part for the whole.
func TestFullOutput(t *testing.T) {
	dir := t.TempDir()
	file, folder := filepath.Join(dir, "study.toml"), filepath.Join(dir, "study")
	if err := os.WriteFile(file, []byte("[grid]\nseed = [1, 2]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	plan, err := study.Read(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := study.Create(folder, plan, study.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{
		"completion bash", "config show", "config show --json", "data list", "status " + dir, "status --json " + dir,
		"graph show " + goldenDir + "/grad/tiny_vgg/model.onnx", "graph check " + goldenDir + "/grad/tiny_vgg/model.onnx",
		"study run --dry-run -f " + file, "study status " + folder, "study status --json " + folder,
		"run --dry-run --data-dir embedded --runs-dir " + dir,
	} {
		if err := Run(t.Context(), append([]string{"memdil"}, strings.Fields(args)...), full{}, io.Discard); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: error %v", args, err)
		}
	}
}
