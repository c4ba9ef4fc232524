// Package arrowfile reads Arrow IPC files and streams that anyone may have made.
// It puts checks before Arrow's own reader, which believes what a file says: a
// [Reader] never allocates more than the file can hold, takes no stream that
// ends inside a message for whole, and turns inconsistent data into errors.
//
// [Convert] writes the tables of memdil's own Arrow files as Parquet, CSV and
// .npy too.
package arrowfile
