// Package tracking passes the numbers of a run on to programs that people
// already look at: TensorBoard, by event files, and MLflow, over REST.
//
// A training never waits for a [Tracker] and never fails because of one: files
// that cannot be written and servers that are slow or gone cost one warning.
package tracking

// Tracker takes what a run measures. Its methods are called from one goroutine.
// None but Finish waits for anything but a local file, and Finish not for long.
type Tracker interface {
	// Add takes points. Those that the tracker has had before, by name and step,
	// are passed over, so that a caller may add a history as a whole after every
	// epoch.
	Add(points ...Point)
	// Attach takes files of a run that is done. Trackers without files ignore it.
	Attach(files ...File)
	// Finish says how the run ended and gives up everything held.
	Finish(s Status)
}

// Point is one number of a run.
type Point struct {
	Name  string // a column of history.arrow, or SPLIT/KEY of metrics.json
	Step  int64  // the epoch, from 1
	Value float64
}

// Param is one setting of a run.
type Param struct {
	Name  string
	Value any // a bool, int, int64, float64 or string
}

// File is a file of a run.
type File struct {
	Name string // within the run, with slashes
	Path string
}

// Status says how a run ended.
type Status int

// The ways in which a run ends.
const (
	Finished Status = iota
	Failed
	Stopped // interrupted; the same command goes on
)
