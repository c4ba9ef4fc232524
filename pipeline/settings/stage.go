package settings

import "slices"

// Stage is a part of the pipeline.
type Stage string

// The stages, in their order.
const (
	StageData    Stage = "data"
	StageTrain   Stage = "train"
	StageExport  Stage = "export"
	StageMetrics Stage = "metrics"
	StageReport  Stage = "report"
)

// stages is the order in which stages run.
var stages = []Stage{StageData, StageTrain, StageExport, StageMetrics, StageReport}

// Stages returns the stages in the order in which they run.
func Stages() []Stage { return slices.Clone(stages) }

// After reports whether the stage comes after another one.
func (s Stage) After(other Stage) bool {
	return slices.Index(stages, s) > slices.Index(stages, other)
}

// Asked returns the stages that the experiment's call wants up to date, in order.
func (e Experiment) Asked() []Stage {
	return slices.DeleteFunc(slices.Clone(stages), func(s Stage) bool {
		return e.From != "" && e.From.After(s) || e.Until != "" && s.After(e.Until)
	})
}
