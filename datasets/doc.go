// Package datasets turns published image data sets into what a run trains on:
// it finds or downloads their files, reads them, chooses classes, corrupts
// labels, sets a validation split or a sample apart, and brings images to the
// 3×32×32 form of the Python original.
//
// [Load] does all of it; [List], [Fetch] and [Verify] are its parts for the
// command line. A data set is one entry of the table in sources.go: its
// published files, where they come from and the function that reads them.
//
// # Invariants
//
// Images stay uint8 in memory; a [Normalizer] writes them as float32 when a
// batch is made. Samples keep the order of the published files. Which labels
// are corrupted depends on the seed, the noise degree, the number of classes
// and the sample's index only, never on the split or the sample size. No
// partly downloaded file ever has its final name, and no file of the user's
// is changed or removed.
package datasets
