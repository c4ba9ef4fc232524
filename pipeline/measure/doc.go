// Package measure measures tables of features, memdil's own or anyone's, and
// writes and reads what was measured: metrics.json, statistics.arrow, matrices.
//
// What the metrics are is the business of package metrics.
package measure
