package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/memdil/memdil/graphs"
	"github.com/urfave/cli/v2"
)

// GraphShowOptions are what `memdil graph show` takes.
type GraphShowOptions struct {
	Model string
	Stats bool
}

func newGraphShowCommand() *cli.Command {
	var o GraphShowOptions
	return &cli.Command{
		Name:      "show",
		Usage:     "print a model as text, with the type of every value",
		UsageText: "memdil graph show [--stats] MODEL.onnx",
		Description: `The text is ONNX's own textual syntax; large tensors are abbreviated.

Example, what a model consists of:
   memdil graph show --stats resnet18.onnx`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "stats", Usage: "print sizes and operator counts instead", Destination: &o.Stats},
		},
		Action: func(c *cli.Context) (err error) {
			if o.Model, err = oneFile(c, "MODEL.onnx"); err != nil {
				return err
			}
			return runGraphShow(c.Context, o, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// runGraphShow prints a model or its statistics. A model whose types
// contradict each other is printed without them.
func runGraphShow(_ context.Context, o GraphShowOptions, stdout, stderr io.Writer) error {
	m, err := graphs.Load(o.Model)
	if err != nil {
		return err
	}
	types, err := graphs.Infer(m)
	if err != nil {
		fmt.Fprintf(stderr, "types are left out: %v\n", err)
	}
	if o.Stats {
		return printStats(stdout, m, types)
	}
	return graphs.Print(stdout, m, graphs.TypeComments(types))
}
