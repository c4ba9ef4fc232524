package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/memdil/memdil/ort"
	"github.com/urfave/cli/v2"
)

func newRuntimeInfoCommand() *cli.Command {
	return &cli.Command{
		Name:      "info",
		Usage:     "print the library in use, its version and its providers",
		UsageText: "memdil runtime info",
		Description: `Looks at $ORT_LIBRARY, memdil's cache, an installed Python onnxruntime and the
system's folders, in this order, and installs the library when there is none.

Example:
   ORT_LIBRARY=/opt/libonnxruntime.so memdil runtime info`,
		Action: func(c *cli.Context) error {
			if err := noArguments(c, c.Args().Slice()); err != nil {
				return err
			}
			return runRuntimeInfo(c.Context, c.App.Writer)
		},
	}
}

// runRuntimeInfo loads the runtime and describes it.
func runRuntimeInfo(ctx context.Context, stdout io.Writer) error {
	runtime, err := ort.Load(ctx)
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
	return w.Flush()
}
