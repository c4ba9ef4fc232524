package executor

import (
	"context"
	"errors"
	"strconv"
	"strings"
)

// Poll asks the queue for all jobs at once; of those that have left it, the
// controller's memory, and the accounting where the controller has forgotten
// them.
func (s *Slurm) Poll(ctx context.Context, handles []string) (map[string]Status, error) {
	text, err := slurmCommand(ctx, "squeue", "-r", "-h", "-n", s.o.Name, "-o", "%i|%T|%r|%N")
	if err != nil {
		return nil, err
	}
	queue := parseQueue(text)
	out := make(map[string]Status, len(handles))
	for _, h := range handles {
		status, queued := queue[h]
		if !queued || status.Phase == Ended { // the queue does not tell how
			if status, err = s.ended(ctx, h); err != nil {
				return nil, err
			}
		}
		out[h] = status
	}
	return out, nil
}

// parseQueue reads lines of ID|STATE|REASON|NODE.
func parseQueue(text string) map[string]Status {
	out := map[string]Status{}
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) != 4 {
			continue
		}
		s := slurmStatus(f[1], "")
		s.Node = f[3]
		if s.Phase == Waiting && f[2] != "None" {
			s.Detail = f[2]
		}
		out[f[0]] = s
	}
	return out
}

// ended asks how a job ended that is not in the queue.
func (s *Slurm) ended(ctx context.Context, handle string) (Status, error) {
	text, err := slurmCommand(ctx, "scontrol", "-o", "show", "job", handle)
	if err == nil {
		return parseControl(text), nil
	}
	if !errors.Is(err, errUnknownJob) {
		return Status{}, err
	}
	text, err = slurmCommand(ctx, "sacct", "-n", "-P", "-X", "-j", handle, "--format=State,ExitCode,NodeList")
	if errors.Is(err, ErrUnreachable) {
		return Status{}, err
	}
	f := strings.Split(strings.TrimSpace(text), "|")
	if err != nil || len(f) != 3 { // no accounting, or none of this job
		return Status{Phase: Ended, End: Lost, Detail: "Slurm knows nothing of it any more"}, nil
	}
	status := slurmStatus(f[0], f[1])
	status.Node = f[2]
	return status, nil
}

// parseControl reads the fields of `scontrol -o show job`.
func parseControl(text string) Status {
	fields := map[string]string{}
	for _, f := range strings.Fields(text) {
		if name, value, ok := strings.Cut(f, "="); ok && fields[name] == "" {
			fields[name] = value
		}
	}
	s := slurmStatus(fields["JobState"], fields["ExitCode"])
	s.Node = fields["NodeList"]
	if s.Phase == Waiting && fields["Reason"] != "None" {
		s.Detail = fields["Reason"]
	}
	return s
}

// slurmStatus says what a state of Slurm's means. exit is CODE:SIGNAL. States
// may be cut short or have more after them, as "CANCELLED by 0".
func slurmStatus(state, exit string) Status {
	state, _, _ = strings.Cut(state, " ")
	state = strings.TrimRight(state, "+")
	code, signal, _ := strings.Cut(exit, ":")
	exitCode, _ := strconv.Atoi(code) // 0 where there is none
	s := Status{Phase: Ended, ExitCode: exitCode, Detail: "Slurm says " + state}
	switch state {
	case "PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD", "PREEMPTED":
		return Status{Phase: Waiting, Detail: state}
	case "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "STOPPED", "STAGE_OUT", "SIGNALING", "RESIZING", "EXPEDITING":
		return Status{Phase: Running}
	case "COMPLETED":
		s.End, s.Detail = Exited, ""
	case "FAILED":
		s.End = Exited
		if signal != "" && signal != "0" {
			s.End, s.Detail = Crashed, "it died of signal "+signal
			if signal == "9" || signal == "15" {
				s.End, s.Detail = Lost, "it was killed by signal "+signal
			}
		}
	case "OUT_OF_MEMORY":
		s.End = OutOfMemory
	case "TIMEOUT", "DEADLINE":
		s.End = TimedOut
	case "CANCELLED", "REVOKED":
		s.End = Cancelled
	default: // NODE_FAIL, BOOT_FAIL, LAUNCH_FAILED, and what later versions may add
		s.End = Lost
	}
	return s
}
