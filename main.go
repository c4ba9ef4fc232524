// Memdil studies neural collapse under label noise. See README.md.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/memdil/memdil/cli"
)

// exitCodes maps what an error is to what the program ends with; any other
// error ends it with 1.
var exitCodes = []struct {
	is   error
	code int
}{
	{cli.ErrUsage, 2},
	{context.Canceled, 130}, // 128 + SIGINT, as shells have it
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	signal.Ignore(syscall.SIGXFSZ) // a limit of file sizes is an error like any other
	context.AfterFunc(ctx, stop)   // a second signal ends the program at once
	err := cli.Run(ctx, os.Args, os.Stdout, os.Stderr)
	os.Exit(exitCode(err))
}

func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if child, ok := errors.AsType[*cli.ExitError](err); ok {
		return child.Code
	}
	for _, c := range exitCodes {
		if errors.Is(err, c.is) {
			return c.code
		}
	}
	return 1
}
