package report

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/memdil/memdil/metrics"
)

// measureWords name the measures that metrics.json holds beside the columns of
// the result table.
var measureWords = map[string]string{
	"accuracy":             "accuracy (%)",
	"accuracy_top5":        "top-5 accuracy (%)",
	"alignment":            "cosine of class means and classifier",
	"alignment_cv":         "cosine of class means and classifier, CV",
	"angle_cv":             "angles, CV",
	"angle_gap":            "angles, distance from a simplex",
	"cdnv":                 "CDNV",
	"cosine_std":           "cosines, standard deviation",
	"effective_rank":       "effective rank",
	"energy":               "hyperspherical energy",
	"energy_cv":            "hyperspherical energy, CV",
	"n":                    "samples",
	"nc1":                  "NC1",
	"nc1_trace":            "NC1, quotient of traces",
	"nc4_bias":             "NC4 with −b",
	"ncc_accuracy":         "nearest class mean, accuracy (%)",
	"ncc_mismatch":         "nearest class mean, mismatch (%)",
	"norm_cv":              "norms, CV",
	"one_vs_one":           "margin, one against one",
	"one_vs_rest":          "margin, one against the rest",
	"self_duality":         "distance of class means and classifier",
	"trace_sigma_b":        "tr Σ_B",
	"trace_sigma_b_logits": "tr Σ_B of logits",
	"trace_sigma_w":        "tr Σ_W",
	"trace_sigma_w_logits": "tr Σ_W of logits",
}

// groupingWords say which samples a measure is of.
var groupingWords = map[string]string{
	"label":                   "",
	"true_label":              "by true label",
	"clean":                   "clean samples",
	"corrupted":               "corrupted samples",
	"corrupted_by_true_label": "corrupted samples by true label",
	"classifier":              "classifier",
}

// measureName returns a measure's name in words: of the key
// measures.corrupted.cdnv "CDNV, corrupted samples". A key without words is its
// own name.
func measureName(key string) string {
	rest, _ := strings.CutPrefix(key, "measures.")
	grouping, name, found := strings.Cut(rest, ".")
	if !found {
		grouping, name = "label", rest
	}
	of, known := groupingWords[grouping]
	words, named := measureWords[name]
	switch {
	case !known || !named:
		return key
	case of == "", strings.Contains(words, of): // it names the classifier already
		return words
	}
	return words + ", " + of
}

// measureTable has one row a further measure and one column a split of a series.
type measureTable struct {
	Heads []measureHead
	Rows  []measureRow
}

type measureHead struct {
	Run, Role, Split string // Run is "" for a single series
}

type measureRow struct {
	Name, Key string
	Cells     []cell
}

// measureTableOf returns the further measures of all series, or nil where
// nothing was measured or there are too many series for columns.
func measureTableOf(c *comparison) *measureTable {
	if len(c.series) > fewRuns {
		return nil
	}
	t := &measureTable{}
	var order []string
	seen := make(map[string]bool)
	values := make([]map[string][]float64, 0, 2*len(c.series)) // by column: values of the series' runs by key
	for i, s := range c.series {
		for _, split := range splitNames {
			column := make(map[string][]float64)
			for _, r := range s.runs {
				for _, m := range measuresOf(c.runs[r].split(split).result) {
					if !seen[m.key] {
						seen[m.key] = true
						order = append(order, m.key)
					}
					column[m.key] = append(column[m.key], m.value)
				}
			}
			values = append(values, column)
			t.Heads = append(t.Heads, measureHead{c.seriesLabel(i), seriesPaint(i).role, split})
		}
	}
	for _, key := range order {
		row := measureRow{Name: title(measureName("measures." + key)), Key: "measures." + key}
		for _, column := range values {
			row.Cells = append(row.Cells, measureCell(column[key]))
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

// measureCell is a value, or the mean ± the standard deviation of several.
func measureCell(values []float64) cell {
	if len(values) == 0 {
		return cell{Text: missing, Note: "undefined, or not asked for"}
	}
	mean, std := meanStd(values)
	out := numberCell(metrics.Float(mean), 0)
	if len(values) > 1 {
		out.Spread = "± " + twoDigits(std)
	}
	return out
}

// measure is one number of metrics.json.
type measure struct {
	key   string
	value float64
}

// measuresOf returns the numbers of a result's measures in the order of
// metrics.json, with dots between the levels of their keys.
func measuresOf(r *metrics.Result) []measure {
	if r == nil || r.Measures == nil {
		return nil
	}
	text, err := json.Marshal(r.Measures)
	if err != nil {
		panic("report: measures do not marshal: " + err.Error())
	}
	var out []measure
	decoder := json.NewDecoder(bytes.NewReader(text))
	numbersOf(decoder, "", &out)
	return out
}

// numbersOf reads one value and appends the numbers in it; lists are passed over.
func numbersOf(d *json.Decoder, key string, out *[]measure) {
	token, err := d.Token()
	if err != nil {
		panic("report: measures do not unmarshal: " + err.Error())
	}
	switch token := token.(type) {
	case float64:
		*out = append(*out, measure{key, token})
	case json.Delim:
		for d.More() {
			if token == '[' {
				numbersOf(d, key, new([]measure))
				continue
			}
			name, _ := d.Token() // more means that there is one
			next := name.(string)
			if key != "" {
				next = key + "." + next
			}
			numbersOf(d, next, out)
		}
		_, _ = d.Token() // the end
	}
}
