package measure

import (
	"context"
	"fmt"

	"github.com/memdil/memdil/features"
	"github.com/memdil/memdil/metrics"
	"github.com/memdil/memdil/pipeline/machine"
)

// Table computes every metric of the features table at path, and what o asks
// for beyond. classifier is the file of the last linear layer, "" when it is unknown. The notes, a
// sentence each, tell what had to be assumed about the table and what is
// undefined.
func Table(ctx context.Context, path, classifier string, o metrics.Options) (*metrics.Result, []string, error) {
	table, err := features.Open(path)
	if err != nil {
		return nil, nil, err
	}
	src := newSource(table)
	layer, err := src.classifier(classifier)
	if err != nil {
		return nil, nil, err
	}
	if err := roomForClasses(src.Classes(), machine.FreeMemory()); err != nil {
		return nil, nil, fmt.Errorf("measuring %s: %w", path, err)
	}
	o.TrueClasses, o.Test = table.Meta().TrueClasses, table.Meta().Split == "test"
	r, err := metrics.Compute(ctx, src, layer, o)
	if err != nil {
		return nil, nil, fmt.Errorf("measuring %s: %w", path, err)
	}
	r.Split = table.Meta().Split
	return r, append(src.notes(), r.Notes...), nil
}

// source presents a features table to package metrics.
//
// Logits have as many values as the network has classes, even if the table's
// labels, from which K is inferred where the file does not state it, happen to
// lack the last ones. Therefore K is at least the number of logits.
type source struct {
	table   *features.Table
	classes int
}

var _ metrics.Source = (*source)(nil)

func newSource(t *features.Table) *source {
	return &source{table: t, classes: max(t.Classes(), t.LogitDim())}
}

func (s *source) Dim() int        { return s.table.Dim() }
func (s *source) Classes() int    { return s.classes }
func (s *source) HasLogits() bool { return s.table.HasLogits() }

// Each hands out the table's rows.
func (s *source) Each(visit func(metrics.Batch) error) error {
	return s.table.Each(func(b features.Batch) error {
		return visit(metrics.Batch{Features: b.Features, Logits: b.Logits, Labels: b.Labels, TrueLabels: b.TrueLabels})
	})
}

func (s *source) notes() []string {
	notes := append([]string(nil), s.table.Notes()...)
	if s.classes > s.table.Classes() {
		notes = append(notes, fmt.Sprintf("K is taken to be %d, the number of logits", s.classes))
	}
	return notes
}

// classifier reads the last linear layer of the table's network, nil when no
// file is named.
func (s *source) classifier(path string) (*metrics.Classifier, error) {
	if path == "" {
		return nil, nil
	}
	c, err := features.ReadClassifier(path)
	if err != nil {
		return nil, err
	}
	if c.Classes != s.classes || c.Dim != s.Dim() {
		return nil, fmt.Errorf("classifier %s is %d×%d, but the features have %d classes and %d dimensions: it belongs to another network, or the table lacks the metadata \"classes\"",
			path, c.Classes, c.Dim, s.classes, s.Dim())
	}
	return &metrics.Classifier{Weight: c.Weight, Bias: c.Bias}, nil
}

// roomForClasses refuses to measure more classes than the free memory has room
// for, 0 where the system does not tell: a stray label can make K large.
func roomForClasses(classes int, free int64) error {
	const bytesPerPair = 40 // the K×K matrices of package metrics and their JSON
	takes := bytesPerPair * int64(classes) * int64(classes)
	if free == 0 || takes <= free {
		return nil
	}
	return fmt.Errorf("%d classes take about %s of memory, and %s are free: is the largest label a class?", classes, machine.Megabytes(takes), machine.Megabytes(free))
}
