package pipeline

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/pipeline/internal/files"
	"github.com/memdil/memdil/pipeline/runfolder"
)

// Summary describes a net: its tensors with shapes, which of them are trained,
// and how many numbers that is. Of many tensors it shows the first and the last.
func Summary(net *training.Net) string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "tensor\tshape\tparameters\n") // to memory, like all below
	const most, ends = 50, 20
	trained, fixed, omitted := 0, 0, 0
	if len(net.Tensors) > most {
		omitted = len(net.Tensors) - 2*ends
	}
	for i, t := range net.Tensors {
		n := 1
		for _, d := range t.Shape {
			n *= int(d)
		}
		note := ""
		if t.Trained {
			trained += n
		} else {
			fixed += n
			note = "\tnot trained"
		}
		switch {
		case omitted > 0 && i == ends:
			_, _ = fmt.Fprintf(w, "… %d more\t\tall in %s\n", omitted, runfolder.TensorsFile)
		case omitted > 0 && i > ends && i < ends+omitted:
		default:
			_, _ = fmt.Fprintf(w, "%s\t%s\t%d%s\n", t.Name, dims(t.Shape), n, note)
		}
	}
	_ = w.Flush() // to memory
	fmt.Fprintf(&out, "%d parameters are trained, %d numbers are not\n", trained, fixed)
	return out.String()
}

func dims(shape []int64) string {
	parts := make([]string, len(shape))
	for i, d := range shape {
		parts[i] = fmt.Sprint(d)
	}
	return strings.Join(parts, "×")
}

// tensorRecord is an entry of tensors.json.
type tensorRecord struct {
	Name    string  `json:"name"`
	Shape   []int64 `json:"shape"`
	Trained bool    `json:"trained"`
	Reason  string  `json:"reason"`
}

// writeTensors writes tensors.json: which tensors of the net are trained, and
// why.
func writeTensors(path string, net *training.Net) error {
	records := make([]tensorRecord, len(net.Tensors))
	for i, t := range net.Tensors {
		records[i] = tensorRecord{Name: t.Name, Shape: append([]int64{}, t.Shape...), Trained: t.Trained, Reason: t.Reason}
	}
	return files.WriteJSON(path, records)
}
