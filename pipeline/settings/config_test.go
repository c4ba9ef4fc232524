package settings

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// originalINI is the form of the original's file.
const originalINI = "[PATHS]\nBASE_PATH =\nFOURCLASS_EXP_PATH =\nHO_EXP_PATH =\nTMP_PATH = /tmp\n\n[LOGGING]\nLOG_LEVEL = INFO\n\n" +
	"[RESOURCES]\nGPUS_PER_NODE = 1\nCPUS_PER_NODE = 4\nMAXIMUM_CONCURRENT_JOBS = 3\nHEAP_MEMORY_IN_GB = 10\n"

// file writes a file for a test.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestConfigOverrides puts an experiment together from two files and flags.
func TestConfigOverrides(t *testing.T) {
	first := file(t, "first.toml", "[experiment]\nLR = 0.5\nepochs = 7\nsample_size = 9\nclasses = \"all\"\n")
	second := file(t, "second.toml", "[experiment]\nlr = 0.1\nbatch-size = 16\n[provenance]\nargv = ['memdil']\n")
	c := NewConfig()
	for _, path := range []string{first, second} {
		if err := c.Read(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Set("Batch-Size", "8", FromFlag); err != nil {
		t.Fatal(err)
	}
	if err := c.Settle(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][2]string{
		"lr": {"0.1", second}, "epochs": {"7", first}, "batch_size": {"8", FromFlag}, "momentum": {"0.9", FromDefault},
		"val_split_prop": {"0.0", FromOthers}, "classes": {"10", FromOthers},
	} {
		s, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{s.Text(c.Experiment), c.Origin(name)}; got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

// TestConfigRefuses reads files that are wrong.
func TestConfigRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a.toml", "[experiment]\nepoch = 3", `: unknown setting "epoch"; did you mean epochs?`},
		{"a.toml", "[grid]\nlr = [1]", ": line 1: unknown key \"grid\"; this is a file of a study: `memdil study run -f FILE`"},
		{"a.toml", "lr = 1", `: line 1: unknown key "lr"; lr belongs under [experiment]`},
		{"a.toml", "[experiment]\nlr = -1", ": lr: -1 must be positive"},
		{"a.ini", "[PATHS]\nBASE_PAHT = x", ": unknown key [PATHS] BASE_PAHT; did you mean [PATHS] BASE_PATH?"},
		{"a.ini", "[OTHER]\nx = 1", ": unknown key [OTHER] X; the keys are [LOGGING] LOG_LEVEL, "},
		{"a.ini", "[LOGGING]\nLOG_LEVEL = LOUD", `: [LOGGING] LOG_LEVEL: "LOUD" is none of DEBUG, INFO, WARNING, ERROR`},
		{"a.ini", "[RESOURCES]\nCPUS_PER_NODE = many", `: [RESOURCES] CPUS_PER_NODE: "many" is not a whole number`},
		{"a.ini", "[RESOURCES]\nHEAP_MEMORY_IN_GB = -1", `: [RESOURCES] HEAP_MEMORY_IN_GB: "-1" is no size in GB`},
		{"a.ini", "BASE_PATH", ": key-value delimiter not found: BASE_PATH; the file is to have sections"},
	} {
		path := file(t, c.name, c.text)
		err := NewConfig().Read(path)
		var mistake *UsageError
		if !errors.As(err, &mistake) || !strings.HasPrefix(err.Error(), path+c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error %v, want %s%s", c.text, err, path, c.want)
		}
	}
	var mistake *UsageError
	if err := NewConfig().Read("none.toml"); !errors.As(err, &mistake) {
		t.Errorf("error %v of a file that is not there", err)
	}
}

// TestINI reads the original's file, and what Python's configparser reads
// otherwise.
func TestINI(t *testing.T) {
	i, err := parseINI([]byte(originalINI))
	if err != nil {
		t.Fatal(err)
	}
	level := slog.LevelInfo
	want := INI{GPUs: 1, CPUs: 4, Jobs: 3, MemoryGB: 10, LogLevel: i.LogLevel}
	if i != want || i.LogLevel == nil || *i.LogLevel != level {
		t.Errorf("read %+v", i)
	}
	i, err = parseINI([]byte("; comment\n[DEFAULT]\nhome = \n[PATHS]\nbase_path: /a;b # c\n# TMP_PATH = x\n[RESOURCES]\ncpus_per_node=2\n"))
	if err == nil {
		t.Errorf("an unknown key of [DEFAULT] gave %+v", i)
	}
	i, err = parseINI([]byte("; comment\n[DEFAULT]\nCPUS_PER_NODE = 2\n[PATHS]\nbase_path: /a b;c # d\n# TMP_PATH = x\n"))
	if err != nil || i.Runs.Base != "/a b;c # d" || i.CPUs != 2 {
		t.Errorf("read %+v, %v", i, err)
	}
}

// TestINIRuns chooses the folder of runs as the original does.
func TestINIRuns(t *testing.T) {
	path := file(t, "config.INI", "\ufeff[PATHS]\nBASE_PATH = base\nFOURCLASS_EXP_PATH = four\nHO_EXP_PATH = ho\nHO_EXP_LN_PATH = noisy\n")
	for _, c := range []struct {
		settings []string
		want     string
	}{
		{nil, "base"},
		{[]string{"runs_dir", "mine"}, "mine"},
		{[]string{"use_ho_uid", "true"}, "ho"},
		{[]string{"use_ho_uid", "true", "label_noise", "0.2"}, "noisy"},
		{[]string{"fourclass_problem", "true", "use_ho_uid", "true"}, "four"},
	} {
		config := NewConfig()
		if err := config.Read(path); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(c.settings); i += 2 {
			if err := config.Set(c.settings[i], c.settings[i+1], FromFlag); err != nil {
				t.Fatal(err)
			}
		}
		if err := config.Settle(); err != nil || config.Experiment.RunsDir != c.want {
			t.Errorf("%v: runs go to %s, want %s (%v)", c.settings, config.Experiment.RunsDir, c.want, err)
		}
	}
	config := NewConfig()
	if err := config.Read(file(t, "config.ini", originalINI)); err != nil {
		t.Fatal(err)
	}
	if err := config.Settle(); err != nil || config.Experiment.RunsDir != Defaults().RunsDir {
		t.Errorf("without paths, runs go to %s (%v)", config.Experiment.RunsDir, err)
	}
}

// FuzzConfig reads files of settings that may hold anything.
func FuzzConfig(f *testing.F) {
	f.Add([]byte(originalINI), true)
	f.Add([]byte("[experiment]\nlr = 0.1\nclasses = \"all\"\n"), false)
	f.Add([]byte("[PATHS]\nBASE_PATH = %(BASE_PATH)s\n"), true)
	f.Fuzz(func(t *testing.T, data []byte, isINI bool) {
		c := NewConfig()
		read := c.readTOML
		if isINI {
			read = c.readINI
		}
		if err := read(data, "file"); err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Error("an error without words")
		}
	})
}
