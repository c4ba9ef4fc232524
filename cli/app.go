// Package cli is memdil's command line: one file a command, with what the
// command takes (XOptions), its place in the command tree (newXCommand) and
// what it does (runX).
//
// Results go to standard output, everything else to standard error. The
// package never ends the program: errors are returned, mistakes of the user
// wrap ErrUsage.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// Run runs the command line args, whose first element is the program, and
// prints the error it returns, if any, to stderr.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	out := newConsole(stderr)
	defer func() {
		if r := recover(); r != nil && os.Getenv("MEMDIL_DEBUG") == "" {
			err = hint(fmt.Errorf("internal error: %v", r), "this is a bug: please report it with the command line; MEMDIL_DEBUG=1 shows where")
			out.fail(err)
		} else if r != nil {
			panic(r)
		}
	}()
	logByDefault(out)
	app := newApp(stdout, out)
	err = app.RunContext(onLeash(ctx), firstNames(app, args))
	var child *ExitError // has said itself what was wrong
	if err != nil && !errors.As(err, &child) {
		out.fail(err)
	}
	return err
}

// The library's own short form of --version is that of --verbose here.
func init() { cli.VersionFlag = &cli.BoolFlag{Name: "version", Usage: "print the version"} }

// newApp returns the whole command tree.
func newApp(stdout, stderr io.Writer) *cli.App {
	app := &cli.App{
		Name:                      "memdil",
		Usage:                     "neural collapse under label noise, from one Go program",
		UsageText:                 "memdil COMMAND [FLAGS] [FILES]",
		Version:                   version(),
		Description:               "Flags come before files. `memdil COMMAND --help` explains a command.",
		Writer:                    stdout,
		ErrWriter:                 stderr,
		ExitErrHandler:            func(*cli.Context, error) {}, // main decides
		OnUsageError:              usageFailure,
		Action:                    needsCommand,
		DisableSliceFlagSeparator: true,
		Commands: []*cli.Command{ // in the order in which a newcomer wants them
			newDemoCommand(),
			newRunCommand(),
			newStatusCommand(),
			newReportCommand(),
			newMetricsCommand(),
			newStudyCommand(),
			newDataCommand(),
			newTrainCommand(),
			newExportCommand(),
			newGraphCommand(),
			newConfigCommand(),
			newBenchCommand(),
			newRuntimeCommand(),
			newCompletionCommand(),
		},
	}
	prepare(app.Commands)
	return app
}

// prepare gives all commands, at every depth, what they have in common.
func prepare(commands []*cli.Command) {
	for _, c := range commands {
		c.HideHelpCommand = true // a file may be called "help"
		c.OnUsageError = usageFailure
		if len(c.Subcommands) > 0 {
			c.Action = needsCommand
		} else {
			c.Flags, c.Before = append(append(c.Flags, cli.HelpFlag), consoleFlags()...), setConsole
		}
		prepare(c.Subcommands)
	}
}

// needsCommand stands in where a command of a group is missing or unknown.
func needsCommand(c *cli.Context) error {
	name := c.Args().First()
	if name == "" {
		return cli.ShowSubcommandHelp(c)
	}
	return usage(fmt.Errorf("unknown command %q", name), "%s`%s --help` lists the commands",
		nearestCommand(c.Command.Subcommands, name), c.Command.HelpName)
}

// version tells which memdil this is, as the Go toolchain stamped it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (v == "" || v == "(devel)") {
			v = "devel-" + s.Value
		}
	}
	return fmt.Sprintf("%s (%s)", v, info.GoVersion)
}
