package datasets

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// cachedCIFAR loads a small CIFAR-10 from dir with a cache.
func cachedCIFAR(t *testing.T, dir, cache string, notes *bytes.Buffer) *Dataset {
	t.Helper()
	d, err := Load(context.Background(), Options{Name: "cifar10", Dir: dir, Cache: cache, Log: slog.New(slog.NewTextHandler(notes, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// smallCIFARFolder writes a small CIFAR-10, all of whose labels are there.
func smallCIFARFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, f := range smallCIFAR10("cifar10") {
		data := f.Data
		if strings.HasSuffix(name, "test_batch.bin") {
			var labels [][]byte
			for i := range 10 {
				labels = append(labels, []byte{byte(i)})
			}
			data = cifarFile(labels...)
		}
		writeFile(t, filepath.Join(dir, name), data)
	}
	return dir
}

// What comes out of the cache is what was put in, notes included, and what is
// there with the files gone (but for their names) shows that it comes from there.
func TestCache(t *testing.T) {
	dir, cache := smallCIFARFolder(t), filepath.Join(t.TempDir(), "new")
	var first, second, plain bytes.Buffer
	a := cachedCIFAR(t, dir, cache, &first)
	entries, err := filepath.Glob(filepath.Join(cache, "cifar10-*.images"))
	if err != nil || len(entries) != 2 {
		t.Fatalf("the cache holds %q", entries)
	}
	// Same size and time, other bytes: the cache cannot know, so its bytes come.
	path := filepath.Join(dir, "cifar10", "data_batch_1.bin")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := cifarFile([]byte{0}, []byte{9})
	changed[100] ^= 0xff
	writeFile(t, path, changed)
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	b := cachedCIFAR(t, dir, cache, &second)
	if !bytes.Equal(a.Train.Pixels, b.Train.Pixels) || !slices.Equal(a.TrainSamples, b.TrainSamples) || !slices.Equal(a.TestSamples, b.TestSamples) {
		t.Error("another data set comes out of the cache")
	}
	if n := strings.Count(second.String(), "checksum is not the published one"); n != 6 || strings.Count(first.String(), "checksum") != n {
		t.Errorf("%d notes on 6 files from the cache", n)
	}
	// Another time: the files are read again, and replace what is in the cache.
	if err := os.Chtimes(path, time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	c, without := cachedCIFAR(t, dir, cache, &plain), cachedCIFAR(t, dir, "", &plain)
	if bytes.Equal(a.Train.Pixels, c.Train.Pixels) || !bytes.Equal(c.Train.Pixels, without.Train.Pixels) {
		t.Error("a changed file is not read again")
	}
	if again, _ := filepath.Glob(filepath.Join(cache, "cifar10-*.images")); !slices.Equal(again, entries) {
		t.Errorf("the cache holds %q, before %q", again, entries)
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Error(err)
	}
}

// Damaged entries are made anew, never believed.
func TestCacheDamaged(t *testing.T) {
	dir, cache := smallCIFARFolder(t), t.TempDir()
	var notes bytes.Buffer
	want := slices.Clone(cachedCIFAR(t, dir, cache, &notes).Train.Pixels)
	entries, _ := filepath.Glob(filepath.Join(cache, "cifar10-train-*.images"))
	whole, err := os.ReadFile(entries[0])
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(whole)
	flipped[len(flipped)-7] ^= 1
	for name, data := range map[string][]byte{
		"empty": {}, "cut": whole[:len(whole)-1], "longer": append(slices.Clone(whole), 0), "flipped": flipped,
		"no header": whole[:20], "text": []byte("nothing of the kind"),
	} {
		if err := os.Remove(entries[0]); err != nil { // other tests' mappings of the file stay whole
			t.Fatal(err)
		}
		writeFile(t, entries[0], data)
		if got := cachedCIFAR(t, dir, cache, &notes); !bytes.Equal(got.Train.Pixels, want) {
			t.Errorf("%s: a damaged entry is believed", name)
		}
		if again, _ := os.ReadFile(entries[0]); !bytes.Equal(again, whole) {
			t.Errorf("%s: the entry was not made anew", name)
		}
	}
}

// A cache that cannot be written is a note, not an error.
func TestCacheUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, nil)
	var notes bytes.Buffer
	if d := cachedCIFAR(t, smallCIFARFolder(t), filepath.Join(file, "cache"), &notes); d.Train.N != 10 {
		t.Errorf("%d images", d.Train.N)
	}
	if !strings.Contains(notes.String(), "decoded images are not kept for later runs") {
		t.Errorf("no note: %s", notes.String())
	}
}

// Many at once read each file once.
func TestCacheOnce(t *testing.T) {
	cache := t.TempDir()
	f := &countingFiles{paths: []string{filepath.Join(smallCIFARFolder(t), "cifar10", "test_batch.bin")}}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			o := Options{Cache: cache, Log: slog.New(slog.DiscardHandler)}
			d := &Dataset{Name: "counted"}
			if got, err := d.part(context.Background(), &o, f, Train); err != nil || got.images.N != 2 {
				t.Errorf("%d images, %v", got.images.N, err)
			}
		})
	}
	group.Wait()
	if f.reads != 1 {
		t.Errorf("%d reads", f.reads)
	}
}

// countingFiles counts how often it is read.
type countingFiles struct {
	paths []string
	reads int
}

func (f *countingFiles) read(context.Context, Split) (decoded, error) {
	f.reads++
	return decoded{images: Images{N: 2, C: 3, H: Side, W: Side, Pixels: make([]uint8, 2*3*Side*Side)}, labels: []int32{0, 1}, classes: 2}, nil
}
func (f *countingFiles) hasTest() bool               { return true }
func (f *countingFiles) inputs(Split) (inputs, bool) { return inputs{where: "x", paths: f.paths}, true }

func FuzzParseCached(f *testing.F) {
	path := filepath.Join(f.TempDir(), "entry")
	d := decoded{images: Images{N: 1, C: 3, H: Side, W: Side, Pixels: make([]uint8, 3*Side*Side)}, labels: []int32{1}, classes: 2}
	if err := writeCached(path, "print", d); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:100])
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := parseCached(data, "print"); err == nil && len(got.images.Pixels) != got.images.N*3*Side*Side {
			t.Errorf("%d pixels of %d images", len(got.images.Pixels), got.images.N)
		}
	})
}
