package train

import (
	"fmt"
	"math"
	"slices"
)

// Schedule is the learning rate by epoch, as PyTorch's StepLR and MultiStepLR:
//
//	lr·γ^⌊epoch/Patience⌋, or lr·γ^(number of milestones ≤ epoch)
type Schedule struct {
	LR    float64
	Gamma float64
	// Patience is the number of epochs between two decays; 0 means none.
	Patience int
	// Milestones are the epochs at which the rate decays; they replace
	// Patience when there are any.
	Milestones []int
}

// Rate returns the learning rate of an epoch, counted from 0.
func (s Schedule) Rate(epoch int) float64 {
	decays := 0
	switch {
	case len(s.Milestones) > 0:
		for _, m := range s.Milestones {
			if m <= epoch {
				decays++
			}
		}
	case s.Patience > 0:
		decays = epoch / s.Patience
	}
	return s.LR * math.Pow(s.Gamma, float64(decays))
}

// lasts returns for how many epochs in a row the rate is that of an epoch, counted
// from 0; math.MaxInt where it stays.
func (s Schedule) lasts(epoch int) int {
	from, to := 0, math.MaxInt
	switch {
	case s.Gamma == 1:
	case len(s.Milestones) > 0:
		for _, m := range s.Milestones {
			if m <= epoch {
				from = max(from, m)
			} else {
				to = min(to, m)
			}
		}
	case s.Patience > 0:
		return s.Patience
	}
	if to == math.MaxInt {
		return to
	}
	return to - from
}

// Check reports a schedule that makes no sense.
func (s Schedule) Check() error {
	switch {
	case !(s.LR > 0) || math.IsInf(s.LR, 0):
		return fmt.Errorf("learning rate must be positive, not %g", s.LR)
	case !(s.Gamma > 0) || math.IsInf(s.Gamma, 0):
		return fmt.Errorf("learning rate decay gamma must be positive, not %g", s.Gamma)
	case s.Patience < 0:
		return fmt.Errorf("patience must not be negative, not %d", s.Patience)
	case slices.ContainsFunc(s.Milestones, func(m int) bool { return m < 1 }):
		return fmt.Errorf("milestones must be epochs from 1 on, not %v", s.Milestones)
	}
	return nil
}
