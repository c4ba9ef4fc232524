package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline/settings"
)

// fileFlag names files of settings.
func fileFlag() cli.Flag {
	return &cli.StringSliceFlag{
		Name: "file", Aliases: []string{"f"}, Category: runFolder,
		Usage: "take settings from `FILE`: a TOML file such as a run's experiment.toml, or the original's config.ini; flags and later files override",
	}
}

// configFrom returns what the files and flags of fileFlag and settingFlags ask
// for, checked. Errors are mistakes of usage.
func configFrom(c *cli.Context) (*settings.Config, error) {
	config := settings.NewConfig()
	for _, path := range c.StringSlice("file") {
		if err := config.Read(path); err != nil {
			return nil, settingError(err)
		}
	}
	for _, s := range givenSettings(c) {
		if err := config.Set(s.Name, fmt.Sprint(c.Value(s.Name)), settings.FromFlag); err != nil {
			return nil, settingError(err)
		}
	}
	return config, settingError(config.Settle())
}

// givenSettings are those whose flags are given.
func givenSettings(c *cli.Context) []settings.Setting {
	return slices.DeleteFunc(settings.Table(), func(s settings.Setting) bool { return !c.IsSet(s.Name) })
}

func newConfigCommand() *cli.Command {
	return &cli.Command{
		Name:      "config",
		Usage:     "look at settings",
		UsageText: "memdil config show [FLAGS]",
		Subcommands: []*cli.Command{
			newConfigShowCommand(),
		},
	}
}

// ConfigShowOptions are what `memdil config show` takes.
type ConfigShowOptions struct {
	Config *settings.Config
	JSON   bool
}

func newConfigShowCommand() *cli.Command {
	var o ConfigShowOptions
	return &cli.Command{
		Name:      "show",
		Usage:     "print every setting as files, flags and defaults resolve it, and where it comes from",
		UsageText: "memdil config show [-f FILE] [FLAGS of memdil run]",
		Description: `Prints TOML that -f takes. A setting comes from its default, a flag, a file
named with -f, or is settled by other settings or the machine.

Example:
   memdil config show -f config.ini -f experiment.toml --lr 0.05`,
		Flags: append(settingFlags(), fileFlag(),
			&cli.BoolFlag{Name: "json", Usage: "print JSON", Category: runFolder, Destination: &o.JSON}),
		Action: func(c *cli.Context) error {
			if err := noArguments(c, c.Args().Slice()); err != nil {
				return err
			}
			var err error
			if o.Config, err = configFrom(c); err != nil {
				return err
			}
			return runConfigShow(o, c.App.Writer)
		},
	}
}

// shownSetting is a setting as `memdil config show --json` prints it.
type shownSetting struct {
	Name   string `json:"name"`
	Value  any    `json:"value"`
	Origin string `json:"origin"`
}

// runConfigShow prints settings and their origins.
func runConfigShow(o ConfigShowOptions, stdout io.Writer) error {
	e := o.Config.Experiment
	run := filepath.Join(e.RunsDir, e.UID())
	var shown []shownSetting
	var lines []string
	width := 0
	for _, s := range settings.Table() {
		if s.Obsolete != "" {
			continue
		}
		line, err := s.TOML(e)
		if err != nil {
			return err
		}
		shown = append(shown, shownSetting{s.Name, s.Value(e), o.Config.Origin(s.Name)})
		lines, width = append(lines, line), max(width, min(len(line), originColumn))
	}
	if o.JSON {
		return printJSON(stdout, map[string]any{"run": run, "settings": shown})
	}
	var text strings.Builder
	fmt.Fprintf(&text, "# the run folder is %s\n%s\n[experiment]\n", oneLine(run), resources(o.Config.INI))
	for i, s := range shown {
		fmt.Fprintf(&text, "%-*s  # %s\n", width, lines[i], oneLine(s.Origin))
	}
	_, err := io.WriteString(stdout, text.String())
	return err
}

// originColumn is the furthest column that origins are aligned at.
const originColumn = 44

// resources says, in comments, what a config.ini asks for studies.
func resources(i settings.INI) string {
	if i.Path == "" {
		return ""
	}
	return fmt.Sprintf("# of studies %s wants: trials at once %d; for each, CPUs %d, GPUs %d, GB of memory %g (0 is no wish)\n",
		oneLine(i.Path), i.Jobs, i.CPUs, i.GPUs, i.MemoryGB)
}
