package main

import "context"

// conventional is the experiment with labels drawn anew.
func conventional(ctx context.Context, p *paper) (section, error) {
	trials, err := p.study(ctx, "conventional")
	if err != nil {
		return nil, err
	}
	return p.noise(ctx, "conventional", trials)
}

// latent is the experiment with latent noise classes.
func latent(ctx context.Context, p *paper) (section, error) {
	trials, err := p.study(ctx, "latent")
	if err != nil {
		return nil, err
	}
	return p.noise(ctx, "latent", trials)
}

// noise writes the figures of a study of label noise and returns its sections.
func (p *paper) noise(ctx context.Context, kind string, trials []trial) (section, error) {
	if err := p.noiseFigures(kind, trials); err != nil {
		return nil, err
	}
	pictures, err := p.scatters(ctx, kind, trials)
	if err != nil {
		return nil, err
	}
	fits, against := lines(trials), contrasts(trials)
	return section{
		kind + "-verdicts":  verdicts(trials, fits, against),
		kind + "-measured":  measuredTable(trials),
		kind + "-lines":     lineTable(fits),
		kind + "-contrasts": contrastTable(against),
		kind + "-degrees":   degreeTable(trials),
		kind + "-scatter":   pictures,
	}, nil
}
