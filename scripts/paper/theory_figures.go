package main

import (
	"math"

	"github.com/memdil/memdil/metrics"
)

// noiseRows has for each data set a quantity a chart against the noise degree:
// the model's lines and the runs' marks.
func noiseRows(worlds []world) (rows [][]panel) {
	for _, w := range worlds {
		var row []panel
		for _, q := range compareds[1:4] {
			chart := panel{title: titles[w.dataset], x: "noise degree η", y: q.name}
			for i, m := range w.losses {
				line := series{name: m.short, colour: i, line: true}
				for _, p := range w.paths[i] {
					line.points = append(line.points, measured{x: p.degree, mean: q.predicted(p.Prediction), deviation: math.NaN()})
				}
				marks := series{colour: i, marks: true}
				for _, degree := range w.degrees {
					own := measuredOf(w.runs, m.run, degree, q.measured)
					marks.points = append(marks.points, measured{degree, own.mean, own.deviation})
				}
				chart.series = append(chart.series, line, marks)
			}
			row = append(row, chart)
		}
		rows = append(rows, row)
	}
	return rows
}

// planeRows has the plane of memorization and dilation, a row a data set: as
// they are, and in units of the classes' distance.
func planeRows(worlds []world) (rows [][]panel) {
	inUnits := both{"memorization p·m/S", nil, func(r metrics.MDRun) float64 { return float64(r.Memorization / r.Separation) }}
	for _, w := range worlds {
		plain := panel{title: titles[w.dataset], x: compareds[1].name, y: compareds[3].name}
		relative := panel{title: titles[w.dataset] + ", relative", x: inUnits.name, y: compareds[2].name}
		for i, m := range w.losses {
			path, marks := series{name: m.short, colour: i, line: true}, series{colour: i, marks: true}
			pathR, marksR := path, marks
			for _, p := range w.paths[i] {
				path.points = append(path.points, measured{p.Memorization, p.Dilation, math.NaN()})
				pathR.points = append(pathR.points, measured{p.RelativeMemorization, p.RelativeDilation, math.NaN()})
			}
			for _, r := range w.runs {
				if r.Loss == m.run {
					marks.points = append(marks.points, measured{float64(r.Memorization), float64(r.Dilation), math.NaN()})
					marksR.points = append(marksR.points, measured{inUnits.measured(r), float64(r.RelativeDilation), math.NaN()})
				}
			}
			plain.series = append(plain.series, path, marks)
			relative.series = append(relative.series, pathR, marksR)
		}
		rows = append(rows, []panel{plain, relative})
	}
	return rows
}
