package pipeline

import (
	"context"
	"path/filepath"

	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/report"
)

// report is the stage that draws the run's report.
func (r *run) report(context.Context) (map[string]float64, error) {
	return nil, Report(r.folder.file(ReportDir), r.folder.path)
}

// Report writes one report on several finished run folders to dir.
func Report(dir string, runs ...string) error {
	shown := make([]report.Run, len(runs))
	for i, path := range runs {
		var err error
		if shown[i], err = readRun(path); err != nil {
			return err
		}
	}
	return report.Write(dir, shown)
}

// readRun reads what a report shows of a run folder.
func readRun(path string) (report.Run, error) {
	file := func(name string) string { return filepath.Join(path, name) }
	e, err := readExperiment(path)
	if err != nil {
		return report.Run{}, err
	}
	results, err := ReadResults(file(MetricsFile))
	if err != nil {
		return report.Run{}, err
	}
	run := report.Run{Name: filepath.Base(path), Train: results.Train, Test: results.Test}
	for _, s := range Settings() {
		if s.Hashed {
			run.Settings = append(run.Settings, report.Setting{Name: s.Name, Value: s.Text(e), Idle: s.idle(e)})
		}
	}
	if run.History, err = readEpochs(file(HistoryFile)); err != nil {
		return report.Run{}, err
	}
	if run.TrainPoints, err = readPoints(file(TrainFeatures)); err != nil {
		return report.Run{}, err
	}
	if run.TestPoints, err = readPoints(file(TestFeatures)); err != nil {
		return report.Run{}, err
	}
	run.Classifier, err = readClassifier(classifierOf(path))
	return run, err
}

// readClassifier reads the last linear layer; "" names none.
func readClassifier(path string) (*report.Classifier, error) {
	if path == "" {
		return nil, nil
	}
	layer, err := features.ReadClassifier(path)
	if err != nil {
		return nil, err
	}
	return &report.Classifier{Weight: narrow(layer.Weight), Bias: narrow(layer.Bias)}, nil
}

func readEpochs(path string) ([]report.Epoch, error) {
	history, err := ReadHistory(path)
	if err != nil {
		return nil, err
	}
	epochs := make([]report.Epoch, len(history))
	for i, e := range history {
		epochs[i] = report.Epoch{
			Epoch: e.Epoch, LR: e.LR, TrainLoss: e.TrainLoss, TrainAccuracy: e.TrainAcc,
			ValLoss: e.ValLoss, ValAccuracy: e.ValAcc, Seconds: e.Seconds, SamplesPerSecond: e.SamplesPerSecond,
			Extra: e.Extra,
		}
	}
	return epochs, nil
}

// readPoints reads all features of a file: what a scatter is drawn from.
func readPoints(path string) (*report.Points, error) {
	table, err := features.Open(path)
	if err != nil {
		return nil, err
	}
	p := &report.Points{Dim: table.Dim()}
	err = table.Each(func(b features.Batch) error {
		p.Features = append(p.Features, narrow(b.Features)...)
		p.Labels = append(p.Labels, b.Labels...)
		p.TrueLabels = append(p.TrueLabels, b.TrueLabels...)
		return nil
	})
	return p, err
}

func narrow(v []float64) []float32 {
	if v == nil {
		return nil
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}
