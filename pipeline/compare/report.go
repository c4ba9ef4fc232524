package compare

import (
	"errors"
	"net/url"
	"path/filepath"

	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/history"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/measure"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/report"
)

// Report writes one report on several finished runs to dir: on run folders,
// study folders, or folders of run folders. Runs that differ in their seed
// alone are shown as mean ± standard deviation as well.
func Report(dir string, runs ...string) error {
	return ReportGroups(dir, []Group{{Paths: runs}})
}

// ReportGroups is Report on groups of runs under names of one's own.
func ReportGroups(dir string, groups []Group) error { return writeReport(dir, groups, nil) }

// ReportStudy is Report on a study's folder, with what was searched.
func ReportStudy(dir, study string, s *report.Search) error {
	return writeReport(dir, []Group{{Paths: []string{study}}}, s)
}

func writeReport(dir string, groups []Group, search *report.Search) error {
	folders, notes, err := findRuns(groups)
	if err != nil {
		return err
	}
	r := report.Report{Notes: notes, Title: reportTitle(groups), Replace: ownReport(dir), Search: search}
	var placed []placedRun
	for _, f := range folders {
		e, run, err := readRun(f)
		if err != nil {
			return err
		}
		run.Link = linkToReport(dir, f.path)
		r.Runs = append(r.Runs, run)
		if run.Train != nil {
			placed = append(placed, newPlacedRun(f, e, &measure.Results{Train: run.Train, Test: run.Test}))
		}
	}
	if len(placed) >= fewPlaced {
		r.Dilation = dilationOf(placed)
	}
	for _, i := range report.SampleRuns(r.Runs) {
		if err := readSamples(&r.Runs[i], folders[i]); err != nil {
			return err
		}
	}
	err = report.Write(dir, r)
	if errors.Is(err, report.ErrForeign) {
		return &settings.UsageError{Reason: dir + ": " + report.ErrForeign.Error(), Hint: "choose another folder with -o"}
	}
	return err
}

// fewPlaced is how many runs the figure of memorization and dilation needs to
// say more than their table.
const fewPlaced = 3

// ownReport reports whether dir is the report folder of a run or a study.
func ownReport(dir string) bool {
	within, name := filepath.Split(filepath.Clean(dir))
	return name == runfolder.ReportDir && (runfolder.Is(within) || files.Exists(filepath.Join(within, runfolder.TrialsDir)))
}

// reportTitle names a study by its folder; other reports name themselves.
func reportTitle(groups []Group) string {
	if len(groups) != 1 || len(groups[0].Paths) != 1 || len(groups[0].Matches) > 0 {
		return ""
	}
	path := groups[0].Paths[0]
	if runfolder.Is(path) {
		return ""
	}
	return runfolder.Name(path)
}

// linkToReport returns where a run's own report is, relative to a report in
// dir; "" if it has none, or is the report in dir.
func linkToReport(dir, run string) string {
	page := filepath.Join(run, runfolder.ReportDir, "index.html")
	own, err := filepath.Abs(filepath.Join(run, runfolder.ReportDir))
	here, err2 := filepath.Abs(dir)
	if err != nil || err2 != nil || own == here || !files.Exists(page) {
		return ""
	}
	relative, err := filepath.Rel(here, filepath.Join(own, "index.html"))
	if err != nil {
		return "" // on another volume
	}
	return (&url.URL{Path: filepath.ToSlash(relative)}).String()
}

// readRun reads what a report shows of a run folder, its samples apart.
func readRun(f found) (settings.Experiment, report.Run, error) {
	if err := runfolder.Check(f.path); err != nil {
		return settings.Experiment{}, report.Run{}, err
	}
	file := func(name string) string { return filepath.Join(f.path, name) }
	run := report.Run{Name: runfolder.Name(f.path), Group: f.group}
	e, err := runfolder.Experiment(f.path)
	if err != nil {
		return e, run, err
	}
	if f.listed || files.Exists(file(runfolder.MetricsFile)) {
		results, err := measure.Read(file(runfolder.MetricsFile))
		if err != nil {
			return e, run, err
		}
		run.Train, run.Test = results.Train, results.Test
	}
	for _, s := range settings.Table() {
		if s.Hashed {
			run.Settings = append(run.Settings, report.Setting{Name: s.Name, Value: s.Text(e), Idle: s.Idle(e), Repeats: s.Name == "seed"})
		}
	}
	if f.listed || files.Exists(file(runfolder.HistoryFile)) {
		run.History, err = readEpochs(file(runfolder.HistoryFile))
	}
	return e, run, err
}

// readSamples reads the features of a run and its classifier.
func readSamples(run *report.Run, f found) error {
	file := func(name string) string { return filepath.Join(f.path, name) }
	if run.Train == nil && !f.listed {
		return nil
	}
	var err error
	if run.TrainPoints, err = readPoints(file(runfolder.TrainFeatures), run.Train); err != nil {
		return err
	}
	if run.TestPoints, err = readPoints(file(runfolder.TestFeatures), run.Test); err != nil {
		return err
	}
	run.Classifier, err = readClassifier(runfolder.Classifier(f.path))
	return err
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
	epochs, err := history.Read(path)
	if err != nil {
		return nil, err
	}
	rows := make([]report.Epoch, len(epochs))
	for i, e := range epochs {
		rows[i] = report.Epoch{
			Epoch: e.Epoch, LR: e.LR, TrainLoss: e.TrainLoss, TrainAccuracy: e.TrainAcc,
			ValLoss: e.ValLoss, ValAccuracy: e.ValAcc, Seconds: e.Seconds, SamplesPerSecond: e.SamplesPerSecond,
			Extra: e.Extra,
		}
	}
	return rows, nil
}

// maxPointValues bounds what a report reads of one split's features: 256 MiB.
const maxPointValues = 1 << 26

// readPoints reads the features of a file, what scatter figures are drawn from,
// or an evenly spaced part of very many; result says how many there are. The
// reliability of the predictions is of all samples in any case.
func readPoints(path string, result *metrics.Result) (*report.Points, error) {
	table, err := features.Open(path)
	if err != nil {
		return nil, err
	}
	p := &report.Points{Dim: table.Dim(), Stride: 1}
	if result != nil {
		p.Stride = max(1, (result.N*p.Dim+maxPointValues-1)/maxPointValues)
	}
	var reliability *metrics.Reliability
	if table.HasLogits() {
		reliability = metrics.NewReliability(table.LogitDim())
	}
	row := 0
	err = table.Each(func(b features.Batch) error {
		for i := range b.N {
			if row++; (row-1)%p.Stride != 0 {
				continue
			}
			for _, v := range b.Features[i*p.Dim : (i+1)*p.Dim] {
				p.Features = append(p.Features, float32(v))
			}
			p.Labels, p.TrueLabels = append(p.Labels, b.Labels[i]), append(p.TrueLabels, b.TrueLabels[i])
		}
		if reliability != nil {
			reliability.Add(b.Logits, b.Labels)
		}
		return nil
	})
	if err == nil && reliability != nil {
		p.Reliability = reliability.Bins()
	}
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
