package features

import (
	"errors"
	"os"
	"reflect"
	"testing"

	"github.com/memdil/memdil/arrowfile"
)

var spooled = Rows{
	Features: []float32{1, 2, 3, 4, 5, 6}, Logits: []float32{0.5, -1, 0, 7, 8, 9},
	Labels: []int32{0, 1, 1}, TrueLabels: []int32{0, 1, 0},
}

// TestSpool reads twice what was written, from a file that a kill would not leave.
func TestSpool(t *testing.T) {
	dir := t.TempDir()
	s, err := NewSpool(dir, Meta{Dim: 2, Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
	want := Batch{
		N: 6, Features: []float64{1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}, Logits: []float64{0.5, -1, 0, 7, 8, 9, 0.5, -1, 0, 7, 8, 9},
		Labels: []int{0, 1, 1, 0, 1, 1}, TrueLabels: []int{0, 1, 0, 0, 1, 0},
	}
	for range 2 {
		if err := s.Write(spooled); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		err := s.Each(func(b Batch) error {
			if !reflect.DeepEqual(b, want) {
				t.Errorf("read %+v, want %+v", b, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestShortSpool: rows that are gone are an error, not those of the batch before.
func TestShortSpool(t *testing.T) {
	s, err := NewSpool(t.TempDir(), Meta{Dim: 2, Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := errors.Join(s.Write(spooled), s.out.Flush()); err != nil {
		t.Fatal(err)
	}
	if err := s.file.Truncate(20); err != nil {
		t.Fatal(err)
	}
	err = s.Each(func(b Batch) error {
		t.Errorf("read %+v", b)
		return nil
	})
	if !errors.Is(err, arrowfile.ErrTruncated) {
		t.Errorf("error %v, want %v", err, arrowfile.ErrTruncated)
	}
}
