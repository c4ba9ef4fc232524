// Package features computes the penultimate features of a network and carries
// them to and from Arrow files.
//
// An [Engine] computes features and logits from a trained inference graph, on
// ONNX Runtime or on onnx-go; [Export] streams those of a data set into a
// [Writer]; [CompareEngines] holds the two engines against each other.
//
// A [Writer] streams the features, logits and labels of one data set into an
// Arrow IPC file, record batch by record batch; [Open] reads such a file back,
// whoever wrote it: Arrow file or stream, Feather with LZ4 or ZSTD, vectors as
// FixedSizeList, List or LargeList of any float type, labels of any integer
// type. [WriteClassifier] and [ReadClassifier] do the same for the last linear
// layer, [WriteTable] and [ReadTable] for the small flat tables of a run folder.
//
// # Files
//
// A features table has the columns
//
//	feature     FixedSizeList<float32>[d]
//	logits      FixedSizeList<float32>[K]   optional when read
//	label       int32                       in [0, K), possibly corrupted
//	true_label  int32                       optional when read
//	split       dictionary of utf8          optional
//
// and the schema metadata classes (K), split (train or test) and run (UID). A
// classifier has K rows of weight FixedSizeList<float32>[d] and bias float32.
//
// # Invariants
//
// Nothing half written ever lies under a file's final name: writers write
// beside it, sync and rename. Readers trust no size they find in a file, hold
// one record batch at a time, and answer a broken file with an error that names
// file, column and row, never with a panic.
package features
