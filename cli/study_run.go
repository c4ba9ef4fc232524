package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/pipeline/study"
)

// StudyRunOptions are what `memdil study run` takes.
type StudyRunOptions struct {
	File, Dir string
	DryRun    bool
	Execute   ExecuteOptions
	INI       settings.INI // of the original's config.ini, where one is given
	// Experiment is that of the original's flags, where there is no file; nil
	// with one.
	Experiment *settings.Experiment
	// Settings take the place of those of the file.
	Settings map[string]any
	Argv     []string
}

func newStudyRunCommand() *cli.Command {
	var o StudyRunOptions
	own := append([]cli.Flag{
		&cli.StringSliceFlag{Name: "file", Aliases: []string{"f"}, Usage: "study `FILE`, or the original's config.ini; may be repeated"},
		&cli.PathFlag{Name: "study-dir", Usage: "`DIR` of the study", DefaultText: "studies/NAME of the file, or UID in studies or --runs-dir", Destination: &o.Dir},
		&cli.BoolFlag{Name: "dry-run", Usage: "say what would be run, and run nothing", Destination: &o.DryRun},
	}, o.Execute.flags()...)
	return &cli.Command{
		Name:  "run",
		Usage: "run a study, or go on with it",
		UsageText: `memdil study run -f STUDY.toml [--study-dir DIR] [--executor local|slurm|ray] [FLAGS of memdil run]
memdil study run [FLAGS of memdil run]`,
		Description: `Runs every trial of the study that has no result yet, then trains the best
setting of each search on all data. Running the same again goes on where it
stopped.
Flags of memdil run take the place of settings of the file's [experiment].

Without a file, the flags of memdil run are an experiment of the Python
original, whose learning rate, gamma and α are searched as the original does
(--ho, --num_ho_runs, --continue_ho).

Examples:
   memdil study run -f noise.toml --study-dir studies/noise --concurrency 2 --data-dir /data
   memdil study run --model MLP --loss LS --label_noise 0.2 --ho bayes_opt --num_ho_runs 40`,
		Flags: append(own, settingFlags()...),
		Action: func(c *cli.Context) error {
			if err := noArguments(c, c.Args().Slice()); err != nil {
				return err
			}
			o.Argv = os.Args
			if err := o.readFlags(c); err != nil {
				return err
			}
			return runStudyRun(c.Context, o, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// readFlags reads files and the experiment's flags. The original's config.ini goes
// with both: it says how trials are run.
func (o *StudyRunOptions) readFlags(c *cli.Context) error {
	ini := settings.NewConfig()
	for _, path := range c.StringSlice("file") {
		switch {
		case strings.EqualFold(filepath.Ext(path), ".ini"):
			if err := ini.Read(path); err != nil {
				return settingError(err)
			}
		case o.File != "":
			return usage(fmt.Errorf("-f %s: %s is a study already", path, o.File), "one study is run at a time")
		default:
			o.File = path
		}
	}
	o.INI = ini.INI
	switch {
	case o.File != "":
		return o.readSettings(c)
	case len(givenSettings(c)) == 0:
		return usage(errors.New("-f STUDY.toml is missing"), "usage: %s", c.Command.UsageText)
	}
	config, err := configFrom(c)
	if err != nil {
		return err
	}
	o.Experiment = &config.Experiment
	return nil
}

// readSettings reads the flags that take the place of settings of a study file.
func (o *StudyRunOptions) readSettings(c *cli.Context) error {
	e := settings.Defaults()
	o.Settings = map[string]any{}
	for _, s := range givenSettings(c) {
		if s.Obsolete != "" {
			continue
		}
		if err := e.Set(s.Name, fmt.Sprint(c.Value(s.Name))); err != nil {
			return settingError(err)
		}
		o.Settings[s.Name] = s.Value(e)
	}
	return nil
}

// runStudyRun makes the study's folder, or checks that it is this study's, and
// works on it.
func runStudyRun(ctx context.Context, o StudyRunOptions, stdout, stderr io.Writer) error {
	p, err := o.plan()
	if err != nil {
		return settingError(err)
	}
	if err := o.apply(p); err != nil {
		return err
	}
	dir := o.dir()
	if o.DryRun {
		return printPlan(stdout, p, dir)
	}
	so := study.Options{Argv: o.Argv, Version: version()}
	if err := o.create(dir, p, so); err != nil {
		return settingError(err)
	}
	if o.Experiment != nil { // which may go on with more trials
		if p, err = study.Open(dir); err == nil {
			err = o.apply(p)
		}
		if err != nil {
			return settingError(err)
		}
	}
	return workOn(ctx, dir, p, so, stdout, stderr)
}

// apply changes how trials are run: first as config.ini says where the study
// does not, then as the flags say.
func (o *StudyRunOptions) apply(p *study.Plan) error {
	p.Execute.Fill(o.INI)
	return o.Execute.apply(p)
}

// plan reads the study.
func (o *StudyRunOptions) plan() (*study.Plan, error) {
	if o.Experiment == nil {
		return study.Read(o.File, o.Settings)
	}
	text, err := study.Original(*o.Experiment)
	if err != nil {
		return nil, err
	}
	return study.Parse(text)
}

// dir returns the study's folder.
func (o *StudyRunOptions) dir() string {
	switch {
	case o.Dir != "":
		return o.Dir
	case o.Experiment == nil:
		name := filepath.Base(o.File)
		return filepath.Join("studies", name[:len(name)-len(filepath.Ext(name))])
	case o.Experiment.ContinueHO && o.Experiment.ContinueHOPath != "":
		return o.Experiment.ContinueHOPath
	case o.Experiment.Given("runs_dir"):
		return filepath.Join(o.Experiment.RunsDir, o.Experiment.UID())
	}
	return filepath.Join("studies", o.Experiment.UID())
}

// create makes the folder. With continue_ho the study goes on with as many
// trials more.
func (o *StudyRunOptions) create(dir string, p *study.Plan, so study.Options) error {
	if o.Experiment == nil || !o.Experiment.ContinueHO {
		return study.Create(dir, p, so)
	}
	old, err := study.Open(dir)
	if err != nil {
		return fmt.Errorf("--continue_ho: %w", err)
	}
	if err := p.SetTrials(old.Search.Trials); err != nil {
		return err
	}
	if err := study.Create(dir, p, so); err != nil {
		return err
	}
	return study.Extend(dir, old.Search.Trials+o.Experiment.HORuns)
}

// printPlan says what a study would run.
func printPlan(stdout io.Writer, p *study.Plan, dir string) error {
	w := new(strings.Builder)
	fmt.Fprintf(w, "study %s: %s in %s\n", dir, count(p.Trials(), "trial"), count(len(p.Cells), "cell"))
	for _, a := range p.Axes {
		fmt.Fprintf(w, "  grid    %s = %v\n", a.Name, a.Values)
	}
	if s := p.Search; s != nil {
		fmt.Fprintf(w, "  search  %s trials by %s, scheduler %s, objective %s\n", grouped(int64(s.Trials)), s.Sampler, s.Scheduler, s.Objective)
		for _, line := range p.SpaceLines() {
			fmt.Fprintf(w, "  space   %s\n", line)
		}
	}
	for _, line := range p.CellLines() {
		fmt.Fprintf(w, "  cell    %s\n", line)
	}
	_, err := io.WriteString(stdout, w.String())
	return err
}
