// Package hypothesis tells differences between few runs from chance: t tests
// with intervals, permutation tests, the Kolmogorov–Smirnov test, the smallest
// difference that a t test finds, and the correction of many p-values.
//
// A sample is a []float64, one number a run. All tests are two-sided. Welch,
// Permutation and KolmogorovSmirnov compare samples whose runs have nothing in
// common; Paired and SignFlip samples whose i-th runs share their conditions.
//
// # Invariants
//
// No input is modified, and the same samples give the same numbers, bit for
// bit, those of drawn arrangements included. What data do not define is NaN:
// every result where a sample has fewer than two numbers or one that is not
// finite, and the p-value and interval of a t test where nothing varies (its
// scatter would be that of rounding). No p-value is ever 0.
package hypothesis
