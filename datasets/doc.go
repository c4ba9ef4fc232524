// Package datasets turns images into what a run trains on: it finds or downloads
// published data sets, or reads images of one's own, chooses classes, corrupts
// labels, sets a validation split or a sample apart, and brings images to the
// 3×32×32 form of the Python original.
//
// [Load] does all of it; [List], [Describe], [Fetch] and [Verify] are its parts
// for the command line. A published data set is one entry of the table in
// sources_table.go: its files, where they come from and the function that reads
// them. Images of one's own lie in a folder or in Arrow or Parquet tables.
//
// # Invariants
//
// Images stay uint8, in memory or in a mapped file that many processes share; a
// [Normalizer] writes them as float32 when a batch is made. Samples keep the
// order of the files. Which labels are corrupted depends on the seed, the noise,
// the number of classes and the sample's index (and image, for [InstanceNoise])
// only, never on the split or the sample size. No partly downloaded file ever has
// its final name, and no file of the user's is changed or removed.
package datasets
