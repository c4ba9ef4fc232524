package executor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Ray runs jobs on a Ray cluster by its Jobs REST API. The program is shipped to
// the nodes as a package; the files of the study are those of a file system that
// all nodes share. Ray runs a job once; one that its node took along is Lost.
type Ray struct {
	o      RayOptions
	client *http.Client
	uri    string // of the package, once it is there
	base   string // URL of the API
}

var _ Executor = (*Ray)(nil)

// RayOptions say where Ray is and what a job needs.
type RayOptions struct {
	Resources Resources
	Address   string // URL of the dashboard, such as http://127.0.0.1:8265
	Program   string // file of the program that is shipped; a job's Argv[0] is replaced by it
	Name      string // prefix of all jobs
	Metadata  map[string]string
}

// NewRay returns an executor on a cluster. The error is about the address; the
// cluster is not asked yet.
func NewRay(o RayOptions) (*Ray, error) {
	u, err := url.Parse(o.Address)
	switch {
	case o.Address == "":
		return nil, errors.New("ray: no address")
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		return nil, fmt.Errorf("ray: %q is not the URL of a dashboard, such as http://127.0.0.1:8265", o.Address)
	}
	return &Ray{o: o, client: &http.Client{Timeout: time.Minute}, base: strings.TrimSuffix(o.Address, "/")}, nil
}

// rayJob is what is submitted.
type rayJob struct {
	ID         string            `json:"submission_id"`
	Entrypoint string            `json:"entrypoint"`
	RuntimeEnv rayEnv            `json:"runtime_env"`
	Metadata   map[string]string `json:"metadata,omitempty"`
	CPUs       int               `json:"entrypoint_num_cpus"`
	GPUs       int               `json:"entrypoint_num_gpus"`
	Memory     int64             `json:"entrypoint_memory,omitempty"`
}

type rayEnv struct {
	WorkingDir string            `json:"working_dir"`
	Env        map[string]string `json:"env_vars,omitempty"`
}

// Submit ships the program, once, and submits every job.
func (r *Ray) Submit(ctx context.Context, jobs []Job) ([]string, error) {
	if err := r.ship(ctx); err != nil {
		return nil, err
	}
	var handles []string
	for _, j := range jobs {
		id, err := r.submit(ctx, j)
		if err != nil {
			return handles, err
		}
		handles = append(handles, id)
	}
	return handles, nil
}

func (r *Ray) submit(ctx context.Context, j Job) (string, error) {
	env := map[string]string{}
	for _, e := range j.Env {
		name, value, _ := strings.Cut(e, "=")
		env[name] = value
	}
	job := rayJob{
		ID: r.o.Name + "-" + j.Name, Entrypoint: rayCommand(j, r.o.Resources.TimeLimit),
		RuntimeEnv: rayEnv{WorkingDir: r.uri, Env: env}, Metadata: r.o.Metadata,
		CPUs: r.o.Resources.CPUs, GPUs: r.o.Resources.GPUs, Memory: r.o.Resources.Memory,
	}
	body, err := json.Marshal(job)
	if err != nil {
		return "", fmt.Errorf("ray: %w", err)
	}
	status, text, err := r.call(ctx, http.MethodPost, "/api/jobs/", "application/json", body)
	switch {
	case err != nil:
		return "", err
	case status == http.StatusOK:
		return job.ID, nil
	case strings.Contains(text, "already exists"): // an answer to the first try was lost
		return job.ID, nil
	}
	return "", fmt.Errorf("ray: submitting %s: %w", job.ID, refusal(status, text))
}

// rayCommand is the shell command of a job. It runs in the unpacked package; a
// time limit is kept by coreutils' timeout, since Ray has none.
func rayCommand(j Job, limit time.Duration) string {
	program := `"$PWD"/` + packedProgram
	words := []string{program}
	for _, a := range j.Argv[1:] {
		words = append(words, quoted(a))
	}
	command := strings.Join(words, " ")
	if limit > 0 {
		command = fmt.Sprintf("timeout -k 60 %d %s", int(limit.Seconds()), command)
	}
	return fmt.Sprintf("%s </dev/null >>%s 2>&1", command, quoted(j.Log))
}

// Poll asks for each job.
func (r *Ray) Poll(ctx context.Context, handles []string) (map[string]Status, error) {
	out := make(map[string]Status, len(handles))
	for _, h := range handles {
		status, text, err := r.call(ctx, http.MethodGet, "/api/jobs/"+url.PathEscape(h), "", nil)
		switch {
		case err != nil:
			return nil, err
		case status == http.StatusNotFound:
			out[h] = Status{Phase: Ended, End: Lost, Detail: "Ray knows nothing of it any more"}
			continue
		case status != http.StatusOK:
			return nil, fmt.Errorf("ray: asking for %s: %w", h, refusal(status, text))
		}
		var state rayState
		if err := json.Unmarshal([]byte(text), &state); err != nil {
			return nil, fmt.Errorf("ray: reading the state of %s: %w", h, err)
		}
		out[h] = state.status(r.o.Resources.TimeLimit)
	}
	return out, nil
}

// rayState is what Ray says of a job.
type rayState struct {
	Status   string `json:"status"`
	Message  string `json:"message"`
	Error    string `json:"error_type"`
	ExitCode *int   `json:"driver_exit_code"`
	Node     string `json:"driver_node_id"`
}

func (r rayState) status(limit time.Duration) Status {
	s := Status{Phase: Ended, Node: r.Node}
	if r.ExitCode != nil {
		s.ExitCode = *r.ExitCode
	}
	first, _, _ := strings.Cut(r.Message, "\n")
	switch r.Status {
	case "PENDING":
		s.Phase, s.Detail = Waiting, first
	case "RUNNING":
		s.Phase = Running
	case "SUCCEEDED":
		s.End = Exited
	case "STOPPED":
		s.End = Cancelled
	default:
		s.End, s.Detail = Lost, first
		if r.ExitCode != nil {
			s.End = exitOfShell(*r.ExitCode, limit)
		}
	}
	return s
}

// exitOfShell says what an exit code of a shell or of timeout means.
func exitOfShell(code int, limit time.Duration) End {
	switch {
	case limit > 0 && (code == 124 || code == 137):
		return TimedOut
	case code < 0, code == 128+9, code == 128+15, code == 128+1, code == 128+2:
		return Lost // killed, perhaps for want of memory, or told to stop
	case code > 128:
		return Crashed
	}
	return Exited
}

// Cancel stops jobs.
func (r *Ray) Cancel(ctx context.Context, handles []string) error {
	for _, h := range handles {
		status, text, err := r.call(ctx, http.MethodPost, "/api/jobs/"+url.PathEscape(h)+"/stop", "", nil)
		if err != nil {
			return err
		}
		if status != http.StatusOK && status != http.StatusNotFound {
			return fmt.Errorf("ray: stopping %s: %w", h, refusal(status, text))
		}
	}
	return nil
}

// Wake is nil: only Poll can tell.
func (r *Ray) Wake() <-chan struct{} { return nil }

// Interval is Poll's.
func (r *Ray) Interval() time.Duration { return time.Second }

// Survives is true: jobs are the cluster's.
func (r *Ray) Survives() bool { return true }

// call makes a request and returns status and body. Failures of the network and
// of a proxy before Ray are ErrUnreachable.
func (r *Ray) call(ctx context.Context, method, path, contentType string, body []byte) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, r.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, "", fmt.Errorf("ray: %w", err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return 0, "", unreachable(r.base, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return 0, "", unreachable(r.base, err)
	}
	switch resp.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return 0, "", unreachable(r.base, refusal(resp.StatusCode, string(text)))
	}
	return resp.StatusCode, string(text), nil
}

// refusal is an answer that is no success. Ray's are tracebacks, whose last line
// says what was wrong.
func refusal(status int, text string) error {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return fmt.Errorf("HTTP %d: %.300s", status, lines[len(lines)-1])
}
