// Real: the list of exact engines.
#include "runtime/real/real.h"

#include "runtime/base/mem.h"

const RealEngine *const real_engines[] = {&real_engine_root, &real_engine_gaussian,
                                          &real_engine_conjugate, NULL};

void real_answer_free(RealAnswer *a) {
    term_drop(a->law);
    mem_free(a->influence);
    *a = (RealAnswer){0};
}
