package cli

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"text/tabwriter"

	"github.com/memdil/memdil/bench"
	"github.com/memdil/memdil/ort"
)

// fact is one line of a benchmark's result.
type fact struct {
	key   string // in JSON
	name  string // in the table
	value any    // nil when unknown; what JSON says
	text  string // what the table says; "" for the value itself
}

// times are the facts of a spread in the given unit, "ms" or "seconds". Only a
// whole spread names its quartiles and extremes.
func times(key, name, unit string, s bench.Spread, whole bool) []fact {
	one := func(suffix, what string, v float64) fact {
		return fact{key: key + "_" + suffix, name: name + ", " + what, value: v, text: fmt.Sprintf("%.4g %s", v, unit)}
	}
	facts := []fact{one("median", "median", s.Median)}
	if whole {
		facts = append(facts, one("lower_quartile", "lower quartile", s.Lower), one("upper_quartile", "upper quartile", s.Upper),
			one("min", "least", s.Min), one("max", "most", s.Max))
	}
	return facts
}

// rate is a number of something per second.
func rate(key, name string, v float64) fact {
	text := fmt.Sprintf("%.5g", v)
	if v >= 1000 {
		text = grouped(int64(math.Round(v)))
	}
	return fact{key: key, name: name, value: v, text: text}
}

// peakMemory is a number of bytes, 0 when it is unknown.
func peakMemory(bytes int64) fact {
	f := fact{key: "peak_memory_bytes", name: "peak memory", text: "unknown"}
	if bytes > 0 {
		f.value, f.text = bytes, fmt.Sprintf("%.0f MB", float64(bytes)/1e6)
	}
	return f
}

// versions tell what was measured. rt is nil for what runs without the runtime.
func versions(rt *ort.Runtime) []fact {
	facts := []fact{
		{key: "memdil", name: "memdil", value: version()},
		{key: "platform", name: "platform", value: runtime.GOOS + "/" + runtime.GOARCH},
	}
	if rt != nil {
		facts = append(facts, fact{key: "onnxruntime", name: "ONNX Runtime", value: rt.Info().Version})
	}
	return facts
}

// printFacts prints a table, or one JSON object.
func printFacts(w io.Writer, asJSON bool, facts []fact) error {
	if asJSON {
		object := map[string]any{}
		for _, f := range facts {
			object[f.key] = f.value
		}
		return printJSON(w, object)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range facts {
		text := f.text
		if n, whole := f.value.(int); whole && text == "" {
			text = grouped(int64(n))
		} else if text == "" {
			text = fmt.Sprint(f.value)
		}
		fmt.Fprintf(table, "%s\t%s\n", f.name, text)
	}
	return table.Flush()
}
