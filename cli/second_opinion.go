package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/random"
)

const (
	opinionSamples   = 64
	opinionTolerance = 1e-5 // relative to the largest value, or to 1
)

// secondOpinion has both engines compute a net's features and logits, in
// inference form, on the same random inputs, and prints how far they differ.
// That they disagree, or that one of them cannot run the net, is an error.
func secondOpinion(ctx context.Context, net *training.Net, stdout io.Writer) error {
	dir, err := os.MkdirTemp("", "memdil-check-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	m, err := net.Trained(nil)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "model.onnx")
	if err := graphs.Save(path, m); err != nil {
		return err
	}
	first, err := inferRandom(ctx, features.ONNXRuntime, path)
	if err != nil {
		return err
	}
	second, err := inferRandom(ctx, features.ONNXGo, path)
	if err != nil {
		return err
	}
	df, dl := difference(first.features, second.features), difference(first.logits, second.logits)
	if !(df <= opinionTolerance && dl <= opinionTolerance) {
		return fmt.Errorf("ONNX Runtime and onnx-go disagree: features differ by %.1e, logits by %.1e, of at most %.0e allowed", df, dl, opinionTolerance)
	}
	_, err = fmt.Fprintf(stdout, "second opinion: onnx-go agrees with ONNX Runtime on %s: features differ by %.1e, logits by %.1e\n",
		count(first.samples, "random sample"), df, dl)
	return err
}

// opinion is what an engine makes of a batch.
type opinion struct {
	samples          int
	features, logits []float32
}

// inferRandom runs a model on one batch of standard normal inputs.
func inferRandom(ctx context.Context, kind features.EngineKind, path string) (o opinion, err error) {
	e, err := features.NewEngine(ctx, kind, path, features.EngineOptions{Batch: opinionSamples})
	if err != nil {
		return o, fmt.Errorf("no second opinion: %s: %w", kind, err)
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	numbers := random.New(0, random.Init, 0)
	for i := range e.Buffer(0) {
		e.Buffer(0)[i] = float32(numbers.Normal(uint64(i)))
	}
	f, z, err := e.Infer(0, e.Batch())
	if err != nil {
		return o, fmt.Errorf("no second opinion: %s: %w", kind, err)
	}
	return opinion{e.Batch(), append([]float32(nil), f...), append([]float32(nil), z...)}, nil
}

// difference is the largest difference of two vectors, relative to the
// largest element of the first or to 1.
func difference(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	scale, worst := 1.0, 0.0
	for i := range a {
		scale = max(scale, math.Abs(float64(a[i])))
		worst = max(worst, math.Abs(float64(a[i])-float64(b[i])))
	}
	return worst / scale
}
