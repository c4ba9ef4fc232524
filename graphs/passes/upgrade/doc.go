// Package upgrade brings forward models, however old and by whatever exporter,
// into the form that the rest of memdil reads: one graph in operator set 18 or
// newer, without functions of its own, without an If whose condition is known, and
// with Attention spelt out. What another exporter or a newer operator set asks for
// belongs here; what suits an engine does not.
//
// # Invariants
//
// Those of package passes. What has no modern form is an error that names the
// node: nothing is left half upgraded.
package upgrade
