package executor

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// rayHead returns the address of a real Ray head, $MEMDIL_RAY_ADDRESS. Without
// one the test is skipped, or fails where the comma-separated list
// $MEMDIL_REQUIRE contains ray; scripts/cluster/run starts one.
func rayHead(t *testing.T) string {
	t.Helper()
	address := os.Getenv("MEMDIL_RAY_ADDRESS")
	if address == "" && slices.Contains(strings.Split(os.Getenv("MEMDIL_REQUIRE"), ","), "ray") {
		t.Fatal("no MEMDIL_RAY_ADDRESS")
	}
	if address == "" {
		t.Skip("no MEMDIL_RAY_ADDRESS: `task cluster -- ray` starts a Ray head")
	}
	return address
}

// TestRayHead runs jobs on a real Ray head. The program that is shipped is a
// shell.
func TestRayHead(t *testing.T) {
	x, err := NewRay(RayOptions{Address: rayHead(t), Program: "/bin/sh", Name: "memdil-test", Resources: Resources{CPUs: 1}})
	if err != nil {
		t.Fatal(err)
	}
	ok, bad := shell(t, "ok", `test "$GREETING" = hello && echo done`), shell(t, "bad", "exit 3")
	long, killed := shell(t, "long", "echo begun; sleep 100"), shell(t, "killed", "kill -9 $$")
	handles := submit(t, x, ok, bad, killed)
	if again := submit(t, x, ok); again[0] != handles[0] {
		t.Errorf("the same job again is %s", again[0])
	}
	for i, want := range []Status{{End: Exited}, {End: Exited, ExitCode: 3}, {End: Lost}} {
		if got := end(t, x, handles[i]); got.End != want.End || want.End == Exited && got.ExitCode != want.ExitCode {
			t.Errorf("job %d: %+v, want %+v", i, got, want)
		}
	}
	waitForLine(t, ok.Log, "done")
	h := submit(t, x, long)
	waitForLine(t, long.Log, "begun")
	start := time.Now()
	if err := x.Cancel(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	if s := end(t, x, h[0]); s.End != Cancelled || time.Since(start) > 50*time.Second {
		t.Errorf("stopped: %+v after %s", s, time.Since(start))
	}
	if s := end(t, x, "memdil-test-unknown"); s.End != Lost {
		t.Errorf("an unknown job: %+v", s)
	}
}
