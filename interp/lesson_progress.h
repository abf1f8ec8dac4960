// Lesson_progress: how far the learner has come, kept in $XDG_STATE_HOME/rung/lessons: for
// each lesson that was begun a line "DONE OF NAME". What cannot be read or written is as if
// it were empty.
#ifndef RUNG_INTERP_LESSON_PROGRESS_H
#define RUNG_INTERP_LESSON_PROGRESS_H

#include <stddef.h>

typedef struct LessonProgress {
    size_t done, of; // questions; both 0: not begun
} LessonProgress;

LessonProgress lesson_progress_get(const char *name);
void lesson_progress_set(const char *name, LessonProgress p);

#endif
