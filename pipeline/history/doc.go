// Package history is the record of a training, epoch by epoch: history.arrow,
// and the same as a checkpoint carries it.
package history
