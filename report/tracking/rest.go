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

// onThisMachine reports whether the server's address is a loopback one.
func (c *rest) onThisMachine() bool {
	u, err := url.Parse(c.base)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}
