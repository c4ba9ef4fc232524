// Package executor runs commands somewhere: in processes of this machine, as
// jobs of a Slurm cluster, or as jobs of a Ray cluster.
//
// # Invariants
//
// A job ends exactly once. What it has done is in files that the jobs and the
// caller share; an executor tells only whether a job still runs and how it
// ended. A cluster that does not answer is an [ErrUnreachable], never the end
// of a job. Executors are used from one goroutine.
package executor

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Kind names an executor.
type Kind string

// The executors.
const (
	KindLocal Kind = "local"
	KindSlurm Kind = "slurm"
	KindRay   Kind = "ray"
)

// Kinds lists the executors.
func Kinds() []Kind { return []Kind{KindLocal, KindSlurm, KindRay} }

// ErrUnreachable is wrapped by errors about a cluster that does not answer. The
// same call may succeed later.
var ErrUnreachable = errors.New("the cluster does not answer")

// Job is a command to run.
type Job struct {
	Name string   // unique among the caller's jobs, fit for a file name
	Argv []string // program and arguments
	Env  []string // NAME=VALUE, added to the environment
	Dir  string   // working directory
	Log  string   // file to which standard output and error are appended
}

// Resources are what each job may use.
type Resources struct {
	CPUs      int           // at least 1
	GPUs      int           // 0 for none
	Memory    int64         // bytes; 0 for no limit
	TimeLimit time.Duration // 0 for none
}

// Phase is where a job stands.
type Phase string

// The phases.
const (
	Waiting Phase = "waiting" // for resources, or to be started again
	Running Phase = "running"
	Ended   Phase = "ended"
)

// End is how a job ended.
type End string

// The ends.
const (
	Exited      End = "exited"        // by itself, with an exit code
	Crashed     End = "crashed"       // by a fault of its own, such as a segmentation fault
	OutOfMemory End = "out of memory" // was ended for using too much
	TimedOut    End = "time limit"    // was ended for taking too long
	Cancelled   End = "cancelled"     // by the caller or another user
	Lost        End = "lost"          // with its machine, or killed by somebody; worth another try
)

// Status is what is known of a job.
type Status struct {
	Phase    Phase
	End      End
	ExitCode int    // of Exited
	Detail   string // in words, "" for nothing to say
	Node     string // where it runs, "" where that is unknown
}

// Executor runs jobs.
type Executor interface {
	// Submit starts jobs and returns a handle of each, by which another process
	// may find them again. What could be submitted before an error is returned
	// with it.
	Submit(ctx context.Context, jobs []Job) ([]string, error)
	// Poll returns the status of every job that is asked for.
	Poll(ctx context.Context, handles []string) (map[string]Status, error)
	// Cancel ends jobs, gently at first. Those that have ended are no error.
	Cancel(ctx context.Context, handles []string) error
	// Wake returns a channel that tells when a job has ended; nil where only
	// Poll can tell.
	Wake() <-chan struct{}
	// Interval is how often Poll is worth its cost.
	Interval() time.Duration
	// Survives reports whether jobs outlive this process.
	Survives() bool
}

// unreachable makes err a passing failure of a cluster.
func unreachable(what string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrUnreachable, what, err)
}
