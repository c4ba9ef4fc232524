// Package settings is the one table of settings and what follows from it: the
// values of an experiment, flags, TOML keys and config.ini, the UID that names a
// run's folder, the hashes that say what a stage's results depend on, and what
// settings must satisfy together.
//
// Here belongs what can be told from the settings alone, and from the files
// that they name. What is done with them is the business of package pipeline.
package settings
