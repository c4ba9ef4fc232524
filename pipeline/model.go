package pipeline

import (
	"errors"
	"fmt"
	"strings"

	"github.com/memdil/memdil/datasets"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/machine"
	"github.com/memdil/memdil/pipeline/settings"
)

// Net returns the experiment's model at its initial weights: one of the zoo,
// or the graph that the experiment names, which keeps its head when the
// experiment does not ask for a number of classes.
func Net(e settings.Experiment) (*training.Net, error) {
	net, _, err := netAndGraph(e)
	return net, err
}

// netAndGraph is Net with the graph as it was read, nil for a model of the zoo.
func netAndGraph(e settings.Experiment) (net *training.Net, given *graphs.Model, err error) {
	if e.Graph == "" {
		net, err = zooNet(e)
		return net, nil, err
	}
	if given, err = givenGraph(e); err != nil {
		return nil, nil, err
	}
	net, err = foreignNet(e, given)
	return net, given, err
}

// givenGraph loads the graph that the settings name. Where they do not say which
// file that is, Check has just taken note of it.
func givenGraph(e settings.Experiment) (*graphs.Model, error) {
	if !e.Given("graph_sha256") {
		return graphs.Load(e.Graph)
	}
	if sum, err := files.Digest(e.Graph); err == nil && sum != e.GraphSHA256 {
		return nil, &settings.UsageError{Setting: "graph", Reason: fmt.Sprintf("%s is not the file that graph_sha256 names", e.Graph), Hint: "leave graph_sha256 out"}
	}
	return graphs.Load(e.Graph)
}

// zooNet builds the experiment's model of the zoo.
func zooNet(e settings.Experiment) (*training.Net, error) {
	o := e.ModelOptions()
	m, err := zoo.Build(e.Model, o)
	switch {
	case errors.Is(err, zoo.ErrLimit):
		return nil, &settings.UsageError{Setting: "model", Reason: fmt.Sprintf("%v: with their gradients they take twice as much, and %s are free", err, machine.Megabytes(machine.FreeMemory())), Hint: "choose a smaller model, --width or --depth"}
	case err != nil:
		return nil, err
	}
	freeze := append(zoo.Frozen(o), patterns(e.Freeze)...)
	return training.NewNet(m, training.Options{Logits: "logits", Freeze: freeze})
}

// patterns splits a list of glob patterns.
func patterns(list string) []string {
	return strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' })
}

// foreignNet reads the experiment's graph m. Its weights are kept, unless they
// are to be drawn anew; its head is replaced when it has another number of
// classes, or on request.
func foreignNet(e settings.Experiment, m *graphs.Model) (*training.Net, error) {
	net, err := netAsIs(e, m)
	if err != nil {
		return nil, err
	}
	outputs := e.Outputs()
	if outputs == 0 {
		outputs = net.Classes()
	}
	if net.Classes() != outputs || e.ResetHead {
		switch err := net.ResetHead(outputs, uint64(e.Seed)); {
		case err != nil && net.Scores != "":
			return nil, probabilities(e, net)
		case err != nil:
			return nil, &settings.UsageError{
				Setting: "graph", Reason: fmt.Sprintf("%s: %v", e.Graph, err),
				Hint: fmt.Sprintf("export the model with %d classes", outputs),
			}
		}
	}
	if e.ResetWeights {
		net.ResetWeights(uint64(e.Seed))
	}
	return net, nil
}

// netAsIs reads the experiment's graph m and changes nothing about it.
func netAsIs(e settings.Experiment, m *graphs.Model) (*training.Net, error) {
	m = m.Clone() // whose bytes are shared
	fixImageSize(m)
	net, err := training.NewNet(m, training.Options{
		Logits: e.Logits, Features: e.FeaturesTensor,
		Params: patterns(e.Params), Freeze: patterns(e.Freeze),
	})
	if err != nil {
		return nil, graphError(e, err)
	}
	return net, nil
}

// fixImageSize gives an input whose channels, height or width the exporter left
// open the data sets' sizes.
func fixImageSize(m *graphs.Model) {
	inputs := m.Graph.RequiredInputs()
	if len(inputs) != 1 || len(inputs[0].Type.Shape) != 1+len(imageShape) {
		return
	}
	shape := inputs[0].Type.Shape
	for i, size := range imageShape {
		if !shape[1+i].IsKnown() {
			shape[1+i] = graphs.Known(size)
		}
	}
}

// imageShape is that of all data sets' images.
var imageShape = []int64{3, datasets.Side, datasets.Side}

// graphError says of which file err speaks; a name that is not in the graph is
// a mistake of the setting that gave it.
func graphError(e settings.Experiment, err error) error {
	var unknown *training.NameError
	if !errors.As(err, &unknown) {
		return fmt.Errorf("%s: %w", e.Graph, err)
	}
	mistake := &settings.UsageError{Setting: "logits", Reason: fmt.Sprintf("no value of %s is called %q", e.Graph, unknown.Name)}
	if unknown.Role == "features" {
		mistake.Setting = "features_tensor"
	}
	mistake.Hint = "`memdil graph show` lists them"
	if len(unknown.Near) > 0 {
		mistake.Hint += "; near it: " + strings.Join(unknown.Near, ", ")
	}
	return mistake
}

// net builds the run's model once and shows its summary. A graph is read from
// the run folder's copy.
func (r *run) net() (*training.Net, error) {
	if r.shown {
		return r.model, nil
	}
	if err := r.buildNet(); err != nil {
		return nil, err
	}
	for _, w := range r.model.Warnings {
		r.log.Warn(w)
	}
	r.opts.Reporter.Summary(Summary(r.model))
	r.shown = true
	return r.model, nil
}

// buildNet builds the run's model unless that was done before its folder was
// there.
func (r *run) buildNet() (err error) {
	if r.model != nil {
		return nil
	}
	switch path := r.graphCopy(); {
	case r.exp.Graph != "" && files.Exists(path):
		var m *graphs.Model
		if m, err = graphs.Load(path); err == nil {
			r.model, err = foreignNet(r.exp, m)
		}
	case r.exp.Graph != "" && r.foreign:
		err = fmt.Errorf("%s, the run folder's copy of its graph, is missing: `memdil run` makes it", path)
	default:
		r.model, r.given, err = netAndGraph(r.exp)
	}
	if err != nil {
		return err
	}
	return checkNet(r.exp, r.model)
}

// graphCopy is where the run folder has a copy of the graph, so that the run does
// not depend on a file elsewhere. It is named by that file's checksum: the copy
// of another graph, one that was refused perhaps, is never taken for this one's.
func (r *run) graphCopy() string {
	return r.folder.checkpoint("graph-" + r.exp.GraphSHA256 + ".onnx")
}

// keepGraph makes the run folder's copy of the graph unless it is there.
func (r *run) keepGraph() (err error) {
	given, path := r.given, r.graphCopy()
	r.given = nil // a training need not hold weights that were drawn anew
	if r.exp.Graph == "" || files.Exists(path) {
		return nil
	}
	if given == nil { // the copy was lost since the model was built
		if given, err = givenGraph(r.exp); err != nil {
			return err
		}
	}
	return graphs.Save(path, given)
}
