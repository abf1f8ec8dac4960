// Progress: a line on the terminal while a computation takes more than a second.
//
// A timer's signal handler writes it, to standard error, so that a computation that reports
// nothing shows that it goes on as well. One computation at a time, one thread.
#ifndef RUNG_INTERP_PROGRESS_H
#define RUNG_INTERP_PROGRESS_H

// A computation begins. Does nothing when standard error is no terminal.
void progress_start(void);

// For Ctl: what is being done (kept, not copied: a constant text), and how much of it in [0,
// 1].
void progress_report(void *user, const char *what, double done);

// Something is about to be printed: the line vanishes, and comes again after another second.
void progress_clear(void);

// The computation has ended: the line vanishes.
void progress_stop(void);

#endif
