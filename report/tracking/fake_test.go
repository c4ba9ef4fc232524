package tracking

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// fakeServer answers as MLflow 3 does, as far as memdil asks; what was seen of
// a real server is checked by scripts/trackers.
type fakeServer struct {
	*httptest.Server
	mu          sync.Mutex
	experiments map[string]string // id by name
	runs        map[string]*fakeRun
	artifacts   map[string]string
	auth        []string                                             // Authorization headers
	artifactURI string                                               // of new runs, a format of the id
	before      func(http.ResponseWriter, *http.Request) (done bool) // answers first; nil for nothing
}

type fakeRun struct {
	Name, Status string
	Deleted      bool
	Params       map[string]string
	Tags         map[string]string
	Metrics      []Point
	largest      int // batch
}

func newFakeServer(t *testing.T) *fakeServer {
	f := &fakeServer{experiments: map[string]string{}, runs: map[string]*fakeRun{}, artifacts: map[string]string{}, artifactURI: "mlflow-artifacts:/1/%s/artifacts"}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// intercept sets what answers first.
func (f *fakeServer) intercept(before func(http.ResponseWriter, *http.Request) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = before
}

// fakeRequest is what any request of the API may hold.
type fakeRequest struct {
	Name         string `json:"name"`
	ExperimentID string `json:"experiment_id"`
	RunName      string `json:"run_name"`
	RunID        string `json:"run_id"`
	Status       string `json:"status"`
	Params, Tags []struct{ Key, Value string }
	Filter       string
	Metrics      []struct {
		Key   string
		Value float64
		Step  int64
	}
}

func (f *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	before := f.before
	f.mu.Unlock()
	if before != nil && before(w, r) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.auth = append(f.auth, r.Header.Get("Authorization"))
	if name, ok := strings.CutPrefix(r.URL.Path, "/api/2.0/mlflow-artifacts/artifacts/"); ok && r.Method == http.MethodPut {
		data, _ := io.ReadAll(r.Body)
		f.artifacts[name] = string(data)
		fmt.Fprint(w, "{}")
		return
	}
	var in fakeRequest
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
	}
	in.RunID += r.URL.Query().Get("run_id")
	in.Name += r.URL.Query().Get("experiment_name")
	endpoint, ok := strings.CutPrefix(r.URL.Path, "/api/2.0/mlflow/")
	known, answer := f.answer(endpoint, in)
	switch {
	case !ok || !known:
		http.NotFound(w, r)
		return
	case answer == nil:
		w.WriteHeader(http.StatusNotFound)
		answer = map[string]string{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "refused by\nthe test"}
	}
	json.NewEncoder(w).Encode(answer)
}

// answer does what an endpoint does, if it is known, and returns what that
// answers, nil where what was asked for does not exist.
func (f *fakeServer) answer(endpoint string, in fakeRequest) (known bool, answer any) {
	run := f.runs[in.RunID]
	switch endpoint {
	case "experiments/get-by-name":
		if id, there := f.experiments[in.Name]; there {
			answer = map[string]any{"experiment": map[string]string{"experiment_id": id, "lifecycle_stage": "active"}}
		}
	case "experiments/create":
		f.experiments[in.Name] = fmt.Sprint(len(f.experiments) + 1)
		answer = map[string]string{"experiment_id": f.experiments[in.Name]}
	case "runs/create":
		answer = f.create(in)
	case "runs/search":
		answer = map[string]any{"runs": f.search(in.Filter)}
	case "runs/get":
		if run != nil {
			answer = f.info(in.RunID, "1")
		}
	case "runs/update":
		run.Status, answer = in.Status, map[string]any{}
	case "runs/log-batch":
		run.log(in)
		answer = map[string]any{}
	default:
		return false, nil
	}
	return true, answer
}

func (f *fakeServer) create(in fakeRequest) any {
	id := fmt.Sprintf("run%d", len(f.runs)+1)
	f.runs[id] = &fakeRun{Name: in.RunName, Status: "RUNNING", Params: map[string]string{}, Tags: map[string]string{}}
	for _, t := range in.Tags {
		f.runs[id].Tags[t.Key] = t.Value
	}
	return f.info(id, in.ExperimentID)
}

// search returns the runs that have the tag of a filter.
func (f *fakeServer) search(filter string) []any {
	found := []any{}
	for id, run := range f.runs {
		for key, value := range run.Tags {
			if filter == "tags.`"+key+"` = '"+value+"'" && !run.Deleted {
				found = append(found, f.info(id, "1").(map[string]any)["run"])
			}
		}
	}
	return found
}

func (r *fakeRun) log(in fakeRequest) {
	r.largest = max(r.largest, len(in.Metrics), len(in.Params))
	for _, p := range in.Params {
		r.Params[p.Key] = p.Value
	}
	for _, m := range in.Metrics {
		r.Metrics = append(r.Metrics, Point{m.Key, m.Step, m.Value})
	}
}

func (f *fakeServer) info(id, experiment string) any {
	stage := "active"
	if f.runs[id].Deleted {
		stage = "deleted"
	}
	return map[string]any{"run": map[string]any{"info": map[string]string{
		"run_id": id, "experiment_id": experiment, "artifact_uri": fmt.Sprintf(f.artifactURI, id), "lifecycle_stage": stage,
	}}}
}

// run returns a copy of a run.
func (f *fakeServer) run(id string) fakeRun {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.runs[id] == nil {
		return fakeRun{}
	}
	return *f.runs[id]
}
