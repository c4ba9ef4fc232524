package features

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestWriteRead(t *testing.T) {
	for _, f := range fixtures() {
		t.Run(f.name, func(t *testing.T) {
			checkAllocator(t)
			table, got := mustRead(t, f.write(t, t.TempDir()))
			if table.Meta() != f.meta {
				t.Errorf("metadata %+v, want %+v", table.Meta(), f.meta)
			}
			if len(table.Notes()) != 0 {
				t.Errorf("notes on a whole table: %q", table.Notes())
			}
			if !equalBatches(got, f.rows()) {
				t.Error("the rows read differ from the rows written")
			}
			if again, err := readAll(table); err != nil || !equalBatches(again, got) {
				t.Errorf("the second pass differs (error %v)", err)
			}
		})
	}
}

// disk fails in the way of a field, whatever has been written before.
type disk struct {
	pendingFile
	room          int  // bytes before the disk is full; -1 is endless
	short         bool // report what did not fit by the count alone
	commitFailure error
}

func (d *disk) Write(p []byte) (int, error) {
	if d.room < 0 {
		return d.pendingFile.Write(p)
	}
	n, err := d.pendingFile.Write(p[:min(len(p), d.room)])
	d.room -= n
	if n < len(p) && !d.short {
		err = syscall.ENOSPC
	}
	return n, err
}

func (d *disk) CloseAtomicallyReplace() error {
	if d.commitFailure != nil {
		return d.commitFailure
	}
	return d.pendingFile.CloseAtomicallyReplace()
}

// onDisk makes the writers of a test write to d.
func onDisk(t *testing.T, d disk) {
	before := createPending
	t.Cleanup(func() { createPending = before })
	createPending = func(path string) (pendingFile, error) {
		f, err := before(path)
		d.pendingFile = f
		return &d, err
	}
}

// TestFullDisk lets the disk fill up at every few bytes of a file.
func TestFullDisk(t *testing.T) {
	f := fixtures()[3]
	info, err := os.Stat(f.write(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	for _, short := range []bool{false, true} {
		want := map[bool]error{false: syscall.ENOSPC, true: io.ErrShortWrite}[short]
		for room := 0; room < int(info.Size()); room += 23 {
			checkFails(t, f, disk{room: room, short: short}, want)
		}
	}
}

func TestFailingCommit(t *testing.T) {
	checkFails(t, fixtures()[1], disk{room: -1, commitFailure: syscall.EIO}, syscall.EIO)
}

// checkFails writes f to d and wants the failure from Write or Commit, again
// from Commit, and nothing left on the disk.
func checkFails(t *testing.T, f fixture, d disk, want error) {
	t.Helper()
	onDisk(t, d)
	dir := t.TempDir()
	w, err := Create(filepath.Join(dir, "train.arrow"), f.meta)
	for i := 0; err == nil && i < len(f.writes); i++ {
		err = w.Write(f.writes[i])
	}
	if err == nil {
		err = w.Commit()
	}
	if !errors.Is(err, want) || !strings.Contains(err.Error(), "train.arrow") {
		t.Errorf("room %d: error %v, want %v and the file's name", d.room, err, want)
	}
	if again := w.Write(f.writes[0]); again != err {
		t.Errorf("room %d: a later Write returns %v, want the first error", d.room, again)
	}
	if again := w.Commit(); again != err {
		t.Errorf("room %d: a later Commit returns %v, want the first error", d.room, again)
	}
	if err := w.Close(); err != nil {
		t.Errorf("room %d: Close: %v", d.room, err)
	}
	mustBeEmpty(t, dir)
}

// TestDevFull writes to a device that is really full.
func TestDevFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	defer full.Close()
	before := createPending
	t.Cleanup(func() { createPending = before })
	createPending = func(string) (pendingFile, error) { return &device{full}, nil }
	err = WriteClassifier(filepath.Join(t.TempDir(), "classifier.arrow"), Classifier{Classes: 1, Dim: 1, Weight: []float64{1}})
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error %v, want %v", err, syscall.ENOSPC)
	}
}

type device struct{ *os.File }

func (d *device) Seek(int64, int) (int64, error) { return 0, nil }
func (d *device) CloseAtomicallyReplace() error  { return nil }
func (d *device) Cleanup() error                 { return nil }

func TestCloseWithoutCommit(t *testing.T) {
	checkAllocator(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "train.arrow")
	if err := os.WriteFile(path, []byte("the old file"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := fixtures()[1]
	w, err := Create(path, f.meta)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(f.writes[0]); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); !errors.Is(err, errClosed) {
		t.Errorf("Commit after Close: %v, want %v", err, errClosed)
	}
	if old, _ := os.ReadFile(path); string(old) != "the old file" {
		t.Error("the old file was touched")
	}
	os.Remove(path)
	mustBeEmpty(t, dir)
}

func TestCloseAfterCommit(t *testing.T) {
	path := fixtures()[1].write(t, t.TempDir()) // closes after its Commit
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestWriteRefuses(t *testing.T) {
	good := func() Rows { return someRows(3, 2, 2, true) }
	for _, c := range []struct {
		name, want string
		rows       func() Rows
	}{
		{"label too large", "column label, row 4: label 2 is not in 0..1", func() Rows { r := good(); r.Labels[1] = 2; return r }},
		{"negative true label", "column true_label, row 5: label -1 is not in 0..1", func() Rows { r := good(); r.TrueLabels[2] = -1; return r }},
		{"unknown split", `column split, row 3: "dev" is not one of ["train" "val" "test"]`, func() Rows { r := good(); r.Splits[0] = "dev"; return r }},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			w, err := Create(filepath.Join(dir, "train.arrow"), Meta{Dim: 2, Classes: 2, HasSplitColumn: true})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Write(good()); err != nil {
				t.Fatal(err)
			}
			if err := w.Write(c.rows()); err == nil || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
			mustBeEmpty(t, dir)
		})
	}
}

func TestCommitRefusesNoRows(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(filepath.Join(dir, "train.arrow"), Meta{Dim: 2, Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err == nil {
		t.Error("a table without rows was committed")
	}
	mustBeEmpty(t, dir)
}

func TestMisusePanics(t *testing.T) {
	w := &Writer{meta: Meta{Dim: 2, Classes: 2}}
	for name, f := range map[string]func(){
		"no width":           func() { Create("x", Meta{Classes: 2}) },
		"unequal rows":       func() { w.Write(Rows{Features: make([]float32, 3), Labels: make([]int32, 1)}) },
		"unwanted splits":    func() { w.Write(someRows(2, 2, 2, true)) },
		"classifier lengths": func() { WriteClassifier("x", Classifier{Classes: 2, Dim: 2, Weight: make([]float64, 3)}) },
		"unequal columns":    func() { WriteTable("x", nil, Column{"a", []int32{1}}, Column{"b", []int32{}}) },
		"same column twice":  func() { WriteTable("x", nil, Column{"a", []int32{1}}, Column{"a", []int32{1}}) },
		"column type":        func() { WriteTable("x", nil, Column{"a", []int{1}}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if p, _ := recover().(string); !strings.HasPrefix(p, "features: ") {
					t.Errorf("panic %q, want one that begins with the package", p)
				}
			}()
			f()
		})
	}
}

func TestCreateInMissingFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "train.arrow")
	if _, err := Create(path, Meta{Dim: 1, Classes: 1}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
}
