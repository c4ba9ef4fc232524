package metrics

import "fmt"

// notes says in words why values of r are undefined.
func notes(r *Result, p *spread, c *Classifier) []string {
	var out []string
	note := func(holds bool, format string, args ...any) {
		if holds {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	note(!p.hasLogits, "no logits: nc1_logits, trace_sigma_w_logits, trace_sigma_b_logits, rank_sigma_b_logits, accuracy_top1, accuracy_top5 and ece are undefined")
	note(c == nil, "no classifier: nc2_etf, nc3_wh, nc4_bias and nc4_bias_plus are undefined")
	note(p.k == 1, "one class: nc1, nc1_logits, nc2_etf and nc3_wh are undefined")
	for k, n := range r.LabelCounts {
		note(n == 0, "class %d has no samples: its mean is undefined, and so are nc1, nc3_wh, trace_sigma_b, rank_sigma_b and their counterparts of the logits", k)
	}
	if p.k > 1 && p.features.complete {
		note(!p.features.separated(p.rows), "all class means of the features agree: nc1 and nc3_wh are undefined")
		note(p.hasLogits && !p.logits.separated(p.rows), "all class means of the logits agree: nc1_logits is undefined")
	}
	if c != nil && p.k > 1 {
		note(!r.NC2ETF.Defined(), "the classifier's weights are zero: nc2_etf is undefined")
		note(p.outputs != p.k, "the network tells %d classes apart, the samples have %d: nc3_wh is undefined", p.outputs, p.k)
		note(r.NC1.Defined() && p.outputs == p.k && !r.NC3WH.Defined(), "the classifier's weights are orthogonal to all centred class means: nc3_wh is undefined")
	}
	for o, m := range r.Memorization.PerTrueClass {
		note(m.Count > 0 && r.UncorruptedCounts[o] == 0, "class %d has corrupted samples but no uncorrupted one: its memorization, and with it the total, is undefined", o)
	}
	return out
}
