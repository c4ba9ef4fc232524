package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
)

// quantity is something to plot over epochs.
type quantity struct {
	name, title, axis, caption string
	kinds                      []curveKind
	log                        bool // on a logarithmic axis if all values are positive
	sparse                     bool // not measured at every epoch: gaps are bridged
	steps                      bool // constant within an epoch: drawn as a step function
}

// curveKind is one of the curves that a quantity has: of the training, the
// validation or the test samples.
type curveKind struct {
	name, split string
	of          func(Epoch) float64
	dashes      []vg.Length
}

// The kinds of curves, by the prefix of their keys.
var curveKinds = []curveKind{
	{name: "train", split: "train"},
	{name: "validation", split: "val", dashes: []vg.Length{4, 3}},
	{name: "test", split: "test", dashes: []vg.Length{1, 2}},
}

// trainingQuantities are what the trainer itself measures. Further splits of
// loss and accuracy that were measured join them.
var trainingQuantities = []quantity{
	{
		name: "loss", title: "Loss over epochs", axis: "loss",
		caption: "Mean loss of the training samples, taken from the training steps themselves. Losses of different loss functions are not on one scale.",
		kinds: splitKinds("loss", func(e Epoch) float64 { return e.TrainLoss },
			func(e Epoch) float64 { return e.ValLoss }),
	},
	{
		name: "accuracy", title: "Accuracy over epochs", axis: "accuracy (%)",
		caption: "Share of samples whose training label, possibly corrupted, is predicted: training accuracy above the share of clean labels means that corrupted labels are being memorized.",
		kinds: splitKinds("accuracy", func(e Epoch) float64 { return e.TrainAccuracy },
			func(e Epoch) float64 { return e.ValAccuracy }),
	},
	learningRate,
}

var learningRate = quantity{
	name: "learning-rate", title: "Learning rate over epochs", axis: "learning rate",
	caption: "Learning rate of each epoch, which is constant within the epoch.",
	kinds:   []curveKind{{of: func(e Epoch) float64 { return e.LR }}}, log: true, steps: true,
}

// splitKinds returns the curves of a quantity that has one value a split: the
// first of the given functions, then whatever was measured under SPLIT_KEY.
func splitKinds(key string, of ...func(Epoch) float64) []curveKind {
	kinds := slices.Clone(curveKinds)
	for i := range kinds {
		if i < len(of) {
			kinds[i].of = of[i]
		} else {
			kinds[i].of = extraOf(kinds[i].split + "_" + key)
		}
	}
	return kinds
}

func extraOf(key string) func(Epoch) float64 {
	return func(e Epoch) float64 {
		if v, ok := e.Extra[key]; ok {
			return v
		}
		return math.NaN()
	}
}

// present returns the kinds of which any run has a value.
func (q quantity) present(c *comparison) []curveKind {
	var kinds []curveKind
	for _, k := range q.kinds {
		if slices.ContainsFunc(c.runs, func(r Run) bool {
			return slices.ContainsFunc(r.History, func(e Epoch) bool { return finite(k.of(e)) })
		}) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// captionOf adds to the caption what lines and bands mean.
func (q quantity) captionOf(kinds []curveKind, c *comparison) string {
	caption := q.caption
	for _, k := range kinds {
		switch {
		case k.split == "val":
			caption += " Dashed: the validation samples."
		case k.split == "test" && len(kinds) > 1:
			caption += " Dotted: the test samples."
		}
	}
	if c.grouped() {
		caption += " Bold lines are means over the runs of a group, bands the standard deviation to both sides"
		if len(c.runs) <= maxMembers {
			caption += ", thin lines the single runs"
		}
		caption += "."
	}
	return caption + c.omitted()
}

// trainingFigures returns loss, accuracy and learning rate over the epochs,
// and what else was measured that is no metric, such as memory.
func trainingFigures(c *comparison) []figure {
	quantities := slices.Clone(trainingQuantities)
	_, facts := extraKeys(c.runs)
	for _, key := range facts {
		quantities = append(quantities, extraQuantity(key))
	}
	return curveFigures(quantities, c)
}

// metricFigures returns the metrics that were measured during training over
// the epochs: those of the result table, the collapse metrics first, and apart
// from them the further ones.
func metricFigures(c *comparison) (main, further []figure) {
	metrics, _ := extraKeys(c.runs)
	var first, rest []quantity
	for _, key := range metrics {
		if q := extraQuantity(key); isColumn(key) {
			first = append(first, q)
		} else {
			rest = append(rest, q)
		}
	}
	return curveFigures(first, c), curveFigures(rest, c)
}

// isColumn reports whether a metric is a column of the result table.
func isColumn(key string) bool {
	return slices.ContainsFunc(resultColumns, func(c quantityColumn) bool { return c.key == key })
}

func curveFigures(quantities []quantity, c *comparison) []figure {
	var figures []figure
	names := make(map[string]int)
	for _, q := range quantities {
		if names[q.name]++; names[q.name] > 1 { // keys that differ in what file names lack
			q.name += fmt.Sprintf("-%d", names[q.name])
		}
		if f, ok := curveFigure(q, c); ok {
			figures = append(figures, f)
		}
	}
	return figures
}

// trainingLead says how long each run trained, one line a run; of many runs
// only the whole.
func trainingLead(c *comparison) string {
	const few = 8
	var sentences []string
	var trained int
	var all float64
	for i, r := range c.runs {
		if len(r.History) == 0 {
			continue
		}
		trained++
		seconds, samples := 0.0, 0.0
		for _, e := range r.History {
			seconds += e.Seconds
			samples += e.Seconds * e.SamplesPerSecond
		}
		if finite(seconds) {
			all += seconds
		}
		s := countOf(len(r.History), "epoch", "epochs")
		if seconds > 0 && finite(seconds) && finite(samples) {
			s += fmt.Sprintf(" in %s s, %.0f samples a second", short(seconds), samples/seconds)
		}
		if len(c.runs) > 1 {
			s = c.names[i] + ": " + s
		}
		sentences = append(sentences, s+".")
	}
	if len(sentences) > few {
		return fmt.Sprintf("%d runs trained for %s s in all.", trained, short(all))
	}
	return strings.Join(sentences, "\n")
}

// countOf returns a number with its noun.
func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// splitKey takes the split off a key of Extra, "" where there is none.
func splitKey(key string) (split, rest string) {
	for _, k := range curveKinds {
		if rest, ok := strings.CutPrefix(key, k.split+"_"); ok {
			return k.split, rest
		}
	}
	return "", key
}

// extraKeys returns what was measured during training beside loss and
// accuracy, splits taken off: metrics, first the collapse metrics and the other
// columns of the result table, then the rest by name, and facts of the training itself, such as
// memory, which are of no split.
func extraKeys(runs []Run) (metrics, facts []string) {
	isMetric := make(map[string]bool)
	for _, r := range runs {
		for _, e := range r.History {
			for key := range e.Extra {
				if split, rest := splitKey(key); rest != "loss" && rest != "accuracy" {
					isMetric[rest] = isMetric[rest] || split != ""
				}
			}
		}
	}
	order := slices.Clone(collapseKeys)
	for _, c := range resultColumns {
		order = append(order, c.key)
	}
	for _, key := range order {
		if _, there := isMetric[key]; there {
			metrics = append(metrics, key)
			delete(isMetric, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(isMetric)) {
		if isMetric[key] {
			metrics = append(metrics, key)
		} else {
			facts = append(facts, key)
		}
	}
	return metrics, facts
}

// extraQuantity plots a metric by its key in metrics.json: its value of each
// split, or the one that is of no split.
func extraQuantity(key string) quantity {
	name, kinds := metricName(key), splitKinds(key)
	if isColumn(key) {
		if only := columnOf(key).only; only != "" {
			kinds = slices.DeleteFunc(kinds, func(k curveKind) bool { return k.split != only })
		}
	}
	of := extraOf(key)
	if bare, isSize := strings.CutSuffix(key, "_bytes"); isSize {
		const mega = 1e6
		inBytes := of
		name, of = strings.ReplaceAll(bare, "_", " ")+" (MB)", func(e Epoch) float64 { return inBytes(e) / mega }
	}
	return quantity{
		name: "history-" + fileName(key), title: title(name) + " over epochs", axis: plain(name),
		caption: title(name) + " measured during training.",
		kinds:   append([]curveKind{{of: of}}, kinds...),
		log:     strings.HasPrefix(key[strings.LastIndexByte(key, '.')+1:], "nc1") || strings.HasSuffix(key, "cdnv"),
		sparse:  true,
	}
}

// fileName keeps letters, digits, dots and hyphens of s.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return '-'
	}, s)
}
