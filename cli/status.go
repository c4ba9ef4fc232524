package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/pipeline"
	"github.com/memdil/memdil/pipeline/settings"
)

// StatusOptions are what `memdil status` takes.
type StatusOptions struct {
	Dirs []string // folders of runs, or run folders
	JSON bool
}

func newStatusCommand() *cli.Command {
	var o StatusOptions
	return &cli.Command{
		Name:      "status",
		Usage:     "what runs, and how far it is",
		UsageText: "memdil status [--json] [RUNS_DIR…]",
		Description: `Lists the run folders in RUNS_DIR (runs unless given), or looks at single ones:
running, finished, done (as far as --until asked, or a study), stopped
(interrupted or killed: the same command goes on) or failed. It can be called at
any time, from anywhere that sees the folder.

Example:
   memdil status runs`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print a JSON list", Destination: &o.JSON},
		},
		Action: func(c *cli.Context) error {
			if o.Dirs = c.Args().Slice(); len(o.Dirs) == 0 {
				o.Dirs = []string{settings.Defaults().RunsDir}
			}
			for _, dir := range o.Dirs {
				if strings.HasPrefix(dir, "-") && !isFolder(dir) {
					return noArguments(c, []string{dir})
				}
			}
			return runStatus(o, c.App.Writer)
		},
	}
}

// runStatus prints the state of runs.
func runStatus(o StatusOptions, stdout io.Writer) error {
	all := []pipeline.RunStatus{}
	for _, dir := range o.Dirs {
		of, err := pipeline.Status(dir)
		if err != nil {
			return settingError(err)
		}
		all = append(all, of...)
	}
	if o.JSON {
		return printJSON(stdout, all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintf(stdout, "no run folders in %s\n", strings.Join(o.Dirs, ", "))
		return err
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RUN\tSTATE\tSTAGE\tEPOCH\tLOSS\tACCURACY\tLEFT\tUPDATED")
	for _, s := range all {
		fmt.Fprintln(w, strings.Join(statusCells(s, time.Now()), "\t"))
	}
	return w.Flush()
}

// statusCells are a run's cells in the table.
func statusCells(s pipeline.RunStatus, now time.Time) []string {
	left := ""
	if s.SecondsLeft != nil {
		left = rounded(time.Duration(*s.SecondsLeft * float64(time.Second)))
	}
	epoch := ""
	if s.Epochs > 0 {
		epoch = fmt.Sprintf("%d/%d", s.Epoch, s.Epochs)
	}
	stage := printable(string(s.Stage))
	if s.State == pipeline.StateRunning && s.Total > 0 {
		stage += fmt.Sprintf(" %d %%", 100*s.Done/s.Total)
	}
	updated := ""
	if !s.Updated.IsZero() {
		updated = rounded(now.Sub(s.Updated)) + " ago"
	}
	cells := []string{oneLine(s.Run), string(s.State), stage, epoch, known(s.Loss, lossText), known(s.Accuracy, percent), left, updated}
	if s.Error != "" {
		cells = append(cells, printable(s.Error))
	}
	return cells
}

// printable returns a text as a terminal may show it: what a file says could
// drive the terminal otherwise.
func printable(text string) string {
	if strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return strconv.Quote(text)
	}
	return text
}

// known formats a number that may be unknown.
func known(v *float64, format func(float64) string) string {
	if v == nil {
		return ""
	}
	return format(*v)
}

func percent(v float64) string { return fmt.Sprintf("%.2f %%", v) }

// rounded writes a time as people say it: seconds, minutes and hours, days.
func rounded(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}
