package study

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/pipeline/executor/slurmtest"
)

// onCluster is a study of trials that train nothing.
const onCluster = fake + `
[search]
sampler = "sobol"
scheduler = "asha"
trials = 6
[search.space]
lr = { log = [1e-5, 1.0] }
[execute]
concurrency = 2
threads = 1
`

// TestSlurmStudy runs a study on a real Slurm, kills it without warning, and has
// another process take its jobs up.
func TestSlurmStudy(t *testing.T) {
	slurmtest.Start(t)
	p, dir := made(t, onCluster+"executor = \"slurm\"\ngpus = 1\ntime_limit = \"10m\"\n")
	runAndKill(t, dir, 2, func() {})
	mustRun(t, dir, p, "fake-trial")
	if s := status(t, dir); s.Finished != 6 || s.Finals != 1 || !s.Done {
		t.Errorf("status %s", asJSON(s))
	}
	for id := range results(t, dir) {
		if n := attempts(t, dir, id); n != 1 {
			t.Errorf("trial %s was run %d times", id, n)
		}
	}
	scripts, err := filepath.Glob(filepath.Join(dir, jobsDir, "*.sh"))
	if err != nil || len(scripts) == 0 {
		t.Errorf("job scripts %v, %v", scripts, err)
	}
}

// TestRayHeadStudy runs a study on a real Ray head, $MEMDIL_RAY_ADDRESS, which
// scripts/cluster/run starts.
func TestRayHeadStudy(t *testing.T) {
	address := os.Getenv("MEMDIL_RAY_ADDRESS")
	if address == "" && strings.Contains(os.Getenv("MEMDIL_REQUIRE"), "ray") {
		t.Fatal("no MEMDIL_RAY_ADDRESS")
	}
	if address == "" {
		t.Skip("no MEMDIL_RAY_ADDRESS: `task cluster -- ray` starts a Ray head")
	}
	p, dir := made(t, onCluster+fmt.Sprintf("executor = \"ray\"\nray_address = %q\n", address))
	mustRun(t, dir, p, "fake-trial")
	if s := status(t, dir); s.Finished != 6 || s.Finals != 1 || s.Failed != 0 {
		t.Errorf("status %s", asJSON(s))
	}
}
