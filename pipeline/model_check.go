package pipeline

import (
	"fmt"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/pipeline/settings"
)

// checkNet reports a model that the experiment's data, batches or penalty do
// not fit. The error is a *UsageError.
func checkNet(e settings.Experiment, net *training.Net) error {
	checks := []func(settings.Experiment, *training.Net) *settings.UsageError{checkBatchSize}
	if e.Graph != "" {
		checks = append(checks, checkInput, checkEnds)
	}
	for _, check := range checks {
		if err := check(e, net); err != nil {
			return err
		}
	}
	return nil
}

// checkInput reports a graph that does not take the data sets' images, as such
// or flattened.
func checkInput(e settings.Experiment, net *training.Net) *settings.UsageError {
	shape := net.Model.Graph.Input(net.Input).Type.Shape
	batch, sample := shape[0], shape[1:]
	fits := sample.Equals(graphs.StaticShape(imageShape...)) || sample.Equals(graphs.StaticShape(imageShape[0]*imageShape[1]*imageShape[2]))
	err := &settings.UsageError{
		Setting: "graph", Reason: fmt.Sprintf("%s takes samples of shape %s, but the images are %s, channels first", e.Graph, sample, dims(imageShape)),
		Hint: "export the model for that shape",
	}
	switch {
	case !fits && len(sample) == 3 && sample[0].Equals(graphs.Known(1)):
		err.Hint = "export the model for three channels: a model of one cannot be fed yet, greyscale images have theirs repeated"
	case !fits:
	case batch.IsKnown():
		err.Reason = fmt.Sprintf("%s is made for batches of %d samples, in a way that memdil cannot change", e.Graph, batch.Size)
		err.Hint = "export it with a dynamic batch"
	default:
		return nil
	}
	return err
}

// checkBatchSize reports batches whose variance is zero whatever the sample.
func checkBatchSize(e settings.Experiment, net *training.Net) *settings.UsageError {
	if len(net.Buffers) == 0 {
		return nil
	}
	for _, s := range []struct {
		name string
		size int
		used bool
	}{{"batch_size", e.BatchSize, true}, {"micro_batch", e.MicroBatch, e.Optimizer != training.LBFGS}, {"ghost_batch", e.GhostBatch, e.Optimizer == training.LBFGS}} {
		if s.used && s.size == 1 {
			return &settings.UsageError{Setting: s.name, Reason: "batch normalisation needs more than one sample at a time", Hint: "give 2 or more"}
		}
	}
	return nil
}

// probabilities reports a graph that ends in a softmax.
func probabilities(e settings.Experiment, net *training.Net) *settings.UsageError {
	return &settings.UsageError{Setting: "logits", Reason: fmt.Sprintf("the output of %s holds probabilities, which come from a softmax", e.Graph), Hint: "name what that reads: --logits " + net.Scores}
}

// checkEnds reports a graph of which nobody knows the features, or whose
// classifier is to be penalised but is not there.
func checkEnds(e settings.Experiment, net *training.Net) *settings.UsageError {
	switch {
	case net.Features == "" && net.Scores != "":
		return probabilities(e, net)
	case net.Features == "":
		return &settings.UsageError{
			Setting: "features_tensor", Reason: fmt.Sprintf("no linear layer leads to the logits of %s, so that its features are unknown", e.Graph),
			Hint: "name them: `memdil graph show` lists all tensors",
		}
	case e.SepDecay && net.Classifier.Weight == "":
		return &settings.UsageError{Setting: "sep_decay", Reason: fmt.Sprintf("no linear layer leads to the logits of %s: there is no classifier to penalise", e.Graph), Hint: "leave it out"}
	}
	return nil
}
