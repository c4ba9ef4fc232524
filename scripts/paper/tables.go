package main

import (
	"fmt"

	"github.com/memdil/memdil/metrics"
)

// titles of data sets.
var titles = map[string]string{"mnist": "MNIST", "cifar10": "CIFAR-10"}

// measuredTable has a row for each data set, noise degree and loss.
func measuredTable(trials []trial) []string {
	quantities := []quantity{trainAccuracy, testAccuracy, trainNC1, testNC1, memorization, dilation, relativeM, relativeD}
	head := []string{"", "η", "loss", "runs"}
	for _, q := range quantities {
		head = append(head, q.name)
	}
	var rows [][]string
	for _, dataset := range datasets(trials) {
		for _, degree := range degrees(trials) {
			for _, loss := range losses(trials) {
				cell := of(trials, func(t trial) bool { return t.exp.Dataset == dataset && t.noise() == degree && t.exp.Loss == loss })
				if len(cell) == 0 {
					continue
				}
				row := []string{titles[dataset], fmt.Sprint(degree), short[loss], fmt.Sprint(len(cell))}
				for _, q := range quantities {
					row = append(row, q.text(cell, 3))
				}
				rows = append(rows, row)
			}
		}
	}
	return table(head, rows)
}

// lineTable has a row for each line of dilation on memorization.
func lineTable(trials []trial) ([]string, error) {
	var rows [][]string
	for _, dataset := range datasets(trials) {
		s, err := statistics(of(trials, func(t trial) bool { return t.exp.Dataset == dataset }))
		if err != nil {
			return nil, err
		}
		for i, l := range s.Absolute.Losses {
			r := s.Relative.Losses[i]
			rows = append(rows, []string{
				titles[dataset], l.Loss, fmt.Sprint(l.Runs),
				interval(l.Slope), number(float64(l.Correlation), 2), interval(r.Slope), number(float64(r.Correlation), 2),
			})
		}
	}
	return table([]string{"", "loss", "runs", "slope", "r", "slope, relative", "r, relative"}, rows), nil
}

// interval is an estimate with its interval.
func interval(i metrics.Interval) string {
	return fmt.Sprintf("%s [%s, %s]", number(float64(i.Value), 3), number(float64(i.Low), 3), number(float64(i.High), 3))
}
