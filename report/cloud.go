package report

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"
)

// Samples drawn in one scatter figure: at most maxPerGroup a class and kind
// (clean or corrupted), as in the Python original, and, for many classes, not
// many more than maxDrawn in all, which keeps pages small.
const (
	maxPerGroup = 1000
	maxDrawn    = 12000
)

// cloud is what a scatter figure shows of one split.
type cloud struct {
	groups  []group
	centres []centre
	skipped int // samples left out because a feature is not finite
	total   int
}

// group is the samples of one true class, clean or corrupted.
type group struct {
	class     int // true class
	corrupted bool
	xys       plotter.XYs
	total     int // samples there are, of which len(xys) are drawn
}

// centre is the centroid of a class's uncorrupted samples in the plane.
type centre struct {
	class int
	xy    plotter.XY
	// radius is the population standard deviation of the distances, in all d
	// dimensions, of these samples to their centroid (formulas.md 3).
	radius float64
}

// kind is a group's identity.
type kind struct {
	class     int
	corrupted bool
}

// newCloud groups the samples of a split, thins them and projects them.
func newCloud(points *Points, pl plane) cloud {
	members, skipped := groupSamples(points)
	kinds := make([]kind, 0, len(members))
	for k := range members {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b kind) int { // corrupted samples last: they lie on top
		if a.corrupted != b.corrupted {
			return cmp.Compare(boolInt(a.corrupted), boolInt(b.corrupted))
		}
		return cmp.Compare(a.class, b.class)
	})
	c := cloud{skipped: skipped, total: len(points.Labels)}
	limit := maxPerGroup
	if len(kinds) > 0 {
		limit = max(1, min(limit, maxDrawn/len(kinds)))
	}
	for _, k := range kinds {
		samples := members[k]
		g := group{class: k.class, corrupted: k.corrupted, total: len(samples)}
		for _, i := range thin(samples, limit) {
			g.xys = append(g.xys, place2D(points, pl, i))
		}
		c.groups = append(c.groups, g)
		if !k.corrupted {
			c.centres = append(c.centres, newCentre(points, pl, k.class, samples))
		}
	}
	return c
}

// groupSamples returns the finite samples of each kind, in order.
func groupSamples(points *Points) (members map[kind][]int, skipped int) {
	members = make(map[kind][]int)
	for i, label := range points.Labels {
		if !finiteRow(points.row(i)) {
			skipped++
			continue
		}
		k := kind{points.trueLabel(i), points.trueLabel(i) != label}
		members[k] = append(members[k], i)
	}
	return members, skipped
}

// thin returns at most limit of the samples, evenly spaced.
func thin(samples []int, limit int) []int {
	if len(samples) <= limit {
		return samples
	}
	kept := make([]int, limit)
	for k := range kept {
		kept[k] = samples[k*len(samples)/limit]
	}
	return kept
}

// place2D returns a sample's place. Single features are laid out in one row a
// training label, spread by the sample's position so that they can be told apart.
func place2D(points *Points, pl plane, i int) plotter.XY {
	x, y := pl.project(points.row(i))
	if points.Dim == 1 {
		_, spread := math.Modf(float64(i) * math.Phi)
		y = float64(points.Labels[i]) + 0.6*(spread-0.5)
	}
	return plotter.XY{X: x, Y: y}
}

func newCentre(points *Points, pl plane, class int, samples []int) centre {
	mean := make([]float64, points.Dim)
	for _, i := range samples {
		for j, v := range points.row(i) {
			mean[j] += float64(v) / float64(len(samples))
		}
	}
	distances := make([]float64, len(samples))
	average := 0.0
	for k, i := range samples {
		for j, v := range points.row(i) {
			distances[k] += (float64(v) - mean[j]) * (float64(v) - mean[j])
		}
		distances[k] = math.Sqrt(distances[k])
		average += distances[k] / float64(len(samples))
	}
	variance := 0.0
	for _, d := range distances {
		variance += (d - average) * (d - average) / float64(len(samples))
	}
	c := centre{class: class, radius: math.Sqrt(variance)}
	for j := range mean {
		c.xy.X += (mean[j] - pl.mean[j]) * pl.axes[0][j]
		c.xy.Y += (mean[j] - pl.mean[j]) * pl.axes[1][j]
	}
	if points.Dim == 1 {
		c.xy.Y = float64(class)
	}
	return c
}

// drawn counts the samples of the clean or of the corrupted groups: those
// drawn and those there are.
func (c cloud) drawn(corrupted bool) (drawn, total int) {
	for _, g := range c.groups {
		if g.corrupted == corrupted {
			drawn, total = drawn+len(g.xys), total+g.total
		}
	}
	return drawn, total
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
