package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/floats"

	"github.com/memdil/memdil/metrics"
)

// Tables per class are for reading; beyond these sizes statistics.arrow serves.
const (
	maxCells      = 200 // corrupted cells shown, the largest
	maxBiasLabels = 20  // classes up to which the matrix of biases is shown
)

// table is a table of a page.
type table struct {
	Caption string
	Head    []string
	Rows    []tableRow
	Note    string // what the reader should know of it, "" for nothing
}

type tableRow struct {
	Name  string // its header cell
	Cells []cell
}

// classSection is the memorization–dilation statistics of one split of a run.
type classSection struct {
	ID, Title string
	Open      bool
	Tables    []table
}

// classSections returns the statistics of all runs by class.
func classSections(c *comparison) []classSection {
	var out []classSection
	for i := range c.runs {
		for _, s := range c.runs[i].splits() {
			if s.result == nil {
				continue
			}
			section := classSection{ID: fmt.Sprintf("classes-%d-%s", i+1, s.name), Title: title(s.name), Open: len(out) == 0}
			if len(c.runs) > 1 {
				section.Title = c.names[i] + ", " + s.name
			}
			section.Tables = append(section.Tables, classTable(s.result))
			if len(s.result.CorruptedCells) > 0 {
				section.Tables = append(section.Tables, cellTable(s.result))
				if len(s.result.CorruptionBiases) <= maxBiasLabels {
					section.Tables = append(section.Tables, biasTable(s.result))
				}
			}
			out = append(out, section)
		}
	}
	return out
}

// classTable has one row a class.
func classTable(r *metrics.Result) table {
	t := table{
		Caption: "By class",
		Head: []string{"Class", "Samples with this label", "Samples of this true label", "Clean samples",
			"Std of distances to μ_k", "Std of distances, clean", "Corrupted samples of this true label", "Memorization, mean", "Memorization, sum"},
	}
	memorized := make(map[int]metrics.MemorizationOfClass)
	for _, m := range r.Memorization.PerTrueClass {
		memorized[m.TrueLabel] = m
	}
	for k := range r.LabelCounts {
		row := tableRow{Name: strconv.Itoa(k), Cells: []cell{
			countCell(r.LabelCounts[k]), countCell(r.TrueLabelCounts[k]), countCell(r.UncorruptedCounts[k]),
			numberCell(r.ClassDistanceStddevs[k], 0), numberCell(r.UncorruptedStddevs[k], 0),
		}}
		m, ok := memorized[k]
		if !ok || m.Count == 0 {
			none := cell{Text: missing, Note: "no corrupted sample has this true label"}
			row.Cells = append(row.Cells, countCell(0), none, none)
		} else {
			row.Cells = append(row.Cells, countCell(m.Count), numberCell(m.Mean, 0), numberCell(m.Sum, 0))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// cellTable has one row a corrupted cell, the samples of one label and one
// other true label.
func cellTable(r *metrics.Result) table {
	t := table{
		Caption: "Corrupted cells: samples of one true label under another label",
		Head: []string{"Label ← true label", "Samples", "Std of distances to the cell's centroid",
			"Distance to the clean centroid of the true label", "Distance to the clean centroid of the label"},
	}
	cells := slices.Clone(r.CorruptedCells)
	if len(cells) > maxCells {
		t.Note = fmt.Sprintf("The %d cells with most samples of %d; statistics.arrow holds all.", maxCells, len(cells))
		slices.SortStableFunc(cells, func(a, b metrics.CorruptedCell) int { return cmp.Compare(b.Count, a.Count) })
		cells = cells[:maxCells]
	}
	for _, c := range cells {
		t.Rows = append(t.Rows, tableRow{
			Name: fmt.Sprintf("%d ← %d", c.Label, c.TrueLabel),
			Cells: []cell{countCell(c.Count), numberCell(c.Stddev, 0),
				numberCell(distance(c.Centroid, r.UncorruptedCentroids, c.TrueLabel), 0),
				numberCell(distance(c.Centroid, r.UncorruptedCentroids, c.Label), 0)},
		})
	}
	return t
}

// biasTable has one row a label and one column an other class.
func biasTable(r *metrics.Result) table {
	t := table{
		Caption: "Corruption biases: how far the mean of a label's corrupted samples lies from the class mean towards another class",
		Head:    []string{"Label"},
	}
	for o := range r.CorruptionBiases {
		t.Head = append(t.Head, "towards "+strconv.Itoa(o))
	}
	for c, biases := range r.CorruptionBiases {
		row := tableRow{Name: strconv.Itoa(c)}
		for _, bias := range biases {
			if bias.Defined() {
				row.Cells = append(row.Cells, numberCell(bias, 0))
			} else {
				row.Cells = append(row.Cells, cell{Text: missing, Note: "no corrupted sample has this label, or the class means agree"})
			}
		}
		row.Cells = slices.Insert(row.Cells, c, cell{})
		t.Rows = append(t.Rows, row)
	}
	return t
}

// distance returns ‖a − centroids[k]‖, undefined where there is no such centroid.
func distance(a []float64, centroids [][]float64, k int) metrics.Float {
	if k < 0 || k >= len(centroids) || len(centroids[k]) != len(a) {
		return metrics.Float(math.NaN())
	}
	return metrics.Float(floats.Distance(a, centroids[k], 2))
}
