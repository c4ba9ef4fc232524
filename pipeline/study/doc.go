// Package study runs many experiments, searched cleverly, on one machine or on
// a cluster.
//
// A study is a folder of files, which people and any number of processes on a
// shared file system can read:
//
//	study.toml               what is studied, as it was given
//	study.json               where and by which command the study was made
//	trials/ID/trial.json     one trial: its settings
//	         metrics.jsonl   a line an epoch
//	         STOP            if the trial is to be given up
//	         result.json     how it ended
//	         trial.log       what it printed
//	final/ID/                the best setting of a cell, trained on all data
//	claims/ID                who runs the trial at the moment
//	runners/ID               the processes that work on the study
//	index.jsonl              results in short, made anew when it is missing
//	jobs/                    scripts and messages of a cluster's jobs
//	report/
//
// A trial's folder is a run folder as well.
//
// # Invariants
//
// A trial's folder appears as a whole, with its trial.json; result.json appears
// as a whole and never changes afterwards. Who wants to run a trial links a claim
// into claims, which only one process can; a claim of a dead runner is renamed
// away first, which only one process can either. While a trial works it holds a
// lock in its folder, so that even then it cannot run twice. What is not known
// to have ended is run again, from its last checkpoint.
package study
