package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/training"
)

const opinionTolerance = 1e-5 // relative to the largest value, or to 1

// secondOpinion has ONNX Runtime and onnx-go compute a net in inference form
// on the same random inputs, and prints how far they differ. That they disagree
// is an error; that onnx-go cannot take the net is none.
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
	c, err := features.CompareEngines(ctx, path, 0)
	if unsupported, ok := errors.AsType[*features.UnsupportedError](err); ok {
		_, err = fmt.Fprintf(stdout, "second opinion: none: %v\n", unsupported)
		return err
	}
	if err != nil {
		return err
	}
	for _, o := range c.Outputs {
		if !(o.MaxAbsDiff <= opinionTolerance*max(1, o.MaxAbs)) {
			return fmt.Errorf("ONNX Runtime and onnx-go disagree: %s differ by %.1e of %.1e", o.Name, o.MaxAbsDiff, o.MaxAbs)
		}
		fmt.Fprintf(stdout, "second opinion: onnx-go agrees with ONNX Runtime on %s of %s: largest difference %.1e\n",
			o.Name, count(c.Samples, "random sample"), o.MaxAbsDiff)
	}
	return nil
}
