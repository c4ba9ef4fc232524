package runfolder

import (
	"path/filepath"

	"github.com/memdil/memdil/pipeline/internal/files"
)

// Names inside a run folder. design.md calls them a contract: other tools read
// these files.
const (
	ExperimentFile = "experiment.toml"
	TensorsFile    = "tensors.json"
	SamplesFile    = "samples.arrow"
	ModelFile      = "model.onnx"
	HistoryFile    = "history.arrow"
	MetricsFile    = "metrics.json"
	StatisticsFile = "statistics.arrow"
	LogFile        = "log.jsonl"
	FeaturesDir    = "features"
	MatricesDir    = "matrices"
	ReportDir      = "report"
	CheckpointsDir = "checkpoints" // what only memdil reads
)

// Files of the features folder.
var (
	TrainFeatures  = filepath.Join(FeaturesDir, "train.arrow")
	TestFeatures   = filepath.Join(FeaturesDir, "test.arrow")
	ClassifierFile = filepath.Join(FeaturesDir, "classifier.arrow")
)

// Name returns the name of a folder, also of one that is given as . or ..
func Name(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return filepath.Base(path)
}

// Classifier returns the path of a run folder's classifier, "" when its model
// has none.
func Classifier(run string) string {
	path := filepath.Join(run, ClassifierFile)
	if !files.Exists(path) {
		return ""
	}
	return path
}
