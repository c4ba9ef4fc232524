package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/graphs"
)

// GraphShowOptions are what `memdil graph show` takes.
type GraphShowOptions struct {
	Model string
	Stats bool
	JSON  bool  // of the statistics
	Batch int64 // for which they are; 0 for the model's own, or 1
}

func newGraphShowCommand() *cli.Command {
	var o GraphShowOptions
	return &cli.Command{
		Name:      "show",
		Usage:     "print a model as text, with the type of every value",
		UsageText: "memdil graph show [--stats [--batch N] [--json]] MODEL.onnx",
		Description: `The text is ONNX's own textual syntax; large tensors are abbreviated.

With --stats it tells what the model consists of and what a run of it takes
instead: parameters, floating-point operations (FLOPs: 2 for each multiplication
and addition of a product or convolution; 1 for each element of elementwise
arithmetic), and the most bytes that activations take at once, when nodes run
in the file's order and a value lives until its last reader. The body of a loop
counts once. What depends on a size that is not known is named, not guessed.

Example, what a batch of 32 takes:
   memdil graph show --stats --batch 32 resnet18.onnx`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "stats", Usage: "print operator counts, parameters, FLOPs and memory instead", Destination: &o.Stats},
			&cli.Int64Flag{Name: "batch", Usage: "count FLOPs and memory for `N` samples", DefaultText: "the model's own batch, or 1", Destination: &o.Batch},
			&cli.BoolFlag{Name: "json", Usage: "print the statistics as one JSON object", Destination: &o.JSON},
		},
		Action: func(c *cli.Context) (err error) {
			if o.Model, err = oneFile(c, "MODEL.onnx"); err != nil {
				return err
			}
			if err := o.check(c.IsSet("batch")); err != nil {
				return err
			}
			return runGraphShow(c.Context, o, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// check reports flags that do not fit together.
func (o GraphShowOptions) check(batchGiven bool) error {
	switch {
	case batchGiven && o.Batch < 1:
		return badFlag("batch", fmt.Errorf("%d is no number of samples", o.Batch))
	case !o.Stats && (batchGiven || o.JSON):
		return usage(errors.New("--batch and --json belong to --stats"), "add --stats")
	}
	return nil
}

// runGraphShow prints a model or its statistics. A model whose types
// contradict each other is printed without them.
func runGraphShow(_ context.Context, o GraphShowOptions, stdout, stderr io.Writer) error {
	m, err := graphs.Load(o.Model)
	if err != nil {
		return ofFile(o.Model, err, nameModel)
	}
	types, err := graphs.Infer(m)
	if err != nil {
		fmt.Fprintf(stderr, "types are left out: %v\n", err)
	}
	if o.Stats {
		return showStats(stdout, o, m, types)
	}
	return graphs.Print(stdout, m, graphs.TypeComments(types))
}

func showStats(stdout io.Writer, o GraphShowOptions, m *graphs.Model, types graphs.Infos) error {
	s, err := stats(m, types, o.Batch)
	if err != nil {
		return fmt.Errorf("%s: %w", o.Model, err)
	}
	if o.JSON {
		return printJSON(stdout, s)
	}
	return s.print(stdout)
}
