// Package compare shows finished runs side by side: it finds them, draws their
// report, and places them in the plane of memorization and dilation. It only
// reads run folders; what one run's report shows is its business, too.
package compare
