package study

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// The index holds every result that somebody has read, a line each, so that a
// study of many trials is listed by reading one file. It is a cache: what it
// lacks is read from the trials' folders, and it may be deleted at any time.

// readIndex returns the results of the index by their IDs. Damaged lines are
// passed over.
func readIndex(study string) (map[string]Result, error) {
	data, err := os.ReadFile(filepath.Join(study, indexFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the index: %w", err)
	}
	parts := linesOf(data, runtime.GOMAXPROCS(0))
	found := make([][]Result, len(parts))
	var wait sync.WaitGroup
	for i, part := range parts {
		wait.Go(func() { found[i] = parseResults(part) })
	}
	wait.Wait()
	out := make(map[string]Result, bytes.Count(data, []byte("\n")))
	for _, results := range found {
		for _, r := range results {
			out[r.ID] = r
		}
	}
	return out, nil
}

// linesOf cuts data into n parts of whole lines.
func linesOf(data []byte, n int) [][]byte {
	var parts [][]byte
	for n > 0 && len(data) > 0 {
		at := len(data) / n
		if next := bytes.IndexByte(data[at:], '\n'); next >= 0 {
			at += next + 1
		} else {
			at = len(data)
		}
		parts, data, n = append(parts, data[:at]), data[at:], n-1
	}
	return parts
}

func parseResults(lines []byte) []Result {
	var out []Result
	for line := range bytes.Lines(lines) {
		var r Result
		if json.Unmarshal(line, &r) == nil && r.ID != "" && r.State != "" {
			out = append(out, r)
		}
	}
	return out
}

// appendIndex adds results. A failure, as on a file system that is full or that
// may only be read, costs nothing but time.
func appendIndex(study string, results []Result) {
	if len(results) == 0 {
		return
	}
	f, err := os.OpenFile(filepath.Join(study, indexFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<16)
	for _, r := range results {
		r.Metrics, r.Host = nil, "" // which only the trial's own file tells
		line, err := json.Marshal(r)
		if err != nil {
			return
		}
		_, _ = w.Write(append(line, '\n'))
	}
	_ = w.Flush() // see above
}
