// Package search chooses hyper-parameters: samplers say which to try next,
// schedulers say which trials to give up.
//
// # Invariants
//
// A [Space] maps settings to the unit cube and back; samplers see nothing but
// points of the cube and losses, of which less is better. A proposal is a pure
// function of the seed, the number of the trial and what is known of other
// trials: nothing has a state to save, every random number comes from package
// random. Inputs are never modified.
package search
