package pipeline

import (
	"fmt"
	"strings"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/graphs/zoo"
)

// Net returns the experiment's model at its initial weights: one of the zoo,
// or the graph that the experiment names, which keeps its head when the
// experiment does not ask for a number of classes.
func (e Experiment) Net() (*training.Net, error) {
	if !foreign(e) {
		return e.zooNet()
	}
	m, err := graphs.Load(e.Graph)
	if err != nil {
		return nil, err
	}
	return e.foreignNet(m)
}

// zooNet builds the experiment's model of the zoo.
func (e Experiment) zooNet() (*training.Net, error) {
	o := e.ModelOptions()
	m, err := zoo.Build(e.Model, o)
	if err != nil {
		return nil, err
	}
	freeze := append(zoo.Frozen(o), patterns(e.Freeze)...)
	return training.NewNet(m, training.Options{Logits: "logits", Freeze: freeze})
}

// patterns splits a list of glob patterns.
func patterns(list string) []string {
	return strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' })
}

// foreignNet reads the experiment's graph m. Its weights are kept; its head is
// replaced when it has another number of classes, or on request.
func (e Experiment) foreignNet(m *graphs.Model) (*training.Net, error) {
	net, err := training.NewNet(m, training.Options{
		Logits: e.Logits,
		Params: patterns(e.Params), Freeze: patterns(e.Freeze),
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Graph, err)
	}
	if e.Classes == 0 {
		e.Classes = net.Classes()
	}
	if net.Classes() != e.Classes || e.ResetHead {
		if err := net.ResetHead(e.Classes, uint64(e.Seed)); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Graph, err)
		}
	}
	return net, nil
}

// net builds the run's model once and shows its summary. A graph is read from
// the run folder's copy.
func (r *run) net() (*training.Net, error) {
	if r.model != nil {
		return r.model, nil
	}
	net, err := r.buildNet()
	if err != nil {
		return nil, err
	}
	for _, w := range net.Warnings {
		r.log.Warn(w)
	}
	r.model = net
	r.opts.Reporter.Summary(Summary(net))
	return net, nil
}

func (r *run) buildNet() (*training.Net, error) {
	if !foreign(r.exp) {
		return r.exp.zooNet()
	}
	m, err := r.graphCopy()
	if err != nil {
		return nil, err
	}
	net, err := r.exp.foreignNet(m)
	if err != nil {
		return nil, err
	}
	return net, r.checkInput(net)
}

// graphCopy loads the run folder's copy of the graph, which it makes first, so
// that a run does not depend on a file elsewhere.
func (r *run) graphCopy() (*graphs.Model, error) {
	path := r.folder.checkpoint("graph.onnx")
	if exists(path) {
		return graphs.Load(path)
	}
	m, err := graphs.Load(r.exp.Graph)
	if err != nil {
		return nil, err
	}
	return m, graphs.Save(path, m)
}

// checkInput reports a graph that does not take the data set's images.
func (r *run) checkInput(net *training.Net) error {
	shape, err := net.BatchShape(1)
	if err != nil {
		return fmt.Errorf("%s: %w", r.exp.Graph, err)
	}
	size := int64(1)
	for _, d := range shape {
		size *= d
	}
	if want := int64(3 * 32 * 32); size != want {
		return fmt.Errorf("%s takes samples of shape %v, but the images are 3×32×32: export the model for that size", r.exp.Graph, shape[1:])
	}
	if d := net.Model.Graph.Input(net.Input).Type.Shape[0]; d.IsKnown() {
		return fmt.Errorf("%s is made for batches of %d samples, in a way that memdil cannot change: export it with a dynamic batch", r.exp.Graph, d.Size)
	}
	return nil
}
