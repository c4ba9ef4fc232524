// Package arrowfile reads Arrow IPC files and streams, and Parquet, that anyone
// may have made, and writes the tables of memdil in the formats of others.
//
// It puts checks before Arrow's own reader, which believes what a file says: a
// [Reader] never allocates more than the file can hold, takes no stream that
// ends inside a message for whole, and turns inconsistent data into errors. A
// [ParquetReader] decodes pages itself, for the same reason; [OpenTable] opens
// either kind.
//
// [Convert] writes an Arrow file of memdil's own as Parquet, CSV and .npy too,
// [WriteNPY] a slice as an array of numpy.
package arrowfile
