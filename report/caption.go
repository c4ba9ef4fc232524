package report

import (
	"fmt"
	"strings"
)

// caption says what the figure shows and what had to be left out.
func (s *scatter) caption(c cloud, split string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Penultimate features of the %s samples", splitWord[split])
	switch {
	case s.dim == 1:
		b.WriteString(", spread out by their label")
	case s.dim > 2:
		fmt.Fprintf(&b, ", %d dimensions projected on the first two principal components of the run's %s features", s.dim, s.fitted())
	}
	b.WriteString(". Digits give the true class")
	if _, corrupted := c.drawn(true); corrupted > 0 {
		b.WriteString("; red ones are corrupted, so a red digit within another class is a memorized label")
	}
	b.WriteString(". " + s.dispersionNote())
	if s.hasLine && s.dim > 2 {
		b.WriteString(" The decision line is where the boundary between the two classes cuts the plane of the components through the mean.")
	}
	b.WriteString(c.omissions())
	return b.String()
}

var splitWord = map[string]string{"train": "training", "test": "test"}

// dispersionNote says what circles, or bars, mean.
func (s *scatter) dispersionNote() string {
	const what = "the standard deviation of the distances of a class's clean samples to their centroid"
	switch {
	case s.dim == 1:
		return "Each dashed bar reaches to both sides by " + what + "."
	case s.dim > 2:
		return fmt.Sprintf("Each circle's radius is %s, taken in all %d dimensions.", what, s.dim) + s.stretchNote()
	default:
		return "Each circle's radius is " + what + "." + s.stretchNote()
	}
}

func (s *scatter) stretchNote() string {
	if s.stretched {
		return " The axes are not to the same scale, which makes circles ellipses."
	}
	return ""
}

// omissions says which samples are not drawn.
func (c cloud) omissions() string {
	var b strings.Builder
	for _, corrupted := range []bool{false, true} {
		if drawn, total := c.drawn(corrupted); drawn < total {
			fmt.Fprintf(&b, " %d of %d %s samples are drawn, evenly spaced.", drawn, total, map[bool]string{false: "clean", true: "corrupted"}[corrupted])
		}
	}
	if c.skipped > 0 {
		fmt.Fprintf(&b, " Samples left out because a feature is not finite: %d.", c.skipped)
	}
	return b.String()
}

// fitted names the split whose features span the plane.
func (s *scatter) fitted() string {
	if len(s.clouds) == 1 {
		return "own"
	}
	return "training"
}

// describe says in words what the figure shows.
func (s *scatter) describe(c cloud, title string) string {
	_, clean := c.drawn(false)
	_, corrupted := c.drawn(true)
	var b strings.Builder
	fmt.Fprintf(&b, "Scatter figure: %s. %d clean and %d corrupted samples.", title, clean, corrupted)
	for i, m := range c.centres {
		if i == 10 {
			fmt.Fprintf(&b, " And %d more classes.", len(c.centres)-i)
			break
		}
		fmt.Fprintf(&b, " Class %d has its centroid at %s, %s with dispersion %s.", m.class, short(m.xy.X), short(m.xy.Y), short(m.radius))
	}
	return b.String()
}
