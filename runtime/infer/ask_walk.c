// Walks over joint values: an odometer with one running index per table.
#include "runtime/infer/ask_walk.h"

#include <string.h>

// Variables of the lists, each once; s->number gives the place of a visited variable.
static void gather(AskScene *s, const AskList *lists, uint32_t nlists, AskWalk *w) {
    s->now++;
    for (uint32_t l = 0; l < nlists; l++)
        for (uint32_t i = 0; i < lists[l].nvars; i++) {
            uint32_t v = lists[l].vars[i];
            if (s->stamp[v] == s->now) continue;
            s->stamp[v] = s->now;
            s->number[v] = w->nvars;
            w->cards[w->nvars] = ask_card(s->model, v);
            w->vars[w->nvars++] = v;
        }
}

static void set_strides(const AskScene *s, const AskList *list, size_t *strides) {
    size_t stride = 1;
    for (uint32_t i = list->nvars; i-- > 0;) {
        strides[s->number[list->vars[i]]] = stride;
        stride *= ask_card(s->model, list->vars[i]);
    }
}

Status ask_walk_new(AskScene *s, const AskList *lists, uint32_t nlists, AskWalk *out) {
    size_t room = 0;
    for (uint32_t l = 0; l < nlists; l++) room += lists[l].nvars;
    *out = (AskWalk){.ntables = nlists,
                     .vars = ARENA_ARRAY(&s->arena, uint32_t, room),
                     .cards = ARENA_ARRAY(&s->arena, uint32_t, room),
                     .level = ARENA_ARRAY(&s->arena, uint32_t, room),
                     .index = ARENA_ARRAY(&s->arena, size_t, nlists)};
    if (!out->vars || !out->cards || !out->level || !out->index) return NOMEM;
    gather(s, lists, nlists, out);
    out->strides = ARENA_ARRAY(&s->arena, size_t, (size_t)nlists * out->nvars);
    if (!out->strides) return NOMEM;
    for (uint32_t l = 0; l < nlists; l++)
        set_strides(s, &lists[l], out->strides + (size_t)l * out->nvars);
    return OK;
}

void ask_walk_reset(AskWalk *w) {
    if (w->nvars) memset(w->level, 0, w->nvars * sizeof *w->level);
    memset(w->index, 0, w->ntables * sizeof *w->index);
}

bool ask_walk_next(AskWalk *w) {
    for (uint32_t v = w->nvars; v-- > 0;) {
        bool wraps = w->level[v] + 1 == w->cards[v];
        for (uint32_t t = 0; t < w->ntables; t++) {
            size_t stride = w->strides[(size_t)t * w->nvars + v];
            w->index[t] += wraps ? -(stride * w->level[v]) : stride;
        }
        w->level[v] = wraps ? 0 : w->level[v] + 1;
        if (!wraps) return true;
    }
    return false;
}
