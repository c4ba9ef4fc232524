package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"github.com/memdil/memdil/graphs/training"
	"github.com/memdil/memdil/metrics/hypothesis"
)

// peerQuantities are those whose distributions over seeds are compared.
var peerQuantities = []quantity{trainNC1, testNC1, memorization, dilation, testAccuracy}

// powerWanted is the chance with which a difference is to be found.
const powerWanted = 0.8

// comparison is a quantity of memdil's runs of a cell beside that of PyTorch's.
type comparison struct {
	dataset, loss, name string
	memdil, torch       []float64 // by seed
	tests               [testKinds]float64
	paired              hypothesis.TTest
}

// The tests, by their place in comparison.tests.
const (
	byWelch = iota
	byPermutation
	byKS
	byPairedT
	testKinds
)

var testNames = [testKinds]string{"Welch's t", "permutation", "Kolmogorov–Smirnov", "paired t"}

// beside compares memdil's trials with PyTorch's, of the same seeds in the
// same order.
func beside(name string, q quantity, ours, theirs []trial) comparison {
	c := comparison{dataset: titles[ours[0].exp.Dataset], loss: name, name: q.name}
	for i := range ours {
		c.memdil, c.torch = append(c.memdil, q.of(ours[i])), append(c.torch, q.of(theirs[i]))
	}
	c.paired = hypothesis.Paired(c.memdil, c.torch)
	c.tests = [testKinds]float64{
		hypothesis.Welch(c.memdil, c.torch).P, hypothesis.Permutation(c.memdil, c.torch).P,
		hypothesis.KolmogorovSmirnov(c.memdil, c.torch).P, c.paired.P,
	}
	return c
}

// distributions compares what memdil measures of its own runs and of PyTorch's,
// over seeds.
func (p *paper) distributions(ctx context.Context, trials []trial) (section, error) {
	var comparisons []comparison
	for _, dataset := range datasets(trials) {
		for _, loss := range losses(trials) {
			cell := cellOf(trials, dataset, loss)
			theirs, err := p.repeated(ctx, cell, "")
			if err != nil {
				return nil, err
			}
			for _, q := range peerQuantities {
				comparisons = append(comparisons, beside(short[loss], q, cell, theirs))
			}
		}
	}
	controlled, err := p.controlled(ctx, trials)
	if err != nil {
		return nil, err
	}
	return section{
		"distributions": append(table(comparisonHead("loss"), comparisonRows(comparisons)), summary(comparisons)...),
		"power":         powerTable(comparisons),
		"controls":      append(table(comparisonHead("PyTorch with"), comparisonRows(controlled)), summary(controlled)...),
	}, nil
}

// controlled compares one cell's runs with what PyTorch made of other experiments:
// those of controls, and its runs with label smoothing, which are there already.
func (p *paper) controlled(ctx context.Context, trials []trial) ([]comparison, error) {
	first := of(trials, isControlled)[0].exp
	cell := cellOf(trials, first.Dataset, first.Loss)
	var comparisons []comparison
	add := func(name string, of []trial, variant string) error {
		theirs, err := p.repeated(ctx, of, variant)
		if err != nil {
			return err
		}
		for _, q := range peerQuantities {
			comparisons = append(comparisons, beside(name, q, cell, theirs))
		}
		return nil
	}
	if err := add("loss LS", cellOf(trials, first.Dataset, training.LabelSmoothing), ""); err != nil {
		return nil, err
	}
	for _, r := range controls {
		if err := add(r.variant, cell, r.variant); err != nil {
			return nil, err
		}
	}
	return comparisons, nil
}

// cellOf are the trials of a data set and a loss, by seed.
func cellOf(trials []trial, dataset string, loss training.LossKind) []trial {
	cell := of(trials, func(t trial) bool { return t.exp.Dataset == dataset && t.exp.Loss == loss })
	slices.SortFunc(cell, func(a, b trial) int { return int(a.exp.Seed - b.exp.Seed) })
	return cell
}

// repeated are the trials as PyTorch repeated them.
func (p *paper) repeated(ctx context.Context, cell []trial, variant string) ([]trial, error) {
	var out []trial
	for _, t := range cell {
		m, err := p.measured(ctx, peerRun{trial: t, variant: variant})
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func comparisonHead(loss string) []string {
	head := []string{"", loss, "", "memdil", "PyTorch", "difference [95 %, of pairs]"}
	for _, name := range testNames {
		head = append(head, "p, "+name)
	}
	return head
}

func comparisonRows(comparisons []comparison) [][]string {
	var rows [][]string
	for _, c := range comparisons {
		row := []string{c.dataset, c.loss, c.name, spreadOf(c.memdil).text(4), spreadOf(c.torch).text(4),
			fmt.Sprintf("%s [%s, %s]", number(c.paired.Estimate, 2), number(c.paired.Low, 2), number(c.paired.High, 2))}
		for _, pvalue := range c.tests {
			row = append(row, hypothesis.FormatP(pvalue))
		}
		rows = append(rows, row)
	}
	return rows
}

// summary says, for each test, how many of the comparisons differ, by p-values
// that Holm's method corrected for their number.
func summary(comparisons []comparison) []string {
	lines := []string{""}
	for kind, name := range testNames {
		var ps []float64
		for _, c := range comparisons {
			ps = append(ps, c.tests[kind])
		}
		corrected := hypothesis.Holm(ps)
		plain := count(ps, func(v float64) bool { return v < level })
		lines = append(lines, fmt.Sprintf("- %s: %d of %d below %g as they are; corrected after Holm %d, the smallest %s.",
			name, plain, len(ps), level, count(corrected, func(v float64) bool { return v < level }), hypothesis.FormatP(slices.Min(corrected))))
	}
	return lines
}

func count(values []float64, holds func(float64) bool) int {
	n := 0
	for _, v := range values {
		if holds(v) {
			n++
		}
	}
	return n
}

// powerTable says which differences the tests would find.
func powerTable(comparisons []comparison) []string {
	n := len(comparisons[0].memdil)
	shift := hypothesis.SmallestShift(n, n, powerWanted, level)
	strict := hypothesis.SmallestShift(n, n, powerWanted, level/float64(len(comparisons)))
	paired := hypothesis.SmallestPairedShift(n, powerWanted, level)
	strictlyPaired := hypothesis.SmallestPairedShift(n, powerWanted, level/float64(len(comparisons)))
	var rows [][]string
	for _, c := range comparisons {
		mean := math.Abs(stat.Mean(c.torch, nil))
		pooled := math.Sqrt((stat.Variance(c.memdil, nil) + stat.Variance(c.torch, nil)) / 2)
		pairs := stat.StdDev(floats.SubTo(make([]float64, n), c.memdil, c.torch), nil)
		row := []string{c.dataset, c.loss, c.name}
		for _, found := range []float64{shift * pooled, strict * pooled, paired * pairs, strictlyPaired * pairs} {
			row = append(row, number(found, 2)+" ("+number(100*found/mean, 2)+" %)")
		}
		rows = append(rows, row)
	}
	head := []string{"", "loss", "", fmt.Sprintf("two samples, p < %g", level), "two samples, corrected", fmt.Sprintf("pairs, p < %g", level), "pairs, corrected"}
	text := fmt.Sprintf("With %d runs on each side a two-sample t test finds, with %g %% probability, means that lie %s standard deviations apart (%s at the strictest step of Holm's correction, %g/%d); "+
		"a paired one %s (%s) standard deviations of the pairs' differences. In the units of each quantity, and in percent of its mean:",
		n, 100*powerWanted, number(shift, 3), number(strict, 3), level, len(comparisons), number(paired, 3), number(strictlyPaired, 3))
	return append([]string{text, ""}, table(head, rows)...)
}
