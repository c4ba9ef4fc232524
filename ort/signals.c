#include "signals.h"

#include <signal.h>
#include <stddef.h>

#ifndef NSIG
#define NSIG 65
#endif

static struct sigaction saved[NSIG];
static int known[NSIG]; // whether the system tells a signal's action; the C library keeps some for itself

void memdil_save_signals(void) {
  for (int i = 1; i < NSIG; i++) known[i] = sigaction(i, NULL, &saved[i]) == 0;
}

// An action is set back only where it was changed, so that an untouched one is never, for a moment, another thread's surprise.
int memdil_restore_signals(void) {
  int restored = 0;
  for (int i = 1; i < NSIG; i++) {
    struct sigaction now;
    if (!known[i] || sigaction(i, NULL, &now) != 0) continue;
    if (now.sa_sigaction == saved[i].sa_sigaction && now.sa_flags == saved[i].sa_flags) continue;
    if (sigaction(i, &saved[i], NULL) == 0) restored++;
  }
  return restored;
}

static void nothing(int signal) { (void)signal; }

int memdil_overwrite_signal(int number) {
  // A library would leave SA_ONSTACK out, and a signal that came meanwhile would end the program.
  struct sigaction action = {.sa_handler = nothing, .sa_flags = SA_ONSTACK | SA_RESTART};
  return sigaction(number, &action, NULL);
}
