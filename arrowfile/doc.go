// Package arrowfile reads Arrow IPC files and streams that anyone may have made.
// It puts checks before Arrow's own reader, which believes what a file says: a
// [Reader] never allocates more than the file can hold, takes no stream that
// ends inside a message for whole, and turns inconsistent data into errors.
package arrowfile
