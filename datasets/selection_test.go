package datasets

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/memdil/memdil/random"
)

// firstClasses selects the first k classes.
func firstClasses(k int) []int32 {
	classes := make([]int32, k)
	for i := range classes {
		classes[i] = int32(i)
	}
	return classes
}

// digits returns n random labels of ten classes.
func digits(n int) []int32 {
	labels := make([]int32, n)
	for i := range labels {
		labels[i] = int32(random.New(1, random.Search, 0).IntN(uint64(i), 10))
	}
	return labels
}

func TestSelectTrain(t *testing.T) {
	labels := []int32{5, 0, 4, 1, 9, 2, 1, 3, 1, 0}
	tests := []struct {
		name string
		s    selection
		want string // index, split and label of each sample
	}{
		{"two classes", selection{classes: firstClasses(2)}, "1train0 3train1 6train1 8train1 9train0"},
		{"three classes", selection{classes: firstClasses(3)}, "1train0 3train1 5train2 6train1 8train1 9train0"},
		{"two fifths held back", selection{classes: firstClasses(2), valSplit: 0.4}, "1val0 3val1 6train1 8train1 9train0"},
		{"the share is rounded down", selection{classes: firstClasses(2), valSplit: 0.39}, "1val0 3train1 6train1 8train1 9train0"},
		{"one a class", selection{classes: firstClasses(2), sampleSize: 1}, "1train0 3train1"},
		{"two a class", selection{classes: firstClasses(2), sampleSize: 2}, "1train0 3train1 6train1 9train0"},
		{"more than there are", selection{classes: firstClasses(2), sampleSize: 9}, "1train0 3train1 6train1 8train1 9train0"},
	}
	for _, tt := range tests {
		samples, err := tt.s.train(decoded{labels: labels}, nil)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		got := ""
		for _, s := range samples {
			got += fmt.Sprintf(" %d%v%d", s.Index, s.Split, s.Label)
			if s.TrueLabel != labels[s.Index] || s.Label != s.TrueLabel {
				t.Errorf("%s: sample %+v of label %d", tt.name, s, labels[s.Index])
			}
		}
		if got != " "+tt.want {
			t.Errorf("%s:%s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestSelectTest(t *testing.T) {
	samples, err := selection{classes: firstClasses(2), noise: Noise{Degrees: []float64{1}}, valSplit: 0.5, sampleSize: 1, seed: 3}.test(decoded{labels: []int32{7, 1, 0, 1}}, nil)
	want := []Sample{{1, Test, 1, 1}, {2, Test, 0, 0}, {3, Test, 1, 1}}
	if err != nil || !slices.Equal(samples, want) {
		t.Errorf("%v, %v, want %v", samples, err, want)
	}
}

func TestEmptyClass(t *testing.T) {
	tests := []struct {
		name   string
		s      selection
		labels []int32
		want   string
	}{
		{"not in the file", selection{classes: firstClasses(3)}, []int32{0, 1, 0, 1, 5}, "no train sample has label 2 of 3"},
		{"only held back", selection{classes: firstClasses(2), valSplit: 0.5}, []int32{0, 0, 1, 1}, "no train sample has label 0 of 2"},
		{"nothing at all", selection{classes: firstClasses(2)}, nil, "no train sample has label 0"},
	}
	for _, tt := range tests {
		_, err := tt.s.train(decoded{labels: tt.labels}, nil)
		checkError(t, tt.name, err, tt.want)
	}
	_, err := selection{classes: firstClasses(2)}.test(decoded{labels: []int32{0}}, nil)
	checkError(t, "test", err, "no test sample has label 1")
}

// With probability η a label becomes uniform over the K classes. Shares lie
// within 4.5 standard errors of their expectation.
func TestNoiseStatistics(t *testing.T) {
	labels := digits(200_000)
	for _, tt := range []struct {
		classes int
		noise   float64
	}{{2, 0.2}, {10, 0.2}, {10, 0.75}, {10, 1}, {3, 0}} {
		s := selection{classes: firstClasses(tt.classes), noise: Noise{Degrees: []float64{tt.noise}}, seed: 6}
		samples, err := s.train(decoded{labels: labels}, nil)
		if err != nil {
			t.Fatal(err)
		}
		n, k := float64(len(samples)), float64(tt.classes)
		moved := make([][]int, tt.classes) // true label, label
		total := make([]float64, tt.classes)
		for i := range moved {
			moved[i] = make([]int, tt.classes)
		}
		for _, sample := range samples {
			moved[sample.TrueLabel][sample.Label]++
			total[sample.TrueLabel]++
		}
		for from := range moved {
			for to, count := range moved[from] {
				want := tt.noise / k
				if from == to {
					want += 1 - tt.noise
				}
				deviation := math.Sqrt(want * (1 - want) / total[from])
				if got := float64(count) / total[from]; !(math.Abs(got-want) <= 4.5*deviation) {
					t.Errorf("K = %g, η = %g, %g samples: a share of %g of label %d becomes %d, want %g", k, tt.noise, n, got, from, to, want)
				}
			}
		}
	}
}

// What happens to one sample's label depends on no option but η, K and seed.
func TestNoiseIsIndependent(t *testing.T) {
	labels := digits(5000)
	base := selection{classes: firstClasses(4), noise: Noise{Degrees: []float64{0.3}}, seed: 6}
	byIndex := func(s selection, labels []int32) map[int32]int32 {
		samples, err := s.train(decoded{labels: labels}, nil)
		if err != nil {
			t.Fatal(err)
		}
		m := map[int32]int32{}
		for _, sample := range samples {
			m[sample.Index] = sample.Label
		}
		return m
	}
	want := byIndex(base, labels)
	for name, s := range map[string]selection{
		"val_split_prop": {classes: firstClasses(4), noise: Noise{Degrees: []float64{0.3}}, seed: 6, valSplit: 0.2},
		"sample_size":    {classes: firstClasses(4), noise: Noise{Degrees: []float64{0.3}}, seed: 6, sampleSize: 100},
	} {
		got := byIndex(s, labels)
		for index, label := range got {
			if want[index] != label {
				t.Errorf("%s changes the label of sample %d from %d to %d", name, index, want[index], label)
			}
		}
	}
	for index, label := range byIndex(base, labels[:1000]) {
		if want[index] != label {
			t.Errorf("fewer samples change the label of sample %d", index)
		}
	}
	more := base
	more.noise = Noise{Degrees: []float64{0.5}}
	for index, label := range byIndex(more, labels) {
		if want[index] != labels[index] && want[index] != label {
			t.Errorf("more noise changes the corrupted label of sample %d", index)
		}
	}
	other := base
	other.seed = 7
	changed := 0
	for index, label := range byIndex(other, labels) {
		if want[index] != label {
			changed++
		}
	}
	if changed < len(want)/5 { // expected: 1 − (1−η)² − … ≈ 0.4
		t.Errorf("another seed changes only %d of %d labels", changed, len(want))
	}
}

// sample_size counts labels after corruption.
func TestSampleSizeCountsCorruptedLabels(t *testing.T) {
	s := selection{classes: firstClasses(5), noise: Noise{Degrees: []float64{0.4}}, sampleSize: 50, seed: 2}
	samples, err := s.train(decoded{labels: digits(2000)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for label, n := range countLabels(samples, Train, 5) {
		if n != 50 {
			t.Errorf("%d samples have label %d, want 50", n, label)
		}
	}
	if !slices.IsSortedFunc(samples, func(a, b Sample) int { return int(a.Index - b.Index) }) {
		t.Error("samples are not in file order")
	}
}

func TestSplitString(t *testing.T) {
	if got := fmt.Sprint(Train, Val, Test, Split(9)); got != "train val test Split(9)" {
		t.Error(got)
	}
}
