// Package machine tells what the machine that memdil runs on is and has to give:
// its processor, its memory, room on its disks. It is where the differences
// between operating systems are. (GPUs are the business of packages ort and
// executor.)
package machine
