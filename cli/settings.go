package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline/settings"
)

// settingFlags returns a flag for every setting of an experiment, in the order
// of the table of settings. Those without effect are not in the help.
func settingFlags() []cli.Flag {
	var flags []cli.Flag
	for _, s := range settings.Table() {
		if s.Boolean() {
			flags = append(flags, &cli.BoolFlag{Name: s.Name, Aliases: s.Aliases, Usage: settingHelp(s), DefaultText: s.Default, Category: category(s)})
			continue
		}
		flags = append(flags, &cli.StringFlag{
			Name: s.Name, Aliases: s.Aliases, Usage: settingHelp(s), DefaultText: s.Default,
			Category: category(s), Hidden: s.Obsolete != "",
		})
	}
	return flags
}

// category is the heading of the help under which a setting stands: the first
// stage that depends on it.
func category(s settings.Setting) string {
	if s.Stage == "" {
		return runFolder
	}
	return string(s.Stage)
}

// runFolder is the heading of the flags that are about the run folder.
const runFolder = "run folder"

// settingHelp is what the help says of a setting.
func settingHelp(s settings.Setting) string {
	help := s.Help
	if values := s.Values(); len(values) > 1 {
		help += "; one of " + strings.Join(values, ", ")
	}
	if s.Needs != "" {
		help += " (only with " + s.Needs + ")"
	}
	return help
}

// setFrom sets one setting if its flag is given. Errors are mistakes of usage.
func setFrom(c *cli.Context, e *settings.Experiment, name string) error {
	if !c.IsSet(name) {
		return nil
	}
	return settingError(e.Set(name, fmt.Sprint(c.Value(name))))
}

// settingError makes err, if it comes from a setting, a mistake of usage that
// names the flag.
func settingError(err error) error {
	var u *settings.UsageError
	switch {
	case !errors.As(err, &u):
		return err
	case u.Error() != err.Error(): // wrapped with where the setting stands: a file
		return hinted{error: err, usage: true}
	case u.Setting == "":
		return hinted{error: errors.New(u.Reason), hint: u.Hint, usage: true}
	}
	return hinted{error: errors.New(dashed(u.Setting) + ": " + u.Reason), hint: u.Hint, usage: true}
}
