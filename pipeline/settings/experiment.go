package settings

import (
	"errors"
	"fmt"
	"maps"
	"math"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/train"
)

// Experiment is the value of every setting. Obtain one from [Defaults] or
// [ReadTOML], change it with Set, which records what was asked for, and call
// Check before use. Help, units and defaults are in the table of settings.
type Experiment struct {
	// The data. Samples are selected in the data set's file order.
	Dataset    string // as in datasets.Options
	DataDir    string // may begin with ~
	Classes    int    // K: the first K classes; 0 for all, until Check
	ClassList  string // names or numbers of classes, separated by commas; empty for the first ones
	SampleSize int    // training samples a label; 0 for all
	Seed       int64  // of all randomness; never negative

	// The noise.
	LabelNoise      []float64 // noise degree η in [0, 1], of all classes or of each; not to be modified
	Noise           datasets.NoiseKind
	NoiseFile       string  // of the kinds that need one
	NoiseSHA256     string  // of that file, filled in by Check
	FourClass       bool    // latent noise classes
	FourClassDegree float64 // share of labels that become latent, in (0, 1)
	TwoFeatures     bool    // with FourClass: two features

	// The split, and images of one's own.
	ValSplit       float64 // share of the training samples held back, in [0, 1)
	ValSamples     ValSamples
	TestSplit      float64 // share set apart for testing, in (0, 1)
	SkipUnreadable bool
	Mean, Std      []float64 // by channel; nil for the data set's own; not to be modified

	// The model.
	Model        string // as in zoo.Names
	Width, Depth int
	Activation   zoo.Activation
	BatchNorm    bool
	LayerNorm    bool
	NoBias       bool // of the classifier
	ETF          bool // the classifier's weight is a fixed simplex ETF
	FixDim       int  // number of features d; 0 for K
	SOTA         bool // augmented images, and a stem for small images in ResNets

	// The model, when it is not one of the zoo.
	Graph          string // path of the ONNX file; "" for the zoo
	GraphSHA256    string // of the file, filled in by Check
	Logits         string
	FeaturesTensor string
	ResetHead      bool
	ResetWeights   bool
	Params, Freeze string // glob patterns, separated by commas; Freeze serves the zoo too

	// The objective.
	Loss             training.LossKind
	LSAlpha, LRAlpha float64 // of the losses LS and LR
	WeightDecay      float64
	SepDecay         bool
	FeatureDecayRate float64
	FeatureDecayOn   FeatureForm

	// The optimizer and its schedule.
	Optimizer   training.OptimizerKind
	Momentum    float64 // of SGD
	LR          float64 // learning rate of the first epoch
	Gamma       float64 // factor of each decay
	Patience    int     // epochs between two decays; 0 for none
	Milestones  []int   // epochs at which the rate decays, in place of Patience; not to be modified
	BatchSize   int     // 0 for all samples
	MicroBatch  int     // samples evaluated at once; 0 for the batch; not of LBFGS
	GhostBatch  int     // the same of LBFGS
	HistorySize int     // of LBFGS
	Epochs      int
	Threads     int // of the runtime and the optimizer; 0 for all cores, until Check
	Device      ort.Device
	Loop        train.LoopKind
	TF32        bool // a GPU may round the factors of products

	// What is kept of a training besides its model.
	CheckpointSeconds    float64 // the longest time of training that a crash may cost
	KeepCheckpoints      int     // states to go on from
	KeepBest             bool    // weights of the best epoch
	CheckpointEveryEpoch bool    // weights after every epoch

	// MeasureEvery measures the training and test samples after every so many
	// epochs; 0 for never.
	MeasureEvery int

	// The export.
	Engine Engine

	// The metrics.
	FullMetrics bool // measure also what costs more

	// Formats lists those that tables are written in beside Arrow.
	Formats string

	// The run folder.
	UIDOverride      string // the folder's name; empty for the UID made of the settings
	LargeScaleUID    bool   // make that UID as the original's large-scale experiments do
	TensorBoard      bool   // write event files
	MLflow           string // tracking URI of a server; "" for none
	MLflowExperiment string
	RunsDir          string // where run folders lie
	Force            bool   // back up and replace a run folder of the same name
	ForceRetrain     bool   // discard what is there of a training
	DeleteModel      bool   // remove the model and the checkpoints in the end
	From, Until      Stage  // the first stage to run again and the last to run; "" for no such limit

	// The search for hyper-parameters, by the original's flags.
	HO             HOKind
	HORuns         int    // trials
	HOUID          bool   // name the run after the search
	ContinueHO     bool   // more trials of a study
	ContinueHOPath string // of that study; "" for the one of the same settings

	given map[string]bool // names of the settings that were set; copied on write
}

// Engine names what computes features from the trained model.
type Engine string

// The engines.
const (
	EngineORT    Engine = "ort"     // ONNX Runtime
	EngineONNXGo Engine = "onnx-go" // onnx-go, in pure Go, for the operators it has
)

// ValSamples says which samples are held back for validation.
type ValSamples string

// The ways to hold samples back.
const (
	ValAuto   ValSamples = "auto"   // ValRandom with images of one's own, which lie class by class, and with FourClass, else ValFirst
	ValFirst  ValSamples = "first"  // the first ones in the data set's order
	ValRandom ValSamples = "random" // drawn at random
)

// HOKind is how the original searches for hyper-parameters.
type HOKind string

// The searches.
const (
	RandomSearch HOKind = "random_search"
	BayesOpt     HOKind = "bayes_opt" // by a Gaussian process
)

// FeatureForm says which form of the features the feature decay penalises.
type FeatureForm string

// The forms: h, and h/‖h‖.
const (
	RawFeatures        FeatureForm = "raw"
	NormalisedFeatures FeatureForm = "normalised"
)

// Defaults returns the experiment with every setting at its default.
func Defaults() Experiment {
	var e Experiment
	for _, s := range table {
		if s.Obsolete != "" {
			continue
		}
		if err := s.kind.parse(&e, s.Default); err != nil {
			panic(fmt.Sprintf("settings: default of %s: %v", s.Name, err))
		}
	}
	return e
}

// Set gives a setting a value, both as the user wrote them: any alias, any
// case, hyphens or underscores. The error is a *UsageError and leaves e as it
// was; what settings must satisfy together is the business of Check.
func (e *Experiment) Set(name, value string) error {
	s, err := Lookup(name)
	if err != nil {
		return err
	}
	switch {
	case s.refused:
		return &UsageError{Setting: s.Name, Reason: "not supported", Hint: s.Obsolete}
	case s.Obsolete == "":
		if err := s.kind.parse(e, value); err != nil {
			if u, ok := errors.AsType[*UsageError](err); ok {
				return &UsageError{Setting: s.Name, Reason: u.Reason, Hint: u.Hint}
			}
			return usage(s.Name, "%v", err)
		}
	}
	given := maps.Clone(e.given)
	if given == nil {
		given = map[string]bool{}
	}
	given[s.Name] = true
	e.given = given
	return nil
}

// Warnings names what was set but has no effect, one line each.
func (e Experiment) Warnings() []string {
	var warnings []string
	for _, s := range table {
		switch {
		case !e.given[s.Name]:
		case s.Obsolete != "":
			warnings = append(warnings, fmt.Sprintf("%s has no effect: %s", s.Name, s.Obsolete))
		case s.Idle(e):
			warnings = append(warnings, fmt.Sprintf("%s has no effect without %s", s.Name, s.Needs))
		}
	}
	return warnings
}

// Given reports whether the setting was set, not left at its default. It panics
// if there is no such setting.
func (e Experiment) Given(name string) bool {
	s, err := Lookup(name)
	if err != nil {
		panic("settings: " + err.Error())
	}
	return e.given[s.Name]
}

// AlphaOfLoss returns the α of the experiment's loss, 0 for losses without.
func (e Experiment) AlphaOfLoss() float64 {
	switch e.Loss {
	case training.LabelSmoothing:
		return e.LSAlpha
	case training.LabelRelaxation:
		return e.LRAlpha
	}
	return 0
}

// MeanNoise returns the noise degree η, the mean of those of the classes where
// each has its own; NaN where labels are corrupted by a file.
func (e Experiment) MeanNoise() float64 {
	if e.Noise.NeedsFile() {
		return math.NaN()
	}
	sum := 0.0
	for _, degree := range e.LabelNoise {
		sum += degree
	}
	return sum / float64(len(e.LabelNoise))
}

// Outputs returns the number of classes that the network tells apart: K, or 2·K
// with latent noise classes.
func (e Experiment) Outputs() int {
	if e.FourClass {
		return 2 * e.Classes
	}
	return e.Classes
}

// TrueClasses returns the number of true classes of a problem with latent noise
// classes, 0 for others.
func (e Experiment) TrueClasses() int {
	if e.FourClass {
		return e.Classes
	}
	return 0
}

// features returns the number of features d that is asked for, 0 for none.
func (e Experiment) features() int {
	if e.FourClass && e.TwoFeatures {
		return 2
	}
	return e.FixDim
}
