package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/memdil/memdil/graphs"
	"github.com/memdil/memdil/graphs/autodiff"
	"github.com/memdil/memdil/graphs/training"
)

// GraphCheckOptions are what `memdil graph check` takes.
type GraphCheckOptions struct {
	TrainingOptions
	SecondOpinion bool // whether onnx-go is to compute the model as well
}

func newGraphCheckCommand() *cli.Command {
	var o GraphCheckOptions
	return &cli.Command{
		Name:      "check",
		Usage:     "tell whether a model is sound and what of it would be trained",
		UsageText: "memdil graph check [FLAGS] MODEL.onnx",
		Description: `Checks the model's structure and types, lists every float tensor with the reason
why it would be trained or not, and derives the training graph as a test. The
exit code is 1 when the model cannot be trained.

With --second-opinion, ONNX Runtime and onnx-go, an independent implementation
in Go, compute the model on random inputs and must agree. onnx-go knows the
operators of MLPs only.

Example:
   memdil graph check --freeze 'layers.0.*' mlp.onnx`,
		Flags: append(append(o.lossFlags(), o.netFlags()...), &cli.BoolFlag{
			Name: "second-opinion", Usage: "compare ONNX Runtime with onnx-go on the model", Destination: &o.SecondOpinion,
		}),
		Action: func(c *cli.Context) error {
			if err := o.read(c); err != nil {
				return err
			}
			return runGraphCheck(c.Context, o, c.App.Writer)
		},
	}
}

// runGraphCheck prints what memdil makes of a model, and returns an error when
// the model cannot be trained.
func runGraphCheck(ctx context.Context, o GraphCheckOptions, stdout io.Writer) error {
	loss, err := o.loss()
	if err != nil {
		return err
	}
	m, err := graphs.Load(o.Model)
	if err != nil {
		printFindings(stdout, err)
		return ofFile(o.Model, err, nameModel)
	}
	if _, err := graphs.Infer(m); err != nil {
		return fmt.Errorf("%s: %w", o.Model, err)
	}
	net, err := training.NewNet(m, o.Net)
	if err != nil {
		return netError(fmt.Errorf("%s cannot be trained: %w", o.Model, err))
	}
	if err := printNet(stdout, net); err != nil {
		return err
	}
	if _, err := net.Gradient(training.Objective{Loss: loss}); err != nil {
		return fmt.Errorf("%s cannot be trained: %w", o.Model, err)
	}
	if o.SecondOpinion {
		if err := secondOpinion(ctx, net, stdout); err != nil {
			return fmt.Errorf("%s: %w", o.Model, err)
		}
	}
	_, err = fmt.Fprintf(stdout, "ok: %s with %s can be trained\n", o.Model, loss.Kind)
	return err
}

// printFindings lists the parts of an error that has several.
func printFindings(stdout io.Writer, err error) {
	if lines := strings.Split(err.Error(), "\n"); len(lines) > 1 {
		fmt.Fprintln(stdout, err)
	}
}

// printTensors lists tensors with the reasons. Single numbers, which exporters
// write by the hundred, are counted unless they are trained.
func printTensors(w io.Writer, tensors []training.Tensor) {
	fmt.Fprintf(w, "\ntensor\tshape\ttrained\treason\n")
	numbers := 0
	for _, t := range tensors {
		trained := "no"
		switch {
		case t.Trained:
			trained = "yes"
		case len(t.Shape) == 0:
			numbers++
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", oneLine(t.Name), graphs.StaticShape(t.Shape...), trained, t.Reason)
	}
	if numbers > 0 {
		fmt.Fprintf(w, "%s\t%s\tno\tconstants\n", count(numbers, "single number"), graphs.Shape{})
	}
}

// printNet prints what was found in a forward graph.
func printNet(stdout io.Writer, net *training.Net) error {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	types, err := graphs.Infer(net.Model)
	if err != nil {
		return err
	}
	for _, end := range [][2]string{{"input", net.Input}, {"features", net.Features}, {"logits", net.Logits}} {
		if end[1] == "" {
			fmt.Fprintf(w, "%s\tnone: the logits come from no linear layer; --features-tensor names a value\n", end[0])
			continue
		}
		fmt.Fprintf(w, "%s\t%q %s\n", end[0], end[1], types[end[1]].Type)
	}
	printTensors(w, net.Tensors)
	elements := 0
	var names []string
	for _, p := range net.Parameters {
		elements += p.Value.Len()
		names = append(names, p.Name)
	}
	fmt.Fprintf(w, "\n%s of %s in all, %s\n", count(len(net.Parameters), "parameter"), count(elements, "element"), count(len(net.Buffers), "running statistic"))
	for _, n := range autodiff.Missing(net.Model.Graph, net.Logits, names) {
		fmt.Fprintf(w, "no gradient rule: %s\n", n.Label())
	}
	for _, warning := range net.Warnings {
		fmt.Fprintf(w, "warning: %s\n", warning)
	}
	return w.Flush()
}
