package tracking

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
)

// Limits of MLflow's log-batch request and of its values.
const (
	maxMetrics   = 1000
	maxParams    = 100
	maxParamText = 500 // characters; older servers take no more
)

// requestTimeout bounds one call, but not the upload of a file.
const requestTimeout = 10 * time.Second

// rest speaks to an MLflow server.
type rest struct {
	base   string // the tracking URI, without a slash at its end
	client *http.Client
	token  string // "" for none
	user   string // "" for none
	secret string
	taken  atomic.Int64 // how many requests succeeded
}

// newREST reads credentials from where MLflow's own client does.
func newREST(uri string) *rest {
	return &rest{
		base: strings.TrimRight(uri, "/"), client: &http.Client{},
		token: os.Getenv("MLFLOW_TRACKING_TOKEN"), user: os.Getenv("MLFLOW_TRACKING_USERNAME"), secret: os.Getenv("MLFLOW_TRACKING_PASSWORD"),
	}
}

// CheckURI reports a tracking URI that memdil cannot use.
func CheckURI(uri string) error {
	if uri == "" {
		return nil
	}
	u, err := url.Parse(uri)
	switch {
	case err != nil:
		return errors.New("is no URI")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("%q is no server's address: give http://HOST:PORT or https://…, where `mlflow server` runs", u.Redacted())
	case u.User != nil:
		return errors.New("holds credentials, which would be recorded: give them in MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("must end with the path")
	}
	return nil
}

// refusal is an answer of the server other than success.
type refusal struct {
	status  int
	code    string // MLflow's error_code; "" from other programs
	message string
}

func (r *refusal) Error() string {
	text := fmt.Sprintf("%d %s", r.status, http.StatusText(r.status))
	if r.code != "" {
		text += ", " + r.code
	}
	if r.message != "" {
		text += ": " + r.message
	}
	return text
}

// lasting reports an error that asking again does not mend.
func lasting(err error) bool {
	var r *refusal
	if !errors.As(err, &r) {
		return false
	}
	return r.status >= 300 && r.status < 500 && r.status != http.StatusRequestTimeout && r.status != http.StatusTooManyRequests && r.status != http.StatusTooEarly
}

func hasCode(err error, code string) bool {
	var r *refusal
	return errors.As(err, &r) && r.code == code
}

// call posts a request to an endpoint of the API, or gets it with the query
// when in is nil, and reads the answer into out, unless that is nil.
func (c *rest) call(ctx context.Context, endpoint string, query url.Values, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	method, target := http.MethodGet, c.base+"/api/2.0/mlflow/"+endpoint
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		method, body = http.MethodPost, bytes.NewReader(data)
	} else if len(query) > 0 {
		target += "?" + query.Encode()
	}
	answer, err := c.do(ctx, method, target, body, "application/json", -1)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s: the answer is not that of an MLflow server: %w", endpoint, err)
	}
	return nil
}

// do makes a request and returns the answer's body. length is that of the
// request's body where net/http cannot know it.
func (c *rest) do(ctx context.Context, method, target string, body io.Reader, kind string, length int64) ([]byte, error) {
	const maxAnswer = 1 << 20
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	if length >= 0 {
		req.ContentLength = length
	}
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	switch {
	case c.token != "":
		req.Header.Set("Authorization", "Bearer "+c.token)
	case c.user != "":
		req.SetBasicAuth(c.user, c.secret)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, refusalOf(resp.StatusCode, answer)
	}
	c.taken.Add(1)
	return answer, nil
}

// refusalOf reads MLflow's account of an error, if it is one.
func refusalOf(status int, answer []byte) *refusal {
	const maxMessage = 300
	r := &refusal{status: status}
	var said struct {
		Code    string `json:"error_code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(answer, &said) == nil {
		r.code, r.message = oneLine(said.Code), oneLine(said.Message)
	}
	if len(r.message) > maxMessage {
		r.message = strings.ToValidUTF8(r.message[:maxMessage], "") + "…"
	}
	return r
}

// oneLine makes a server's words fit for a log.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.Join(strings.Fields(text), " "))
}

// experiment returns the id of an experiment, which is made if there is none.
func (c *rest) experiment(ctx context.Context, name string) (string, error) {
	for try := 0; ; try++ {
		var found struct {
			Experiment struct {
				ID    string `json:"experiment_id"`
				Stage string `json:"lifecycle_stage"`
			} `json:"experiment"`
		}
		err := c.call(ctx, "experiments/get-by-name", url.Values{"experiment_name": {name}}, nil, &found)
		switch {
		case err == nil && found.Experiment.Stage == "deleted":
			return "", &refusal{status: http.StatusConflict, message: fmt.Sprintf("experiment %q is deleted: restore it, or choose another with mlflow_experiment", name)}
		case err == nil && found.Experiment.ID == "":
			return "", &refusal{status: http.StatusNotFound, message: "this is no MLflow server"}
		case err == nil:
			return found.Experiment.ID, nil
		case !hasCode(err, "RESOURCE_DOES_NOT_EXIST"):
			return "", err
		}
		var made struct {
			ID string `json:"experiment_id"`
		}
		err = c.call(ctx, "experiments/create", nil, map[string]any{"name": name}, &made)
		if err != nil && hasCode(err, "RESOURCE_ALREADY_EXISTS") && try == 0 {
			continue // another run was quicker
		}
		return made.ID, err
	}
}

// runInfo is where a run is.
type runInfo struct {
	RunID        string `json:"run_id"`
	ExperimentID string `json:"experiment_id"`
	ArtifactURI  string `json:"artifact_uri"`
	Stage        string `json:"lifecycle_stage"`
}

type runAnswer struct {
	Run struct {
		Info runInfo `json:"info"`
	} `json:"run"`
}

// createRun begins a run.
func (c *rest) createRun(ctx context.Context, experiment, name string, tags []Param, start time.Time) (runInfo, error) {
	var list []map[string]string
	for _, t := range tags {
		list = append(list, map[string]string{"key": t.Name, "value": paramText(t.Value)})
	}
	var a runAnswer
	err := c.call(ctx, "runs/create", nil, map[string]any{
		"experiment_id": experiment, "run_name": name, "start_time": start.UnixMilli(), "tags": list,
	}, &a)
	return a.Run.Info, err
}

// taggedRun looks for the run of an experiment that has a tag; not there when it
// was deleted.
func (c *rest) taggedRun(ctx context.Context, experiment, tag, value string) (info runInfo, there bool, err error) {
	var a struct {
		Runs []struct {
			Info runInfo `json:"info"`
		} `json:"runs"`
	}
	err = c.call(ctx, "runs/search", nil, map[string]any{
		"experiment_ids": []string{experiment}, "filter": fmt.Sprintf("tags.`%s` = '%s'", tag, value), "max_results": 1,
	}, &a)
	if err != nil || len(a.Runs) == 0 {
		return runInfo{}, false, err
	}
	return a.Runs[0].Info, true, nil
}

// findRun looks a run up; not there when it was deleted.
func (c *rest) findRun(ctx context.Context, id string) (info runInfo, there bool, err error) {
	var a runAnswer
	err = c.call(ctx, "runs/get", url.Values{"run_id": {id}}, nil, &a)
	if hasCode(err, "RESOURCE_DOES_NOT_EXIST") {
		return runInfo{}, false, nil
	}
	return a.Run.Info, err == nil && a.Run.Info.Stage != "deleted", err
}

// updateRun sets a run's status, and its end unless end is zero.
func (c *rest) updateRun(ctx context.Context, id, status string, end time.Time) error {
	in := map[string]any{"run_id": id, "status": status}
	if !end.IsZero() {
		in["end_time"] = end.UnixMilli()
	}
	return c.call(ctx, "runs/update", nil, in, nil)
}

// logParams sends settings, at most maxParams.
func (c *rest) logParams(ctx context.Context, id string, params []Param) error {
	var list []map[string]string
	for _, p := range params {
		list = append(list, map[string]string{"key": p.Name, "value": paramText(p.Value)})
	}
	return c.call(ctx, "runs/log-batch", nil, map[string]any{"run_id": id, "params": list}, nil)
}

// timedPoint is a point with the time at which it was taken.
type timedPoint struct {
	Point
	at time.Time
}

// logMetrics sends numbers, at most maxMetrics.
func (c *rest) logMetrics(ctx context.Context, id string, points []timedPoint) error {
	list := make([]map[string]any, len(points))
	for i, p := range points {
		list[i] = map[string]any{"key": metricName(p.Name), "value": p.Value, "timestamp": p.at.UnixMilli(), "step": p.Step}
	}
	return c.call(ctx, "runs/log-batch", nil, map[string]any{"run_id": id, "metrics": list}, nil)
}

// metricName replaces what MLflow does not take in names.
func metricName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_-. /", r):
			return r
		}
		return '_'
	}, name)
}

// paramText spells a setting; MLflow's are text.
func paramText(v any) string {
	text := fmt.Sprint(v)
	if r := []rune(text); len(r) > maxParamText {
		text = string(r[:maxParamText-1]) + "…"
	}
	return text
}

// errNoUpload says that the server does not take files over REST.
var errNoUpload = errors.New("the server keeps artifacts where only its own machine writes; start it without --default-artifact-root or with --artifacts-destination")

// upload sends a file to a run's artifacts: through the server where it serves
// them, and straight into their folder where that is on this machine.
func (c *rest) upload(ctx context.Context, artifactURI string, file File) error {
	u, err := url.Parse(artifactURI)
	if err != nil {
		return errNoUpload
	}
	switch u.Scheme {
	case "mlflow-artifacts":
		return c.put(ctx, path.Join(u.Path, file.Name), file.Path)
	case "", "file":
		if filepath.IsAbs(u.Path) && c.onThisMachine() {
			return copyFile(filepath.Join(u.Path, filepath.FromSlash(file.Name)), file.Path)
		}
	}
	return errNoUpload
}

// put sends a file by the server's artifact API.
func (c *rest) put(ctx context.Context, to, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	target := c.base + "/api/2.0/mlflow-artifacts/artifacts/" + (&url.URL{Path: strings.TrimLeft(to, "/")}).EscapedPath()
	_, err = c.do(ctx, http.MethodPut, target, f, "application/octet-stream", info.Size())
	return err
}

// onThisMachine reports whether the server's address is a loopback one.
func (c *rest) onThisMachine() bool {
	u, err := url.Parse(c.base)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}
