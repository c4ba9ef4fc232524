package settings

import (
	"os"
	"path/filepath"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/fixtures"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/pipeline/machine"
	"github.com/memdil/memdil/train"
)

// This file says what the settings ask of the packages that do the work.

// Embedded is the data directory that stands for the data embedded in memdil:
// a part of MNIST, its digits 0 and 1.
const Embedded = "embedded"

// DataOptions returns what the settings ask of the data set.
func (e Experiment) DataOptions() datasets.Options {
	o := datasets.Options{
		Name: e.Dataset, Dir: e.DataDir, Cache: dataCache(),
		Classes: e.Classes, ClassList: words(e.ClassList),
		Noise: datasets.Noise{
			Kind: e.Noise, Degrees: e.LabelNoise, File: e.NoiseFile,
			Latent: e.FourClass, LatentDegree: e.FourClassDegree,
		},
		ValSplit: e.ValSplit, ValShuffle: e.holdsBackAtRandom(),
		TestSplit: e.TestSplit, SkipUnreadable: e.SkipUnreadable,
		SampleSize: e.SampleSize, Seed: uint64(e.Seed),
		Mean: floats32(e.Mean), Std: floats32(e.Std),
	}
	if e.DataDir == Embedded {
		o.FS = fixtures.MNIST01()
	}
	return o
}

// holdsBackAtRandom settles which samples are held back.
func (e Experiment) holdsBackAtRandom() bool {
	return e.ValSamples == ValRandom || e.ValSamples == ValAuto && (e.FourClass || ofOwn(e))
}

// dataCache returns the folder of decoded images, "" when there is no place for
// it.
func dataCache() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "memdil", "data")
}

func floats32(values []float64) []float32 {
	if values == nil {
		return nil
	}
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

// ModelOptions returns what the settings ask of the zoo's model.
func (e Experiment) ModelOptions() zoo.Options {
	return zoo.Options{
		Classes: e.Outputs(), Width: e.Width, Depth: e.Depth, Activation: e.Activation,
		BatchNorm: e.BatchNorm, LayerNorm: e.LayerNorm, NoBias: e.NoBias,
		FixDim: e.features(), ETF: e.ETF, SOTA: e.SOTA, Seed: uint64(e.Seed),
		Limit: machine.FreeMemory() / 2, // their gradients take as much
	}
}

// TrainConfig says how the experiment trains net.
func (e Experiment) TrainConfig(net *training.Net) train.Config {
	c := train.Config{
		Net:       net,
		Objective: training.Objective{Loss: training.Loss{Kind: e.Loss, Alpha: e.AlphaOfLoss()}},
		Optimizer: training.Optimizer{Kind: e.Optimizer, Momentum: e.Momentum, WeightDecay: e.WeightDecay, History: e.HistorySize},
		Schedule:  train.Schedule{LR: e.LR, Gamma: e.Gamma, Patience: e.Patience, Milestones: e.Milestones},
		BatchSize: e.BatchSize, MicroBatch: e.MicroBatch, Seed: uint64(e.Seed), Threads: e.Threads,
		Device: e.Device, TF32: e.TF32, Loop: e.Loop,
	}
	if isLBFGS(e) {
		c.Schedule, c.MicroBatch = train.Schedule{LR: e.LR, Gamma: 1}, e.GhostBatch
	}
	if e.SepDecay {
		c.Objective.Decay = &training.SepDecay{WeightDecay: e.WeightDecay, FeatureDecay: e.FeatureDecayRate, Normalised: e.FeatureDecayOn == NormalisedFeatures}
		c.Optimizer.WeightDecay = 0
	}
	return c
}
