package datasets

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestLocate(t *testing.T) {
	merge := func(trees ...fstest.MapFS) fstest.MapFS {
		all := fstest.MapFS{}
		for _, tree := range trees {
			maps.Copy(all, tree)
		}
		return all
	}
	partial := fstest.MapFS{"mnist/train-labels-idx1-ubyte.gz": {}}
	folderNamed := fstest.MapFS{"mnist/train-labels-idx1-ubyte.gz/x": {}}
	tests := []struct {
		name    string
		dataset string
		fsys    fstest.MapFS
		dir     string
		missing int
	}{
		{"own folder", "mnist", smallMNIST("mnist"), "mnist", 0},
		{"torchvision's folder", "mnist", smallMNIST("MNIST/raw"), "MNIST/raw", 0},
		{"torchvision's other folder", "fashionmnist", smallMNIST("FashionMNIST/raw"), "FashionMNIST/raw", 0},
		{"by themselves", "mnist", smallMNIST("."), ".", 0},
		{"own folder before torchvision's", "mnist", merge(smallMNIST("mnist"), smallMNIST("MNIST/raw")), "mnist", 0},
		{"a complete folder before an incomplete one", "mnist", merge(partial, smallMNIST("MNIST/raw")), "MNIST/raw", 0},
		{"nothing", "mnist", fstest.MapFS{}, "mnist", 4},
		{"incomplete", "mnist", partial, "mnist", 3},
		{"a folder in a file's place", "mnist", folderNamed, "mnist", 4},
		{"another data set's folder", "fashionmnist", smallMNIST("mnist"), "fashionmnist", 4},
	}
	for _, tt := range tests {
		clean := fstest.MapFS{}
		for name, f := range tt.fsys {
			clean[strings.TrimPrefix(name, "./")] = f
		}
		f, missing := mustLookup(t, tt.dataset).locate(clean, "/data")
		if f.dir != tt.dir || len(missing) != tt.missing {
			t.Errorf("%s: %s lacking %d files, want %s lacking %d", tt.name, f.dir, len(missing), tt.dir, tt.missing)
		}
	}
}

// TestBombs reads small files that unpack to more than a data set can have, or
// claim more images.
func TestBombs(t *testing.T) {
	read := func(name, path string, data []byte) error {
		fsys := smallMNIST("mnist")
		if name == "cifar10" {
			fsys = smallCIFAR10("cifar10")
			delete(fsys, strings.TrimSuffix(path, ".gz"))
		}
		fsys[path] = &fstest.MapFile{Data: data}
		f, missing := mustLookup(t, name).locate(fsys, "/data")
		if len(missing) > 0 {
			t.Fatalf("missing %v", missing)
		}
		_, err := f.read(context.Background(), Train)
		return err
	}
	tiny := pack(encodeIDX(make([]byte, maxImages+1), maxImages+1, 1, 1))
	checkError(t, "tiny images", read("mnist", "mnist/train-images-idx3-ubyte.gz", tiny), "it claims 1048577 images, at most 1048576 are read")

	defer func(n int64) { maxUnpacked = n }(maxUnpacked)
	maxUnpacked = 1 << 20
	zeros := pack(make([]byte, 400*(1+cifarPixels)))
	checkError(t, "many records", read("cifar10", "cifar10/data_batch_1.bin.gz", zeros), "truncated")
	checkError(t, "a large array", read("mnist", "mnist/train-images-idx3-ubyte.gz", tiny), "the header promises more than")
}

// An unknown checksum is noted once for each file; another data set's is an
// error, and so is a file that does not parse.
func TestFolderChecksums(t *testing.T) {
	fsys := smallMNIST("mnist")
	f, _ := mustLookup(t, "mnist").locate(fsys, "/data")
	d, err := f.read(context.Background(), Train)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(strings.Join(d.notes, "\n"), "checksum is not the published one"); n != 2 || len(d.notes) != 2 {
		t.Errorf("%d notes for 2 files: %q", n, d.notes)
	}
	if want := "/data/mnist/train-labels-idx1-ubyte.gz"; !strings.HasSuffix(d.notes[1], want) {
		t.Errorf("no note names %s: %q", want, d.notes)
	}

	const labels = "train-labels-idx1-ubyte.gz"
	sums, err := parseFile(fsys, "mnist/"+labels, readAll)
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := new(*f.src), &source{name: "stranger", folders: []string{"strange"}}
	mine.files = []file{{name: labels, md5: sums.md5}}
	f.src, f.all = mine, []*source{theirs, mine}
	if err := f.parse(labels, readAll); err != nil || f.strange != nil {
		t.Errorf("a published file: error %v, strange are %q", err, f.strange)
	}
	mine.files = []file{{name: labels, sha256: sums.sha256}}
	if err := f.parse(labels, readAll); err != nil || f.strange != nil {
		t.Errorf("a published file packed again: error %v, strange are %q", err, f.strange)
	}
	mine.files, theirs.files = nil, []file{{name: "x", sha256: sums.sha256}}
	checkError(t, "another's", f.parse(labels, readAll), "/data/mnist/"+labels+": this is a file of stranger, not of mnist")
}

func TestFolderErrors(t *testing.T) {
	const labels = "train-labels-idx1-ubyte.gz"
	f, _ := mustLookup(t, "mnist").locate(smallMNIST("mnist"), "/data")
	broken := errors.New("broken")
	err := f.parse(labels, func(io.Reader, int64) error { return broken })
	checkError(t, "broken", err, "read /data/mnist/"+labels+": broken; remove the file and a new one is downloaded")
	if !errors.Is(err, broken) {
		t.Error("the cause is lost")
	}
	f.root = ""
	if err := f.parse(labels, func(io.Reader, int64) error { return broken }); strings.Contains(err.Error(), "remove") {
		t.Errorf("an embedded file cannot be removed: %v", err)
	}
	f.fsys = fstest.MapFS{}
	if err := f.parse(labels, readAll); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), labels) {
		t.Errorf("missing file: %v", err)
	}
}

func TestChecksumTable(t *testing.T) {
	seen := map[string]string{}
	for _, s := range sources {
		if len(s.mean) != 3 || len(s.std) != 3 || len(s.mirrors) < 2 || len(s.folders) == 0 {
			t.Errorf("%s: incomplete entry", s.name)
		}
		for _, f := range append(slices.Clone(s.files), s.downloads()...) {
			if len(f.md5) != 32 || len(f.sha256) != 64 && f.sha256 != "" || f.size <= 0 {
				t.Errorf("%s: incomplete entry for %s", s.name, f.name)
			}
			for _, sum := range []string{f.md5, f.sha256} {
				if by := seen[sum]; sum != "" && by != "" && by != s.folders[0]+f.name {
					t.Errorf("%s: checksum %s appears twice", s.name, sum)
				}
				seen[sum] = s.folders[0] + f.name
			}
		}
		for _, m := range s.mirrors {
			if !strings.HasSuffix(m, "/") {
				t.Errorf("%s: mirror %s does not end in a slash", s.name, m)
			}
		}
	}
}
