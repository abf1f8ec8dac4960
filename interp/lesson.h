// Lesson: a lesson in the conversation: its sections shown one after the other, its questions
// put to the learner, whose entries are run as usual and judged besides.
#ifndef RUNG_INTERP_LESSON_H
#define RUNG_INTERP_LESSON_H

#include "interp/interp.h"

typedef struct Lesson Lesson;

typedef struct LessonFile {
    const char *name; // "01-simpson"
    const char *text;
} LessonFile;

// The lessons that come with the program, embedded at build time (stdlib/lessons/*.rung).
// Ended by a row whose name is NULL.
extern const LessonFile lesson_files[];

// Appends the list of lessons, with how far the learner has come in each.
void lesson_list(Str *out);

// Calls `visit` for the name of every lesson.
void lesson_names(void (*visit)(void *user, const char *name), void *user);

// Starts the lesson of a name, the beginning of one, or a number; or that of a program in a
// file. It goes on where it was left, unless `anew` or it was finished. The lesson *lesson,
// when there is one, ends, and the new one takes its place. False: *wrong says why as a
// sentence, unless it was reported, and *lesson goes on. The lesson defines its names in the
// session; what they meant before is kept aside.
bool lesson_begin(Interp *in, const char *which, bool anew, Lesson **lesson, Str *wrong);

// After an entry has been run: says whether it answers the question that waits, and when it
// does shows the next section. An entry that printed nothing is no answer.
void lesson_entry(Lesson *l, const char *text, size_t len);

// The next hint; the answer, and the next section; the section before this one.
void lesson_hint(Lesson *l);
void lesson_skip(Lesson *l);
void lesson_back(Lesson *l);

// Ends it: the names that it defined mean what they meant before, and so does the current
// model, unless the learner has made another current. NULL is fine.
void lesson_end(Lesson *l);

#endif
