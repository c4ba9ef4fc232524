package tracking

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"slices"
	"time"
)

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
