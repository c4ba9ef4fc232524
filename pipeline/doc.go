// Package pipeline turns settings into results: the run folder and the stages
// that fill it (data, train, export, metrics, report).
//
// # Invariants
//
// Every arrow between two stages is a file of the run folder; design.md and
// docs/formats.md describe them. A stage runs again only when its settings,
// or those of a stage before it, differ from those it was done with, when a file
// that it read or wrote is not what it was, or on request. Files are written
// beside their place and renamed into it. One process works in a run folder at a
// time.
package pipeline
