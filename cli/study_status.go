package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline/study"
)

// StudyStatusOptions are what `memdil study status` takes.
type StudyStatusOptions struct {
	Dir         string
	JSON, Watch bool
}

func newStudyStatusCommand() *cli.Command {
	var o StudyStatusOptions
	return &cli.Command{
		Name:      "status",
		Usage:     "say where a study stands",
		UsageText: "memdil study status [--json] [--watch] STUDY_DIR",
		Description: `Counts trials that finished, failed, run and wait, estimates the time left, and
shows the best trial of each cell of the grid.

Example:
   memdil study status --watch studies/noise`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print JSON", Destination: &o.JSON},
			&cli.BoolFlag{Name: "watch", Aliases: []string{"w"}, Usage: "go on showing it until the study is done", Destination: &o.Watch},
		},
		Action: func(c *cli.Context) error {
			var err error
			if o.Dir, err = studyDir(c); err != nil {
				return err
			}
			return runStudyStatus(c.Context, o, c.App.Writer)
		},
	}
}

// runStudyStatus prints a study's status, again and again with Watch.
func runStudyStatus(ctx context.Context, o StudyStatusOptions, stdout io.Writer) error {
	for {
		s, err := study.ReadStatus(o.Dir)
		if err != nil {
			return settingError(err)
		}
		if o.JSON {
			err = json.NewEncoder(stdout).Encode(s)
		} else {
			if f, ok := stdout.(*os.File); ok && o.Watch && isatty.IsTerminal(f.Fd()) {
				fmt.Fprint(stdout, "\x1b[H\x1b[2J") // home, clear
			}
			err = printStudy(stdout, s, true)
		}
		if err != nil || !o.Watch || s.Done {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(2 * time.Second):
		}
	}
}

// maxCells is how many cells of a grid are listed one by one.
const maxCells = 60

// printStudy prints a study's counts and, cell by cell, its best trials.
func printStudy(stdout io.Writer, s *study.Status, counts bool) error {
	w := new(strings.Builder)
	line := fmt.Sprintf("%s: %s, %d finished", s.Study, count(s.Trials, "trial"), s.Finished)
	for _, part := range []struct {
		n    int
		what string
	}{{s.Pruned, "of them pruned"}, {s.Failed, "failed"}, {s.Running, "running"}, {s.Waiting, "waiting"}} {
		if part.n > 0 {
			line += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	if left, ok := s.Remaining(); ok && counts {
		line += fmt.Sprintf("; about %s left", left.Round(time.Second))
	}
	fmt.Fprintln(w, line)
	for _, f := range s.Failures {
		fmt.Fprintf(w, "  %d %s, as trial %s: %s\n", f.Count, f.Failure, f.Trial, f.Reason)
	}
	for _, dir := range s.Damaged {
		fmt.Fprintf(w, "  %s is damaged: `memdil study resume %s` makes it anew\n", filepath.Join(dir, study.ResultFile), s.Study)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	cells := foldSeeds(s.Cells)
	for i, c := range cells {
		if i == maxCells {
			fmt.Fprintf(t, "…\tand %d more cells: `memdil study best --json` lists them\n", len(cells)-i)
			break
		}
		if len(cells) == 1 && c.Best == nil {
			continue
		}
		fmt.Fprintf(t, "%s\n", cellLine(c))
	}
	_ = t.Flush() // to memory
	_, err := io.WriteString(stdout, w.String())
	return err
}

// foldSeeds counts cells that differ in nothing but their seed as one; of a
// search each has a best of its own, and stays.
func foldSeeds(cells []study.CellStatus) []study.CellStatus {
	var folded []study.CellStatus
	at := map[string]int{} // of labels in folded
	for _, c := range cells {
		if c.Best != nil || c.Final != nil {
			return cells
		}
		c.Label = strings.Join(slices.DeleteFunc(strings.Fields(c.Label), func(part string) bool { return strings.HasPrefix(part, "seed=") }), " ")
		i, seen := at[c.Label]
		if !seen {
			at[c.Label] = len(folded)
			folded = append(folded, c)
			continue
		}
		folded[i].Trials += c.Trials
		folded[i].Ended += c.Ended
		folded[i].Failed += c.Failed
	}
	return folded
}

// cellLine is a cell's row: its values, its trials, its best.
func cellLine(c study.CellStatus) string {
	cells := []string{c.Label, fmt.Sprintf("%d/%d", c.Ended, c.Trials)}
	if c.Label == "" {
		cells = cells[1:]
	}
	if c.Failed > 0 {
		cells[len(cells)-1] += fmt.Sprintf(", %d failed", c.Failed)
	}
	if c.Best != nil {
		cells = append(cells, fmt.Sprintf("best %.6g in trial %s", *c.Best.Value, c.Best.ID), settingsLine(c.Best.Params))
	}
	if c.Final != nil {
		if a, ok := c.Final.Metrics["test.accuracy_top1"]; ok {
			cells = append(cells, fmt.Sprintf("trained on all data: test accuracy %.2f %%", a))
		} else if c.Final.State == study.Failed {
			cells = append(cells, "its last training failed: "+c.Final.Reason)
		}
	}
	return strings.Join(cells, "\t")
}
