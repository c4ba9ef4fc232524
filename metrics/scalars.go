package metrics

// Scalar is a metric that is one number.
type Scalar struct {
	Key string // its path in metrics.json, as memorization.mean
	Of  func(*Result) Float
}

// Scalars are the numbers that are followed over training, in the order of
// metrics.json: those of the samples by label, whether or not they are defined.
// Every Of takes any result, also one that was read from a file of an older memdil.
var Scalars = []Scalar{
	{"nc1", func(r *Result) Float { return r.NC1 }},
	{"nc1_logits", func(r *Result) Float { return r.NC1Logits }},
	{"nc2_etf", func(r *Result) Float { return r.NC2ETF }},
	{"nc3_wh", func(r *Result) Float { return r.NC3WH }},
	{"nc4_bias", func(r *Result) Float { return r.NC4Bias }},
	{"nc4_bias_plus", func(r *Result) Float { return r.NC4BiasPlus }},
	{"trace_sigma_w", func(r *Result) Float { return r.TraceSigmaW }},
	{"trace_sigma_b", func(r *Result) Float { return r.TraceSigmaB }},
	{"trace_sigma_w_logits", func(r *Result) Float { return r.TraceSigmaWLogits }},
	{"trace_sigma_b_logits", func(r *Result) Float { return r.TraceSigmaBLogits }},
	{"accuracy_top1", func(r *Result) Float { return r.AccuracyTop1 }},
	{"accuracy_top5", func(r *Result) Float { return r.AccuracyTop5 }},
	{"ece", func(r *Result) Float { return r.ECE }},
	{"memorization.sum", func(r *Result) Float { return r.Memorization.Sum }},
	{"memorization.mean", func(r *Result) Float { return r.Memorization.Mean }},
	ofLabel("nc1_trace", func(g *GroupMeasures) Float { return g.NC1Trace }),
	ofLabel("cdnv", func(g *GroupMeasures) Float { return g.CDNV }),
	ofLabel("ncc_accuracy", func(g *GroupMeasures) Float { return g.NCCAccuracy }),
	ofLabel("ncc_mismatch", func(g *GroupMeasures) Float { return g.NCCMismatch }),
	ofLabel("norm_cv", func(g *GroupMeasures) Float { return g.NormCV }),
	ofLabel("cosine_std", func(g *GroupMeasures) Float { return g.CosineStd }),
	ofLabel("angle_gap", func(g *GroupMeasures) Float { return g.AngleGap }),
	ofLabel("energy", func(g *GroupMeasures) Float { return g.Energy }),
	ofLabel("one_vs_one", func(g *GroupMeasures) Float { return g.OneVsOne }),
	ofLabel("one_vs_rest", func(g *GroupMeasures) Float { return g.OneVsRest }),
	ofLabel("effective_rank", func(g *GroupMeasures) Float { return g.EffectiveRank }),
	ofClassifier("norm_cv", func(c *ClassifierMeasures) Float { return c.NormCV }),
	ofClassifier("cosine_std", func(c *ClassifierMeasures) Float { return c.CosineStd }),
	ofClassifier("self_duality", func(c *ClassifierMeasures) Float { return c.SelfDuality }),
	ofClassifier("alignment", func(c *ClassifierMeasures) Float { return c.Alignment }),
	ofFull("effective_rank", func(f *FullMeasures) Float { return f.EffectiveRank }),
	ofFull("probe_accuracy", func(f *FullMeasures) Float { return f.ProbeAccuracy }),
	ofFull("probe_accuracy_true_label", func(f *FullMeasures) Float { return f.ProbeAccuracyTrueLabel }),
	ofFull("train_ncc_accuracy", func(f *FullMeasures) Float { return f.TrainNCCAccuracy }),
	ofFull("train_ncc_mismatch", func(f *FullMeasures) Float { return f.TrainNCCMismatch }),
}

func ofLabel(key string, of func(*GroupMeasures) Float) Scalar {
	return Scalar{"measures.label." + key, func(r *Result) Float {
		if r.Measures == nil {
			return undefined
		}
		return of(&r.Measures.Label)
	}}
}

func ofClassifier(key string, of func(*ClassifierMeasures) Float) Scalar {
	return Scalar{"measures.classifier." + key, func(r *Result) Float {
		if r.Measures == nil || r.Measures.Classifier == nil {
			return undefined
		}
		return of(r.Measures.Classifier)
	}}
}

func ofFull(key string, of func(*FullMeasures) Float) Scalar {
	return Scalar{"measures.full." + key, func(r *Result) Float {
		if r.Measures == nil || r.Measures.Full == nil {
			return undefined
		}
		return of(r.Measures.Full)
	}}
}
