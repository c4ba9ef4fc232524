package report

import (
	"strconv"

	"github.com/memdil/memdil/metrics"
)

// noiseTable compares the losses at each noise degree, a row each.
type noiseTable struct {
	Heads []string
	Rows  []noiseRow
}

type noiseRow struct {
	Name, Degree string
	Cells        []cell
}

// noiseTableOf returns nil where there is nothing to compare.
func noiseTableOf(s *metrics.MDStatistics) *noiseTable {
	if s == nil || len(s.ByNoise) == 0 {
		return nil
	}
	t, quantities := &noiseTable{}, metrics.MDQuantities()
	for _, q := range quantities {
		t.Heads = append(t.Heads, title(q.Name))
	}
	for _, n := range s.ByNoise {
		row := noiseRow{Name: n.Name(), Degree: short(float64(n.Noise))}
		for _, q := range quantities {
			row.Cells = append(row.Cells, effectCell(*q.Effect(&n)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// effectCell shows a mean difference with its interval and p-value; what else
// is known of it when pointed at.
func effectCell(e metrics.MDEffect) cell {
	switch {
	case e.Pairs == 0:
		return cell{Text: missing, Note: "no two runs have it"}
	case !e.P.Defined():
		return cell{Text: signedValue(e.Value), Sort: full(e.Value), Note: "of " + countOf(e.Pairs, "pair", "pairs")}
	}
	return cell{
		Text: signedValue(e.Value), Spread: "[" + short3(e.Low) + ", " + short3(e.High) + "] " + pText(e.P), Sort: full(e.Value),
		Note: "of " + countOf(e.Pairs, "pair", "pairs") + "; " + pText(e.PHolm) + " when corrected for all of the column (Holm), " + pText(e.PSigns) + " by the sign-flip test",
	}
}

// full formats a value for sorting.
func full(v metrics.Float) string { return strconv.FormatFloat(float64(v), 'g', -1, 64) }
