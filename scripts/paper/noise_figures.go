package main

import (
	"fmt"
	"os"

	"github.com/memdil/memdil/report"
)

// noiseFigures draws what goes with the noise degree, and memorization against
// dilation, of each data set.
func (p *paper) noiseFigures(kind string, trials []trial) error {
	var rows [][]panel
	for _, dataset := range datasets(trials) {
		own := of(trials, func(t trial) bool { return t.exp.Dataset == dataset })
		var row []panel
		for _, q := range []quantity{relativeM, relativeD, testAccuracy} {
			row = append(row, againstNoise(titles[dataset], q, own))
		}
		rows = append(rows, row)
		if err := p.dilationFigures(kind+"-"+dataset, own); err != nil {
			return err
		}
	}
	return writeFigure(p.image(fmt.Sprintf("paper-%s-noise.svg", kind)), rows)
}

// againstNoise is a quantity against the noise degree, a series a loss.
func againstNoise(title string, q quantity, trials []trial) panel {
	chart := panel{title: title, x: "noise degree η", y: q.name}
	for i, loss := range losses(trials) {
		s := series{name: short[loss], colour: i, line: true, marks: true}
		for _, degree := range degrees(trials) {
			own := q.over(of(trials, func(t trial) bool { return t.exp.Loss == loss && t.noise() == degree }))
			s.points = append(s.points, measured{degree, own.mean, own.deviation})
		}
		chart.series = append(chart.series, s)
	}
	return chart
}

// dilationFigures are memdil's own figures of memorization and dilation.
func (p *paper) dilationFigures(name string, trials []trial) error {
	s, err := statistics(trials)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "paper")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	paths, err := report.WriteDilation(scratch, s)
	if err != nil {
		return err
	}
	for i, suffix := range []string{"", "-relative"} {
		if i >= len(paths) {
			return fmt.Errorf("%s: no run has a place in the figure of memorization and dilation", name)
		}
		if err := p.copyImage(paths[i], "paper-"+name+suffix+".svg"); err != nil {
			return err
		}
	}
	return nil
}
