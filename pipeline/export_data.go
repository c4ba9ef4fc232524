package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/arrowfile"
	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/machine"
	"github.com/memdil/memdil/pipeline/runfolder"
	"github.com/memdil/memdil/pipeline/settings"
	"github.com/memdil/memdil/train"
)

// Files of a folder that ExportData writes, beside arrays and experiment.toml.
const (
	InitialModelFile = "initial.onnx"
	DataManifestFile = "manifest.json"
)

// DataManifest is manifest.json of a folder that ExportData writes: what is not
// a setting, and the folder's files.
type DataManifest struct {
	Format  string `json:"format"`  // DataFormat
	Version int    `json:"version"` // of the format
	Memdil  string `json:"memdil"`  // that wrote it
	Dataset string `json:"dataset"`
	// ClassNames are those of the true labels 0, 1, …; Outputs is the number of
	// logits, which is larger with latent noise classes.
	ClassNames []string `json:"class_names"`
	Outputs    int      `json:"outputs"`
	// The network sees (pixel/255 − Mean)/Std, by channel, in float32.
	Mean []float32 `json:"mean"`
	Std  []float32 `json:"std"`
	// BatchSize is the number of samples a step, that of an epoch's last batch
	// LastBatch; Batches is the number of steps an epoch. Skipped samples at the
	// end of an epoch's order are in no batch.
	BatchSize int `json:"batch_size"`
	LastBatch int `json:"last_batch"`
	Batches   int `json:"batches"`
	Skipped   int `json:"skipped"`

	Files map[string]DataFile `json:"files"` // all others of the folder
}

// DataFormat is what DataManifest.Format says.
const DataFormat = "memdil experiment data"

// DataFile is a file of an exported folder.
type DataFile struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	Type   string `json:"dtype,omitempty"` // of an array's elements
	Shape  []int  `json:"shape,omitempty"`
}

// ExportData writes all that an experiment trains on to the folder dir, for
// other programs: images, labels, the order of the samples in every epoch, what
// augmentation does to them, the initial model and all settings. The folder
// appears whole, or not at all. One that is there and not empty is refused, or
// moved away with the setting force.
func ExportData(ctx context.Context, e settings.Experiment, dir string, o Options) error {
	if o.Reporter == nil {
		o.Reporter = Silent{}
	}
	if err := e.Check(); err != nil {
		return err
	}
	f, err := newFolderAt(dir, e.Force)
	if err != nil {
		return err
	}
	net, _, err := newNet(e)
	if err != nil {
		return err
	}
	r := &run{exp: e, opts: o, log: o.logger()}
	d, err := r.dataset(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // nothing reads the images any more
	return f.fill(r.log, func(path string) error {
		x := &dataExport{ctx: ctx, run: r, net: net, dir: path, arrays: map[string]DataFile{}}
		return x.write(d)
	})
}

// dataExport is an export under way.
type dataExport struct {
	*run
	ctx    context.Context
	net    *training.Net
	dir    string
	arrays map[string]DataFile // those written so far, with type and shape
}

// write writes all files, the manifest last.
func (x *dataExport) write(d *datasets.Dataset) error {
	splits := map[datasets.Split]samples{}
	for _, s := range []datasets.Split{datasets.Train, datasets.Val, datasets.Test} {
		splits[s] = split(d, s)
		if err := x.samples(s.String(), splits[s]); err != nil {
			return err
		}
	}
	batches, config, err := batchesOf(x.exp, x.net, splits[datasets.Train].Len())
	if err != nil {
		return err
	}
	if err := x.epochs(config, splits[datasets.Train].Len()); err != nil {
		return err
	}
	if err := x.model(); err != nil {
		return err
	}
	return x.manifest(DataManifest{
		Format: DataFormat, Version: 1, Memdil: x.opts.Provenance.Memdil,
		Dataset: d.Name, ClassNames: d.ClassNames, Outputs: d.Labels, Mean: d.Normalizer.Mean, Std: d.Normalizer.Std,
		BatchSize: batches.Size, LastBatch: batches.Last, Batches: batches.Count, Skipped: batches.Skipped,
	})
}

// batchesOf says how the experiment trains net on n samples: by one batch of all
// where they are fewer than batch_size.
func batchesOf(e settings.Experiment, net *training.Net, n int) (train.Batches, train.Config, error) {
	config := e.TrainConfig(net)
	config.BatchSize = min(config.BatchSize, n)
	batches, err := config.Batches(n)
	return batches, config, err
}

// samples writes the arrays of one split; one without samples has none.
func (x *dataExport) samples(name string, s samples) error {
	if s.Len() == 0 {
		return nil
	}
	if err := writeArray(x, name+"_images", s.Pixels, s.Len(), s.images.C, s.images.H, s.images.W); err != nil {
		return err
	}
	for _, column := range []struct {
		name string
		of   func(datasets.Sample) int32
	}{
		{"_labels", func(s datasets.Sample) int32 { return s.Label }},
		{"_true_labels", func(s datasets.Sample) int32 { return s.TrueLabel }},
		{"_index", func(s datasets.Sample) int32 { return s.Index }},
	} {
		value := func(i int) []int32 { return []int32{column.of(s.samples[s.rows[i]])} }
		if err := writeArray(x, name+column.name, value, s.Len()); err != nil {
			return err
		}
	}
	return nil
}

// epochs writes the learning rate of every epoch, the order of the n training
// samples in it and, with augmentation, what it does to each of them.
func (x *dataExport) epochs(config train.Config, n int) error {
	rate := func(epoch int) []float64 { return []float64{config.Schedule.Rate(epoch)} }
	if err := writeArray(x, "learning_rates", rate, x.exp.Epochs); err != nil {
		return err
	}
	order := func(epoch int) []int32 {
		row := make([]int32, n)
		for i, sample := range train.Order(config.Seed, epoch, n) {
			row[i] = int32(sample)
		}
		return row
	}
	if err := writeArray(x, "order", order, x.exp.Epochs, n); err != nil || !x.exp.SOTA {
		return err
	}
	draws := func(epoch int) []uint8 {
		var row []uint8
		for i := range n {
			a := datasets.Augment(config.Seed, uint64(epoch), uint64(i))
			row = append(row, uint8(a.DY), uint8(a.DX), bit(a.Flip))
		}
		return row
	}
	return writeArray(x, "augmentation", draws, x.exp.Epochs, n, 3)
}

func bit(set bool) uint8 {
	if set {
		return 1
	}
	return 0
}

// writeArray writes name.npy, whose parts along the first axis part computes, and
// takes note of it. It stops when the export is cancelled.
func writeArray[T arrowfile.Number](x *dataExport, name string, part func(i int) []T, shape ...int) error {
	parts := func(yield func([]T, error) bool) {
		for i := range shape[0] {
			if err := context.Cause(x.ctx); err != nil {
				yield(nil, err)
				return
			}
			if !yield(part(i), nil) {
				return
			}
		}
	}
	file := name + ".npy"
	var zero T
	x.arrays[file] = DataFile{Type: fmt.Sprintf("%T", zero), Shape: shape}
	return arrowfile.WriteNPYParts(filepath.Join(x.dir, file), parts, shape...)
}

// model writes the model at its initial weights, and which of them are trained.
func (x *dataExport) model() error {
	m, err := x.net.Trained(nil)
	if err != nil {
		return err
	}
	if err := graphs.Save(filepath.Join(x.dir, InitialModelFile), m); err != nil {
		return err
	}
	return writeTensors(filepath.Join(x.dir, runfolder.TensorsFile), x.net)
}

// manifest writes experiment.toml and, last, the list of all files.
func (x *dataExport) manifest(m DataManifest) error {
	x.opts.Provenance.CPU = machine.Processor()
	text, err := settings.EncodeTOML(x.exp, x.opts.Provenance)
	if err != nil {
		return err
	}
	if err := files.Write(filepath.Join(x.dir, runfolder.ExperimentFile), text); err != nil {
		return err
	}
	entries, err := os.ReadDir(x.dir)
	if err != nil {
		return err
	}
	m.Files = map[string]DataFile{}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return err
		}
		file := x.arrays[entry.Name()]
		file.Bytes = info.Size()
		if file.SHA256, err = files.Digest(filepath.Join(x.dir, entry.Name())); err != nil {
			return err
		}
		m.Files[entry.Name()] = file
	}
	return files.WriteJSON(filepath.Join(x.dir, DataManifestFile), m)
}
