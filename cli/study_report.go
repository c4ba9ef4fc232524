package cli

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline/study"
)

// StudyReportOptions are what `memdil study report` takes.
type StudyReportOptions struct {
	Dir, Output string
}

func newStudyReportCommand() *cli.Command {
	var o StudyReportOptions
	return &cli.Command{
		Name:      "report",
		Usage:     "draw the report of a study",
		UsageText: "memdil study report [-o DIR] STUDY_DIR",
		Description: `Writes DIR/index.html, by default to the folder report of the study: a table of
the trials, parallel coordinates, the importance of the searched settings, the
course of the search, learning curves, and memorization against dilation.

Example:
   memdil study report -o page studies/noise`,
		Flags: []cli.Flag{
			&cli.PathFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the report to `DIR`", Destination: &o.Output},
		},
		Action: func(c *cli.Context) error {
			var err error
			if o.Dir, err = studyDir(c); err != nil {
				return err
			}
			return runStudyReport(o, c.App.Writer)
		},
	}
}

// runStudyReport writes a study's report and prints its path.
func runStudyReport(o StudyReportOptions, stdout io.Writer) error {
	if o.Output == "" {
		o.Output = filepath.Join(o.Dir, study.ReportDir)
	}
	if err := checkOutputFolder(o.Output); err != nil {
		return err
	}
	if err := study.Report(o.Output, o.Dir); err != nil {
		return settingError(err)
	}
	_, err := fmt.Fprintln(stdout, filepath.Join(o.Output, "index.html"))
	return err
}
