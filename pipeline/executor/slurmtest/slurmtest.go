// Package slurmtest gives tests a real Slurm cluster of one node, on this
// machine's loopback. Nothing outside tests imports this package.
package slurmtest

import (
	_ "embed"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

//go:embed slurm.conf
var conf string

// Cluster is a Slurm at work.
type Cluster struct {
	t    testing.TB
	dir  string
	host string
}

// Start starts a cluster for the test, which it ends with, and sets SLURM_CONF.
// The node has two processors and two GPUs, which are /dev/null and /dev/zero.
// Where Slurm or the rights to start it are missing the test is skipped, or fails
// where the comma-separated list $MEMDIL_REQUIRE contains slurm.
func Start(t testing.TB) *Cluster {
	t.Helper()
	if lacks := missing(); lacks != "" {
		if slices.Contains(strings.Split(os.Getenv("MEMDIL_REQUIRE"), ","), "slurm") {
			t.Fatal(lacks)
		}
		t.Skip(lacks)
	}
	dir, err := os.MkdirTemp("", "slurm")
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{t: t, dir: dir, host: host}
	t.Cleanup(c.end)
	c.configure()
	t.(interface{ Setenv(key, value string) }).Setenv("SLURM_CONF", filepath.Join(dir, "slurm.conf"))
	c.munge()
	c.run("slurmctld")
	c.StartNode()
	return c
}

// missing says what there is no cluster for.
func missing() string {
	for _, program := range []string{"slurmctld", "slurmd", "munged", "sbatch", "setpriv"} {
		if _, err := exec.LookPath(program); err != nil {
			return "no " + program + ": install slurm-wlm and munge"
		}
	}
	if os.Getuid() != 0 {
		return "only root can start Slurm"
	}
	return ""
}

// configure writes the configuration.
func (c *Cluster) configure() {
	c.must(os.Chmod(c.dir, 0o755)) // munge is another user
	for _, sub := range []string{"spool", "state"} {
		c.must(os.Mkdir(filepath.Join(c.dir, sub), 0o755))
	}
	text := strings.NewReplacer("HOST", c.host, "DIR", c.dir, "CONTROLPORT", c.freePort(), "NODEPORT", c.freePort()).Replace(conf)
	c.must(os.WriteFile(filepath.Join(c.dir, "slurm.conf"), []byte(text), 0o644))
	gres := "NodeName=" + c.host + " Name=gpu File=/dev/null\nNodeName=" + c.host + " Name=gpu File=/dev/zero\n"
	c.must(os.WriteFile(filepath.Join(c.dir, "gres.conf"), []byte(gres), 0o644))
}

// freePort returns a port of the loopback that nobody listens on.
func (c *Cluster) freePort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	c.must(err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	c.must(errors.Join(err, l.Close()))
	return port
}

// munge starts the service by which Slurm's parts trust each other.
func (c *Cluster) munge() {
	m := filepath.Join(c.dir, "munge")
	c.must(os.Mkdir(m, 0o700))
	key := make([]byte, 128)
	for i := range key {
		key[i] = byte(i) // a secret of a test on the loopback
	}
	c.must(os.WriteFile(filepath.Join(m, "munge.key"), key, 0o400))
	c.run("chown", "-R", "munge:munge", m)
	// The socket lies where anybody may go, in a folder that munge may write to.
	sockets := filepath.Join(c.dir, "sockets")
	c.must(os.Mkdir(sockets, 0o755))
	c.run("chown", "munge:munge", sockets)
	c.must(os.Symlink(filepath.Join(sockets, "munge.sock"), filepath.Join(c.dir, "munge.sock")))
	c.run("setpriv", "--reuid=munge", "--regid=munge", "--clear-groups", "munged", "--force",
		"--socket="+filepath.Join(sockets, "munge.sock"), "--key-file="+filepath.Join(m, "munge.key"),
		"--pid-file="+filepath.Join(m, "pid"), "--log-file="+filepath.Join(m, "log"), "--seed-file="+filepath.Join(m, "seed"))
}

// StartNode starts the node and waits until it takes jobs.
func (c *Cluster) StartNode() {
	c.t.Helper()
	c.run("slurmd", "-N", c.host)
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		out, err := exec.Command("sinfo", "-h", "-o", "%T").Output()
		if state := strings.TrimSpace(string(out)); err == nil && (state == "idle" || state == "mixed" || state == "allocated") {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("the node is %s, %v: %s", out, err, c.log("slurmd.log"))
		}
	}
}

// LoseNode kills the node and all that runs on it, as a power failure would.
func (c *Cluster) LoseNode() {
	c.t.Helper()
	for _, pid := range append([]int{c.pid("slurmd.pid")}, c.steps()...) {
		_ = syscall.Kill(pid, syscall.SIGKILL) // what has ended meanwhile is dead too
	}
}

// steps returns the processes of jobs: those below a slurmstepd of this cluster.
func (c *Cluster) steps() []int {
	parents, daemons := map[int]int{}, map[int]bool{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is sound
	for _, path := range stats {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		name, rest, _ := strings.Cut(string(data), ") ")
		fields := strings.Fields(rest)
		parents[pid], _ = strconv.Atoi(fields[1])
		env, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "environ"))
		daemons[pid] = strings.HasSuffix(name, "(slurmstepd") && strings.Contains(string(env), c.dir)
	}
	var found []int
	for pid := range parents {
		for p := pid; p > 1; p = parents[p] {
			if daemons[p] {
				found = append(found, pid)
				break
			}
		}
	}
	return found
}

// StopController stops the controller, so that no command is answered.
func (c *Cluster) StopController() {
	c.t.Helper()
	pid := c.pid("slurmctld.pid")
	c.must(syscall.Kill(pid, syscall.SIGTERM))
	for syscall.Kill(pid, 0) == nil {
		time.Sleep(50 * time.Millisecond)
	}
}

// StartController starts it again.
func (c *Cluster) StartController() {
	c.t.Helper()
	c.run("slurmctld")
}

// Command runs one of Slurm's commands and returns what it prints.
func (c *Cluster) Command(name string, args ...string) string {
	c.t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
	return string(out)
}

func (c *Cluster) run(name string, args ...string) {
	c.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		c.t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

func (c *Cluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// end kills the cluster and removes its folder.
func (c *Cluster) end() {
	c.LoseNode()
	for _, name := range []string{"slurmctld.pid", "munge/pid"} {
		if pid := c.pid(name); pid > 1 {
			_ = syscall.Kill(pid, syscall.SIGTERM)
		}
	}
	time.Sleep(200 * time.Millisecond) // they still write
	_ = os.RemoveAll(c.dir)
}

// pid reads a daemon's number, -1 for none; kill refuses that for itself.
func (c *Cluster) pid(name string) int {
	data, err := os.ReadFile(filepath.Join(c.dir, name))
	if errors.Is(err, os.ErrNotExist) || err != nil {
		return 1 << 30 // nobody's
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || pid <= 1 {
		return 1 << 30
	}
	return pid
}

func (c *Cluster) log(name string) string {
	data, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-1000):])
}
