// Package runfolder is what a reader of run folders has to know: the names of
// their files, where runs are found, what a run's settings are, and whether a
// folder, which may be a stranger's, can be read without harm.
//
// Who writes to a run folder is package pipeline.
package runfolder
