package cli

import "github.com/urfave/cli/v2"

// newRuntimeCommand groups the commands on the ONNX Runtime library.
func newRuntimeCommand() *cli.Command {
	return &cli.Command{
		Name:      "runtime",
		Usage:     "find or install the ONNX Runtime library",
		UsageText: "memdil runtime COMMAND [FLAGS]",
		Subcommands: []*cli.Command{
			newRuntimeInstallCommand(),
			newRuntimeInfoCommand(),
		},
	}
}
