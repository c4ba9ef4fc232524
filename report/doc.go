// Package report turns the results of experiments into a page and into
// figures.
//
// [Write] makes, from plain data,
//
//	index.html           tables and figures in one file that needs no other
//	figures/NAME.svg     the figures of the page, also as .png and .pdf
//
// The page has no external parts, runs without a network, follows the reader's
// light or dark preference and prints on white. Every figure is built once as
// a gonum plot and drawn on three canvases; in the page the SVG is inlined and
// restyled by the page's style sheet, as files the figures lie on white.
//
// The same runs give the same bytes: nothing written holds a time, a path or
// a random number, and samples are thinned by position.
package report
