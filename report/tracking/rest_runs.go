package tracking

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

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
