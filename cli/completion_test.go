package cli

import (
	"bytes"
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestComplete completes words as the shells' scripts ask for.
func TestComplete(t *testing.T) {
	for _, c := range []struct{ words, want string }{
		{"r", "run report runtime"},
		{"graph ", "new show check grad step epoch"},
		{"run --mo", "--model --momentum"},
		{"run --weight-", "--weight_decay"},
		{"run --use_bn --LOSS ", "CrossEntropy LS LR MSE"},
		{"run --use-bn --model=MLP --loss l", "LS LR"},
		{"run --data_dir ", ""},
		{"run --log-format ", "human json"},
		{"study run --executor s", "slurm"},
		{"data fetch ci", "cifar10 cifar100 cifar10_random"},
		{"metrics runs/", ""},
		{"metrics runs/a --f", ""}, // flags come first
		{"nothing ", ""},
		{"completion --", "--help --verbose --quiet --log-format"},
	} {
		var out bytes.Buffer
		args := append([]string{"memdil", "completion", "--words", "--"}, strings.Split(c.words, " ")...)
		if err := Run(context.Background(), args, &out, &out); err != nil {
			t.Errorf("%s: %v", c.words, err)
		}
		if got := strings.Fields(out.String()); !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%q becomes %q, want %q", c.words, got, c.want)
		}
	}
}

// TestCompletionScripts has every shell that is here read its script.
func TestCompletionScripts(t *testing.T) {
	for _, shell := range shells {
		var out bytes.Buffer
		if err := Run(context.Background(), []string{"memdil", "completion", shell}, &out, &out); err != nil {
			t.Fatal(err)
		}
		path, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		check := exec.Command(path, "-n")
		check.Stdin = &out
		if message, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", shell, err, message)
		}
	}
}
