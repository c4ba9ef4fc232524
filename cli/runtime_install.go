package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/ort/library"
)

// RuntimeInstallOptions are what `memdil runtime install` takes.
type RuntimeInstallOptions struct {
	CUDA  bool   // the build with the CUDA provider
	Wheel string // a wheel file that is here already
}

func newRuntimeInstallCommand() *cli.Command {
	var o RuntimeInstallOptions
	return &cli.Command{
		Name:      "install",
		Usage:     "put the pinned ONNX Runtime into memdil's cache",
		UsageText: "memdil runtime install [--cuda] [--wheel FILE]",
		Description: `Downloads the library with pip, uv or npm, whichever is there, and verifies
its SHA-256. Commands that need it do so by themselves.

Examples, for an NVIDIA GPU, and on a machine without a network:
   memdil runtime install --cuda
   memdil runtime install --wheel onnxruntime-1.32.0-….whl`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "cuda", Usage: "the build for NVIDIA GPUs (Linux x64, 256 MB)", Destination: &o.CUDA},
			&cli.PathFlag{Name: "wheel", Usage: "unpack this `FILE` instead of downloading", Destination: &o.Wheel},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c, c.Args().Slice()); err != nil {
				return err
			}
			return runRuntimeInstall(c.Context, o, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// runRuntimeInstall prints the path of the library, which it installs if need
// be.
func runRuntimeInstall(ctx context.Context, o RuntimeInstallOptions, stdout, stderr io.Writer) error {
	path, err := library.Install(ctx, library.InstallOptions{CUDA: o.CUDA, Wheel: o.Wheel, Progress: stderr})
	if err != nil {
		return ofFile(o.Wheel, err, "--wheel names a wheel that was downloaded before")
	}
	_, err = fmt.Fprintln(stdout, path)
	return err
}
