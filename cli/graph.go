package cli

import (
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"
)

// newGraphCommand groups the commands on ONNX models.
func newGraphCommand() *cli.Command {
	return &cli.Command{
		Name:      "graph",
		Usage:     "make, show, check and differentiate ONNX models",
		UsageText: "memdil graph COMMAND [FLAGS] MODEL.onnx",
		Subcommands: []*cli.Command{
			newGraphNewCommand(),
			newGraphShowCommand(),
			newGraphCheckCommand(),
			newGraphGradCommand(),
			newGraphStepCommand(),
			newGraphEpochCommand(),
		},
	}
}

// sameFile reports whether two paths name the same file, which need not exist.
func sameFile(a, b string) bool {
	ai, errA := os.Stat(a)
	bi, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(ai, bi)
	}
	return filepath.Clean(a) == filepath.Clean(b)
}
