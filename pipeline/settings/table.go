package settings

import (
	"errors"

	"github.com/memdil/memdil/arrowfile"
	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/ort"
	"github.com/memdil/memdil/report/tracking"
	"github.com/memdil/memdil/train"
)

//go:generate go run ./internal/settingsdoc -o ../../docs/settings.md

// defaults is what hashes are relative to.
var defaults = Defaults()

// table holds every setting. Flags, TOML keys, help, UID and hash come from it,
// docs/settings.md by go generate. Defaults are the original's.
var table = []Setting{
	// The data.
	{
		Name: "dataset", Default: "mnist", Stage: StageData, Hashed: true, uid: uidPart{2, datasetPart("_")}, largeUID: uidPart{1, datasetPart("")},
		Help: "the data set, or folder:PATH or arrow:PATH for images of your own",
		kind: datasetName(func(e *Experiment) *string { return &e.Dataset }),
	},
	{
		Name: "data_dir", Default: "~/data", Stage: StageData,
		Help: "folder with one folder for each data set; what is missing is downloaded to it",
		kind: text(func(e *Experiment) *string { return &e.DataDir }, checkGiven),
	},
	{
		Name: "classes", Default: "2", Stage: StageData, Hashed: true, uid: prefixed(3, "_c"),
		Help: "how many classes, from the first on, or all",
		kind: countOrAll(func(e *Experiment) *int { return &e.Classes }),
	},
	{
		Name: "class_list", Default: "", Stage: StageData, Hashed: true,
		Help: "the classes by number or name, separated by commas, in place of the first ones; their new labels are 0, 1, … in this order",
		kind: wordList(func(e *Experiment) *string { return &e.ClassList }),
	},
	{
		Name: "label_noise", Default: "0.0", Stage: StageData, Hashed: true, uid: uidPart{4, noisePart},
		Help:  "noise degree η, the probability that a training label is drawn anew; or one for each class, 0.1,0.3, after which every label is cut to the number of samples of the rarest",
		Needs: "noise = symmetric, pair or instance", used: func(e Experiment) bool { return !e.Noise.NeedsFile() },
		kind: degrees(func(e *Experiment) *[]float64 { return &e.LabelNoise }),
	},
	{
		Name: "noise", Default: "symmetric", Stage: StageData, Hashed: true,
		Help: "what becomes of a training label: symmetric draws from all classes, pair takes the next class, instance what a random linear teacher sees in the image, matrix draws by a transition matrix, file reads labels",
		kind: choice(func(e *Experiment) *datasets.NoiseKind { return &e.Noise }, datasets.NoiseKinds(),
			map[string]datasets.NoiseKind{"pairflip": datasets.PairNoise, "uniform": datasets.SymmetricNoise}),
	},
	{
		Name: "noise_file", Default: "", Stage: StageData,
		Help:  "text or .npy file of the transition matrix (a row a true class), or of the labels (one a training sample of the data set)",
		Needs: "noise = matrix or file", used: func(e Experiment) bool { return e.Noise.NeedsFile() },
		kind: text(func(e *Experiment) *string { return &e.NoiseFile }, anyText),
	},
	{
		Name: "noise_sha256", Default: "", Stage: StageData, Hashed: true,
		Help:  "SHA-256 of that file, which memdil fills in",
		Needs: "noise = matrix or file", used: func(e Experiment) bool { return e.Noise.NeedsFile() },
		kind: text(func(e *Experiment) *string { return &e.NoiseSHA256 }, anyText),
	},
	{
		Name: "fourclass_problem", Default: "false", Stage: StageData, Hashed: true, uid: uidPart{20, fourClassPart}, largeUID: uidPart{20, fourClassPart},
		Help: "latent noise classes: of two classes, training labels become label + 2 with probability fc_noise_degree, so that the network learns four; test labels stay 0 and 1",
		kind: boolean(func(e *Experiment) *bool { return &e.FourClass }),
	},
	{
		Name: "fc_noise_degree", Default: "0.5", Stage: StageData, Hashed: true,
		Help:  "share of the training labels that become latent ones",
		Needs: "fourclass_problem", used: func(e Experiment) bool { return e.FourClass },
		kind: number(func(e *Experiment) *float64 { return &e.FourClassDegree }, insideUnit),
	},
	{
		Name: "fourclass_twofeatures", Default: "false", Stage: StageTrain, Hashed: true,
		Help:  "two features, as fixdim = 2",
		Needs: "fourclass_problem and a model of the zoo", used: func(e Experiment) bool { return e.FourClass && ofZoo(e) },
		kind: boolean(func(e *Experiment) *bool { return &e.TwoFeatures }),
	},
	{
		Name: "sample_size", Default: "0", Unit: "samples", Stage: StageData, Hashed: true,
		Help: "training samples for each label (after corruption), without a validation split; 0 for all",
		kind: integer(func(e *Experiment) *int { return &e.SampleSize }, notNegative),
	},
	{
		Name: "val_split_prop", Default: "0.2", Stage: StageData, Hashed: true,
		Help: "share of the training samples held back for validation; 0 for none",
		kind: number(func(e *Experiment) *float64 { return &e.ValSplit }, belowOne),
	},
	{
		Name: "val_samples", Default: "auto", Stage: StageData, Hashed: true,
		Help:  "which samples are held back: the first ones, as the original does, or random ones; auto is random for images of your own and with fourclass_problem, else first",
		Needs: "val_split_prop", used: func(e Experiment) bool { return e.resolved().ValSplit > 0 },
		kind: choice(func(e *Experiment) *ValSamples { return &e.ValSamples },
			[]ValSamples{ValAuto, ValFirst, ValRandom}, nil),
	},
	{
		Name: "test_split_prop", Default: "0.2", Stage: StageData, Hashed: true,
		Help:  "share of the samples that is set apart for testing, class by class, where the data set has no test part",
		Needs: "images of your own", used: ofOwn,
		kind: number(func(e *Experiment) *float64 { return &e.TestSplit }, insideUnit),
	},
	{
		Name: "skip_unreadable", Default: "false", Stage: StageData, Hashed: true,
		Help:  "leave out images that cannot be read, with a note; otherwise they are an error",
		Needs: "images of your own", used: ofOwn,
		kind: boolean(func(e *Experiment) *bool { return &e.SkipUnreadable }),
	},
	{
		Name: "mean", Default: "", Stage: StageData, Hashed: true,
		Help: "means of red, green and blue that images are normalised with, of pixels scaled to 0 … 1: 0.5,0.5,0.5; empty for the data set's own",
		kind: threeNumbers(func(e *Experiment) *[]float64 { return &e.Mean }, zeroToOne),
	},
	{
		Name: "std", Default: "", Stage: StageData, Hashed: true,
		Help: "standard deviations to go with them; empty for the data set's own",
		kind: threeNumbers(func(e *Experiment) *[]float64 { return &e.Std }, positive),
	},
	{
		Name: "seed", Default: "6", Stage: StageData, Hashed: true, uid: prefixed(14, "_s"), largeUID: prefixed(2, "_s"),
		Help: "determines label noise, initial weights, the order of the samples and their augmentation",
		kind: integer(func(e *Experiment) *int64 { return &e.Seed }, notNegative),
	},

	// The model.
	{
		Name: "model", Default: "resnet18", Stage: StageTrain, Hashed: true, uid: uidPart{1, modelName}, largeUID: uidPart{5, func(s Setting, e Experiment) string { return "_" + modelName(s, e) }},
		Help:  "the model",
		Needs: "a model of the zoo", used: ofZoo,
		kind: choice(func(e *Experiment) *string { return &e.Model }, zoo.Names(), nil),
	},
	{
		Name: "graph", Default: "", Stage: StageTrain,
		Help: "ONNX file of the model to train, in place of one of the zoo",
		kind: text(func(e *Experiment) *string { return &e.Graph }, anyText),
	},
	{
		Name: "graph_sha256", Default: "", Stage: StageTrain, Hashed: true,
		Help:  "SHA-256 of that file, which memdil fills in",
		Needs: "graph", used: foreign,
		kind: text(func(e *Experiment) *string { return &e.GraphSHA256 }, hexDigits),
	},
	{
		Name: "logits", Default: "", Stage: StageTrain, Hashed: true,
		Help:  "name of the logits in the graph; empty to find them",
		Needs: "graph", used: foreign,
		kind: text(func(e *Experiment) *string { return &e.Logits }, anyText),
	},
	{
		Name: "features_tensor", Default: "", Stage: StageTrain, Hashed: true,
		Help:  "name of the features in the graph; empty for the input of the last linear layer",
		Needs: "graph", used: foreign,
		kind: text(func(e *Experiment) *string { return &e.FeaturesTensor }, anyText),
	},
	{
		Name: "reset_head", Default: "false", Stage: StageTrain, Hashed: true,
		Help:  "draw the graph's last linear layer anew; done in any case when it has another number of classes",
		Needs: "graph", used: foreign,
		kind: boolean(func(e *Experiment) *bool { return &e.ResetHead }),
	},
	{
		Name: "reset_weights", Default: "false", Stage: StageTrain, Hashed: true,
		Help:  "draw all trained weights of the graph anew, in place of those that it comes with",
		Needs: "graph", used: foreign,
		kind: boolean(func(e *Experiment) *bool { return &e.ResetWeights }),
	},
	{
		Name: "params", Default: "", Stage: StageTrain, Hashed: true,
		Help:  "train only the graph's tensors that match one of these patterns, separated by commas",
		Needs: "graph", used: foreign,
		kind: text(func(e *Experiment) *string { return &e.Params }, anyText),
	},
	{
		Name: "freeze", Default: "", Stage: StageTrain, Hashed: true,
		Help: "do not train tensors that match one of these patterns, separated by commas",
		kind: text(func(e *Experiment) *string { return &e.Freeze }, anyText),
	},
	{
		Name: "width", Default: "1024", Unit: "units", Stage: StageTrain, Hashed: true, uid: whenUsed(9, "_w"),
		Help:  "width of the MLP's layers but the last, or of the first stage of ResNet10 and ResNet18_adapt",
		Needs: "a model of free width", used: func(e Experiment) bool { return ofZoo(e) && zoo.FreeWidth(e.Model) },
		kind: integer(func(e *Experiment) *int { return &e.Width }, layerSize),
	},
	{
		Name: "depth", Default: "6", Unit: "layers", Stage: StageTrain, Hashed: true, uid: whenUsed(8, "_d"),
		Help:  "layers of the MLP before the classifier",
		Needs: "model = MLP", used: isMLP,
		kind: integer(func(e *Experiment) *int { return &e.Depth }, layerSize),
	},
	{
		Name: "act_fn", Default: "relu", Stage: StageTrain, Hashed: true, uid: whenUsed(7, "_"),
		Help:  "activation of the MLP's layers; none also leaves out the norm of the last",
		Needs: "model = MLP", used: isMLP,
		kind: choice(func(e *Experiment) *zoo.Activation { return &e.Activation },
			[]zoo.Activation{zoo.ReLU, zoo.Sigmoid, zoo.None}, nil),
	},
	{
		Name: "use_bn", Default: "false", Stage: StageTrain, Hashed: true, uid: eitherOr(13, "_with_bn", "_wo_bn"),
		Help:  "batch normalisation after each linear layer of the MLP",
		Needs: "model = MLP", used: isMLP,
		kind: boolean(func(e *Experiment) *bool { return &e.BatchNorm }),
	},
	{
		Name: "use_layer_norm", Default: "false", Stage: StageTrain, Hashed: true,
		Help:  "layer normalisation after each linear layer of the MLP",
		Needs: "model = MLP", used: isMLP,
		kind: boolean(func(e *Experiment) *bool { return &e.LayerNorm }),
	},
	{
		Name: "no_bias", Default: "false", Stage: StageTrain, Hashed: true,
		Help:  "leave out the classifier's bias",
		Needs: "a model of the zoo", used: ofZoo,
		kind: boolean(func(e *Experiment) *bool { return &e.NoBias }),
	},
	{
		Name: "ETF_fc", Aliases: []string{"ETF"}, Default: "false", Stage: StageTrain, Hashed: true,
		Help:  "fix the classifier's weight to a simplex equiangular tight frame",
		Needs: "a model of the zoo", used: ofZoo,
		kind: boolean(func(e *Experiment) *bool { return &e.ETF }),
	},
	{
		Name: "fixdim", Default: "0", Unit: "features", Stage: StageTrain, Hashed: true,
		Help:  "number of features d; 0 for the model's own: the number of classes in an MLP",
		Needs: "a model of the zoo", used: ofZoo,
		kind: integer(func(e *Experiment) *int { return &e.FixDim }, layerOrNone),
	},
	{
		Name: "SOTA", Default: "false", Stage: StageTrain, Hashed: true,
		Help: "train on randomly shifted and mirrored images; a ResNet begins with a 3×3 convolution of stride 1, without pooling",
		kind: boolean(func(e *Experiment) *bool { return &e.SOTA }),
	},

	// The objective.
	{
		Name: "loss", Default: "CrossEntropy", Stage: StageTrain, Hashed: true, uid: prefixed(5, "_"), largeUID: prefixed(3, "_"),
		Help: "the loss; ce is CrossEntropy, LS label smoothing, LR label relaxation",
		kind: choice(func(e *Experiment) *training.LossKind { return &e.Loss },
			[]training.LossKind{training.CrossEntropy, training.LabelSmoothing, training.LabelRelaxation, training.MeanSquaredError},
			map[string]training.LossKind{"ce": training.CrossEntropy}),
	},
	{
		Name: "ls_alpha", Default: "0.1", Stage: StageTrain, Hashed: true, uid: whenUsed(6, ""), largeUID: unsearched(whenUsed(4, "")),
		Help:  "α of label smoothing",
		Needs: "loss = LS", used: func(e Experiment) bool { return e.Loss == training.LabelSmoothing },
		kind: number(func(e *Experiment) *float64 { return &e.LSAlpha }, belowOne),
	},
	{
		Name: "lr_alpha", Default: "0.1", Stage: StageTrain, Hashed: true, uid: whenUsed(6, ""), largeUID: unsearched(whenUsed(4, "")),
		Help:  "α of label relaxation",
		Needs: "loss = LR", used: func(e Experiment) bool { return e.Loss == training.LabelRelaxation },
		kind: number(func(e *Experiment) *float64 { return &e.LRAlpha }, insideUnit),
	},
	{
		Name: "weight_decay", Default: "0.0005", Stage: StageTrain, Hashed: true, uid: prefixed(10, "_wd"), largeUID: prefixed(6, "_wd"),
		Help: "weight decay λ of all parameters; with sep_decay, of the classifier only",
		kind: number(func(e *Experiment) *float64 { return &e.WeightDecay }, notNegative),
	},
	{
		Name: "sep_decay", Default: "false", Stage: StageTrain, Hashed: true, uid: eitherOr(12, "sep", ""),
		Help: "penalise the classifier and the features instead of decaying all parameters",
		kind: boolean(func(e *Experiment) *bool { return &e.SepDecay }),
	},
	{
		Name: "feature_decay_rate", Default: "0.0001", Stage: StageTrain, Hashed: true, uid: prefixed(11, "-"),
		Help:  "decay of the features",
		Needs: "sep_decay", used: func(e Experiment) bool { return e.SepDecay },
		kind: number(func(e *Experiment) *float64 { return &e.FeatureDecayRate }, notNegative),
	},
	{
		Name: "feature_decay_on", Default: "raw", Stage: StageTrain, Hashed: true,
		Help:  "penalise the raw features, as the papers say, or the normalised ones, as the original did (without gradient)",
		Needs: "sep_decay", used: func(e Experiment) bool { return e.SepDecay },
		kind: choice(func(e *Experiment) *FeatureForm { return &e.FeatureDecayOn },
			[]FeatureForm{RawFeatures, NormalisedFeatures}, map[string]FeatureForm{"normalized": NormalisedFeatures}),
	},

	// The optimizer and its schedule.
	{
		Name: "optimizer", Default: "SGD", Stage: StageTrain, Hashed: true,
		Help: "the optimizer; LBFGS, with a strong-Wolfe line search, trains on the CPU, one step of up to 20 iterations a batch",
		kind: choice(func(e *Experiment) *training.OptimizerKind { return &e.Optimizer },
			[]training.OptimizerKind{training.SGD, training.Adam, training.LBFGS}, nil),
	},
	{
		Name: "momentum", Default: "0.9", Stage: StageTrain, Hashed: true,
		Help:  "momentum of SGD",
		Needs: "optimizer = SGD", used: func(e Experiment) bool { return e.Optimizer == training.SGD },
		kind: number(func(e *Experiment) *float64 { return &e.Momentum }, belowOne),
	},
	{
		Name: "lr", Default: "0.1", Stage: StageTrain, Hashed: true, largeUID: unsearched(prefixed(7, "_lr")),
		Help: "learning rate of the first epoch; of LBFGS in all epochs, where each line search begins",
		kind: number(func(e *Experiment) *float64 { return &e.LR }, positive),
	},
	{
		Name: "decay_type", Default: "step", Stage: StageTrain, Hashed: true,
		Help:  "when the learning rate decays: step for every patience epochs, step_M1_M2_… after the epochs M",
		Needs: "an optimizer other than LBFGS", used: decays,
		kind: decayType(func(e *Experiment) *[]int { return &e.Milestones }),
	},
	{
		Name: "patience", Default: "40", Unit: "epochs", Stage: StageTrain, Hashed: true,
		Help:  "epochs between two decays of the learning rate; 0 for no decay",
		Needs: "decay_type = step and an optimizer other than LBFGS", used: func(e Experiment) bool { return decays(e) && len(e.Milestones) == 0 },
		kind: integer(func(e *Experiment) *int { return &e.Patience }, notNegative),
	},
	{
		Name: "gamma", Default: "0.1", Stage: StageTrain, Hashed: true,
		Help:  "factor of each decay of the learning rate",
		Needs: "an optimizer other than LBFGS", used: decays,
		kind: number(func(e *Experiment) *float64 { return &e.Gamma }, positive),
	},
	{
		Name: "batch_size", Default: "128", Unit: "samples", Stage: StageTrain, Hashed: true,
		Help: "samples a step, or all",
		kind: countOrAll(func(e *Experiment) *int { return &e.BatchSize }),
	},
	{
		Name: "micro_batch", Default: "0", Unit: "samples", Stage: StageTrain, Hashed: true,
		Help:  "samples that are evaluated at once, on the CPU, so that memory does not bound the batch: the gradients of its pieces are added up; 0 for whole batches. Batch normalisation takes its statistics from the piece",
		Needs: "an optimizer other than LBFGS, which has ghost_batch", used: decays,
		kind: integer(func(e *Experiment) *int { return &e.MicroBatch }, notNegative),
	},
	{
		Name: "ghost_batch", Default: "128", Unit: "samples", Stage: StageTrain, Hashed: true,
		Help:  "as micro_batch, for LBFGS; unless given, only with batch_size = all, for the original does not cut smaller batches",
		Needs: "optimizer = LBFGS", used: isLBFGS,
		kind: integer(func(e *Experiment) *int { return &e.GhostBatch }, notNegative),
	},
	{
		Name: "history_size", Default: "10", Unit: "iterations", Stage: StageTrain, Hashed: true,
		Help:  "how many iterations LBFGS remembers, in two copies of all parameters each",
		Needs: "optimizer = LBFGS", used: isLBFGS,
		kind: integer(func(e *Experiment) *int { return &e.HistorySize }, atLeastOne),
	},
	{
		Name: "epochs", Default: "200", Unit: "epochs", Stage: StageTrain, Hashed: true,
		Help: "passes over the training samples",
		kind: integer(func(e *Experiment) *int { return &e.Epochs }, atLeastOne),
	},
	{
		Name: "threads", Default: "0", Unit: "threads", Stage: StageTrain,
		Help: "threads of the runtime and the optimizer; 0 for all cores; results are equal bit for bit at equal threads only",
		kind: integer(func(e *Experiment) *int { return &e.Threads }, threadCount),
	},
	{
		Name: "device", Default: "auto", Stage: StageTrain,
		Help: "where to train: cpu, cuda, cuda:N, or auto for the first GPU that works, else the CPU; results are equal to rounding",
		kind: device(func(e *Experiment) *ort.Device { return &e.Device }),
	},
	{
		Name: "loop", Default: "auto", Stage: StageTrain,
		Help: "how to train: host runs a step at a time and updates the parameters itself, device runs many steps at a time, optimizer included, auto is host on the CPU and device on a GPU; results are equal to rounding",
		kind: choice(func(e *Experiment) *train.LoopKind { return &e.Loop },
			[]train.LoopKind{train.AutoLoop, train.HostLoop, train.DeviceLoop}, nil),
	},
	{
		Name: "tf32", Default: "false", Stage: StageTrain, Hashed: true,
		Help: "let a GPU round the factors of products to TensorFloat-32: faster, less exact",
		kind: boolean(func(e *Experiment) *bool { return &e.TF32 }),
	},
	{
		Name: "checkpoint_seconds", Default: "30.0", Unit: "seconds", Stage: StageTrain,
		Help: "the longest time of training that a crash may cost; 0 for a checkpoint after every step",
		kind: number(func(e *Experiment) *float64 { return &e.CheckpointSeconds }, notNegative),
	},
	{
		Name: "keep_checkpoints", Default: "2", Unit: "checkpoints", Stage: StageTrain,
		Help: "how many checkpoints to keep to go on from: when one is damaged, the one before takes its place",
		kind: integer(func(e *Experiment) *int { return &e.KeepCheckpoints }, fileCount),
	},
	{
		Name: "keep_best", Default: "true", Stage: StageTrain,
		Help: "keep the weights of the epoch with the highest validation accuracy or, without validation, the least training loss",
		kind: boolean(func(e *Experiment) *bool { return &e.KeepBest }),
	},
	{
		Name: "checkpoint_every_epoch", Default: "false", Stage: StageTrain,
		Help: "keep the weights after every epoch, for memdil metrics --every-epoch; on with use_largescale_uid unless given",
		kind: boolean(func(e *Experiment) *bool { return &e.CheckpointEveryEpoch }),
	},
	{
		Name: "measure_every", Default: "0", Unit: "epochs", Stage: StageTrain,
		Help: "measure neural collapse of the training and test samples after every so many epochs, and after the last, into history.arrow; 0 for never",
		kind: integer(func(e *Experiment) *int { return &e.MeasureEvery }, notNegative),
	},

	// The export.
	{
		Name: "engine", Default: "ort", Stage: StageExport, Hashed: true,
		Help: "what computes the features: ONNX Runtime, or onnx-go in pure Go",
		kind: choice(func(e *Experiment) *Engine { return &e.Engine }, []Engine{EngineORT, EngineONNXGo}, nil),
	},

	// The metrics.
	{
		Name: "full_metrics", Default: "false", Stage: StageMetrics, Hashed: true,
		Help: "measure also what costs more: linear probes, effective rank of the features, one-vs-rest margins, and NC1 and nearest class means in every grouping",
		kind: boolean(func(e *Experiment) *bool { return &e.FullMetrics }),
	},

	// The run folder.
	{
		Name: "formats", Default: "",
		Help: "formats in which features, statistics, history and samples are written beside Arrow: a list of parquet, csv, npy",
		kind: text(func(e *Experiment) *string { return &e.Formats }, func(list string) error {
			_, err := arrowfile.ParseFormats(list)
			return err
		}),
	},
	{
		Name: "uid", Default: "",
		Help: "name of the run folder; empty for the UID made of the settings",
		kind: text(func(e *Experiment) *string { return &e.UIDOverride }, checkUID),
	},
	{
		Name: "use_largescale_uid", Default: "false",
		Help: "make that UID as the original's large-scale experiments do: DATASET_sSEED_LOSS[α]_MODEL_wdWD_lrLR",
		kind: boolean(func(e *Experiment) *bool { return &e.LargeScaleUID }),
	},
	{
		Name: "tensorboard", Default: "false",
		Help: "write TensorBoard's event files to the folder tensorboard of the run folder",
		kind: boolean(func(e *Experiment) *bool { return &e.TensorBoard }),
	},
	{
		Name: "mlflow", Default: "",
		Help: "address of an MLflow tracking server to send the run to, such as http://localhost:5000; empty for none",
		kind: text(func(e *Experiment) *string { return &e.MLflow }, tracking.CheckURI),
	},
	{
		Name: "mlflow_experiment", Default: "memdil",
		Help:  "the experiment on that server that the run belongs to",
		Needs: "mlflow", used: func(e Experiment) bool { return e.MLflow != "" },
		kind: text(func(e *Experiment) *string { return &e.MLflowExperiment }, checkGiven),
	},
	{
		Name: "runs_dir", Default: "runs", PerCall: true,
		Help: "folder of the run folders",
		kind: text(func(e *Experiment) *string { return &e.RunsDir }, checkGiven),
	},
	{
		Name: "force", Default: "false", PerCall: true,
		Help: "move a run folder of the same name out of the way and start anew",
		kind: boolean(func(e *Experiment) *bool { return &e.Force }),
	},
	{
		Name: "force_retrain", Default: "false", PerCall: true,
		Help: "train anew, from the initial weights, whatever is there of a training",
		kind: boolean(func(e *Experiment) *bool { return &e.ForceRetrain }),
	},
	{
		Name: "delete_model", Default: "false", PerCall: true,
		Help: "remove the trained model and the checkpoints in the end, when nothing needs them any more",
		kind: boolean(func(e *Experiment) *bool { return &e.DeleteModel }),
	},
	{
		Name: "from", Default: "", PerCall: true,
		Help: "run this stage and those after it again, whatever was done before; training goes on from its checkpoint",
		kind: choice(func(e *Experiment) *Stage { return &e.From }, stages, map[string]Stage{"": ""}),
	},
	{
		Name: "until", Default: "", PerCall: true,
		Help: "stop after this stage",
		kind: choice(func(e *Experiment) *Stage { return &e.Until }, stages, map[string]Stage{"": ""}),
	},

	// The search for hyper-parameters, by the original's flags.
	{
		Name: "ho", Default: "random_search",
		Help:  "how to search for hyper-parameters",
		Needs: "memdil study run", used: inStudy,
		kind: choice(func(e *Experiment) *HOKind { return &e.HO }, []HOKind{RandomSearch, BayesOpt}, nil),
	},
	{
		Name: "num_ho_runs", Default: "20", Unit: "trials", PerCall: true,
		Help:  "trials of that search",
		Needs: "memdil study run", used: inStudy,
		kind: integer(func(e *Experiment) *int { return &e.HORuns }, atLeastOne),
	},
	{
		Name: "use_ho_uid", Default: "false", uid: uidPart{15, hoPart}, largeUID: uidPart{15, hoPart},
		Help: "name the run after that search too: _random_search or _bayes_opt and, with label noise, _lnη",
		kind: boolean(func(e *Experiment) *bool { return &e.HOUID }),
	},
	{
		Name: "continue_ho", Default: "false", PerCall: true,
		Help:  "go on with that search by num_ho_runs more trials, on the same data",
		Needs: "memdil study run", used: inStudy,
		kind: boolean(func(e *Experiment) *bool { return &e.ContinueHO }),
	},
	{
		Name: "continue_ho_base_path", Default: "", PerCall: true,
		Help:  "the study folder to go on with; empty for that of the same settings",
		Needs: "memdil study run", used: inStudy,
		kind: text(func(e *Experiment) *string { return &e.ContinueHOPath }, anyText),
	},

	// What the original has and memdil has no need of.
	{Name: "gpu_id", Obsolete: "device says where to train: cuda:N"},
	{Name: "use_cudnn", Obsolete: "memdil does not use cuDNN itself"},
	{Name: "cust_path", Obsolete: "runs are found by their folders"},
	{Name: "cust_version", Obsolete: "runs are found by their folders"},
	{Name: "multi_gpu_ids", Obsolete: "one run uses one device; run several experiments side by side instead", refused: true},
}

// checkGiven reports an empty path.
func checkGiven(path string) error {
	if path == "" {
		return errors.New("must not be empty")
	}
	return nil
}

// ofOwn reports whether the data set is one of the user's own.
func ofOwn(e Experiment) bool {
	_, _, own := datasets.Own(e.Dataset)
	return own
}

// foreign reports whether the model comes from a file, ofZoo whether memdil
// builds it, and isMLP whether that is an MLP.
func foreign(e Experiment) bool { return e.Graph != "" }
func ofZoo(e Experiment) bool   { return !foreign(e) }
func isMLP(e Experiment) bool   { return ofZoo(e) && e.Model == "MLP" }

// isLBFGS reports whether the optimizer is L-BFGS, and decays whether it is one
// whose learning rate decays: another.
func isLBFGS(e Experiment) bool { return e.Optimizer == training.LBFGS }
func decays(e Experiment) bool  { return !isLBFGS(e) }

// inStudy is whether settings of a search have an effect in a single run: they
// have none.
func inStudy(Experiment) bool { return false }

// anyText accepts every text.
func anyText(string) error { return nil }
