package datasets

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/memdil/memdil/random"
)

// trainWith selects from the labels and fails the test when that fails.
func trainWith(t *testing.T, s selection, d decoded) []Sample {
	t.Helper()
	samples, err := s.train(d, nil)
	if err != nil {
		t.Fatal(err)
	}
	return samples
}

// transitionsOf counts how often a true label (row) became a label (column), as
// shares of the row.
func transitionsOf(samples []Sample, classes, labels int) [][]float64 {
	shares, totals := make([][]float64, classes), make([]float64, classes)
	for i := range shares {
		shares[i] = make([]float64, labels)
	}
	for _, s := range samples {
		shares[s.TrueLabel][s.Label]++
		totals[s.TrueLabel]++
	}
	for i := range shares {
		for j := range shares[i] {
			shares[i][j] /= totals[i]
		}
	}
	return shares
}

// checkTransitions wants shares within five standard errors of probabilities.
func checkTransitions(t *testing.T, name string, samples []Sample, want [][]float64) {
	t.Helper()
	n := float64(len(samples)) / float64(len(want))
	for i, row := range transitionsOf(samples, len(want), len(want[0])) {
		for j, got := range row {
			if p := want[i][j]; !(math.Abs(got-p) <= 5*math.Sqrt(p*(1-p)/n)+1e-12) {
				t.Errorf("%s: a share of %v of label %d becomes %d, want %v", name, got, i, j, p)
			}
		}
	}
}

func TestNoiseKinds(t *testing.T) {
	matrix := filepath.Join(t.TempDir(), "t.txt")
	writeFile(t, matrix, []byte("# of three classes\n0.7, 0.3 0\n0\t0.5;0.5\n\n1e-1 0.2 0.7\n"))
	tests := []struct {
		name  string
		noise Noise
		want  [][]float64
	}{
		{"pair", Noise{Kind: PairNoise, Degrees: []float64{0.3}}, [][]float64{{0.7, 0.3, 0}, {0, 0.7, 0.3}, {0.3, 0, 0.7}}},
		{"pair, by class", Noise{Kind: PairNoise, Degrees: []float64{0, 0.5, 1}}, nil},
		{"matrix", Noise{Kind: MatrixNoise, File: matrix}, [][]float64{{0.7, 0.3, 0}, {0, 0.5, 0.5}, {0.1, 0.2, 0.7}}},
		{"symmetric", Noise{Degrees: []float64{0.6}}, [][]float64{{0.6, 0.2, 0.2}, {0.2, 0.6, 0.2}, {0.2, 0.2, 0.6}}},
		{"none", Noise{}, [][]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
	}
	labels := digits(60_000)
	for _, tt := range tests {
		s := selection{classes: firstClasses(3), noise: tt.noise, seed: 4}
		samples := trainWith(t, s, decoded{labels: labels})
		if !slices.Equal(samples, trainWith(t, s, decoded{labels: labels})) {
			t.Errorf("%s: not the same at the same seed", tt.name)
		}
		if tt.want != nil {
			checkTransitions(t, tt.name, samples, tt.want)
		}
	}
}

// Noise by class: each true class has its own degree, then all labels have as
// many samples as the rarest one.
func TestNoiseByClass(t *testing.T) {
	labels := digits(60_000)
	degrees := []float64{0, 0.9, 0.3}
	s := selection{classes: firstClasses(3), noise: Noise{Degrees: degrees}, seed: 4}
	corrupted, err := s.corrupt(s.choose(labels, nil, Train), decoded{labels: labels})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]float64{{1, 0, 0}, {0.3, 0.4, 0.3}, {0.1, 0.1, 0.8}}
	checkTransitions(t, "before balancing", corrupted, want)
	rarest := slices.Min(countLabels(corrupted, Train, 3))
	samples := trainWith(t, s, decoded{labels: labels})
	if got := countLabels(samples, Train, 3); !slices.Equal(got, []int{rarest, rarest, rarest}) {
		t.Errorf("%v samples of the labels, want %d of each", got, rarest)
	}
	if !slices.IsSortedFunc(samples, func(a, b Sample) int { return int(a.Index - b.Index) }) {
		t.Error("samples are not in file order")
	}
}

// Latent noise: after symmetric noise a label becomes label + 2; test labels are
// clean.
func TestLatentNoise(t *testing.T) {
	labels := digits(100_000)
	s := selection{classes: []int32{3, 7}, noise: Noise{Degrees: []float64{0.2}, Latent: true, LatentDegree: 0.25}, seed: 9}
	samples := trainWith(t, s, decoded{labels: labels})
	checkTransitions(t, "latent", samples, [][]float64{
		{0.9 * 0.75, 0.1 * 0.75, 0.9 * 0.25, 0.1 * 0.25},
		{0.1 * 0.75, 0.9 * 0.75, 0.1 * 0.25, 0.9 * 0.25},
	})
	plain := s
	plain.noise.Latent = false
	for i, p := range trainWith(t, plain, decoded{labels: labels}) {
		if samples[i].Label%2 != p.Label {
			t.Fatalf("sample %d has label %d, and %d without latent classes", i, samples[i].Label, p.Label)
		}
	}
	test, err := s.test(decoded{labels: labels}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, sample := range test {
		if sample.Label != sample.TrueLabel || sample.Label > 1 || labels[sample.Index] != []int32{3, 7}[sample.Label] {
			t.Fatalf("test sample %+v of the published label %d", sample, labels[sample.Index])
		}
	}
}

// randomImages returns n images of random pixels with labels of classes.
func randomImages(n, classes int) decoded {
	stream := random.New(5, random.Search, 0)
	d := decoded{images: Images{N: n, C: 3, H: 4, W: 4, Pixels: make([]uint8, n*48)}, classes: classes}
	for i := range d.images.Pixels {
		d.images.Pixels[i] = uint8(stream.Uint64(uint64(i)))
	}
	for i := range n {
		d.labels = append(d.labels, int32(i%classes))
	}
	d.normalizer = NewNormalizer([]float32{0.5, 0.5, 0.5}, []float32{0.29, 0.29, 0.29})
	return d
}

// The share of corrupted labels is η; which label a sample gets depends on its
// image and on nothing else but the seed.
func TestInstanceNoise(t *testing.T) {
	d := randomImages(40_000, 4)
	for _, degree := range []float64{0, 0.05, 0.4, 1} {
		s := selection{classes: firstClasses(4), noise: Noise{Kind: InstanceNoise, Degrees: []float64{degree}}, seed: 3}
		wrong := 0
		for _, sample := range trainWith(t, s, d) {
			if sample.Label != sample.TrueLabel {
				wrong++
			}
		}
		n := float64(d.images.N)
		if got := float64(wrong) / n; !(math.Abs(got-degree) <= 5*math.Sqrt(degree*(1-degree)/n)) {
			t.Errorf("η = %v: a share of %v is wrong", degree, got)
		}
	}
	// All images alike: all samples of a class that are hit prefer the same
	// classes; and the preferences follow the image.
	same := d
	same.images.Pixels = slices.Repeat(d.images.At(0), d.images.N)
	s := selection{classes: firstClasses(4), noise: Noise{Kind: InstanceNoise, Degrees: []float64{1}}, seed: 3}
	random, alike := transitionsOf(trainWith(t, s, d), 4, 4), transitionsOf(trainWith(t, s, same), 4, 4)
	different := 0.0
	for j := 1; j < 4; j++ {
		different += math.Abs(random[0][j] - alike[0][j])
	}
	if different < 0.2 { // one image's preferences lie far from the mean of all images'
		t.Errorf("labels do not depend on images: shares %v of random ones, %v of the same one", random[0], alike[0])
	}
}

// Labels of a file: published labels, renumbered with the classes; samples whose
// label is not selected are left out.
func TestFileNoise(t *testing.T) {
	dir := t.TempDir()
	d := decoded{labels: []int32{5, 3, 7, 3, 5, 7, 3}, classes: 10}
	s := selection{classes: []int32{7, 3}, noise: Noise{Kind: FileNoise}}
	for name, content := range map[string]string{
		"lines.txt":  "5\n3\n3\n7\n5\n1\n3\n",
		"column.txt": "5.0e0\n 3 # a comment\n3\n7\n\n5\n1\n3",
		"row.csv":    "5,3,3,7,5,1,3",
	} {
		path := filepath.Join(dir, name)
		writeFile(t, path, []byte(content))
		s.noise.File = path
		want := []Sample{{1, Train, 1, 1}, {2, Train, 1, 0}, {3, Train, 0, 1}, {6, Train, 1, 1}}
		if got := trainWith(t, s, d); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestNoiseRefuses(t *testing.T) {
	dir := t.TempDir()
	files := 0
	file := func(name, content string) string {
		files++
		path := filepath.Join(dir, strconv.Itoa(files)+name)
		writeFile(t, path, []byte(content))
		return path
	}
	matrix := func(content string) Noise { return Noise{Kind: MatrixNoise, File: file("m.txt", content)} }
	labels := func(content string) Noise { return Noise{Kind: FileNoise, File: file("l.txt", content)} }
	tests := []struct {
		name   string
		noise  Noise
		option string
		want   string
	}{
		{"too few degrees", Noise{Degrees: []float64{0.1, 0.2}}, "label_noise", "2 degrees for 3 classes"},
		{"NaN", Noise{Degrees: []float64{math.NaN()}}, "label_noise", "NaN is not between 0 and 1"},
		{"unknown kind", Noise{Kind: "loud"}, "noise", `unknown kind "loud"`},
		{"no file", Noise{Kind: MatrixNoise}, "noise_file", "noise matrix needs one"},
		{"missing file", Noise{Kind: MatrixNoise, File: filepath.Join(dir, "none")}, "noise_file", "no such file"},
		{"a folder", Noise{Kind: FileNoise, File: dir}, "noise_file", "is a folder"},
		{"latent with three classes", Noise{Latent: true}, "fourclass_problem", "for 2 classes, not 3"},
		{"not square", matrix("1 0\n0 1\n"), "", "m.txt: 2 rows, want a matrix of 3×3"},
		{"short row", matrix("1 0 0\n0 1\n0 0 1"), "", "row 1 has 2 numbers, want 3"},
		{"not 1", matrix("1 0 0\n0 0.9 0\n0 0 1"), "", "row 1 adds up to 0.9, not to 1"},
		{"negative", matrix("1 0 0\n-1 1 1\n0 0 1"), "", "row 1: -1 is no probability"},
		{"words", matrix("1 0 nine"), "", `line 1: "nine" is not a number`},
		{"empty", matrix("# nothing\n"), "", "there are no numbers in it"},
		{"HTML", matrix("<html>"), "", `"<html>" is not a number`},
		{"too few labels", labels("1\n2\n"), "", "2 labels for the 6 training samples"},
		{"unknown label", labels("0\n1\n2\n3\n4\n3\n"), "", "label 4 of sample 4, the labels of the data set are 0 to 3"},
		{"half a label", labels("0\n1\n2\n0\n.5\n1\n"), "", "label 0.5 of sample 4"},
		{"two columns", labels("0 1\n1 1\n2 1\n0 1\n1 1\n1 1\n"), "", "2 numbers for sample 0, want one label"},
	}
	for _, tt := range tests {
		s := selection{classes: firstClasses(3), noise: tt.noise}
		err := tt.noise.check(3)
		if err == nil {
			_, err = s.train(decoded{labels: []int32{0, 1, 2, 0, 1, 2}, classes: 4}, nil)
		}
		checkError(t, tt.name, err, tt.want)
		var option *OptionError
		if errors.As(err, &option) != (tt.option != "") || option != nil && option.Option != tt.option {
			t.Errorf("%s: error %#v, want one of option %q", tt.name, err, tt.option)
		}
	}
}

func TestSelectClasses(t *testing.T) {
	names := []string{"1", "10", "2", "cat", "Dog"}
	for list, want := range map[string][]int32{"cat,Dog": {3, 4}, "dog,0": {4, 0}, "1,10": {0, 1}, "4,2": {4, 2}, "3,1,2": {3, 0, 2}} {
		if got, err := SelectClasses(names, strings.Split(list, ",")); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v, want %v", list, got, err, want)
		}
	}
	for list, want := range map[string]string{
		"cat,bird": `there is no class "bird"; there are 0 (1), 1 (10), 2, 3 (cat), 4 (Dog)`,
		"cat,3":    "class 3 is in it twice",
		"cat":      "at least 2 classes are needed",
		"cat,9":    `there is no class "9"`,
		"cat,-1":   `there is no class "-1"`,
	} {
		_, err := SelectClasses(names, strings.Split(list, ","))
		checkError(t, list, err, want)
	}
}

// A validation split at random has the same size as the first samples, others in
// it, and follows the seed.
func TestValShuffle(t *testing.T) {
	labels := digits(1000)
	held := func(s selection) (positions []int) {
		for i, sample := range trainWith(t, s, decoded{labels: labels}) {
			if sample.Split == Val {
				positions = append(positions, i)
			}
		}
		return positions
	}
	s := selection{classes: firstClasses(10), valSplit: 0.25, valShuffle: true, seed: 1}
	one, again := held(s), held(s)
	s.seed = 2
	other := held(s)
	if len(one) != 250 || !slices.Equal(one, again) || slices.Equal(one, other) || one[249] < 900 {
		t.Errorf("%d samples are held back, up to position %d; the same again: %t, with another seed: %t", len(one), one[len(one)-1], slices.Equal(one, again), slices.Equal(one, other))
	}
}

// A test part is set apart class by class, without overlap, and never all of a
// class.
func TestSetApart(t *testing.T) {
	labels := append(digits(1000), 10, 11, 11) // rare classes
	train, test := selection{testSplit: 0.2, seed: 1}.setApart(labels)
	if len(train)+len(test) != len(labels) {
		t.Errorf("%d and %d of %d samples", len(train), len(test), len(labels))
	}
	seen := map[int32]bool{}
	counts, tests := make([]int, 12), make([]int, 12)
	for _, label := range labels {
		counts[label]++
	}
	for _, i := range slices.Concat(train, test) {
		if seen[i] {
			t.Errorf("sample %d is in both parts, or twice in one", i)
		}
		seen[i] = true
	}
	for _, i := range test {
		tests[labels[i]]++
	}
	for label, n := range counts {
		want := int(math.Round(0.2 * float64(n)))
		if label == 11 {
			want = 1
		}
		if tests[label] != want {
			t.Errorf("%d of %d samples of class %d are for testing, want %d", tests[label], n, label, want)
		}
	}
}
