package executor

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeRay answers as ray 2.60.0 was seen to answer: the slash after jobs is
// needed, a submission_id twice is an error 500, an unknown one 404.
type fakeRay struct {
	t        *testing.T
	jobs     map[string]rayJob
	states   map[string]string
	packages map[string][]byte
	stopped  []string
}

func (f *fakeRay) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, body := r.URL.Path, new(bytes.Buffer)
	_, _ = io.Copy(body, r.Body)
	id := strings.TrimSuffix(strings.TrimPrefix(path, "/api/jobs/"), "/stop")
	switch {
	case r.Method == http.MethodGet && strings.HasPrefix(path, "/api/packages/gcs/"):
		if f.packages[path] == nil {
			http.Error(w, "not found", http.StatusNotFound)
		}
	case r.Method == http.MethodPut && strings.HasPrefix(path, "/api/packages/gcs/"):
		f.packages[path] = body.Bytes()
	case r.Method == http.MethodPost && path == "/api/jobs/":
		var j rayJob
		decoder := json.NewDecoder(body)
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&j); err != nil {
			http.Error(w, "Traceback\n"+err.Error(), http.StatusBadRequest)
			return
		}
		if _, twice := f.jobs[j.ID]; twice {
			http.Error(w, "Traceback\n  File x\nValueError: Job with submission_id "+j.ID+" already exists.", http.StatusInternalServerError)
			return
		}
		f.jobs[j.ID] = j
		fmt.Fprintf(w, `{"job_id":%q,"submission_id":%q}`, j.ID, j.ID)
	case r.Method == http.MethodPost && strings.HasSuffix(path, "/stop"):
		f.stopped = append(f.stopped, id)
		fmt.Fprint(w, `{"stopped":true}`)
	case r.Method == http.MethodGet && f.states[id] != "":
		fmt.Fprint(w, f.states[id])
	default:
		http.Error(w, "404: Not Found", http.StatusNotFound)
	}
}

func newFakeRay(t *testing.T, r Resources) (*fakeRay, *Ray) {
	f := &fakeRay{t: t, jobs: map[string]rayJob{}, states: map[string]string{}, packages: map[string][]byte{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	x, err := NewRay(RayOptions{Resources: r, Address: server.URL + "/", Program: program, Name: "memdil-s"})
	if err != nil {
		t.Fatal(err)
	}
	return f, x
}

func TestRaySubmits(t *testing.T) {
	f, x := newFakeRay(t, Resources{CPUs: 2, GPUs: 1, Memory: 1 << 30, TimeLimit: time.Hour})
	j := Job{Name: "000001-1", Argv: []string{"/bin/memdil", "study", "trial", "/data/it's"}, Log: "/data/log", Env: []string{"A=b=c"}}
	handles := submit(t, x, j, Job{Name: "000002-1", Argv: []string{"memdil"}, Log: "l"})
	again := submit(t, x, j) // as after an answer that was lost
	if len(f.jobs) != 2 || again[0] != handles[0] || len(f.packages) != 1 {
		t.Fatalf("jobs %v, packages %d", f.jobs, len(f.packages))
	}
	got := f.jobs["memdil-s-000001-1"]
	want := `timeout -k 60 3600 "$PWD"/memdil 'study' 'trial' '/data/it'\''s' </dev/null >>'/data/log' 2>&1`
	if got.Entrypoint != want || got.CPUs != 2 || got.GPUs != 1 || got.Memory != 1<<30 || got.RuntimeEnv.Env["A"] != "b=c" {
		t.Errorf("submitted %+v", got)
	}
	for path, data := range f.packages {
		if !strings.HasSuffix(path, strings.TrimPrefix(got.RuntimeEnv.WorkingDir, "gcs://")) {
			t.Errorf("%s runs in %s", path, got.RuntimeEnv.WorkingDir)
		}
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil || len(z.File) != 1 || z.File[0].Name != packedProgram || z.File[0].Mode() != 0o755 {
			t.Errorf("package %+v, %v", z, err)
		}
	}
}

func TestRayStates(t *testing.T) {
	f, x := newFakeRay(t, Resources{CPUs: 1})
	for state, want := range map[string]Status{
		`{"status":"PENDING","message":"Job has not started yet."}`: {Phase: Waiting, Detail: "Job has not started yet."},
		`{"status":"RUNNING"}`:                        {Phase: Running},
		`{"status":"SUCCEEDED","driver_exit_code":0}`: {Phase: Ended, End: Exited},
		`{"status":"FAILED","error_type":"JOB_ENTRYPOINT_COMMAND_ERROR","driver_exit_code":3}`: {Phase: Ended, End: Exited, ExitCode: 3},
		`{"status":"FAILED","driver_exit_code":139}`:                                           {Phase: Ended, End: Crashed, ExitCode: 139},
		`{"status":"FAILED","driver_exit_code":-9}`:                                            {Phase: Ended, End: Lost, ExitCode: -9},
		`{"status":"FAILED","driver_exit_code":null,"message":"The node died\nmore"}`:          {Phase: Ended, End: Lost, Detail: "The node died"},
		`{"status":"STOPPED"}`: {Phase: Ended, End: Cancelled},
	} {
		f.states["j"] = state
		got, err := x.Poll(t.Context(), []string{"j"})
		if err != nil || got["j"] != want {
			t.Errorf("%s is %+v, %v, want %+v", state, got["j"], err, want)
		}
	}
	got, err := x.Poll(t.Context(), []string{"unknown"})
	if err != nil || got["unknown"].End != Lost {
		t.Errorf("an unknown job: %+v, %v", got, err)
	}
	if err := x.Cancel(t.Context(), []string{"j"}); err != nil || len(f.stopped) != 1 || f.stopped[0] != "j" {
		t.Errorf("stopped %v, %v", f.stopped, err)
	}
}

func TestRayUnreachable(t *testing.T) {
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	gone := httptest.NewServer(nil)
	gone.Close()
	defer gateway.Close()
	for _, url := range []string{gateway.URL, gone.URL} {
		x, err := NewRay(RayOptions{Address: url})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.Poll(t.Context(), []string{"j"}); !errors.Is(err, ErrUnreachable) {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"", "localhost:8265", "ray://localhost:10001", "http://"} {
		if _, err := NewRay(RayOptions{Address: url}); err == nil {
			t.Errorf("the address %q was accepted", url)
		}
	}
}

func TestRayTellsRefusals(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			http.Error(w, "Traceback (most recent call last):\n  File x\nValueError: bad resources", http.StatusBadRequest)
		}
	}))
	defer server.Close()
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	x, err := NewRay(RayOptions{Address: server.URL, Program: program, Name: "s"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = x.Submit(context.Background(), []Job{{Name: "j", Argv: []string{"p"}}})
	if err == nil || err.Error() != "ray: submitting s-j: HTTP 400: ValueError: bad resources" {
		t.Errorf("refused: %v", err)
	}
}
