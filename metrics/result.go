package metrics

// Result holds every metric of one table of features. It marshals to one
// object of metrics.json, in this order; null stands for a value that the data
// do not define, and Notes says why. The package comment gives the notation and the
// sources MD and NC.
type Result struct {
	Split           string `json:"split,omitempty"`   // train or test; set by the caller
	N               int    `json:"n"`                 // samples
	Classes         int    `json:"classes"`           // K
	Dim             int    `json:"dim"`               // d
	LabelCounts     []int  `json:"label_counts"`      // K, samples by label
	TrueLabelCounts []int  `json:"true_label_counts"` // K, samples by true label

	// NC1 is the variability collapse tr(Σ_W Σ_B⁺)/K; it tends to 0. The
	// pseudo-inverse drops eigenvalues of Σ_B at or below d·eps·λ_max, as
	// scipy.linalg.pinv does; rank Σ_B ≤ min(d, K−1). Null when a class is
	// empty or all class means agree (always so for K = 1).
	// MD validate_NC.py:279, NC validate_NC.py:209.
	NC1 Float `json:"nc1"`
	// NC1Logits is NC1 with the logits z_i (N×K, before the softmax) in place
	// of the features. Null as NC1, and without logits.
	// MD validate_NC.py:26-34, 63-67, 76-79, 140, 280.
	NC1Logits Float `json:"nc1_logits"`
	// NC2ETF is the distance of the classifier from a simplex equiangular tight frame,
	//
	//	‖ W Wᵀ/‖W Wᵀ‖_F − (I − 11ᵀ/K)/√(K−1) ‖_F,   W K×d.
	//
	// For d < K−1 it cannot fall below √(2 − 2√(d/(K−1))). Null without a
	// classifier, for W Wᵀ = 0 and for K = 1.
	// MD validate_NC.py:173-180, NC validate_NC.py:123-130.
	NC2ETF Float `json:"nc2_etf"`
	// NC3WH is the distance from self-duality of classifier and features,
	//
	//	‖ W H̄/‖W H̄‖_F − (I − 11ᵀ/K)/√(K−1) ‖_F,   column k of H̄ (d×K) = μ_k − μ_G.
	//
	// Null as NC2ETF, and when a class is empty or all class means agree.
	// MD validate_NC.py:183-194, NC validate_NC.py:133-144.
	NC3WH Float `json:"nc3_wh"`
	// NC4Bias is ‖W μ_G − b‖₂, the published code's sign (MD validate_NC.py:197-200);
	// without a bias b = 0. Null without a classifier.
	NC4Bias Float `json:"nc4_bias"`
	// NC4BiasPlus is ‖W μ_G + b‖₂ (NC validate_NC.py:147-150), the one that tends
	// to 0 under collapse. Null without a classifier.
	NC4BiasPlus Float `json:"nc4_bias_plus"`
	// TraceSigmaW is tr Σ_W = 1/N Σ_i ‖h_i − μ_{y_i}‖² (MD viz/viz_utils.py:370-425).
	TraceSigmaW Float `json:"trace_sigma_w"`
	// TraceSigmaB is tr Σ_B = 1/K Σ_k ‖μ_k − μ_G‖², classes unweighted. Null
	// when a class is empty.
	TraceSigmaB Float `json:"trace_sigma_b"`
	// TraceSigmaWLogits and TraceSigmaBLogits are the same of the logits
	// (MD validate_NC.py:269-277). Null without logits.
	TraceSigmaWLogits Float `json:"trace_sigma_w_logits"`
	TraceSigmaBLogits Float `json:"trace_sigma_b_logits"`
	// RankSigmaB and RankSigmaBLogits are the eigenvalues of Σ_B that NC1's
	// pseudo-inverse keeps. Nil (null) when a class is empty; without logits.
	RankSigmaB       *int `json:"rank_sigma_b"`
	RankSigmaBLogits *int `json:"rank_sigma_b_logits"`

	// AccuracyTop1 and AccuracyTop5 are the percentages (0 to 100) of samples
	// whose label is the largest, or among the min(5, K) largest logits; of
	// equal logits the lower class comes first. Null without logits.
	// MD utils.py:127-140, NC utils.py:110-123.
	AccuracyTop1 Float `json:"accuracy_top1"`
	AccuracyTop5 Float `json:"accuracy_top5"`
	// ECE is the expected calibration error, a fraction: with p = softmax(z),
	// confidence max p and prediction argmax p in 15 equal bins (lo, hi],
	//
	//	Σ_bins |mean confidence − mean(prediction = y)| · (samples in the bin)/N.
	//
	// Null without logits. MD validate_NC.py:203-239.
	ECE Float `json:"ece"`

	// Memorization is how far corrupted features lie from their true class.
	Memorization Memorization `json:"memorization"`

	GlobalMean []float64   `json:"global_mean"` // μ_G, d
	ClassMeans [][]float64 `json:"class_means"` // μ_k, K×d, corrupted samples included; a nil row (null) for an empty class

	// ClassDistanceVariances and ClassDistanceStddevs are the population
	// variance and standard deviation, by label, of the scalars ‖h_i − μ_{y_i}‖
	// (not their mean square). Null for an empty class. MD metrics.py:48-60.
	ClassDistanceVariances []Float `json:"class_distance_variances"`
	ClassDistanceStddevs   []Float `json:"class_distance_stddevs"`
	// UncorruptedCounts, UncorruptedCentroids (K×d) and UncorruptedStddevs are
	// the number and mean of the uncorrupted h_i, those with y_i = t_i = k, and the population
	// standard deviation of their distances to that mean. Null for a class without such samples.
	// MD metrics.py:78-87, 108-127.
	UncorruptedCounts    []int       `json:"uncorrupted_counts"`
	UncorruptedCentroids [][]float64 `json:"uncorrupted_centroids"`
	UncorruptedStddevs   []Float     `json:"uncorrupted_stddevs"`
	// CorruptedCells are the non-empty (label, true label) pairs of corrupted
	// samples, by label, then true label. MD metrics.py:89-103.
	CorruptedCells []CorruptedCell `json:"corrupted_cells"`
	// CorruptedCentroids are, in a problem with latent noise classes, the means of
	// the corrupted h_i by true class, C×d, whatever their label; nil (absent) in
	// other problems, a nil row without such samples. MD metrics.py:90-96.
	CorruptedCentroids [][]float64 `json:"corrupted_centroids,omitempty"`
	// CorruptionBiases (K×(K−1)) is how far the corrupted samples of label c
	// pull towards each other class: with m_c the mean of the h_i with
	// y_i = c ≠ t_i (with latent noise classes, too), for every o ≠ c in ascending order
	//
	//	(m_c − μ_c)·(μ_o − μ_c)/‖μ_o − μ_c‖.
	//
	// Null where label c has no corrupted sample, class o is empty or
	// μ_o = μ_c. MD metrics.py:137-158.
	CorruptionBiases [][]Float `json:"corruption_biases"`

	// Measures are those of newer work than the original's.
	Measures *Measures `json:"measures"`

	// Notes say in words why values are null, those of Measures excepted.
	Notes []string `json:"notes,omitempty"`

	// Matrices holds the matrices behind the numbers, nil unless asked for by [Options].
	Matrices *Matrices `json:"-"`

	fitted *fitted // to its data, on request
}

// Memorization is the distance of corrupted features from the class they
// truly belong to: of ‖h_i − c_{t_i}‖ over the corrupted samples, where c_o is
// the uncorrupted centroid of class o. Sums are 0 and means null without
// corrupted samples; both are null where corrupted samples of a class have no
// uncorrupted ones to be compared with.
// MD exp_utils/fourclass_exp_utils.py:15-33; means and variance are not in MD.
type Memorization struct {
	Count              int                   `json:"count"` // corrupted samples
	Sum                Float                 `json:"sum"`
	Mean               Float                 `json:"mean"`                  // Sum/Count
	ClassAverageOfSums Float                 `json:"class_average_of_sums"` // Sum/K; with latent noise classes Sum/C, over the true ones
	PerTrueClass       []MemorizationOfClass `json:"per_true_class"`        // K
}

// MemorizationOfClass is the part of the samples with one true label.
type MemorizationOfClass struct {
	TrueLabel int   `json:"true_label"`
	Count     int   `json:"count"`
	Sum       Float `json:"sum"`
	Mean      Float `json:"mean"`
	Variance  Float `json:"variance"` // population variance of the distances
}

// CorruptedCell describes the samples of one label and another true label.
type CorruptedCell struct {
	Label     int       `json:"label"`
	TrueLabel int       `json:"true_label"`
	Count     int       `json:"count"`
	Centroid  []float64 `json:"centroid"` // mean of their features, d
	Stddev    Float     `json:"stddev"`   // population standard deviation of the distances to it
}
