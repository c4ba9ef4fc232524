package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/ort/library"
)

// RuntimeInfoOptions are what `memdil runtime info` takes.
type RuntimeInfoOptions struct {
	Device string // what the library is wanted for
}

func newRuntimeInfoCommand() *cli.Command {
	var o RuntimeInfoOptions
	return &cli.Command{
		Name:      "info",
		Usage:     "print the library in use, what it can compute on, and the other libraries here",
		UsageText: "memdil runtime info [--device auto|cpu|cuda[:N]]",
		Description: `Looks at $ORT_LIBRARY, memdil's cache, an installed Python onnxruntime and the
system's folders, in this order, and installs the library when there is none.
For a GPU, a library with a CUDA provider goes first.

Example, what is missing for the GPU:
   memdil runtime info --device cuda`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "device", Value: "auto", Usage: "the library that `DEVICE` would use: auto, cpu, cuda or cuda:N", Destination: &o.Device},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c, c.Args().Slice()); err != nil {
				return err
			}
			return runRuntimeInfo(c.Context, o, c.App.Writer)
		},
	}
}

// runRuntimeInfo loads the runtime and describes it.
func runRuntimeInfo(ctx context.Context, o RuntimeInfoOptions, stdout io.Writer) error {
	wanted, err := ort.ParseDevice(o.Device)
	if err != nil {
		return badFlag("device", err)
	}
	runtime, err := ort.LoadFor(ctx, wanted)
	if err != nil {
		return err
	}
	device, err := runtime.Device(wanted)
	if err != nil {
		return err
	}
	found, err := library.Find(ctx)
	if err != nil {
		return err
	}
	info := runtime.Info()
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "library\t%s\n", info.Library)
	fmt.Fprintf(w, "found in\t%s\n", info.Source)
	fmt.Fprintf(w, "version\t%s\n", info.Version)
	fmt.Fprintf(w, "C API\t%d\n", info.API)
	fmt.Fprintf(w, "providers\t%s\n", strings.Join(info.Providers, ", "))
	fmt.Fprintf(w, "device\t%s\n", device)
	for _, c := range found {
		if c.CUDA {
			fmt.Fprintf(w, "CUDA\t%s\n", cudaState(ctx, runtime, c))
		}
		if c.Path != info.Library {
			fmt.Fprintf(w, "also here\t%s (%s)\n", c.Path, c.Source)
		}
	}
	return w.Flush()
}

// cudaState says whether the GPU can be used with a library that has a CUDA provider.
func cudaState(ctx context.Context, runtime *ort.Runtime, c library.Candidate) string {
	if c.Path != runtime.Info().Library {
		if err := library.LoadNVIDIA(ctx, c.Path).Missing(); err != nil {
			return fmt.Sprintf("%s: %v", c.Version, err)
		}
		return fmt.Sprintf("%s: NVIDIA's libraries are here: use --device cuda", c.Version)
	}
	if _, err := runtime.Device(ort.Device{Kind: ort.CUDA}); err != nil {
		return fmt.Sprintf("%s: %v", c.Version, err)
	}
	return fmt.Sprintf("%s: works", c.Version)
}
