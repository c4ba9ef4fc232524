// Package metrics measures neural collapse (NC1 to NC4) and memorization and
// dilation under label noise on a table of penultimate features.
//
// [Compute] reads a [Source] twice, batch by batch, and returns a [Result]
// that marshals to the JSON object of metrics.json; [Statistics] spreads a
// result over the rows of statistics.arrow. The package knows neither files
// nor a runtime.
//
// # Notation
//
// N samples, K classes, feature h_i in R^d, logits z_i in R^K, label y_i (the
// training label, possibly corrupted), true label t_i, classifier W (K×d), b
// (K). A sample is corrupted when y_i ≠ t_i; in a problem with C true classes
// and latent noise classes after them, see [Options], when y_i ≥ C, and all other
// samples are uncorrupted ones of class y_i. Every statistic groups by the label y
// unless it says otherwise:
//
//	μ_k = mean of h_i over y_i = k          μ_G = mean of all h_i
//	Σ_W = 1/N Σ_i (h_i − μ_{y_i})(h_i − μ_{y_i})ᵀ
//	Σ_B = 1/K Σ_k (μ_k − μ_G)(μ_k − μ_G)ᵀ
//
// Sources are cited as MD (julilien/MemorizationDilation, commit 28f58ef3) and
// NC (tding1/Neural-Collapse, commit 04ef5860), by file and line.
//
// # Invariants
//
// Memory depends on the batch, on K, d and the number of non-empty (label,
// true label) cells, never on N. The result is the same bit for bit however
// the rows are cut into batches and however many goroutines run, and the same
// to rounding under any order of the rows. No input is modified. Nothing is a
// difference of large squares: spreads are taken about means that are held to
// twice the precision of float64, so that features collapsed to 1e-6 of their
// norm lose nothing.
package metrics
