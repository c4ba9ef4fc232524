package datasets

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"testing/fstest"
)

// cifarFile returns records of CIFAR's binary version with the given labels, each
// a slice of label bytes; pixel j of record i is i+j/1024, so that planes differ.
func cifarFile(labels ...[]byte) []byte {
	var b []byte
	for i, l := range labels {
		b = append(b, l...)
		for j := range cifarPixels {
			b = append(b, byte(i+j/1024*100))
		}
	}
	return b
}

func smallCIFAR10(dir string) fstest.MapFS {
	fsys := fstest.MapFS{dir + "/test_batch.bin": {Data: cifarFile([]byte{1}, []byte{0})}}
	for i, name := range []string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"} {
		fsys[dir+"/"+name] = &fstest.MapFile{Data: cifarFile([]byte{byte(i)}, []byte{byte(9 - i)})}
	}
	return fsys
}

func TestReadCIFAR(t *testing.T) {
	tests := []struct {
		dataset       string
		fsys          fstest.MapFS
		train, test   []int32
		firstOfSecond byte // pixel of the second training image
	}{
		{"cifar10", smallCIFAR10("cifar10"), []int32{0, 9, 1, 8, 2, 7, 3, 6, 4, 5}, []int32{1, 0}, 1},
		{"cifar10", smallCIFAR10("cifar-10-batches-bin"), []int32{0, 9, 1, 8, 2, 7, 3, 6, 4, 5}, []int32{1, 0}, 1},
		{"cifar100", fstest.MapFS{ // a coarse label before the fine one; packed files will do
			"cifar100/train.bin.gz": {Data: pack(cifarFile([]byte{3, 99}, []byte{19, 0}))},
			"cifar100/test.bin":     {Data: cifarFile([]byte{0, 50})},
		}, []int32{99, 0}, []int32{50}, 1},
	}
	for _, tt := range tests {
		f, missing := mustLookup(t, tt.dataset).locate(tt.fsys, "")
		if len(missing) > 0 {
			t.Fatalf("%s lacks %v", tt.dataset, missing)
		}
		for part, want := range map[Split][]int32{Train: tt.train, Test: tt.test} {
			d, err := f.read(context.Background(), part)
			if err != nil || !slices.Equal(d.labels, want) || d.images.N != len(want) {
				t.Errorf("%s, %v: labels %v of %d images, %v; want %v", tt.dataset, part, d.labels, d.images.N, err, want)
			}
			if part == Train {
				want := slices.Concat(bytes.Repeat([]byte{1}, 1024), bytes.Repeat([]byte{101}, 1024), bytes.Repeat([]byte{201}, 1024))
				if !bytes.Equal(d.images.At(1), want) {
					t.Errorf("%s: the planes of the second image are mixed up", tt.dataset)
				}
			}
		}
	}
}

func TestReadCIFARRefuses(t *testing.T) {
	good := cifarFile([]byte{1}, []byte{2})
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"empty":       {nil, "the file is empty"},
		"truncated":   {good[:4000], "truncated, or not CIFAR's binary version: 927 bytes after 1 records of 3073 bytes"},
		"wrong label": {cifarFile([]byte{1}, []byte{10}), "label 10 in record 1, the labels are 0 to 9: not CIFAR's binary version?"},
		"a pickle":    {append([]byte("\x80\x03}q"), good...), "label 128 in record 0"},
	} {
		fsys := smallCIFAR10("cifar10")
		fsys["cifar10/data_batch_2.bin"] = &fstest.MapFile{Data: tt.file}
		f, _ := mustLookup(t, "cifar10").locate(fsys, "/d")
		_, err := f.read(context.Background(), Train)
		checkError(t, name, err, "read /d/cifar10/data_batch_2.bin: "+tt.want)
	}
}

// Random labels are a permutation of the labels, the same for every call with a
// seed, and not the identity.
func TestRandomLabels(t *testing.T) {
	labels := digits(2000)
	deal := func(seed uint64, classes int) []Sample {
		s := selection{classes: firstClasses(classes), random: true, seed: seed}
		samples, err := s.train(decoded{labels: labels}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return samples
	}
	for _, classes := range []int{2, 10} {
		samples, again, other := deal(1, classes), deal(1, classes), deal(2, classes)
		counts, truth, wrong := make([]int, classes), make([]int, classes), 0
		for _, s := range samples {
			counts[s.Label]++
			truth[s.TrueLabel]++
			if s.Label != s.TrueLabel {
				wrong++
			}
		}
		if !slices.Equal(counts, truth) {
			t.Errorf("labels %v, true labels %v", counts, truth)
		}
		share := float64(wrong) / float64(len(samples)) // expected: 1 − 1/K
		if want := 1 - 1/float64(classes); share < want-0.1 || share > want+0.1 {
			t.Errorf("a share of %v of %d classes is wrong, want about %v", share, classes, want)
		}
		if !slices.Equal(samples, again) || slices.Equal(samples, other) {
			t.Errorf("random labels do not follow the seed")
		}
	}
}

func FuzzReadCIFAR(f *testing.F) {
	f.Add(cifarFile([]byte{1}), 1)
	f.Add(cifarFile([]byte{1, 2})[:100], 2)
	f.Fuzz(func(t *testing.T, data []byte, labels int) {
		form := cifarRecord{labels: 1 + labels&1, label: labels & 1}
		pixels, got, err := form.append(nil, nil, bytes.NewReader(data), int64(len(data)), 10)
		if err == nil && len(pixels) != cifarPixels*len(got) {
			t.Errorf("%d pixels of %d images", len(pixels), len(got))
		}
	})
}
