package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/pipeline/study"
)

// StudyBestOptions are what `memdil study best` takes.
type StudyBestOptions struct {
	Dir  string
	JSON bool
}

func newStudyBestCommand() *cli.Command {
	var o StudyBestOptions
	return &cli.Command{
		Name:      "best",
		Usage:     "show the best trial of each cell of a study's grid",
		UsageText: "memdil study best [--json] STUDY_DIR",
		Description: `Prints the objective and the searched settings of the best trial, its run folder
and the command that runs its setting again.

Example:
   memdil study best --json studies/noise`,
		Flags: []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print JSON", Destination: &o.JSON}},
		Action: func(c *cli.Context) error {
			var err error
			if o.Dir, err = studyDir(c); err != nil {
				return err
			}
			return runStudyBest(o, c.App.Writer)
		},
	}
}

// runStudyBest prints the best trials.
func runStudyBest(o StudyBestOptions, stdout io.Writer) error {
	s, err := study.ReadStatus(o.Dir)
	if err != nil {
		return settingError(err)
	}
	if o.JSON {
		return json.NewEncoder(stdout).Encode(s.Cells)
	}
	found := false
	for _, c := range s.Cells {
		if c.Best == nil {
			continue
		}
		found = true
		if err := printBest(stdout, o.Dir, c); err != nil {
			return err
		}
	}
	if !found {
		return hint(errors.New("no trial of a search has finished"), "`memdil study status %s` says where the study stands; a grid without a search has no best", o.Dir)
	}
	return nil
}

func printBest(w io.Writer, dir string, c study.CellStatus) error {
	if c.Label != "" {
		fmt.Fprintf(w, "%s\n", c.Label)
	}
	fmt.Fprintf(w, "  value     %.6g\n  settings  %s\n  folder    %s\n", *c.Best.Value, settingsLine(c.Best.Params), study.RunFolder(dir, c.Best, false))
	final := c.Final != nil && c.Final.State == study.Finished
	id := c.Best.ID
	if final {
		id = c.Final.ID
		fmt.Fprintf(w, "  final     %s, test accuracy %.2f %%\n", study.RunFolder(dir, c.Final, true), c.Final.Metrics["test.accuracy_top1"])
	}
	e, err := study.Command(dir, final, id)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "  command   memdil run%s\n", runFlags(e))
	return err
}

// runFlags are the flags of memdil run for an experiment.
func runFlags(e settings.Experiment) string {
	var b strings.Builder
	for _, s := range settings.Table() {
		if s.Obsolete != "" || s.PerCall || !e.Given(s.Name) {
			continue
		}
		text := s.Text(e)
		if text == "" || strings.ContainsAny(text, " '\"\\$`*?[]{}()<>|&;!#~") {
			text = "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
		}
		fmt.Fprintf(&b, " --%s=%s", s.Name, text)
	}
	return b.String()
}

// settingsLine lists settings by name.
func settingsLine(values map[string]any) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, name+"="+valueText(values[name]))
	}
	return strings.Join(parts, " ")
}

func valueText(v any) string {
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'g', 6, 64)
	}
	return fmt.Sprint(v)
}
