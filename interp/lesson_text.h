// Lesson_text: what a lesson is made of. A lesson is a program; comments on lines of their
// own, outside of statements, hold its prose (Markdown) and its questions:
//
//     # ? text          a question to the learner
//     # = E             the expression that answers it; `within T` behind it: how near to
//                       it, as a number, an answer must come
//     # == E            the same, where the learner must type a question that asks what E asks
//     # : E             which other answers are right: a condition on `it`, which is what
//                       the learner typed
//     # @ M             a model in which a question that is typed must agree with E too
//     # ! text          a hint; there may be several
//
// A line that goes on with what stands above it begins with three spaces or more.
#ifndef RUNG_INTERP_LESSON_TEXT_H
#define RUNG_INTERP_LESSON_TEXT_H

#include "interp/interp_inner.h"

typedef struct LessonQuestion {
    char *text;
    char *answer; // an expression
    char *accept; // a condition on `it`, or NULL
    double within; // negative: not said
    bool ask;     // the learner must ask it
    uint32_t line;
    VEC(char *) models;
    VEC(char *) hints;
} LessonQuestion;

typedef enum LessonItemKind { LESSON_PROSE, LESSON_CODE, LESSON_QUESTION } LessonItemKind;

typedef struct LessonItem {
    LessonItemKind kind;
    char *text; // prose: Markdown; code: the statement as it is written, without expectations
    size_t task; // of code: index into the program's tasks
    bool apart;  // of code: an empty line stands before it
    LessonQuestion question;
} LessonItem;

// A zeroed LessonText is empty.
typedef struct LessonText {
    VEC(LessonItem) items;
    size_t questions;
} LessonText;

// Takes a program apart. False: *wrong says why, as a sentence without a full stop, and *out is
// empty. Linear in the text.
bool lesson_text_read(const Program *p, const SourceText *source, LessonText *out, Str *wrong);

void lesson_text_free(LessonText *t);

#endif
