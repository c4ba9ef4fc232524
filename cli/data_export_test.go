package cli

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/pipeline/runfolder"
)

func TestDataExport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "exported")
	small := []string{"--data-dir", "embedded", "--model", "MLP", "--depth", "1", "--sample-size", "20", "--batch_size", "8"}
	again := filepath.Join(t.TempDir(), "again")
	for _, c := range []struct {
		args   []string
		fails  bool
		stdout string
		stderr string
	}{
		{append(small, "-o", dir), false, dir + "\n", ""},
		{append(small, "-o", dir), true, "", "memdil: --output: folder " + dir + " is not empty; name another, or move this one away with --force\n"},
		{append(small, "-o", dir, "--force"), false, dir + "\n", "moved the old folder away"},
		{[]string{"-f", filepath.Join(dir, runfolder.ExperimentFile), "-o", again}, false, again + "\n", ""},
		{small, true, "", "memdil: -o DIR is missing; "},
		{append(small, "-o", again, "runs"), true, "", `unexpected argument "runs"`},
		{append(small, "-o", again, "--dataset", "emnist"), true, "", "--dataset: "},
		{append(small, "-o", again, "--runs_dir", "x"), true, "", "unknown flag --runs_dir"},
	} {
		var stdout, stderr bytes.Buffer
		err := Run(context.Background(), append([]string{"memdil", "data", "export"}, c.args...), &stdout, &stderr)
		if (err != nil) != c.fails || stdout.String() != c.stdout || !strings.Contains(stderr.String(), c.stderr) {
			t.Errorf("%q: error %v, printed %q and %q", c.args, err, stdout.String(), stderr.String())
		}
	}
}
