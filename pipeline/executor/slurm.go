package executor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/renameio/v2"
)

// Slurm runs jobs as tasks of Slurm job arrays, by the commands that every site
// has: sbatch, squeue, scontrol, scancel, and sacct where it is set up. Jobs see
// the file system that this process sees. A job that is preempted, or whose
// node is lost, is queued again by Slurm and runs under the same handle.
type Slurm struct {
	o     SlurmOptions
	calls int
}

var _ Executor = (*Slurm)(nil)

// SlurmOptions say what Slurm is asked for.
type SlurmOptions struct {
	Resources Resources
	// Name is that of all jobs.
	Name string
	// Dir is a folder for scripts and for what Slurm itself says.
	Dir string
	// Args are further arguments of sbatch, such as --partition=gpu.
	Args []string
	// Warning is how long before the time limit a job is told to stop; 0 means
	// two minutes.
	Warning time.Duration
}

// NewSlurm returns an executor on the cluster of this machine's Slurm commands.
// The error says that there are none.
func NewSlurm(o SlurmOptions) (*Slurm, error) {
	for _, program := range []string{"sbatch", "squeue", "scontrol", "scancel"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, fmt.Errorf("slurm: %s is not in PATH: run memdil on a machine that submits jobs, or use another executor", program)
		}
	}
	if o.Warning == 0 {
		o.Warning = 2 * time.Minute
	}
	return &Slurm{o: o}, nil
}

// arrayLimit is how many tasks an array may have: Slurm's default MaxArraySize
// is 1001.
const arrayLimit = 1000

// Submit submits one array for all jobs, several where they are very many.
func (s *Slurm) Submit(ctx context.Context, jobs []Job) ([]string, error) {
	var handles []string
	for len(jobs) > 0 {
		part := jobs[:min(len(jobs), arrayLimit)]
		id, err := s.array(ctx, part)
		if err != nil {
			return handles, err
		}
		for i := range part {
			handles = append(handles, fmt.Sprintf("%s_%d", id, i))
		}
		jobs = jobs[len(part):]
	}
	return handles, nil
}

// array submits jobs as one array and returns its number.
func (s *Slurm) array(ctx context.Context, jobs []Job) (string, error) {
	s.calls++
	script := filepath.Join(s.o.Dir, fmt.Sprintf("%s-%d-%d.sh", jobs[0].Name, time.Now().UnixNano(), s.calls))
	if err := renameio.WriteFile(script, slurmScript(jobs), 0o755); err != nil {
		return "", fmt.Errorf("slurm: writing the job script: %w", err)
	}
	out, err := slurmCommand(ctx, "sbatch", append(s.sbatchArgs(len(jobs)), script)...)
	if err != nil {
		return "", err
	}
	id, _, _ := strings.Cut(strings.TrimSpace(out), ";") // ID;cluster
	if _, err := strconv.ParseUint(id, 10, 64); err != nil {
		return "", fmt.Errorf("slurm: sbatch answered %q, not with a job's number", out)
	}
	return id, nil
}

func (s *Slurm) sbatchArgs(n int) []string {
	r := s.o.Resources
	args := []string{
		"--parsable", "--requeue", "--open-mode=append", "--input=/dev/null", "--ntasks=1", "--nodes=1",
		"--job-name=" + s.o.Name, "--output=" + filepath.Join(s.o.Dir, "%A_%a.out"),
		fmt.Sprintf("--array=0-%d", n-1), fmt.Sprintf("--cpus-per-task=%d", r.CPUs),
	}
	if r.GPUs > 0 {
		args = append(args, fmt.Sprintf("--gres=gpu:%d", r.GPUs))
	}
	if r.Memory > 0 {
		args = append(args, fmt.Sprintf("--mem=%dM", (r.Memory+1<<20-1)>>20))
	}
	if r.TimeLimit > 0 {
		minutes := int((r.TimeLimit + time.Minute - 1) / time.Minute)
		args = append(args, fmt.Sprintf("--time=%d", minutes))
		if s.o.Warning < r.TimeLimit {
			args = append(args, fmt.Sprintf("--signal=B:TERM@%d", int(s.o.Warning.Seconds())))
		}
	}
	return append(args, s.o.Args...)
}

// slurmScript runs the task's job. Everything is quoted; the shell is replaced
// by the job, which so receives Slurm's signals itself.
func slurmScript(jobs []Job) []byte {
	var b bytes.Buffer
	b.WriteString("#!/bin/sh\ncase $SLURM_ARRAY_TASK_ID in\n")
	for i, j := range jobs {
		fmt.Fprintf(&b, "%d)\n\tcd %s || exit 72\n", i, quoted(j.Dir))
		for _, e := range j.Env {
			name, value, _ := strings.Cut(e, "=")
			fmt.Fprintf(&b, "\texport %s=%s\n", name, quoted(value))
		}
		b.WriteString("\texec")
		for _, a := range j.Argv {
			b.WriteString(" " + quoted(a))
		}
		fmt.Fprintf(&b, " </dev/null >>%s 2>&1\n\t;;\n", quoted(j.Log))
	}
	b.WriteString("esac\n")
	return b.Bytes()
}

// quoted is a word for the shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// Cancel cancels jobs; scancel takes those that have ended.
func (s *Slurm) Cancel(ctx context.Context, handles []string) error {
	for len(handles) > 0 {
		part := handles[:min(len(handles), 200)]
		if _, err := slurmCommand(ctx, "scancel", part...); err != nil && !errors.Is(err, errUnknownJob) {
			return err
		}
		handles = handles[len(part):]
	}
	return nil
}

// Wake is nil: only Poll can tell.
func (s *Slurm) Wake() <-chan struct{} { return nil }

// Interval spares the controller: sites ask for no more.
func (s *Slurm) Interval() time.Duration { return 2 * time.Second }

// Survives is true: jobs are the cluster's.
func (s *Slurm) Survives() bool { return true }

// errUnknownJob is wrapped by errors about a job that Slurm has forgotten.
var errUnknownJob = errors.New("no such job")

// slurmCommand runs one of Slurm's commands and returns what it prints.
func slurmCommand(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil {
		return stdout.String(), nil
	}
	text := strings.TrimSpace(stderr.String())
	first, _, _ := strings.Cut(text, "\n")
	switch {
	case strings.Contains(text, "Invalid job id"):
		return "", fmt.Errorf("slurm: %s: %w", name, errUnknownJob)
	case ctx.Err() != nil, silent(text):
		return "", unreachable(name, errors.Join(err, errors.New(first)))
	}
	return "", fmt.Errorf("slurm: %s failed: %s", name, first)
}

// silent reports whether Slurm's message means that its controller could not be
// asked.
func silent(text string) bool {
	for _, sign := range []string{
		"Unable to contact slurm controller", "Connection refused", "Connection timed out", "Socket timed out",
		"Communication connection failure", "Zero Bytes were transmitted", "slurm_load_jobs error: Unexpected message",
		"Transport endpoint", "Resource temporarily unavailable", "Munge", "munge",
	} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}
