package main

import (
	"fmt"
	"slices"
)

// titles of data sets.
var titles = map[string]string{"mnist": "MNIST", "cifar10": "CIFAR-10"}

// measuredTable has a row for each data set, noise degree and loss.
func measuredTable(trials []trial) []string {
	quantities := []quantity{trainAccuracy, testAccuracy, trainNC1, testNC1, distance, memorization, dilation, relativeM, relativeD}
	if trials[0].exp.FourClass { // means of four classes may nearly coincide, and NC1 is then anything
		quantities = slices.DeleteFunc(quantities, func(q quantity) bool { return q.name == trainNC1.name })
	}
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
					row = append(row, q.over(cell).text(3))
				}
				rows = append(rows, row)
			}
		}
	}
	return table(head, rows)
}
