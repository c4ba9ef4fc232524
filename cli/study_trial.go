package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/pipeline/study"
)

// newStudyTrialCommand returns what studies run their trials by.
func newStudyTrialCommand() *cli.Command {
	return &cli.Command{
		Name:      "trial",
		Usage:     "run one trial of a study, as its executor does",
		UsageText: "memdil study trial TRIAL_DIR",
		Description: `Runs a trial in its folder of a study; studies call it.

Example:
   memdil study trial studies/noise/trials/c0000-t00000`,
		Hidden: true,
		Action: func(c *cli.Context) error {
			dir, err := oneFile(c, "the trial's folder")
			if err != nil {
				return err
			}
			return runStudyTrial(c.Context, dir, os.Args, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// runStudyTrial runs a trial; the study learns of its end by its result.json.
func runStudyTrial(ctx context.Context, dir string, argv []string, stdout, stderr io.Writer) error {
	if d, err := study.DeviceOf(dir); err == nil && wantsChild(d) {
		return runChild(ctx, argv, stdout, stderr)
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	return study.RunTrial(ctx, absolute, pipeline.Options{Log: newLog(stderr), Provenance: provenance(argv)})
}
