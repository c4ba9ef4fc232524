package tracking

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"
)

// Server is an MLflow tracking server and what a run is called there.
type Server struct {
	URI        string // as CheckURI wants it
	Experiment string
	Run        string // the run's name
	Params     []Param
	Tags       []Param
	// State is the file that remembers the run on the server.
	State string
	// Key is equal for sessions of one run; with another key a new run begins.
	Key string
	Log *slog.Logger
}

// MLflow sends what a run measures to a server, in the background. Points wait
// in memory, at most maxQueue of them; what the server does not take is sent
// when the run is opened again, by the state that is kept in a file.
type MLflow struct {
	server Server
	rest   *rest
	begun  time.Time

	mu      sync.Mutex // of what the run's goroutine and the sender share
	had     steps
	queue   []timedPoint
	files   []File
	dropped int
	ended   *Status // once the run is over

	wake   chan struct{} // there is something to send
	closed chan struct{} // Finish was called
	done   chan struct{} // the sender has stopped
	cancel context.CancelFunc

	// Of the sender alone.
	state     state
	there     bool // the run is known to be on the server
	warned    bool
	noUploads bool
}

var _ Tracker = (*MLflow)(nil)

// Limits of the sender; variables for tests.
var (
	maxQueue  = 100_000                // points
	firstWait = time.Second            // between two tries, doubled each time
	longWait  = 30 * time.Second       // and no longer than this
	lastWait  = 500 * time.Millisecond // between the last tries
	// flushLimit bounds how long the end of a run waits for the server, and
	// quietLimit how long for its next answer.
	flushLimit = 30 * time.Second
	quietLimit = 3 * time.Second
)

// lastTries is how often the end of a run asks a server that does not answer.
const lastTries = 2

// ConnectMLflow begins to send. It returns at once, whether there is a server
// or not.
func ConnectMLflow(s Server) *MLflow {
	ctx, cancel := context.WithCancel(context.Background())
	m := &MLflow{
		server: s, rest: newREST(s.URI), begun: time.Now(), cancel: cancel,
		wake: make(chan struct{}, 1), closed: make(chan struct{}), done: make(chan struct{}),
		state: readState(s.State, state{URI: s.URI, Experiment: s.Experiment, Key: s.Key}),
	}
	m.had = m.state.Sent.clone()
	if !m.state.Finished {
		m.signal() // the run shows on the server before its first epoch
	}
	go m.run(ctx)
	return m
}

// Add queues points.
func (m *MLflow) Add(points ...Point) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.had.fresh(points) {
		switch {
		case math.IsNaN(p.Value) || math.IsInf(p.Value, 0): // JSON has no such number
		case len(m.queue) >= maxQueue:
			m.dropped++ // the next session has it again, from the history
		default:
			m.queue = append(m.queue, timedPoint{p, now})
		}
	}
	m.signal()
}

// Attach queues files.
func (m *MLflow) Attach(files ...File) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files = append(m.files, files...)
	m.signal()
}

// signal wakes the sender.
func (m *MLflow) signal() {
	select {
	case m.wake <- struct{}{}:
	default: // it is going to look anyway
	}
}

// Finish lets the sender send what is left, for a limited time, and says what
// it could not send.
func (m *MLflow) Finish(s Status) {
	m.mu.Lock()
	m.ended = &s
	m.mu.Unlock()
	close(m.closed)
	m.flush()
	if left := m.left(); left != "" {
		m.server.Log.Warn(left+" were not sent to MLflow: the same command sends them later", "server", m.server.URI)
	}
}

// flush waits for the sender as long as the server takes what it gets.
func (m *MLflow) flush() {
	limit := time.NewTimer(flushLimit)
	defer limit.Stop()
	defer func() {
		m.cancel()
		<-m.done
	}()
	for taken := m.rest.taken.Load(); ; taken = m.rest.taken.Load() {
		quiet := time.NewTimer(quietLimit)
		select {
		case <-m.done:
		case <-limit.C:
		case <-quiet.C:
			if m.rest.taken.Load() > taken {
				continue
			}
		}
		quiet.Stop()
		return
	}
}

// left says what was not sent, "" for nothing.
func (m *MLflow) left() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	points, files := len(m.queue)+m.dropped, len(m.files)
	switch {
	case m.noUploads && points == 0, points == 0 && files == 0:
		return ""
	case m.noUploads || files == 0:
		return count(points, "value")
	default:
		return count(points, "value") + " and " + count(files, "file")
	}
}

// count is "1 file" or "2 files".
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// run sends until the run is over and all is sent, or time is up.
func (m *MLflow) run(ctx context.Context) {
	defer close(m.done)
	wait, tries := firstWait, 0
	for {
		select {
		case <-m.wake:
		case <-m.closed:
		}
		for {
			err := m.send(ctx)
			if err == nil {
				m.recovered()
				wait = firstWait
				break
			}
			if ctx.Err() != nil {
				return
			}
			m.warn(err)
			if lasting(err) {
				<-m.closed // nothing more is tried
				return
			}
			if tries += m.lastTry(); tries == lastTries {
				return
			}
			if m.lastTry() > 0 {
				wait = lastWait
			}
			m.pause(wait)
			wait = min(2*wait, longWait)
		}
		if m.settled() {
			return
		}
	}
}

// lastTry is 1 once the run is over.
func (m *MLflow) lastTry() int {
	select {
	case <-m.closed:
		return 1
	default:
		return 0
	}
}

// pause waits between two tries; the end of the run cuts it short.
func (m *MLflow) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	if m.lastTry() > 0 {
		<-timer.C
		return
	}
	select {
	case <-timer.C:
	case <-m.closed:
	}
}

// settled reports whether the run is over and nothing is left to send.
func (m *MLflow) settled() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ended != nil && len(m.queue) == 0 && len(m.files) == 0
}

// warn tells of a server that does not take what it gets, once.
func (m *MLflow) warn(err error) {
	if m.warned {
		m.server.Log.Debug("MLflow: "+err.Error(), "server", m.server.URI)
		return
	}
	m.warned = true
	advice := "the run goes on, and what is left is sent when the server is back"
	if lasting(err) {
		advice = "the run goes on without it"
	}
	m.server.Log.Warn("MLflow: "+err.Error()+": "+advice, "server", m.server.URI)
}

// recovered tells of a server that is back.
func (m *MLflow) recovered() {
	if m.warned {
		m.warned = false
		m.server.Log.Info("MLflow: the server takes what it gets again", "server", m.server.URI)
	}
}
