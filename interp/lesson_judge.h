// Lesson_judge: does what the learner typed answer the question of a lesson?
#ifndef RUNG_INTERP_LESSON_JUDGE_H
#define RUNG_INTERP_LESSON_JUDGE_H

#include "interp/lesson_text.h"

typedef enum Verdict {
    VERDICT_RIGHT,
    VERDICT_WRONG,   // typed as an answer, and it is none
    VERDICT_LOOKING, // something else was asked: no answer was meant
    VERDICT_ASK,     // the value is right, but a question is wanted
    VERDICT_OTHER,   // a question was wanted and one was typed, with another answer
    VERDICT_RUNG,    // the value is right, the rung is not
    VERDICT_CHANCE,  // the value is right here, and would not be with other numbers
    VERDICT_BROKEN,  // the lesson's own answer could not be found; that was reported
} Verdict;

// How near a typed number must come when the lesson does not say: 0.005, or half a hundredth
// of it when that is more.
#define LESSON_NEAR 0.005

// Judges the entry `text`, which has just been run: the session's `ans` is what it printed, and
// the highest rung that it asked is `rung`. `model` is the lesson's model (NOTHING: none). What
// asks nothing (numbers, sets, names, and arithmetic on them) is an answer when its value is
// right; of what is not, only what is written out is wrong: sums are steps on the way. What asks
// must ask the rung of the lesson's own answer, and agree with it in all models given. A truth
// value is an answer only when it is typed, or found by asking just as the lesson does.
Verdict lesson_judge(Interp *in, const LessonQuestion *q, Value model, const char *text,
                     size_t len, uint32_t rung);

#endif
