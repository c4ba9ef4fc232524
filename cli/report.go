package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline/compare"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/study"
)

// ReportOptions are what `memdil report` takes.
type ReportOptions struct {
	Runs   []string // run folders, study folders, or folders of run folders
	Groups []ReportGroup
	Output string // the report's folder; "" for the one within the only folder given
}

// ReportGroup is runs that are shown together.
type ReportGroup struct {
	Runs  string // folders or patterns, separated by commas
	Label string // "" for Runs
}

const reportUsage = "memdil report [-o DIR] [--group RUNS [--label NAME]]… [RUN_DIR | STUDY_DIR]…"

func newReportCommand() *cli.Command {
	var o ReportOptions
	return &cli.Command{
		Name:      "report",
		Usage:     "draw the report of a run folder, of several side by side, or of a study",
		UsageText: reportUsage,
		Description: `Reads what the stages before wrote and writes DIR/index.html with its figures.
The report on one folder, of a run or of a study, goes to the folder report in
it unless -o names another.

Runs that differ in nothing but their seed are shown as mean ± standard
deviation too. --group puts runs of your own choice together, under the name
that the --label after it gives.

Examples: two losses side by side, then many runs of each
   memdil report -o comparison runs/UID_OF_CE runs/UID_OF_LS
   memdil report -o comparison --group 'runs/*_CrossEntropy_*' --label CE \
      --group 'runs/*_LS0.1_*' --label LS`,
		Flags: []cli.Flag{
			&cli.PathFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the report to `DIR`", Destination: &o.Output},
			&cli.GenericFlag{Name: "group", Usage: "show these `RUNS` as one group: folders or patterns, separated by commas; may be repeated", Value: groupFlag{&o}},
			&cli.GenericFlag{Name: "label", Usage: "`NAME` of the group before it in legends and tables", Value: labelFlag{&o}},
		},
		Action: func(c *cli.Context) error {
			o.Runs = c.Args().Slice()
			return runReport(o, c.App.Writer)
		},
	}
}

// groupFlag begins a group.
type groupFlag struct{ o *ReportOptions }

// Set adds the group.
func (f groupFlag) Set(value string) error {
	f.o.Groups = append(f.o.Groups, ReportGroup{Runs: value})
	return nil
}

// String is the empty default.
func (groupFlag) String() string { return "" }

// labelFlag names the group before it.
type labelFlag struct{ o *ReportOptions }

// Set names the last group.
func (f labelFlag) Set(value string) error {
	n := len(f.o.Groups)
	switch {
	case n == 0:
		return errors.New("there is no --group before it to be named")
	case f.o.Groups[n-1].Label != "":
		return fmt.Errorf("the --group before it is named %q already", f.o.Groups[n-1].Label)
	case value == "":
		return errors.New("the name is empty")
	}
	f.o.Groups[n-1].Label = value
	return nil
}

// String is the empty default.
func (labelFlag) String() string { return "" }

// runReport writes a report and prints its path.
func runReport(o ReportOptions, stdout io.Writer) error {
	groups, err := reportGroups(o)
	if err != nil {
		return err
	}
	if o.Output == "" {
		if len(groups) != 1 || len(groups[0].Paths) != 1 || len(groups[0].Matches) > 0 {
			return usage(fmt.Errorf("-o is missing"), "a report on several runs needs a folder of its own")
		}
		o.Output = filepath.Join(groups[0].Paths[0], runfolder.ReportDir)
	} else if err := checkOutputFolder(o.Output); err != nil {
		return err
	}
	if err := writeReport(o.Output, groups); err != nil {
		return settingError(err)
	}
	_, err = fmt.Fprintln(stdout, filepath.Join(o.Output, "index.html"))
	return err
}

// writeReport writes a report; that of a study has what its search found.
func writeReport(dir string, groups []compare.Group) error {
	if len(groups) == 1 && groups[0].Label == "" && len(groups[0].Paths) == 1 {
		if only := groups[0].Paths[0]; study.Is(only) {
			return study.Report(dir, only)
		}
	}
	return compare.ReportGroups(dir, groups)
}

// reportGroups returns the named groups and then the folders of no group.
func reportGroups(o ReportOptions) ([]compare.Group, error) {
	var groups []compare.Group
	for _, g := range o.Groups {
		group, err := reportGroup(g)
		if err != nil {
			return nil, err
		}
		groups = append(groups, group)
	}
	for i, arg := range o.Runs {
		if strings.HasPrefix(arg, "-") {
			return nil, usage(fmt.Errorf("flag %s stands after a folder", arg), "flags come first: %s", reportUsage)
		}
		if i == 0 {
			groups = append(groups, compare.Group{})
		}
		last := &groups[len(groups)-1]
		last.Paths = append(last.Paths, arg)
	}
	if len(groups) == 0 {
		return nil, usage(fmt.Errorf("no run folder is given"), "usage: %s", reportUsage)
	}
	return groups, nil
}

// reportGroup finds the folders of a group: names and patterns, separated by
// commas.
func reportGroup(g ReportGroup) (compare.Group, error) {
	group := compare.Group{Label: cmp.Or(g.Label, g.Runs)}
	for part := range strings.SplitSeq(g.Runs, ",") {
		if !strings.ContainsAny(part, "*?[") {
			group.Paths = append(group.Paths, part)
			continue
		}
		found, err := filepath.Glob(part)
		if err != nil {
			return group, badFlag("group", fmt.Errorf("pattern %q: %w", part, err))
		}
		if len(found) == 0 {
			return group, badFlag("group", fmt.Errorf("nothing matches %q", part))
		}
		group.Matches = append(group.Matches, compare.Matches{Pattern: part, Paths: found})
	}
	return group, nil
}
