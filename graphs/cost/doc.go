// Package cost counts what running a graph takes: floating-point operations
// and memory, from the types of its values alone.
//
// # What is counted
//
// A product or convolution of M·N·K multiplications counts 2·M·N·K
// operations: these are reported apart, since other programs count nothing
// else. Besides,
//   - elementwise arithmetic, comparison or function (Add, Exp, Relu, Erf …)
//     counts 1 for each element of the result, however it is computed, and n − 1
//     for n operands; so does a bias;
//   - a reduction counts 1 for each element it reads, and 2 where it squares or
//     exponentiates first;
//   - Softmax and LogSoftmax count 5 an element (maximum, difference,
//     exponential, sum, quotient), normalisations of statistics of their own 8
//     (mean, difference, square, variance, quotient, scale, shift), without a
//     mean 5, BatchNormalization of stored statistics 2;
//   - a pool counts the elements of its windows, linear resampling 2 for each
//     of the 2^d neighbours of an element;
//   - what moves, selects or converts elements counts nothing.
//
// The body of a Loop or Scan counts once, an If as its dearer branch.
//
// # Memory
//
// The nodes run in the order of the file. A value lives from its producer to
// its last reader, a graph output to the end; Reshape, Flatten, Squeeze,
// Unsqueeze and Identity give views, which share memory unless they are graph
// outputs. Initializers and inputs are not part of the peak.
//
// # Invariants
//
// The model given is not changed. A size that is not known is never guessed:
// what depends on it is named and left out of the sums.
package cost
