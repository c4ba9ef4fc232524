package train_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/train"
)

// pictures are random bytes, normalised by channel.
type pictures struct {
	table
	bytes      []uint8
	normalizer *datasets.Normalizer
}

func newPictures(n int) *pictures {
	p := &pictures{table: noise(n, pixels), normalizer: datasets.NewNormalizer([]float32{0.5, 0.4, 0.3}, []float32{0.2, 0.3, 0.4})}
	p.bytes = make([]uint8, len(p.x))
	for i, v := range p.x {
		p.bytes[i] = uint8((v + 1) * 127)
	}
	return p
}

func (p *pictures) Pixels(i int) []uint8             { return p.bytes[i*pixels : (i+1)*pixels] }
func (p *pictures) Normalizer() *datasets.Normalizer { return p.normalizer }
func (p *pictures) Fill(x []float32, i int)          { p.normalizer.Normalize(x, p.Pixels(i)) }

// TestLoopsAgree trains by both loops, on the CPU, and by what a GPU records:
// losses, accuracies and all values are equal to rounding. The last batch is a
// partial one.
func TestLoopsAgree(t *testing.T) {
	for name, c := range map[string]struct {
		model  string
		change func(*zoo.Options, *train.Config)
	}{
		"momentum":    {"MLP", func(*zoo.Options, *train.Config) {}},
		"no momentum": {"MLP", func(_ *zoo.Options, c *train.Config) { c.Optimizer.Momentum = 0 }},
		"all at once": {"MLP", func(_ *zoo.Options, c *train.Config) { c.BatchSize = 0 }},
		"no decay":    {"MLP", func(_ *zoo.Options, c *train.Config) { c.Optimizer.WeightDecay = 0 }},
		"Adam": {"MLP", func(_ *zoo.Options, c *train.Config) {
			c.Optimizer, c.Schedule.LR = training.Optimizer{Kind: training.Adam, WeightDecay: 1e-3}, 1e-3
		}},
		"without BatchNormalization": {"MLP", func(o *zoo.Options, _ *train.Config) { o.BatchNorm = false }},
		"label smoothing": {"MLP", func(_ *zoo.Options, c *train.Config) {
			c.Objective.Loss = training.Loss{Kind: training.LabelSmoothing, Alpha: 0.1}
		}},
		"label relaxation": {"MLP", func(_ *zoo.Options, c *train.Config) {
			c.Objective.Loss = training.Loss{Kind: training.LabelRelaxation, Alpha: 0.1}
		}},
		"squared error": {"MLP", func(_ *zoo.Options, c *train.Config) {
			c.Objective.Loss = training.Loss{Kind: training.MeanSquaredError}
		}},
		"separate decay": {"MLP", func(_ *zoo.Options, c *train.Config) {
			c.Objective.Decay, c.Optimizer.WeightDecay = &training.SepDecay{WeightDecay: 1e-2, FeatureDecay: 1e-3}, 0
		}},
		"a lower rate":  {"MLP", func(_ *zoo.Options, c *train.Config) { c.Schedule.Patience = 1 }},
		"a higher rate": {"MLP", func(_ *zoo.Options, c *train.Config) { c.Schedule.Patience, c.Schedule.Gamma = 1, 2 }},
		"a rate too high for its decay, then a lower one": {"MLP", func(_ *zoo.Options, c *train.Config) {
			c.Optimizer.WeightDecay, c.Schedule.Patience = 0.02, 1
		}},
		"a low rate, then one too high for its decay": {"MLP", func(_ *zoo.Options, c *train.Config) {
			c.Optimizer.WeightDecay, c.Schedule = 0.02, train.Schedule{LR: 0.005, Gamma: 10, Patience: 1}
		}},
		"large weights":    {"MLP", func(o *zoo.Options, c *train.Config) { o.Width, c.Schedule.LR = 300, 0.01 }},
		"fixed classifier": {"MLP", func(o *zoo.Options, _ *train.Config) { o.ETF = true }},
		"ResNet":           {"ResNet18_adapt", func(o *zoo.Options, c *train.Config) { o.Width, c.Schedule.LR = 4, 0.01 }},
	} {
		t.Run(name, func(t *testing.T) { testLoopsAgree(t, c.model, false, c.change) })
		t.Run(name+", recorded", func(t *testing.T) {
			train.RecordAnywhere(t, 1)
			testLoopsAgree(t, c.model, false, c.change)
		})
	}
	t.Run("a lower rate, recorded for any", func(t *testing.T) {
		train.RecordAnywhere(t, math.MaxInt)
		testLoopsAgree(t, "MLP", false, func(_ *zoo.Options, c *train.Config) { c.Schedule.Patience = 1 })
	})
	t.Run("augmentation", func(t *testing.T) { testLoopsAgree(t, "MLP", true, nil) })
	t.Run("augmentation, recorded", func(t *testing.T) {
		train.RecordAnywhere(t, 1)
		testLoopsAgree(t, "MLP", true, nil)
	})
}

func testLoopsAgree(t *testing.T, model string, augment bool, change func(*zoo.Options, *train.Config)) {
	const epochs = 2
	pictures := newPictures(29)
	data := train.Data(pictures)
	if augment {
		data = train.Augment(pictures, 7, 32, 32)
	}
	config := modelConfig(t, model, change)
	config.Loop = train.HostLoop
	host := newTrainer(t, config, data)
	config.Loop = train.DeviceLoop
	device := newTrainer(t, config, data)
	want := trainEpochs(t, host, epochs)
	for i, got := range trainEpochs(t, device, epochs) {
		if !near(got.Loss, want[i].Loss, 1e-4) || got.Accuracy != want[i].Accuracy {
			t.Errorf("epoch %d: loss %v, accuracy %v by the device loop; %v, %v by the host loop", i+1, got.Loss, got.Accuracy, want[i].Loss, want[i].Accuracy)
		}
	}
	onDevice := valuesOf(t, device)
	for name, want := range valuesOf(t, host) {
		if d := distance(onDevice[name], want); !(d < 1e-3) {
			t.Errorf("%s differs by %g of its norm", name, d)
		}
	}
	wantLoss, _, err := host.Evaluate(t.Context(), pictures)
	if err != nil {
		t.Fatal(err)
	}
	gotLoss, _, err := device.Evaluate(t.Context(), pictures)
	if err != nil || !near(gotLoss, wantLoss, 1e-3) {
		t.Errorf("evaluation gives %v, want %v (%v)", gotLoss, wantLoss, err)
	}
}

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance*math.Abs(want) }

// distance is that of two tensors, over the norm of the second. A tensor of
// next to nothing is compared with elements of 1e-4: the bias before a
// BatchNormalization has no gradient but for rounding.
func distance(got, want []float32) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	var difference, norm float64
	for i, v := range want {
		difference += math.Pow(float64(got[i])-float64(v), 2)
		norm += math.Pow(float64(v), 2)
	}
	return math.Sqrt(difference / max(norm, 1e-8*float64(len(want))))
}

// TestOtherLoopGoesOn restores a checkpoint of each loop into the other one,
// in the middle of an epoch.
func TestOtherLoopGoesOn(t *testing.T) {
	train.LimitChunks(t, 1)
	data := newPictures(29)
	config := smallConfig(t, nil)
	whole := newTrainer(t, config, data)
	want := trainEpochs(t, whole, 3)
	for i, first := range loops {
		config.Loop = first
		path := t.TempDir() + "/c"
		interrupt(t, newTrainer(t, config, data), 2, path)
		c, err := train.ReadCheckpoint(path)
		if err != nil {
			t.Fatal(err)
		}
		config.Loop = loops[1-i]
		other := newTrainer(t, config, data)
		if err := other.Restore(c); err != nil {
			t.Fatal(err)
		}
		got := trainEpochs(t, other, 3)
		if fmt.Sprintf("%.4f", got[1].Loss) != fmt.Sprintf("%.4f", want[2].Loss) {
			t.Errorf("%s after %s: losses %v, want %v", config.Loop, first, got, want[1:])
		}
	}
}
