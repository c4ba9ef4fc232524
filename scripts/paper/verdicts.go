package main

import (
	"fmt"
	"strings"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/metrics/hypothesis"
)

// level below which a p-value is taken for a finding.
const level = 0.05

// verdicts says of every claim whether the runs of each data set bear it out.
func verdicts(trials []trial, all []line, against []contrast) []string {
	names := datasets(trials)
	rows := [][]string{verdictOf("Dilation grows with memorization, at every loss", names, func(dataset string) string {
		return slopesVerdict(all, dataset)
	})}
	for _, c := range []struct {
		loss  training.LossKind
		of    quantity
		fewer bool // the claim is that there is less of it
		text  string
	}{
		{training.LabelSmoothing, memorization, true, "LS memorizes less than CE"},
		{training.LabelSmoothing, relativeM, true, "… and relative to the distance of the classes"},
		{training.LabelSmoothing, dilation, true, "LS dilates less than CE"},
		{training.LabelSmoothing, relativeD, true, "… and relative to the distance of the classes"},
		{training.LabelSmoothing, testAccuracy, false, "LS generalises better than CE"},
		{training.LabelRelaxation, memorization, true, "LR memorizes less than CE"},
		{training.LabelRelaxation, relativeM, true, "… and relative to the distance of the classes"},
		{training.LabelRelaxation, dilation, true, "LR dilates less than CE"},
		{training.LabelRelaxation, relativeD, true, "… and relative to the distance of the classes"},
		{training.LabelRelaxation, testAccuracy, false, "LR generalises better than CE"},
	} {
		rows = append(rows, verdictOf(c.text, names, func(dataset string) string {
			for _, a := range against {
				if a.dataset == dataset && a.loss == c.loss && a.quantity.name == c.of.name {
					return a.verdict(c.fewer)
				}
			}
			return "–"
		}))
	}
	head := []string{"claim"}
	for _, name := range names {
		head = append(head, titles[name])
	}
	return table(head, rows)
}

func verdictOf(claim string, datasets []string, of func(string) string) []string {
	row := []string{claim}
	for _, d := range datasets {
		row = append(row, of(d))
	}
	return row
}

// slopesVerdict is about the lines of a data set in relative coordinates.
func slopesVerdict(all []line, dataset string) string {
	word := "**yes**"
	var parts []string
	for _, l := range all {
		if l.dataset != dataset || !l.relative {
			continue
		}
		if !(l.slope.Low > 0) {
			word = "**not at every one**"
		}
		parts = append(parts, fmt.Sprintf("%s %s, R² %s", short[l.loss], number(l.slope.Estimate, 2), number(l.r2, 2)))
	}
	return word + ": slope " + strings.Join(parts, "; ")
}

// verdict on a claim that the loss has less, or more, of the quantity than cross
// entropy.
func (c contrast) verdict(fewer bool) string {
	numbers := fmt.Sprintf(": %s, p %s", estimate(c.t), hypothesis.FormatP(c.holm))
	switch {
	case !(c.holm < level):
		return "**not shown**" + numbers
	case (c.t.Estimate < 0) == fewer:
		return "**yes**" + numbers
	}
	return "**no, the other way**" + numbers
}
