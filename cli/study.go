package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline/executor"
	"github.com/memdil/memdil/pipeline/study"
)

func newStudyCommand() *cli.Command {
	return &cli.Command{
		Name:      "study",
		Usage:     "many experiments: grids and searches for settings, on one machine or a cluster",
		UsageText: "memdil study COMMAND [FLAGS] [STUDY_DIR]",
		Description: `A study is a TOML file with an experiment, a grid of settings and a search, and a
folder with one run folder a trial. It can be stopped and resumed at any time,
and any number of processes may work on it.`,
		Action: needsCommand,
		Subcommands: []*cli.Command{
			newStudyRunCommand(), newStudyResumeCommand(), newStudyStatusCommand(),
			newStudyBestCommand(), newStudyReportCommand(), newStudyTrialCommand(),
		},
	}
}

// ExecuteOptions say, at the command line, how trials are run.
type ExecuteOptions struct {
	Executor    string
	Concurrency int
	RayAddress  string
	SlurmArgs   cli.StringSlice
	Memory      string
}

// flags of how trials are run.
func (o *ExecuteOptions) flags() []cli.Flag {
	const category = "execution"
	return []cli.Flag{
		&cli.StringFlag{Name: "executor", Usage: "what runs the trials, `NAME` is local, slurm or ray", DefaultText: "as the study file says, else local", Destination: &o.Executor, Category: category},
		&cli.IntFlag{Name: "concurrency", Usage: "run `N` trials at once", DefaultText: "as the study file says, else one a GPU, or one", Destination: &o.Concurrency, Category: category},
		&cli.StringFlag{Name: "memory", Usage: "`SIZE` of memory that a trial may use, such as 8GB", DefaultText: "as the study file says, else any", Destination: &o.Memory, Category: category},
		&cli.StringFlag{Name: "ray-address", Usage: "`URL` of Ray's dashboard", EnvVars: []string{"RAY_API_SERVER_ADDRESS"}, DefaultText: "as the study file says", Destination: &o.RayAddress, Category: category},
		&cli.StringSliceFlag{Name: "slurm-arg", Usage: "further `ARGUMENT` for sbatch, such as --slurm-arg=--partition=gpu; may be repeated", Destination: &o.SlurmArgs, Category: category},
	}
}

// apply changes a plan as the flags say.
func (o *ExecuteOptions) apply(p *study.Plan) error {
	e := &p.Execute
	if o.Executor != "" {
		e.Executor = executor.Kind(strings.ToLower(o.Executor))
		if !slices.Contains(executor.Kinds(), e.Executor) {
			return usage(fmt.Errorf("--executor: unknown value %q", o.Executor), "one of local, slurm, ray")
		}
	}
	if o.Concurrency < 0 {
		return badFlag("concurrency", fmt.Errorf("%d is no number of trials", o.Concurrency))
	}
	if o.Concurrency > 0 {
		e.Concurrency = o.Concurrency
	}
	if o.Memory != "" {
		var err error
		if e.Memory, err = study.ParseMemory(o.Memory); err != nil {
			return badFlag("memory", err)
		}
	}
	if o.RayAddress != "" {
		e.RayAddress = o.RayAddress
	}
	e.SlurmArgs = append(e.SlurmArgs, o.SlurmArgs.Value()...)
	return nil
}

// studyDir returns the command's only argument.
func studyDir(c *cli.Context) (string, error) { return oneFile(c, "the study's folder") }

// workOn runs what a study's folder has not done yet, and says how it went.
func workOn(ctx context.Context, dir string, p *study.Plan, o study.Options, stdout, stderr io.Writer) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding memdil itself, to run trials: %w", err)
	}
	v := newStudyView(stderr, p)
	o.Command, o.Show, o.Log = []string{program, "study", "trial"}, v.show, newLog(v)
	summary, err := study.Run(ctx, dir, p, o)
	v.stop(summary)
	switch {
	case errors.Is(err, context.Canceled):
		return hint(err, "`memdil study resume %s` goes on from here", dir)
	case err != nil:
		return settingError(err)
	}
	s, err := study.ReadStatus(dir)
	if err != nil {
		return err
	}
	if err := printStudy(stdout, s, false); err != nil {
		return err
	}
	if s.Finished == 0 && s.Failed > 0 {
		return hint(fmt.Errorf("all %d trials failed: %s", s.Failed, s.Failures[0].Reason), "their logs are %s/trials/*/trial.log", dir)
	}
	return nil
}
