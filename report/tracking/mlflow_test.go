package tracking

import (
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// logged is a log that counts what it warns of.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// session connects to a server as one run does, session after session.
func session(t *testing.T, uri, state string) (*MLflow, *logged) {
	t.Helper()
	log := &logged{}
	return ConnectMLflow(Server{
		URI: uri, Experiment: "noise", Run: "MLP_s1", State: state, Key: "k",
		Params: []Param{{"loss", "LS"}, {"lr", 0.1}, {"use_bn", true}},
		Log:    slog.New(slog.NewTextHandler(log, nil)),
	}), log
}

// hasty makes the sender try again at once and give up soon.
func hasty(t *testing.T, flush time.Duration) {
	t.Helper()
	a, b, c, d, e := firstWait, longWait, lastWait, flushLimit, quietLimit
	firstWait, longWait, lastWait, flushLimit, quietLimit = time.Millisecond, 5*time.Millisecond, time.Millisecond, flush, 200*time.Millisecond
	t.Cleanup(func() { firstWait, longWait, lastWait, flushLimit, quietLimit = a, b, c, d, e })
}

func losses(epochs ...int64) []Point {
	var points []Point
	for _, e := range epochs {
		points = append(points, Point{"train_loss", e, 1 / float64(e)})
	}
	return points
}

func file(t *testing.T, name, content string) File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return File{name, path}
}

func TestMLflow(t *testing.T) {
	f, state := newFakeServer(t), filepath.Join(t.TempDir(), "mlflow.json")
	t.Setenv("MLFLOW_TRACKING_USERNAME", "ada")
	t.Setenv("MLFLOW_TRACKING_PASSWORD", "x")

	first, log := session(t, f.URL+"/", state)
	first.Add(losses(1)...)
	first.Add(append(losses(1, 2), Point{"val_loss", 2, math.NaN()}, Point{"test_μ", 2, 3})...)
	first.Finish(Stopped)
	want := fakeRun{Name: "MLP_s1", Status: "KILLED", Params: map[string]string{"loss": "LS", "lr": "0.1", "use_bn": "true"},
		Metrics: append(losses(1, 2), Point{"test__", 2, 3}), largest: 3}
	got := f.run("run1")
	want.Tags = map[string]string{ticketTag: got.Tags[ticketTag]}
	if got.largest = 3; got.Tags[ticketTag] == "" || !reflect.DeepEqual(got, want) {
		t.Errorf("after the first session %+v, want %+v", got, want)
	}

	second, log2 := session(t, f.URL+"/", state)
	second.Add(losses(1, 2, 3)...)
	second.Attach(file(t, "report/a page.html", "page"), File{"gone", filepath.Join(t.TempDir(), "gone")}, File{"folder", t.TempDir()})
	second.Finish(Finished)
	if got := f.run("run1"); got.Status != "FINISHED" || !reflect.DeepEqual(got.Metrics[3:], losses(3)) {
		t.Errorf("after the second session %+v, want epoch 3 alone to be added", got)
	}
	if got := f.artifacts["1/run1/artifacts/report/a page.html"]; got != "page" {
		t.Errorf("artifacts %q", f.artifacts)
	}
	if log.String() != "" || log2.String() != "" || len(f.runs) != 1 {
		t.Errorf("%d runs; logged %q and %q", len(f.runs), log, log2)
	}
	for _, a := range f.auth {
		if a != "Basic YWRhOng=" {
			t.Fatalf("authorization %q", a)
		}
	}
}

// TestMLflowIsLeftAloneWhenAllIsSent opens a finished run again.
func TestMLflowIsLeftAloneWhenAllIsSent(t *testing.T) {
	f, state := newFakeServer(t), filepath.Join(t.TempDir(), "mlflow.json")
	page := file(t, "index.html", "page")
	m, _ := session(t, f.URL, state)
	m.Add(losses(1)...)
	m.Attach(page)
	m.Finish(Finished)
	f.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		t.Errorf("asked for %s", r.URL)
		return false
	})
	m, _ = session(t, f.URL, state)
	m.Add(losses(1)...)
	m.Attach(page)
	m.Finish(Finished)
}

// TestMLflowBeginsAnew makes a new run, with the whole history, after the old
// one was deleted, and for other settings.
func TestMLflowBeginsAnew(t *testing.T) {
	f, state := newFakeServer(t), filepath.Join(t.TempDir(), "mlflow.json")
	m, _ := session(t, f.URL, state)
	m.Add(losses(1, 2)...)
	m.Finish(Stopped)
	f.runs["run1"].Deleted = true

	m, _ = session(t, f.URL, state)
	for deadline := time.Now().Add(10 * time.Second); f.run("run2").Name == "" && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	m.Add(losses(1, 2, 3)...)
	m.Finish(Finished)
	if got := f.run("run2"); !reflect.DeepEqual(got.Metrics, losses(1, 2, 3)) || len(got.Params) != 3 {
		t.Errorf("the new run has %+v, want the whole history", got)
	}

	other := ConnectMLflow(Server{URI: f.URL, Experiment: "noise", Run: "b", State: state, Key: "other", Log: slog.New(slog.DiscardHandler)})
	other.Add(losses(1)...)
	other.Finish(Failed)
	if got := f.run("run3"); got.Status != "FAILED" || !reflect.DeepEqual(got.Metrics, losses(1)) {
		t.Errorf("the run of other settings is %+v", got)
	}
}

// TestMLflowLosesNothing sends to a server that comes and goes: one warning
// each time, and in the end every point once.
func TestMLflowLosesNothing(t *testing.T) {
	hasty(t, 10*time.Second)
	f, state := newFakeServer(t), filepath.Join(t.TempDir(), "mlflow.json")
	down := func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	f.intercept(down)
	m, log := session(t, f.URL, state)
	m.Add(losses(1)...)
	time.Sleep(30 * time.Millisecond) // some tries fail
	f.intercept(nil)
	m.Add(losses(1, 2)...)
	for deadline := time.Now().Add(10 * time.Second); len(f.run("run1").Metrics) < 2 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 || !strings.Contains(log.String(), "503 Service Unavailable") {
		t.Errorf("logged %q, want one warning", log)
	}
	f.intercept(down)
	m.Add(losses(1, 2, 3)...)
	m.Attach(file(t, "a", "a"))
	m.Finish(Finished)
	if !strings.Contains(log.String(), "1 value and 1 file were not sent") {
		t.Errorf("logged %q, want what was not sent", log)
	}
	f.intercept(nil)
	m, log = session(t, f.URL, state)
	m.Add(losses(1, 2, 3)...)
	m.Finish(Finished)
	if got := f.run("run1"); !reflect.DeepEqual(got.Metrics, losses(1, 2, 3)) || got.Status != "FINISHED" || log.String() != "" {
		t.Errorf("the server has %+v, logged %q", got, log)
	}
}

// TestMLflowMakesOneRun loses the answer to the making of a run, and goes on
// with that run, in the same session or a later one.
func TestMLflowMakesOneRun(t *testing.T) {
	for _, later := range []bool{false, true} {
		hasty(t, 10*time.Second)
		f, state := newFakeServer(t), filepath.Join(t.TempDir(), "mlflow.json")
		down := func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		f.intercept(func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "runs/create") {
				return false
			}
			f.intercept(nil)
			f.ServeHTTP(httptest.NewRecorder(), r)
			if later {
				f.intercept(down)
			}
			return down(w, r)
		})
		m, _ := session(t, f.URL, state)
		m.Add(losses(1, 2)...)
		m.Finish(Finished)
		f.intercept(nil)
		m, _ = session(t, f.URL, state)
		m.Add(losses(1, 2)...)
		m.Finish(Finished)
		if got := f.run("run1"); len(f.runs) != 1 || !reflect.DeepEqual(got.Metrics, losses(1, 2)) || got.Status != "FINISHED" {
			t.Errorf("later %v: %d runs, the first %+v", later, len(f.runs), got)
		}
	}
}

// TestMLflowNeverWaits runs against servers that hang, refuse connections, or
// are something else: adding takes no time, the end a limited one, and there is
// a warning.
func TestMLflowNeverWaits(t *testing.T) {
	hasty(t, time.Minute)
	free := make(chan struct{})
	hanging, gone, website := newFakeServer(t), newFakeServer(t), newFakeServer(t)
	hanging.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-free:
		case <-r.Context().Done():
		}
		return true
	})
	t.Cleanup(func() { close(free) })
	gone.Close()
	website.intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		fmt.Fprint(w, "<html>")
		return true
	})
	for name, uri := range map[string]string{"hanging": hanging.URL, "gone": gone.URL, "website": website.URL, "elsewhere": website.URL + "/no\x7fwhere"} {
		t.Run(name, func(t *testing.T) {
			m, log := session(t, uri, filepath.Join(t.TempDir(), "mlflow.json"))
			start := time.Now()
			for e := int64(1); e <= 1000; e++ {
				m.Add(losses(e)...)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("adding took %v", took)
			}
			m.Finish(Finished)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("the end took %v", took)
			}
			if !strings.Contains(log.String(), "1000 values were not sent") {
				t.Errorf("logged %q", log)
			}
		})
	}
}

// TestMLflowGivesUp asks no more after a refusal that lasts.
func TestMLflowGivesUp(t *testing.T) {
	hasty(t, 10*time.Second)
	f := newFakeServer(t)
	asked := 0
	f.intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		asked++
		w.WriteHeader(http.StatusForbidden)
		return true
	})
	m, log := session(t, f.URL, filepath.Join(t.TempDir(), "mlflow.json"))
	m.Add(losses(1)...)
	m.Finish(Finished)
	if asked != 1 || !strings.Contains(log.String(), "403 Forbidden: the run goes on without it") {
		t.Errorf("asked %d times, logged %q", asked, log)
	}
}

// TestMLflowQueueIsBounded keeps no more than so many points, sends no gaps,
// and catches up the next time.
func TestMLflowQueueIsBounded(t *testing.T) {
	hasty(t, 10*time.Second)
	saved := maxQueue
	maxQueue = 2500
	t.Cleanup(func() { maxQueue = saved })
	f, state := newFakeServer(t), filepath.Join(t.TempDir(), "mlflow.json")
	hold := make(chan struct{})
	f.intercept(func(http.ResponseWriter, *http.Request) bool { <-hold; return false })
	var all []Point
	for e := int64(1); e <= 3000; e++ {
		all = append(all, losses(e)...)
	}
	m, log := session(t, f.URL, state)
	m.Add(all...)
	close(hold)
	m.Finish(Finished)
	got := f.run("run1")
	if !reflect.DeepEqual(got.Metrics, all[:2500]) || got.largest != 1000 || !strings.Contains(log.String(), "500 values were not sent") {
		t.Errorf("%d points in batches of up to %d, logged %q", len(got.Metrics), got.largest, log)
	}
	m, _ = session(t, f.URL, state)
	m.Add(all...)
	m.Finish(Finished)
	if got := f.run("run1"); !reflect.DeepEqual(got.Metrics, all) {
		t.Errorf("%d points in the end, want all %d", len(got.Metrics), len(all))
	}
}

// TestMLflowFiles puts files where the server's machine keeps them, if that is
// this one, and says when it cannot.
func TestMLflowFiles(t *testing.T) {
	for _, scheme := range []string{"file://", ""} {
		f, dir := newFakeServer(t), t.TempDir()
		f.artifactURI = scheme + dir + "/%s/artifacts"
		m, log := session(t, f.URL, filepath.Join(t.TempDir(), "mlflow.json"))
		m.Attach(file(t, "report/index.html", "page"))
		m.Finish(Finished)
		got, err := os.ReadFile(filepath.Join(dir, "run1", "artifacts", "report", "index.html"))
		if err != nil || string(got) != "page" || log.String() != "" {
			t.Errorf("%q: %q, %v, logged %q", scheme, got, err, log)
		}
	}
	f := newFakeServer(t)
	f.artifactURI = "s3://bucket/%s"
	m, log := session(t, f.URL, filepath.Join(t.TempDir(), "mlflow.json"))
	m.Attach(file(t, "a", ""), file(t, "b", ""))
	m.Finish(Finished)
	if n := strings.Count(log.String(), "files are not sent"); n != 1 || f.run("run1").Status != "FINISHED" {
		t.Errorf("logged %q, run %+v", log, f.run("run1"))
	}
}

// TestMLflowOfDamagedState begins a new run where the state cannot be read.
func TestMLflowOfDamagedState(t *testing.T) {
	f, state := newFakeServer(t), filepath.Join(t.TempDir(), "mlflow.json")
	for _, text := range []string{"", "{", "null", `{"uri": 1}`, `[]`} {
		if err := os.WriteFile(state, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		before := len(f.runs)
		m, log := session(t, f.URL, state)
		m.Add(losses(1)...)
		m.Finish(Finished)
		if len(f.runs) != before+1 || log.String() != "" {
			t.Errorf("state %q: %d runs more, logged %q", text, len(f.runs)-before, log)
		}
	}
}

func TestCheckURI(t *testing.T) {
	for uri, good := range map[string]bool{
		"": true, "http://localhost:5000": true, "https://ml.example/base": true,
		"localhost:5000": false, "file:///tmp": false, "databricks": false, "http://": false, "http://a:b@host": false, "http://host?x": false, "http://[": false,
	} {
		err := CheckURI(uri)
		if (err == nil) != good || err != nil && strings.Contains(err.Error(), "a:b") {
			t.Errorf("%q: %v", uri, err)
		}
	}
}

func TestParamText(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{{0.1, "0.1"}, {true, "true"}, {int64(3), "3"}, {strings.Repeat("é", 501), strings.Repeat("é", 499) + "…"}} {
		if got := paramText(c.value); got != c.want {
			t.Errorf("%v: %q", c.value, got)
		}
	}
}
