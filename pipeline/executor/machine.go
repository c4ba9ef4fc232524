package executor

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// GPUs returns the NVIDIA GPUs of this machine that jobs may use, as
// CUDA_VISIBLE_DEVICES names them: those of that variable if it is set, else
// those that nvidia-smi or the device files show.
func GPUs() []string {
	if visible, set := os.LookupEnv("CUDA_VISIBLE_DEVICES"); set {
		return fields(visible)
	}
	if out, err := exec.Command("nvidia-smi", "--query-gpu=index", "--format=csv,noheader").Output(); err == nil {
		return strings.Fields(string(out))
	}
	files, _ := filepath.Glob("/dev/nvidia[0-9]*") // the pattern is sound
	var gpus []string
	for _, f := range files {
		gpus = append(gpus, strings.TrimPrefix(f, "/dev/nvidia"))
	}
	slices.Sort(gpus)
	return gpus
}

// fields splits a list with commas.
func fields(text string) []string {
	var out []string
	for f := range strings.SplitSeq(text, ",") {
		if f = strings.TrimSpace(f); f != "" && f != "-1" {
			out = append(out, f)
		}
	}
	return out
}

func join(parts []string) string { return strings.Join(parts, ",") }

func contains(all []string, s string) bool { return slices.Contains(all, s) }

// preferToKill makes a process the first that the system ends when it runs out
// of memory. Where that cannot be said, nothing is lost.
func preferToKill(pid int) {
	_ = os.WriteFile(filepath.Join("/proc", strconv.Itoa(pid), "oom_score_adj"), []byte("600"), 0)
}

// residentBytes returns the memory that a process uses, 0 where the system does
// not tell.
func residentBytes(pid int) int64 {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "statm"))
	if err != nil {
		return 0
	}
	parts := bytes.Fields(data)
	if len(parts) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(string(parts[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
