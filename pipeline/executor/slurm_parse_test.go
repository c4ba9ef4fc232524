package executor

import (
	"maps"
	"strings"
	"testing"
	"time"
)

// The texts are what Slurm 22.05.8 printed.
func TestParseSlurm(t *testing.T) {
	got := parseQueue("1_1|PENDING|Resources|\n1_2|RUNNING|None|vm\n1_3|COMPLETING|None|vm\n7|CANCELLED|None|vm\nslurm_load: nonsense\n")
	want := map[string]Status{
		"1_1": {Phase: Waiting, Detail: "Resources"},
		"1_2": {Phase: Running, Node: "vm"},
		"1_3": {Phase: Running, Node: "vm"},
		"7":   {Phase: Ended, End: Cancelled, Node: "vm", Detail: "Slurm says CANCELLED"},
	}
	if !maps.Equal(got, want) {
		t.Errorf("queue %+v, want %+v", got, want)
	}
	for text, want := range map[string]Status{
		"JobId=5 ArrayJobId=1 ArrayTaskId=3 JobName=x Reason=NonZeroExitCode JobState=FAILED ExitCode=7:0 NodeList=vm NumNodes=1": {Phase: Ended, End: Exited, ExitCode: 7, Node: "vm", Detail: "Slurm says FAILED"},
		"JobId=5 JobState=COMPLETED Reason=None ExitCode=0:0 NodeList=vm":                                                         {Phase: Ended, End: Exited, Node: "vm"},
		"JobId=5 JobState=FAILED Reason=RaisedSignal:11 ExitCode=0:11 NodeList=vm":                                                {Phase: Ended, End: Crashed, Node: "vm", Detail: "it died of signal 11"},
		"JobId=5 JobState=FAILED Reason=RaisedSignal:9 ExitCode=0:9 NodeList=vm":                                                  {Phase: Ended, End: Lost, Node: "vm", Detail: "it was killed by signal 9"},
		"JobId=5 JobState=NODE_FAIL Reason=NodeDown ExitCode=1:0 NodeList=vm":                                                     {Phase: Ended, End: Lost, ExitCode: 1, Node: "vm", Detail: "Slurm says NODE_FAIL"},
		"JobId=5 JobState=TIMEOUT Reason=TimeLimit ExitCode=0:15 NodeList=vm":                                                     {Phase: Ended, End: TimedOut, Node: "vm", Detail: "Slurm says TIMEOUT"},
		"JobId=5 JobState=OUT_OF_MEMORY ExitCode=0:125 NodeList=vm":                                                               {Phase: Ended, End: OutOfMemory, Node: "vm", Detail: "Slurm says OUT_OF_MEMORY"},
		"JobId=5 JobState=PENDING Reason=BeginTime Restarts=1 ExitCode=0:0":                                                       {Phase: Waiting, Detail: "BeginTime"},
	} {
		if got := parseControl(text); got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
	if s := slurmStatus("CANCELLED by 0", "0:0"); s.End != Cancelled {
		t.Errorf("sacct's CANCELLED by 0: %+v", s)
	}
	if s := slurmStatus("CANCELLED+", "0:0"); s.End != Cancelled {
		t.Errorf("sacct's CANCELLED+: %+v", s)
	}
}

func TestSlurmScript(t *testing.T) {
	got := string(slurmScript([]Job{
		{Dir: "/a b", Env: []string{"X=it's"}, Argv: []string{"/bin/memdil", "study", "trial", "/s/$HOME"}, Log: "/s/log"},
		{Dir: "/", Argv: []string{"true"}, Log: "l"},
	}))
	want := `#!/bin/sh
case $SLURM_ARRAY_TASK_ID in
0)
	cd '/a b' || exit 72
	export X='it'\''s'
	exec '/bin/memdil' 'study' 'trial' '/s/$HOME' </dev/null >>'/s/log' 2>&1
	;;
1)
	cd '/' || exit 72
	exec 'true' </dev/null >>'l' 2>&1
	;;
esac
`
	if got != want {
		t.Errorf("the script is\n%s, want\n%s", got, want)
	}
}

func TestSlurmArguments(t *testing.T) {
	s := Slurm{o: SlurmOptions{
		Name: "n", Dir: "/d", Args: []string{"--partition=gpu"}, Warning: 2 * time.Minute,
		Resources: Resources{CPUs: 4, GPUs: 1, Memory: 1<<30 + 1, TimeLimit: 90 * time.Second * 60},
	}}
	got := strings.Join(s.sbatchArgs(3), " ")
	for _, want := range []string{"--array=0-2", "--cpus-per-task=4", "--gres=gpu:1", "--mem=1025M", "--time=90", "--signal=B:TERM@120", "--requeue", "--partition=gpu"} {
		if !strings.Contains(got, want) {
			t.Errorf("sbatch %s lacks %s", got, want)
		}
	}
}

// FuzzParseSlurm checks that nothing that a site's Slurm prints makes the
// parsers panic.
func FuzzParseSlurm(f *testing.F) {
	f.Add("1_1|PENDING|None|\n", "JobId=5 JobState=FAILED ExitCode=7:0")
	f.Fuzz(func(t *testing.T, queue, job string) {
		for h, s := range parseQueue(queue) {
			if s.Phase == "" {
				t.Errorf("job %q has no phase", h)
			}
		}
		if s := parseControl(job); s.Phase == "" {
			t.Error("no phase")
		}
	})
}
