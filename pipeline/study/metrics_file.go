package study

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/pipeline/history"
)

// record is a line of metrics.jsonl: an epoch by the names of the history's
// columns. NaN is null.
type record map[string]*float64

// newRecord returns the line of an epoch.
func newRecord(e history.Epoch) record {
	r := record{}
	r.set("epoch", float64(e.Epoch))
	for name, v := range e.Numbers() {
		r.set(name, v)
	}
	return r
}

func (r record) set(name string, v float64) {
	r[name] = nil
	if !math.IsNaN(v) && !math.IsInf(v, 0) {
		r[name] = &v
	}
}

// get returns a value, NaN for none.
func (r record) get(name string) float64 {
	if v := r[name]; v != nil {
		return *v
	}
	return math.NaN()
}

func (r record) epoch() int {
	if v := r["epoch"]; v != nil {
		return int(*v)
	}
	return 0
}

// appendRecord adds a line to a trial's metrics.jsonl.
func appendRecord(dir string, r record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("writing metrics: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, MetricsFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("writing metrics: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", f.Name(), err)
	}
	return nil
}

// tail reads a metrics.jsonl as it grows.
type tail struct {
	path   string
	offset int64
	rest   []byte // of a line that is not whole yet
}

func newTail(dir string) *tail { return &tail{path: filepath.Join(dir, MetricsFile)} }

// next returns the lines that have come since the last call. Lines that cannot
// be understood, such as one that a crash cut short, are passed over.
func (t *tail) next() ([]record, error) {
	f, err := os.Open(t.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() == t.offset {
		return nil, nil
	}
	if _, err := f.Seek(t.offset, io.SeekStart); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	t.offset += int64(len(data))
	t.rest = append(t.rest, data...)
	return t.lines(), nil
}

// lines takes the whole lines off what was read.
func (t *tail) lines() []record {
	var out []record
	for {
		line, rest, whole := bytes.Cut(t.rest, []byte("\n"))
		if !whole {
			return out
		}
		t.rest = rest
		var r record
		if json.Unmarshal(line, &r) == nil && r.epoch() > 0 {
			out = append(out, r)
		}
	}
}

// readRecords returns the epochs of a trial, each as it was trained last: an
// epoch after the last checkpoint of a killed trial is trained again.
func readRecords(dir string) ([]record, error) {
	lines, err := newTail(dir).next()
	if err != nil {
		return nil, fmt.Errorf("trial %s: %w", filepath.Base(dir), err)
	}
	var out []record
	for _, r := range lines {
		for len(out) > 0 && out[len(out)-1].epoch() >= r.epoch() {
			out = out[:len(out)-1]
		}
		out = append(out, r)
	}
	return out, nil
}
