package executor

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// Local runs jobs as processes of this machine. A job's standard input is a
// leash: it closes when the job is to stop, and when this process dies.
type Local struct {
	// Grace is how long a job may take to stop before it is killed; NewLocal
	// sets 30 seconds.
	Grace time.Duration

	resources Resources
	gpus      []string // devices to hand out
	inUse     map[string]int
	jobs      map[string]*process
	wake      chan struct{}
}

var _ Executor = (*Local)(nil)

// process is a job of Local.
type process struct {
	cmd       *exec.Cmd
	leash     io.Closer
	started   time.Time
	gpus      []string
	done      chan struct{}
	err       error // of Wait, once done is closed
	why       End   // why Local ended it, "" if it did not
	detail    string
	cancelled time.Time // when it was told to stop
}

// NewLocal returns an executor on this machine. gpus are the devices that jobs
// get, in CUDA_VISIBLE_DEVICES; jobs share them where there are too few.
func NewLocal(r Resources, gpus []string) *Local {
	return &Local{Grace: 30 * time.Second, resources: r, gpus: gpus, inUse: map[string]int{}, jobs: map[string]*process{}, wake: make(chan struct{}, 1)}
}

// Submit starts processes.
func (l *Local) Submit(_ context.Context, jobs []Job) ([]string, error) {
	var handles []string
	for _, j := range jobs {
		p, err := l.start(j)
		if err != nil {
			return handles, fmt.Errorf("starting %s: %w", j.Name, err)
		}
		handle := strconv.Itoa(p.cmd.Process.Pid)
		l.jobs[handle] = p
		handles = append(handles, handle)
	}
	return handles, nil
}

func (l *Local) start(j Job) (*process, error) {
	log, err := os.OpenFile(j.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &process{gpus: l.takeGPUs(), done: make(chan struct{}), started: time.Now()}
	p.cmd = exec.Command(j.Argv[0], j.Argv[1:]...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = j.Dir, log, log
	p.cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(l.resources.CPUs))
	p.cmd.Env = append(p.cmd.Env, j.Env...)
	if len(p.gpus) > 0 {
		p.cmd.Env = append(p.cmd.Env, "CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES="+join(p.gpus))
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal's Ctrl-C is this process's alone
	if p.leash, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		l.giveGPUs(p.gpus)
		return nil, err
	}
	preferToKill(p.cmd.Process.Pid)
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}()
	return p, nil
}

// takeGPUs returns the devices for one job, those in least use.
func (l *Local) takeGPUs() []string {
	var taken []string
	for range min(l.resources.GPUs, len(l.gpus)) {
		best := ""
		for _, g := range l.gpus {
			if (best == "" || l.inUse[g] < l.inUse[best]) && !contains(taken, g) {
				best = g
			}
		}
		l.inUse[best]++
		taken = append(taken, best)
	}
	return taken
}

func (l *Local) giveGPUs(gpus []string) {
	for _, g := range gpus {
		l.inUse[g]--
	}
}

// Poll looks after the processes: it ends those that are beyond their limits.
func (l *Local) Poll(_ context.Context, handles []string) (map[string]Status, error) {
	out := make(map[string]Status, len(handles))
	for _, h := range handles {
		p, ok := l.jobs[h]
		if !ok { // of another process, which has died and its jobs with it
			out[h] = Status{Phase: Ended, End: Lost, Detail: "its study was ended"}
			continue
		}
		select {
		case <-p.done:
			out[h] = p.status()
			l.giveGPUs(p.gpus)
			delete(l.jobs, h)
		default:
			l.limit(p)
			out[h] = Status{Phase: Running}
		}
	}
	return out, nil
}

// limit ends a process that is beyond its limits.
func (l *Local) limit(p *process) {
	switch {
	case !p.cancelled.IsZero():
		if time.Since(p.cancelled) > l.Grace {
			kill(p)
		}
	case l.resources.TimeLimit > 0 && time.Since(p.started) > l.resources.TimeLimit:
		p.stop(TimedOut, fmt.Sprintf("it ran for more than %s", l.resources.TimeLimit))
	case l.resources.Memory > 0:
		if used := residentBytes(p.cmd.Process.Pid); used > l.resources.Memory {
			p.stop(OutOfMemory, fmt.Sprintf("it used %d MiB of memory, more than the %d MiB it may use", used>>20, l.resources.Memory>>20))
			kill(p)
		}
	}
}

// stop tells the process to stop, by its leash.
func (p *process) stop(why End, detail string) {
	if p.why == "" {
		p.why, p.detail, p.cancelled = why, detail, time.Now()
		_ = p.leash.Close() // a pipe
	}
}

func kill(p *process) { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }

// status says how a process ended.
func (p *process) status() Status {
	s := Status{Phase: Ended, End: Exited, ExitCode: p.cmd.ProcessState.ExitCode(), Detail: p.detail}
	ws, _ := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case p.why != "":
		s.End = p.why
	case !ws.Signaled():
	case ws.Signal() == syscall.SIGKILL, ws.Signal() == syscall.SIGTERM, ws.Signal() == syscall.SIGINT, ws.Signal() == syscall.SIGHUP:
		s.End, s.Detail = Lost, fmt.Sprintf("it was killed by signal %d", ws.Signal())
		if ws.Signal() == syscall.SIGKILL {
			s.Detail += ", perhaps by the system, for want of memory"
		}
	default:
		s.End, s.Detail = Crashed, "it died of "+ws.Signal().String()
	}
	return s
}

// Cancel closes the leashes; a process that does not stop in time is killed by
// a later Poll.
func (l *Local) Cancel(_ context.Context, handles []string) error {
	for _, h := range handles {
		if p, ok := l.jobs[h]; ok {
			p.stop(Cancelled, "")
		}
	}
	return nil
}

// Wake tells when a process has ended.
func (l *Local) Wake() <-chan struct{} { return l.wake }

// Interval is how often limits are checked.
func (l *Local) Interval() time.Duration { return 500 * time.Millisecond }

// Survives is false: the leash ends with this process.
func (l *Local) Survives() bool { return false }
