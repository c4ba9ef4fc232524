package study

import (
	"fmt"
	"hash/crc32"
	"path/filepath"
	"runtime"
	"time"

	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/pipeline/executor"
	"github.com/memdil/memdil/pipeline/settings"
)

// slots are what trials run in.
type slots struct {
	concurrency int
	threads     int // of each
	gpus        []string
	perTrial    int // GPUs
}

// Fill takes from the original's config.ini what is still open.
func (e *Execute) Fill(i settings.INI) {
	if e.Concurrency == 0 {
		e.Concurrency = i.Jobs
	}
	if e.Threads == 0 {
		e.Threads = i.CPUs
	}
	if e.GPUs < 0 && i.GPUs > 0 {
		e.GPUs = i.GPUs
	}
	if e.Memory == 0 {
		e.Memory = int64(i.MemoryGB * (1 << 30))
	}
}

// slots settles what the study file leaves open. On this machine, trials that
// use a GPU have one each, and the cores are divided.
func (e Execute) slots() slots {
	s := slots{concurrency: e.Concurrency, threads: e.Threads, perTrial: max(e.GPUs, 0)}
	local := e.Executor == executor.KindLocal
	if local && s.perTrial > 0 {
		s.gpus = executor.GPUs()
	}
	if s.concurrency == 0 {
		s.concurrency = 1
		if s.perTrial > 0 && len(s.gpus) > 0 {
			s.concurrency = max(1, len(s.gpus)/s.perTrial)
		}
	}
	if s.threads == 0 {
		s.threads = 1
		if local {
			s.threads = max(1, runtime.GOMAXPROCS(0)/s.concurrency)
		}
	}
	return s
}

// settleGPUs gives each trial a GPU where the settings ask for one.
func (p *Plan) settleGPUs() {
	if p.Execute.GPUs >= 0 {
		return
	}
	p.Execute.GPUs = 0
	for i := range p.Cells {
		e, err := experiment(p.Settings(&p.Cells[i], nil))
		if err != nil {
			continue // which was checked before
		}
		if e.Device.Kind == ort.CUDA || e.Device.Kind == ort.Auto && p.Execute.Executor == executor.KindLocal && ort.HasGPU() {
			p.Execute.GPUs = 1
		}
	}
}

// newExecutor returns what runs the trials of a study.
func (p *Plan) newExecutor(dir string, s slots, program string) (executor.Executor, error) {
	r := executor.Resources{CPUs: s.threads, GPUs: s.perTrial, Memory: p.Execute.Memory, TimeLimit: p.Execute.TimeLimit}
	switch p.Execute.Executor {
	case executor.KindSlurm:
		return executor.NewSlurm(executor.SlurmOptions{
			Resources: r, Name: jobName(dir), Dir: filepath.Join(dir, jobsDir), Args: p.Execute.SlurmArgs,
		})
	case executor.KindRay:
		x, err := executor.NewRay(executor.RayOptions{
			Resources: r, Address: p.Execute.RayAddress, Program: program, Name: jobName(dir),
			Metadata: map[string]string{"study": dir},
		})
		if err != nil {
			return nil, hinted("ray-address", err.Error(), "say where the dashboard is: --ray-address http://HOST:8265")
		}
		return x, nil
	}
	local := executor.NewLocal(r, s.gpus)
	local.Grace = killAfter
	return local, nil
}

// killAfter is how long a trial that was told to stop may take to leave its
// checkpoint; a variable for tests.
var killAfter = time.Minute

// jobName is what a cluster knows a study's jobs by: studies of other folders
// have other names.
func jobName(dir string) string {
	return fmt.Sprintf("memdil-%s-%08x", filepath.Base(dir), crc32.ChecksumIEEE([]byte(dir)))
}
