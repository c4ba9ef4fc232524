package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/datasets"
)

// DataOptions are what the data commands take.
type DataOptions struct {
	Name string // the data set; "" for all, where a command allows it
	Dir  string // the data directory; "" is ~/data
}

// newDataCommand groups the commands on data sets.
func newDataCommand() *cli.Command {
	return &cli.Command{
		Name:      "data",
		Usage:     "list, download, verify or export data sets",
		UsageText: "memdil data COMMAND [FLAGS] [NAME]",
		Subcommands: []*cli.Command{
			newDataListCommand(),
			dataCommand("fetch", "download what is missing of a data set", "memdil data fetch [--data_dir DIR] NAME",
				`Tries the mirrors in turn, goes on with a broken download, and gives a file its
name only when its checksum is the published one. Runs do so by themselves.

Example, before going where there is no network:
   memdil data fetch --data_dir /scratch/data mnist`, runDataFetch),
			dataCommand("verify", "check a data set's files", "memdil data verify [--data_dir DIR] [NAME]",
				`Compares checksums with the published ones and reads the files. A file with
another checksum that can be read is no fault. Without a name, all data sets of
which there are files in the data directory. NAME may also be folder:PATH or
arrow:PATH, images of your own.

Example:
   memdil data verify mnist`, runDataVerify),
			newDataExportCommand(),
		},
	}
}

func newDataListCommand() *cli.Command {
	return &cli.Command{
		Name:      "list",
		Usage:     "print the data sets that memdil knows",
		UsageText: "memdil data list",
		Description: `Names, numbers of classes and sizes of the downloads. Besides these, folder:PATH
is a folder of images of your own and arrow:PATH a table of them.

Example:
   memdil data list`,
		Action: func(c *cli.Context) error {
			if err := noArguments(c, c.Args().Slice()); err != nil {
				return err
			}
			return runDataList(c.App.Writer)
		},
	}
}

// dataCommand is a command on one data set in a data directory.
func dataCommand(name, what, text, description string, run func(context.Context, DataOptions, io.Writer, io.Writer) error) *cli.Command {
	var o DataOptions
	return &cli.Command{
		Name: name, Usage: what, UsageText: text, Description: description,
		Flags: []cli.Flag{
			&cli.PathFlag{Name: "data_dir", Usage: "the data directory, a `DIR` with a folder for each data set", DefaultText: "~/data", Destination: &o.Dir},
		},
		Action: func(c *cli.Context) (err error) {
			if name != "verify" || c.NArg() > 0 {
				if o.Name, err = oneFile(c, "the data set's NAME"); err != nil {
					return err
				}
			}
			err = run(c.Context, o, c.App.Writer, c.App.ErrWriter)
			if option, ok := errors.AsType[*datasets.OptionError](err); ok && option.Option == "dataset" { // here it is an argument
				return hinted{error: errors.New(option.Reason), usage: true}
			}
			return advise(err, "")
		},
	}
}

// runDataList prints the data sets with their classes and sizes.
func runDataList(stdout io.Writer) error {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "name\tclasses\tdownload\twhat")
	for _, d := range datasets.List() {
		fmt.Fprintf(w, "%s\t%d\t%.0f MB\t%s\n", d.Name, len(d.ClassNames), float64(d.Bytes)/1e6, d.Title)
	}
	return w.Flush()
}

// runDataFetch downloads a data set and prints the folder it lies in.
func runDataFetch(ctx context.Context, o DataOptions, stdout, stderr io.Writer) error {
	v := newView(stderr, "")
	defer v.stop()
	dir, err := datasets.Fetch(ctx, o.Name, o.Dir, v.Download)
	v.stop()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, dir)
	return err
}

// runDataVerify prints the state of a data set's files, or of those of all that
// are there; what keeps one from being read is an error.
func runDataVerify(ctx context.Context, o DataOptions, stdout, _ io.Writer) error {
	names := []string{o.Name}
	if o.Name == "" {
		var err error
		if names, err = datasets.Present(o.Dir); err != nil {
			return err
		}
		if len(names) == 0 {
			return hint(errors.New("there is no data set in the data directory"), "`memdil data fetch NAME` downloads one, --data_dir names another place")
		}
	}
	var broken error
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	for _, name := range names {
		states, err := datasets.Verify(ctx, name, o.Dir)
		for _, s := range states {
			fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, fileState(s), s.Path)
		}
		if errors.Is(err, fs.ErrNotExist) && len(states) > 0 {
			err = hint(err, "`memdil data fetch %s` downloads what is missing", name)
		}
		if broken == nil {
			broken = err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return broken
}

func fileState(s datasets.FileStatus) string {
	switch {
	case errors.Is(s.Err, fs.ErrNotExist):
		return "missing"
	case s.Err != nil:
		return "broken"
	case s.Own:
		return "readable"
	case s.Known:
		return "as published"
	}
	return "readable, with another checksum"
}
