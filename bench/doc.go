// Package bench measures how fast memdil is: training steps and epochs, the
// export of features, and metrics. It runs what a user's commands run, on data
// drawn by package random, and has no loops of its own.
//
// Times are wall-clock times of whole operations on the machine as it is; each
// is given as a [Spread], because one number says nothing on a shared machine.
package bench
