package report

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestCloudMatchesGolden compares centroids and circles with the uncorrupted
// centroids and standard deviations of the reference.
func TestCloudMatchesGolden(t *testing.T) {
	for _, name := range []string{"k2_d2_n400", "k4_d16_n1000", "k10_d64_n2000"} {
		t.Run(name, func(t *testing.T) {
			points, want := goldenPoints(t, name), goldenResult(t, name)
			pl := newPlane(points, nil)
			c := newCloud(points, pl)
			if len(c.centres) != want.Classes {
				t.Fatalf("%d centroids, want %d", len(c.centres), want.Classes)
			}
			for k, m := range c.centres {
				if stddev := float64(want.UncorruptedStddevs[k]); !(math.Abs(m.radius-stddev) <= 1e-9*stddev) {
					t.Errorf("class %d: radius %v, want %v", k, m.radius, stddev)
				}
				x, y := 0.0, 0.0
				for j, v := range want.UncorruptedCentroids[k] {
					x += (v - pl.mean[j]) * pl.axes[0][j]
					y += (v - pl.mean[j]) * pl.axes[1][j]
				}
				if math.Hypot(m.xy.X-x, m.xy.Y-y) > 1e-9 {
					t.Errorf("class %d: centroid at %v, want %v, %v", k, m.xy, x, y)
				}
			}
			if _, total := c.drawn(true); total != want.Memorization.Count {
				t.Errorf("%d corrupted samples, want %d", total, want.Memorization.Count)
			}
		})
	}
}

func TestThin(t *testing.T) {
	samples := make([]int, 2500)
	for i := range samples {
		samples[i] = 3 * i
	}
	kept := thin(samples, maxPerGroup)
	if len(kept) != maxPerGroup || kept[0] != 0 || !slices.IsSorted(kept) || len(slices.Compact(kept)) != maxPerGroup {
		t.Errorf("kept %d samples, from %d to %d", len(kept), kept[0], kept[len(kept)-1])
	}
	if last := kept[len(kept)-1]; last < 3*2490 {
		t.Errorf("the last sample kept is %d: not evenly spaced", last)
	}
	if got := thin(samples[:7], 7); len(got) != 7 {
		t.Errorf("%d of 7 samples kept", len(got))
	}
}

func TestScatterCaptionSaysWhatIsLeftOut(t *testing.T) {
	p := &Points{Dim: 2, TrueLabels: []int{}}
	for i := range 3000 {
		p.Features = append(p.Features, float32(i%37), float32(i%41))
		p.Labels = append(p.Labels, 0)
		p.TrueLabels = append(p.TrueLabels, boolInt(i%3 == 0))
	}
	p.Features[1] = float32(math.NaN())
	run := Run{TrainPoints: p}
	f := scatterFigures(&run, "", "")[0]
	for _, want := range []string{
		"1000 of 2000 clean samples are drawn", "999 corrupted", "a feature is not finite: 1",
	} {
		if !strings.Contains(f.caption+f.alt, want) {
			t.Errorf("neither caption nor description says %q:\n%s\n%s", want, f.caption, f.alt)
		}
	}
}

func TestScatterAxesAreSharedAndRound(t *testing.T) {
	run := goldenRun(t, "LS")
	figures := scatterFigures(&run, "", "")
	a, b := figures[0], figures[1]
	if a.plot.X.Min != b.plot.X.Min || a.plot.X.Max != b.plot.X.Max || a.plot.Y.Min != b.plot.Y.Min || a.plot.Y.Max != b.plot.Y.Max {
		t.Error("train and test have other axes")
	}
	area := a.plotArea()
	unitX, unitY := (a.plot.X.Max-a.plot.X.Min)/float64(area.X), (a.plot.Y.Max-a.plot.Y.Min)/float64(area.Y)
	if !(math.Abs(unitX/unitY-1) <= 0.03) {
		t.Errorf("a unit of x is %v, of y %v", unitX, unitY)
	}
}
