package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
		{"run --loss=", "--loss=CrossEntropy --loss=LS --loss=LR --loss=MSE"},
		{"run --model=MLP --Loss=l", "--Loss=LS --Loss=LR"},
		{"run --log-format=j", "--log-format=json"},
		{"run --use_bn=", "--use_bn=true --use_bn=false"},
		{"run --data_dir=", ""},
		{"run --nothing=", ""},
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

// inShells are programs that load memdil's script and print what their first
// argument, a command line, may go on with, a line each. The others are bash's
// words of it. Of zsh, which completes nothing without a terminal, the script
// alone is put to work.
var inShells = map[string][]string{
	"bash": {"--norc", "-c", `
		source <(memdil completion bash)
		COMP_LINE=$0 COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_memdil
		printf '%s\n' "${COMPREPLY[@]}"`},
	"zsh": {"-f", "-c", `
		compdef() { : }
		compset() { : }
		_files() { : }
		compadd() { print -l -- $found }
		source <(memdil completion zsh)
		words=(${(s: :)0}) CURRENT=$#words
		if [[ $0 == *' ' ]] { words+=('') CURRENT+=1 }
		_memdil`},
	"fish": {"--no-config", "-c", `
		memdil completion fish | source
		complete -C $argv[1]`},
}

// TestCompletionInShells completes command lines in every shell that is here.
func TestCompletionInShells(t *testing.T) {
	bin := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s' \"$@\"\n", asProgram, self)
	if err := os.WriteFile(filepath.Join(bin, "memdil"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	for _, c := range []struct {
		line string
		bash []string // its words, which end at = and : too
		want string
		keep string // what of it bash leaves out, for it stands there already
	}{
		{"memdil run --mode", []string{"memdil", "run", "--mode"}, "--model", ""},
		{"memdil study ", []string{"memdil", "study", ""}, "run resume status best report", ""},
		{"memdil run --loss L", []string{"memdil", "run", "--loss", "L"}, "LS LR", ""},
		{"memdil run --loss=L", []string{"memdil", "run", "--loss", "=", "L"}, "--loss=LS --loss=LR", "--loss="},
		{"memdil run --loss=L", []string{"memdil", "run", "--loss=L"}, "--loss=LS --loss=LR", ""}, // as COMP_WORDBREAKS may have it
		{"memdil run --use_bn=", []string{"memdil", "run", "--use_bn", "="}, "--use_bn=true --use_bn=false", "--use_bn="},
		{"memdil run --dataset folder:a --model=ML", []string{"memdil", "run", "--dataset", "folder", ":", "a", "--model", "=", "ML"}, "--model=MLP", "--model="},
		{"memdil run  --loss=LS --loop d", []string{"memdil", "run", "--loss", "=", "LS", "--loop", "d"}, "device", ""},
	} {
		for shell, args := range inShells {
			if _, err := exec.LookPath(shell); err != nil {
				continue
			}
			args = append(slices.Clone(args), c.line)
			want := strings.Fields(c.want)
			if shell == "bash" {
				args = append(args, c.bash...)
				for i := range want {
					want[i] = strings.TrimPrefix(want[i], c.keep)
				}
			}
			out, err := exec.Command(shell, args...).CombinedOutput()
			got := strings.Fields(string(out))
			slices.Sort(got) // as fish does
			slices.Sort(want)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %q becomes %q (%v), want %q", shell, c.line, got, err, want)
			}
		}
	}
}
