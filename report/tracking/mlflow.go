package tracking

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"slices"
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

// send sends all that is queued, in the order run, settings, numbers, files,
// end. An error leaves in the queue what was not sent.
func (m *MLflow) send(ctx context.Context) error {
	m.mu.Lock()
	nothing := m.state.Finished && len(m.queue) == 0 && m.unsentFiles() == 0
	m.mu.Unlock()
	if nothing {
		return nil
	}
	for _, step := range []func(context.Context) error{m.begin, m.sendParams, m.sendPoints, m.sendFiles, m.end} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// begin makes the run on the server, or finds the one of an earlier session.
func (m *MLflow) begin(ctx context.Context) error {
	if m.there {
		return nil
	}
	if m.state.RunID != "" {
		_, there, err := m.rest.findRun(ctx, m.state.RunID)
		if err != nil {
			return err
		}
		if there {
			m.there, m.state.Finished = true, false
			return m.rest.updateRun(ctx, m.state.RunID, "RUNNING", time.Time{})
		}
		m.forget()
	}
	id, err := m.rest.experiment(ctx, m.server.Experiment)
	if err != nil {
		return err
	}
	info, err := m.makeRun(ctx, id)
	if err != nil {
		return err
	}
	if info.RunID == "" {
		return &refusal{status: 404, message: "this is no MLflow server"}
	}
	m.there = true
	m.state.RunID, m.state.ExperimentID, m.state.ArtifactURI = info.RunID, info.ExperimentID, info.ArtifactURI
	return m.save()
}

// makeRun makes the run in an experiment, unless the server did so at an earlier
// try whose answer was lost.
func (m *MLflow) makeRun(ctx context.Context, experiment string) (runInfo, error) {
	if m.state.Ticket == "" {
		m.state.Ticket = rand.Text()
		if err := m.save(); err != nil {
			return runInfo{}, err
		}
	} else if info, there, err := m.rest.taggedRun(ctx, experiment, ticketTag, m.state.Ticket); err != nil || there {
		return info, err
	}
	tags := append(slices.Clone(m.server.Tags), Param{ticketTag, m.state.Ticket})
	return m.rest.createRun(ctx, experiment, m.server.Run, tags, m.begun)
}

// ticketTag is the tag of a run with its ticket.
const ticketTag = "memdil.ticket"

// forget begins anew after the run was deleted on the server. What was sent to
// it is taken again when the history is added the next time.
func (m *MLflow) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.had = steps{}
	m.state = state{URI: m.state.URI, Experiment: m.state.Experiment, Key: m.state.Key, Sent: steps{}, Files: map[string]string{}}
}

func (m *MLflow) sendParams(ctx context.Context) error {
	if m.state.Params {
		return nil
	}
	for at := 0; at < len(m.server.Params); at += maxParams {
		if err := m.rest.logParams(ctx, m.state.RunID, m.server.Params[at:min(at+maxParams, len(m.server.Params))]); err != nil {
			return err
		}
	}
	m.state.Params = true
	return m.save()
}

func (m *MLflow) sendPoints(ctx context.Context) error {
	for {
		m.mu.Lock()
		batch := m.queue[:min(len(m.queue), maxMetrics)]
		m.mu.Unlock()
		if len(batch) == 0 {
			return nil
		}
		if err := m.rest.logMetrics(ctx, m.state.RunID, batch); err != nil {
			return err
		}
		for _, p := range batch {
			m.state.Sent.take(p.Point)
		}
		m.mu.Lock()
		m.queue = m.queue[len(batch):]
		m.mu.Unlock()
		if err := m.save(); err != nil {
			return err
		}
	}
}

// unsentFiles drops queued files that the server has, and counts the rest. The
// caller holds the lock.
func (m *MLflow) unsentFiles() int {
	var rest []File
	for _, f := range m.files {
		if mark, err := markOf(f.Path); err == nil && m.state.Files[f.Name] != mark {
			rest = append(rest, f)
		}
	}
	m.files = rest
	return len(rest)
}

func (m *MLflow) sendFiles(ctx context.Context) error {
	for {
		m.mu.Lock()
		n := m.unsentFiles()
		if n == 0 || m.noUploads {
			m.files = nil
			m.mu.Unlock()
			return nil
		}
		file := m.files[0]
		m.mu.Unlock()
		mark, err := markOf(file.Path)
		if err != nil {
			continue // gone: unsentFiles drops it
		}
		err = m.rest.upload(ctx, m.state.ArtifactURI, file)
		switch {
		case errors.Is(err, errNoUpload), lasting(err), errors.Is(err, os.ErrPermission):
			m.noUploads = true
			m.server.Log.Warn("MLflow: files are not sent: "+err.Error(), "server", m.server.URI)
			continue
		case err != nil:
			return err
		}
		m.state.Files[file.Name] = mark
		if err := m.save(); err != nil {
			return err
		}
	}
}

// end sets how the run ended, once it has.
func (m *MLflow) end(ctx context.Context) error {
	m.mu.Lock()
	ended := m.ended
	m.mu.Unlock()
	if ended == nil || m.state.Finished {
		return nil
	}
	status := map[Status]string{Finished: "FINISHED", Failed: "FAILED", Stopped: "KILLED"}[*ended]
	if err := m.rest.updateRun(ctx, m.state.RunID, status, time.Now()); err != nil {
		return err
	}
	m.state.Finished = *ended == Finished
	return m.save()
}

func (m *MLflow) save() error { return m.state.write(m.server.State) }
