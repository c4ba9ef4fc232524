package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// shown is the noise degree of the runs whose features are drawn.
const shown = 0.2

// scatters draws the features of one run of each data set and loss, by memdil's
// report, and returns the table of pictures.
func (p *paper) scatters(ctx context.Context, kind string, trials []trial) ([]string, error) {
	head := []string{""}
	for _, loss := range losses(trials) {
		head = append(head, short[loss])
	}
	var rows [][]string
	for _, dataset := range datasets(trials) {
		train, test := []string{titles[dataset] + ", train"}, []string{titles[dataset] + ", test"}
		for _, loss := range losses(trials) {
			one := of(trials, func(t trial) bool { return t.exp.Dataset == dataset && t.exp.Loss == loss && t.noise() == shown })
			if len(one) == 0 {
				return nil, fmt.Errorf("no run of %s with %s at noise degree %v to draw", dataset, loss, shown)
			}
			name := fmt.Sprintf("paper-%s-%s-%s-", kind, dataset, short[loss])
			if err := p.scatter(ctx, one[0].dir, name); err != nil {
				return nil, err
			}
			what := fmt.Sprintf("samples of %s, %s", titles[dataset], short[loss])
			train = append(train, fmt.Sprintf("![Features of the training %s](img/%strain.svg)", what, name))
			test = append(test, fmt.Sprintf("![Features of the test %s](img/%stest.svg)", what, name))
		}
		rows = append(rows, train, test)
	}
	return table(head, rows), nil
}

// scatter puts the scatter figures of a run's report among the pages' images.
func (p *paper) scatter(ctx context.Context, run, prefix string) error {
	scratch, err := os.MkdirTemp("", "paper")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	if err := p.call(ctx, "report", "--quiet", "-o", scratch, run); err != nil {
		return err
	}
	for _, split := range []string{"train", "test"} {
		if err := p.copyImage(filepath.Join(scratch, "figures", "scatter-"+split+".svg"), prefix+split+".svg"); err != nil {
			return err
		}
	}
	return nil
}
