package study

import (
	"math"
	"time"
)

// meter measures how well a runner keeps its slots busy.
type meter struct {
	slots  int
	last   time.Time
	open   float64 // slot-seconds in which there was something to run
	gaps   time.Duration
	filled int
	freed  []time.Time // when slots that are free became so
	ran    int
}

func (m *meter) begin(slots int) { m.slots, m.last = slots, time.Now() }

// tick counts the time since the last tick, as long as something is left to run.
func (m *meter) tick(left bool) {
	now := time.Now()
	if left {
		m.open += now.Sub(m.last).Seconds() * float64(m.slots)
	}
	m.last = now
}

// free notes that a trial has ended, start that one has begun.
func (m *meter) free() { m.freed, m.ran = append(m.freed, time.Now()), m.ran+1 }

func (m *meter) start() {
	if len(m.freed) > 0 {
		m.gaps += time.Since(m.freed[0])
		m.freed, m.filled = m.freed[1:], m.filled+1
	}
}

func (m *meter) summary() Summary {
	s := Summary{Busy: math.NaN(), Ran: m.ran}
	if m.open > 0 {
		s.Busy = max(0, 1-m.gaps.Seconds()/m.open)
	}
	if m.filled > 0 {
		s.Gap = m.gaps / time.Duration(m.filled)
	}
	return s
}
