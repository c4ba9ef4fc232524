// Saves the actions of all signals and sets them back. One call of each at a time.
#ifndef MEMDIL_SIGNALS_H
#define MEMDIL_SIGNALS_H

void memdil_save_signals(void);
int memdil_restore_signals(void); // how many had changed

// Replaces a signal's handler, for the tests, which cannot hold C themselves.
int memdil_overwrite_signal(int number);

#endif
