package main

import "context"

// conventional is the experiment with labels drawn anew.
func conventional(ctx context.Context, p *paper) (section, error) {
	trials, err := p.study(ctx, "conventional")
	if err != nil {
		return nil, err
	}
	return p.noise("conventional", trials)
}

// latent is the experiment with latent noise classes.
func latent(ctx context.Context, p *paper) (section, error) {
	trials, err := p.study(ctx, "latent")
	if err != nil {
		return nil, err
	}
	return p.noise("latent", trials)
}

// noise writes the figures of a study of label noise and returns its sections:
// what was measured, and the lines of dilation on memorization.
func (p *paper) noise(kind string, trials []trial) (section, error) {
	if err := p.noiseFigures(kind, trials); err != nil {
		return nil, err
	}
	lines, err := lineTable(trials)
	if err != nil {
		return nil, err
	}
	return section{kind + "-measured": measuredTable(trials), kind + "-lines": lines}, nil
}
