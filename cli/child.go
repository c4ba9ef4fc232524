package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"github.com/memdil/memdil/ort"
)

// A run on a GPU is a process of its own, a child that does what the command
// line says, while the parent waits and handles the signals: the CUDA provider
// replaces signal handlers, so that in its process a Ctrl-C might be lost, or
// end the program before it has left a checkpoint. The parent stops the child
// by closing its standard input. That also happens when the parent dies.

// childVariable says, in the environment, what a process is to do about it.
const childVariable = "MEMDIL_CHILD"

// Values of childVariable; without one, runs on a GPU are children.
const (
	isChild = "self"   // this process is one
	always  = "always" // every run is one
	never   = "never"  // none is
)

// ExitError says that a child has failed, and has said why itself.
type ExitError struct{ Code int }

// Error names the exit code.
func (e *ExitError) Error() string { return fmt.Sprintf("the child process ended with %d", e.Code) }

// wantsChild reports whether a run on the device is to be a child.
func wantsChild(d ort.Device) bool {
	switch os.Getenv(childVariable) {
	case isChild, never:
		return false
	case always:
		return true
	}
	return d.Kind == ort.CUDA || d.Kind == ort.Auto && ort.HasGPU()
}

// runChild runs this program again, as a child, and waits for it. When ctx is
// cancelled, the child is told to stop.
func runChild(ctx context.Context, argv []string, stdout, stderr io.Writer) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding memdil itself, to run it on the GPU: %w", err)
	}
	child := exec.Command(program)
	child.Args, child.Env = argv, append(os.Environ(), childVariable+"="+isChild)
	child.Stdout, child.Stderr = stdout, consoleOf(stderr).w
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal's Ctrl-C is the parent's alone
	leash, err := child.StdinPipe()
	if err != nil {
		return fmt.Errorf("running memdil for the GPU: %w", err)
	}
	if err := child.Start(); err != nil {
		return fmt.Errorf("running memdil for the GPU: %w", err)
	}
	release := context.AfterFunc(ctx, func() { _ = leash.Close() })
	defer release()
	return childError(child.Wait())
}

// childError makes of a child's end what the parent is to return.
func childError(err error) error {
	var exit *exec.ExitError
	switch {
	case !errors.As(err, &exit):
		return err
	case exit.ExitCode() >= 0:
		return &ExitError{exit.ExitCode()}
	}
	return hint(fmt.Errorf("the process that uses the GPU was ended: %w", exit), "the same command goes on from the last checkpoint")
}

// onLeash returns a context that is cancelled when the parent of a child closes
// its standard input; other processes' is ctx itself.
func onLeash(ctx context.Context) context.Context {
	if os.Getenv(childVariable) != isChild {
		return ctx
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // however it ends
		cancel()
	}()
	return ctx
}
