package arrowfile

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memdil/memdil/fixtures/python"
)

// TestWriteNPY has numpy print arrays of every type.
func TestWriteNPY(t *testing.T) {
	dir := t.TempDir()
	for name, err := range map[string]error{
		"bytes":   WriteNPY(filepath.Join(dir, "bytes.npy"), []uint8{0, 1, 255, 7}, 2, 1, 2),
		"ints":    WriteNPY(filepath.Join(dir, "ints.npy"), []int32{-1, math.MaxInt32}, 2),
		"longs":   WriteNPY(filepath.Join(dir, "longs.npy"), []int64{math.MinInt64}, 1),
		"floats":  WriteNPY(filepath.Join(dir, "floats.npy"), []float32{0.1, -2}, 1, 2),
		"doubles": WriteNPY(filepath.Join(dir, "doubles.npy"), []float64{}, 0, 3),
		"parts": WriteNPYParts(filepath.Join(dir, "parts.npy"), func(yield func([]int32, error) bool) {
			_ = yield([]int32{1, 2, 3}, nil) && yield([]int32{4, 5, 6}, nil)
		}, 2, 3),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	const want = "bytes uint8 [[[0, 1]], [[255, 7]]]\n" +
		"doubles float64 []\n" +
		"floats float32 [[0.10000000149011612, -2.0]]\n" +
		"ints int32 [-1, 2147483647]\n" +
		"longs int64 [-9223372036854775808]\n" +
		"parts int32 [[1, 2, 3], [4, 5, 6]]\n"
	if got := python.Run(t, []string{"numpy"}, "testdata/print_npy.py", dir); got != want {
		t.Errorf("numpy reads\n%s", got)
	}
}

// TestWriteNPYFails has an array end early: nothing is left of it.
func TestWriteNPYFails(t *testing.T) {
	dir := t.TempDir()
	stop := errors.New("stop")
	err := WriteNPYParts(filepath.Join(dir, "a.npy"), func(yield func([]int32, error) bool) {
		_ = yield([]int32{1}, nil) && yield(nil, stop)
	}, 2)
	if !errors.Is(err, stop) || !strings.Contains(err.Error(), "a.npy") {
		t.Errorf("error %v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("three values of shape [2] are no panic")
			}
		}()
		_ = WriteNPY(filepath.Join(dir, "b.npy"), []uint8{1, 2, 3}, 2) // it panics
	}()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
