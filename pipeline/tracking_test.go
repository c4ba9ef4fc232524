package pipeline

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/report/tracking"
)

// TestTrackersChangeNothing runs with an event file and a server that is gone:
// the results are those of a run without, and the log has a warning.
func TestTrackersChangeNothing(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	_, want := finished(t)
	e := tiny(t, filepath.Join(t.TempDir(), "[a-b"), "tensorboard", "true", "mlflow", gone.URL)
	var log strings.Builder
	o := Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	path, err := Run(t.Context(), e, o)
	if err != nil {
		t.Fatal(err)
	}
	sameResults(t, path, want)
	if !strings.Contains(log.String(), "MLflow") || !strings.Contains(log.String(), "were not sent") {
		t.Errorf("logged %q, want that the server is gone and what it lacks", log.String())
	}
	before := eventFile(t, path)
	data, err := os.ReadFile(before)
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"train_loss", "lr", "train/nc1", "test/memorization.count", "_hparams_/session_start_info", "label_noise"} {
		if !bytes.Contains(data, []byte(tag)) {
			t.Errorf("the event file lacks %s", tag)
		}
	}
	mustRun(t, e) // nothing to do
	if after := eventFile(t, path); after != before {
		t.Errorf("a run with nothing to do replaced %s by %s", before, after)
	}
}

// eventFile returns the only event file of a run folder.
func eventFile(t *testing.T, run string) string {
	t.Helper()
	files, err := fs.Glob(os.DirFS(filepath.Join(run, eventsDir)), "*tfevents*")
	if err != nil || len(files) != 1 {
		t.Fatalf("event files %q, %v: want one", files, err)
	}
	return filepath.Join(run, eventsDir, files[0])
}

// TestServerGetsEveryEpochOnce interrupts a run and goes on with it.
func TestServerGetsEveryEpochOnce(t *testing.T) {
	var mu sync.Mutex
	var steps []int64
	params, files, statuses := map[string]string{}, []string{}, []string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if name, ok := strings.CutPrefix(r.URL.Path, "/api/2.0/mlflow-artifacts/artifacts/a/"); ok {
			files = append(files, name)
			return
		}
		var in struct {
			Status  string
			Params  []struct{ Key, Value string }
			Metrics []struct {
				Key  string
				Step int64
			}
		}
		_ = json.NewDecoder(r.Body).Decode(&in) // a GET has no body
		for _, m := range in.Metrics {
			if m.Key == "train_loss" {
				steps = append(steps, m.Step)
			}
		}
		for _, p := range in.Params {
			params[p.Key] = p.Value
		}
		if in.Status != "" {
			statuses = append(statuses, in.Status)
		}
		_, _ = w.Write([]byte(`{"experiment": {"experiment_id": "1"}, "run": {"info": {"run_id": "r", "artifact_uri": "mlflow-artifacts:/a"}}}`))
	}))
	defer server.Close()
	e := tiny(t, filepath.Join(t.TempDir(), "[0]"), append(longer, "mlflow", server.URL)...)
	interruptIn(t, 3, e)
	path := mustRun(t, e)
	epochs, err := history.Read(filepath.Join(path, runfolder.HistoryFile))
	if err != nil {
		t.Fatal(err)
	}
	want := make([]int64, len(epochs))
	for i := range want {
		want[i] = int64(i + 1)
	}
	if !slices.Equal(steps, want) {
		t.Errorf("epochs %v were sent, want %v", steps, want)
	}
	if !slices.Equal(statuses, []string{"KILLED", "RUNNING", "FINISHED"}) {
		t.Errorf("statuses %q", statuses)
	}
	if params["label_noise"] != "0.2" || params["ls_alpha"] != "" {
		t.Errorf("settings %q, want those that have an effect", params)
	}
	figure := func(name string) bool { return strings.HasPrefix(name, "report/figures/") }
	if !slices.Contains(files, runfolder.MetricsFile) || !slices.Contains(files, "report/index.html") || !slices.ContainsFunc(files, figure) || files[len(files)-1] != runfolder.ModelFile {
		t.Errorf("files %q, want metrics, report and figures, the model last", files)
	}
}

func TestResultPoints(t *testing.T) {
	nan := metrics.Float(0)
	if err := nan.UnmarshalJSON([]byte("null")); err != nil {
		t.Fatal(err)
	}
	r := &measure.Results{Train: &metrics.Result{NC1: 0.5, NC1Logits: nan, Memorization: metrics.Memorization{Count: 3}}, Test: &metrics.Result{Classes: 2}}
	got := map[string]tracking.Point{}
	for _, p := range resultPoints(r, 7) {
		got[p.Name] = p
	}
	for _, want := range []tracking.Point{{Name: "train/nc1", Step: 7, Value: 0.5}, {Name: "train/memorization.count", Step: 7, Value: 3}, {Name: "test/classes", Step: 7, Value: 2}} {
		if got[want.Name] != want {
			t.Errorf("%+v, want %+v", got[want.Name], want)
		}
	}
	if _, there := got["train/nc1_logits"]; there {
		t.Error("an undefined value became a point")
	}
}
