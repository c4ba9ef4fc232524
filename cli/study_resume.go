package cli

import (
	"context"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline/study"
)

// StudyResumeOptions are what `memdil study resume` takes.
type StudyResumeOptions struct {
	Dir         string
	Trials      int
	RetryFailed bool
	Execute     ExecuteOptions
	Argv        []string
}

func newStudyResumeCommand() *cli.Command {
	var o StudyResumeOptions
	return &cli.Command{
		Name:      "resume",
		Usage:     "go on with a study",
		UsageText: "memdil study resume [--trials N] [--retry-failed] STUDY_DIR",
		Description: `Runs what has no result yet: trials that were interrupted go on from their
checkpoints. Several processes, on several machines that share the folder, may
do so at once.

Example, with more trials in each cell of the grid:
   memdil study resume --trials 40 studies/noise`,
		Flags: append([]cli.Flag{
			&cli.IntFlag{Name: "trials", Usage: "let each search have `N` trials, more than before", DefaultText: "as before", Destination: &o.Trials},
			&cli.BoolFlag{Name: "retry-failed", Usage: "run the trials that failed again", Destination: &o.RetryFailed},
		}, o.Execute.flags()...),
		Action: func(c *cli.Context) error {
			var err error
			if o.Dir, err = studyDir(c); err != nil {
				return err
			}
			o.Argv = os.Args
			return runStudyResume(c.Context, o, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// runStudyResume works on a study.
func runStudyResume(ctx context.Context, o StudyResumeOptions, stdout, stderr io.Writer) error {
	if o.Trials != 0 {
		if err := study.Extend(o.Dir, o.Trials); err != nil {
			return settingError(err)
		}
	}
	p, err := study.Open(o.Dir)
	if err != nil {
		return settingError(err)
	}
	if err := o.Execute.apply(p); err != nil {
		return err
	}
	if o.RetryFailed {
		if err := study.RetryFailed(o.Dir); err != nil {
			return settingError(err)
		}
	}
	return workOn(ctx, o.Dir, p, study.Options{Argv: o.Argv, Version: version()}, stdout, stderr)
}
