package pipeline

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/pipeline/compare"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
)

// TestStrangersFolder refuses run folders that reach outside, or that hold what
// is no file; nothing outside is written or read.
func TestStrangersFolder(t *testing.T) {
	outside := t.TempDir()
	victim := filepath.Join(outside, "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	link := func(target string) func(string) error {
		return func(path string) error { return os.Symlink(target, path) }
	}
	for _, c := range []struct {
		name, file string
		plant      func(path string) error
		want       string
	}{
		{"log", runfolder.LogFile, link(victim), "leads out of the folder"},
		{"settings", runfolder.ExperimentFile, link(victim), "leads out of the folder"},
		{"folder", "features", link(outside), "leads out of the folder"},
		{"checkpoints", "checkpoints", link(outside), "leads out of the folder"},
		{"report", runfolder.ReportDir, link(outside), "leads out of the folder"},
		{"metrics", runfolder.MetricsFile, link("../../victim"), "is a symbolic link to nothing"},
		{"lock", "checkpoints/lock", link("/dev/zero"), "leads out of the folder"},
		{"pipe", runfolder.HistoryFile, func(path string) error { return syscall.Mkfifo(path, 0o644) }, "is neither a file nor a folder"},
		{"hollow", runfolder.MetricsFile, func(path string) error {
			if err := os.WriteFile(path, nil, 0o644); err != nil {
				return err
			}
			return os.Truncate(path, 1<<40)
		}, "claims to be far larger than it is"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, path := finished(t)
			file := filepath.Join(path, c.file)
			if err := os.RemoveAll(file); err != nil {
				t.Fatal(err)
			}
			if err := c.plant(file); err != nil {
				t.Fatal(err)
			}
			_, run := Run(t.Context(), e, quiet())
			for does, err := range map[string]error{
				"run": run, "stage": RunStage(t.Context(), path, settings.StageReport, quiet()),
				"report": compare.Report(t.TempDir(), path),
			} {
				if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), strings.Split(c.file, "/")[0]) {
					t.Errorf("%s: error %v, want %q", does, err, c.want)
				}
			}
		})
	}
	entries, err := os.ReadDir(outside)
	if data, _ := os.ReadFile(victim); err != nil || len(entries) != 1 || string(data) != "mine" {
		t.Errorf("outside there is %v, %q (%v)", entries, data, err)
	}
}

// TestInnerLinks lets a run folder be a link, and hold links within itself.
func TestInnerLinks(t *testing.T) {
	_, path := finished(t)
	if err := os.Rename(filepath.Join(path, "features"), filepath.Join(path, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("elsewhere", filepath.Join(path, "features")); err != nil {
		t.Fatal(err)
	}
	alias := filepath.Join(t.TempDir(), "alias")
	if err := os.Symlink(path, alias); err != nil {
		t.Fatal(err)
	}
	if err := RunStage(t.Context(), alias, settings.StageMetrics, quiet()); err != nil {
		t.Error(err)
	}
}

// TestStrangersSettings runs stages of a folder whose settings name files
// elsewhere: no graph is read, and nothing is downloaded.
func TestStrangersSettings(t *testing.T) {
	_, path := finished(t)
	data := filepath.Join(t.TempDir(), "new")
	for text, want := range map[string]string{
		"graph = '/etc/passwd'\ngraph_sha256 = 'ab'\ndata_dir = 'embedded'\nsample_size = 100\nlabel_noise = 0.2\n": "graph-ab.onnx, the run folder's copy of its graph, is missing",
		"graph = '/etc/passwd'\ngraph_sha256 = '/../../model'\n":                                                    `graph_sha256: "/../../model" is no checksum`,
		"data_dir = '" + data + "'\n": "`memdil data fetch mnist --data-dir DIR` downloads it",
	} {
		if err := os.WriteFile(filepath.Join(path, runfolder.ExperimentFile), []byte("[experiment]\n"+text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := RunStage(t.Context(), path, settings.StageTrain, quiet()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
	if files.Exists(data) {
		t.Error("a folder was made where the settings say")
	}
}

// TestStrangersServer runs a stage of a folder whose settings name a server: it
// is told nothing unless the environment says that it is the user's.
func TestStrangersServer(t *testing.T) {
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusTeapot)
	}))
	defer server.Close()
	_, path := finished(t)
	e, made, err := settings.ReadTOML(filepath.Join(path, runfolder.ExperimentFile))
	if err != nil {
		t.Fatal(err)
	}
	text, err := settings.EncodeTOML(with(t, e, "mlflow", server.URL), made)
	if err == nil {
		err = os.WriteFile(filepath.Join(path, runfolder.ExperimentFile), text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("MLFLOW_TRACKING_TOKEN", "secret")
	for own, want := range map[string]bool{"": false, "http://other": false, server.URL: true} {
		t.Setenv("MLFLOW_TRACKING_URI", own)
		calls.Store(0)
		if err := RunStage(t.Context(), path, settings.StageMetrics, quiet()); err != nil {
			t.Error(err)
		}
		if told := calls.Load() > 0; told != want {
			t.Errorf("with MLFLOW_TRACKING_URI=%s the server was told something: %t", own, told)
		}
	}
}

// TestStrangersOperators exports with a model whose operator is nobody's: no
// library is looked for.
func TestStrangersOperators(t *testing.T) {
	_, path := finished(t)
	m, err := graphs.Load(filepath.Join(path, runfolder.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	m.Graph.Nodes[0].Domain, m.Graph.Nodes[0].Op = "com.example.evil", "Run"
	m.Opsets["com.example.evil"] = 1
	if err := graphs.Save(filepath.Join(path, runfolder.ModelFile), m); err != nil {
		t.Fatal(err)
	}
	if err := RunStage(t.Context(), path, settings.StageExport, quiet()); err == nil || !strings.Contains(err.Error(), "com.example.evil") {
		t.Errorf("error %v", err)
	}
}
