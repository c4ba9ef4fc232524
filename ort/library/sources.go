package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// source is a tool that can download the runtime.
type source struct {
	name string
	get  func(ctx context.Context, i installer, p pin, work string) (path string, err error)
}

// sources are tried in this order. The host's Python does not matter to any: the wheel's tags are named.
var sources = []source{
	{"python3 -m pip", pip("python3", "-m", "pip")},
	{"pip3", pip("pip3")},
	{"pip", pip("pip")},
	{"uv", uv},
	{"npm", npm},
}

// pipArgs are pip's arguments to download the pinned wheel and nothing else.
func pipArgs(p pin) []string {
	return []string{"download", "--no-deps", "--only-binary=:all:", "--platform", p.tag,
		"--python-version", pythonVersion, "--implementation", "cp", "--abi", pythonABI, p.pkg + "==" + p.version}
}

// pip downloads the wheel with the pip that the command is.
func pip(command ...string) func(context.Context, installer, pin, string) (string, error) {
	return func(ctx context.Context, i installer, p pin, work string) (string, error) {
		requirements, err := writeRequirements(p, work)
		if err != nil {
			return "", err
		}
		args := pipArgs(p)
		args = append(args[:len(args)-1], "--quiet", "--require-hashes", "--requirement", requirements, "--dest", work)
		if err := i.run(ctx, p, work, append(command, args...)...); err != nil {
			return "", err
		}
		wheel, err := only(work, "*.whl")
		if err != nil {
			return "", err
		}
		return i.unpack(p, wheel, work)
	}
}

// uv has no download, but installs into any folder; it checks the wheel's hash, and leaves the wheel's RECORD to check the files.
func uv(ctx context.Context, i installer, p pin, work string) (string, error) {
	requirements, err := writeRequirements(p, work)
	if err != nil {
		return "", err
	}
	target := filepath.Join(work, "target")
	if err := i.run(ctx, p, work, "uv", "pip", "install", "--quiet", "--target", target, "--no-deps", "--only-binary", ":all:",
		"--python-platform", p.uvTag, "--python-version", pythonVersion, "--require-hashes", "--requirement", requirements); err != nil {
		return "", err
	}
	libraries := filepath.Join(work, "libraries")
	if err := takeInstalled(target, libraries); err != nil {
		return "", err
	}
	return i.publish(p.release, libraries)
}

// takeInstalled copies the libraries of a wheel that was installed into target, each as the RECORD there has it.
func takeInstalled(target, dir string) error {
	path, err := only(target, "onnxruntime*.dist-info/RECORD")
	if err != nil {
		return err
	}
	record, err := os.Open(path)
	if err != nil {
		return err
	}
	defer record.Close()
	sums, err := readRecord(record)
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for name, sum := range sums {
		m := wheelLibrary.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		if err := copyLibrary(filepath.Join(dir, m[1]), filepath.Join(target, name), sum); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func copyLibrary(to, from, sum string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return writeRecorded(to, f, sum)
}

// writeRequirements writes the requirements file that makes pip and uv check the wheel's hash.
func writeRequirements(p pin, work string) (string, error) {
	path := filepath.Join(work, "requirements.txt")
	line := fmt.Sprintf("%s==%s --hash=sha256:%s\n", p.pkg, p.version, p.sha256)
	return path, os.WriteFile(path, []byte(line), 0o644)
}

// only is the one file that matches the pattern in the folder.
func only(dir, pattern string) (string, error) {
	matches, err := fs.Glob(os.DirFS(dir), pattern)
	if err != nil {
		return "", err
	}
	if len(matches) != 1 {
		return "", fmt.Errorf("it left %d files %s, want one", len(matches), pattern)
	}
	return filepath.Join(dir, matches[0]), nil
}

// run runs a tool; its error is the last line that the tool wrote, where it says why.
func (i installer) run(ctx context.Context, p pin, work string, command ...string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	if cmd.Err != nil {
		return errors.New("not found")
	}
	i.tell("downloading %s %s (%d MB) with %s", p.pkg, p.version, p.megabytes, command[0])
	// Settings of the user that would stop or garble a download; proxies, certificates and mirrors stay.
	cmd.Env = append(os.Environ(), "PIP_REQUIRE_VIRTUALENV=0", "PIP_NO_INPUT=1", "PIP_DISABLE_PIP_VERSION_CHECK=1")
	cmd.Dir = work
	// A group of its own, so that cancelling ends the tool's children as well.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return fmt.Errorf("%w: %s", err, last)
	}
	return err
}
