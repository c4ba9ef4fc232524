package study

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Contents is what is known of a study's trials.
type Contents struct {
	Results map[string]Result // of the trials that have ended, by ID
	Open    []string          // IDs of the others that have a folder, in order
	Finals  map[string]Result // of the last trainings, by ID
	Damaged []string          // folders whose result.json is damaged, and counts for nothing
}

// ReadContents lists a study.
func ReadContents(study string) (*Contents, error) {
	known, err := readIndex(study)
	if err != nil {
		return nil, err
	}
	c := &Contents{Results: known, Finals: map[string]Result{}}
	if c.Results == nil {
		c.Results = map[string]Result{}
	}
	if err := c.refresh(study); err != nil {
		return nil, err
	}
	return c, nil
}

// refresh reads what is new in the study's folder.
func (c *Contents) refresh(study string) error {
	ids, err := trialIDs(filepath.Join(study, TrialsDir))
	if err != nil {
		return err
	}
	var unknown []string
	for _, id := range ids {
		if _, ok := c.Results[id]; !ok {
			unknown = append(unknown, id)
		}
	}
	if len(ids)-len(unknown) < len(c.Results) {
		c.forget(ids)
	}
	results, damaged := readResults(filepath.Join(study, TrialsDir), unknown)
	c.Damaged = damaged
	for _, r := range results {
		c.Results[r.ID] = r
	}
	appendIndex(study, results)
	c.Open = slices.DeleteFunc(unknown, func(id string) bool { _, ended := c.Results[id]; return ended })
	return c.readFinals(study)
}

// forget drops results whose trials are gone.
func (c *Contents) forget(ids []string) {
	there := make(map[string]bool, len(ids))
	for _, id := range ids {
		there[id] = true
	}
	for id := range c.Results {
		if !there[id] {
			delete(c.Results, id)
		}
	}
}

func (c *Contents) readFinals(study string) error {
	ids, err := trialIDs(filepath.Join(study, FinalDir))
	if err != nil {
		return err
	}
	results, damaged := readResults(filepath.Join(study, FinalDir), ids)
	c.Damaged = append(c.Damaged, damaged...)
	for _, r := range results {
		c.Finals[r.ID] = r
	}
	return nil
}

// trialIDs returns the names of the trials' folders, in order.
func trialIDs(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing the trials: %w", err)
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("listing the trials: %w", err)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(n, ".") })
	slices.Sort(names)
	return names, nil
}

// readResults reads the results of trials, on several threads, and leaves out
// those that have none; damaged are the folders of damaged ones.
func readResults(dir string, ids []string) (results []Result, damaged []string) {
	found, errs := make([]*Result, len(ids)), make([]error, len(ids))
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(len(ids), 2*runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(ids); i = int(next.Add(1)) - 1 {
				r, ok, err := readResult(filepath.Join(dir, ids[i]))
				if errs[i] = err; ok {
					found[i] = &r
				}
			}
		})
	}
	wait.Wait()
	for i, id := range ids {
		r := found[i]
		switch err := errs[i]; {
		case errors.Is(err, errDamaged):
			damaged = append(damaged, filepath.Join(dir, id))
			continue
		case err != nil: // one file that cannot be read must not hide the others
			r = &Result{Number: numberOfTrial(id), State: Failed, Failure: "error", Reason: err.Error()}
		case r == nil:
			continue
		}
		r.ID = id // a folder that was copied is a trial of its own
		results = append(results, *r)
	}
	return results, damaged
}
