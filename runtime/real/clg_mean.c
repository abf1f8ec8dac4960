// Clg: means over all configurations.
#include <math.h>
#include <string.h>

#include "runtime/real/clg.h"

// Sums over the configurations so far: of their weights, and of weighted forms.
typedef struct Sums {
    ClgForms forms;
    void *user;
    uint32_t n;
    Moment *sums; // n, then the weights
    const Form **made;
    bool any;
    uint32_t densities;
} Sums;

// Configurations in which fewer equations have a density outweigh the others: near what is
// observed they hold mass, the others only density. False when this one counts for nothing.
static bool counts(Clg *c, Sums *s) {
    if (s->any && c->densities > s->densities) return false;
    if (!s->any || c->densities < s->densities)
        memset(s->sums, 0, (s->n + (size_t)1) * sizeof *s->sums);
    s->any = true;
    s->densities = c->densities;
    return true;
}

static Status add_mean(Clg *c, Sums *s, uint32_t i, const Form *f) {
    const char *why = NULL;
    Moment y = moment_number(1);
    if (f && c->event) f = form_mul(&c->affine.make, c->event, f);
    else if (c->event) f = c->event;
    if (!f && c->event) return c->affine.make.wide ? clg_refuse_why(c, "too many terms") : NOMEM;
    if (f) TRY(moments_of(&c->moments, f, &y, &why));
    if (why) {
        if (c->applies && c->call->why) str_printf(c->call->why, "the question depends on %s", why);
        c->applies = false;
        return OK;
    }
    s->sums[i] = moment_add(s->sums[i], moment_mul(c->weight, y));
    return OK;
}

static Status add_all(Clg *c, void *user) {
    Sums *s = user;
    if (!counts(c, s)) return OK;
    for (uint32_t i = 0; i < s->n; i++) s->made[i] = NULL;
    c->affine.make.wide = false;
    TRY(s->forms(c, s->user, s->made));
    if (!c->applies) return OK;
    TRY(add_mean(c, s, s->n, NULL));
    for (uint32_t i = 0; i < s->n && c->applies; i++) {
        if (!s->made[i])
            return c->affine.make.wide ? clg_refuse_why(c, "the question has too many terms")
                                       : NOMEM;
        TRY(add_mean(c, s, i, s->made[i]));
    }
    return OK;
}

static Status impossible(Clg *c) {
    return fault_add(c->call->faults, FAULT_ASK_IMPOSSIBLE, c->q->origin,
                     "what is given cannot happen under the model");
}

Status clg_means(Clg *c, uint32_t n, ClgForms forms, void *user, double *means, Moment *ratio) {
    Sums s = {.forms = forms, .user = user, .n = n, .sums = ARENA_ARRAY(&c->plan, Moment, n + 1),
              .made = ARENA_ARRAY(&c->plan, const Form *, n)};
    if (!s.sums || !s.made) return NOMEM;
    TRY(clg_each(c, add_all, &s));
    if (!c->applies) return OK;
    if (s.sums[n].value == 0) return impossible(c);
    for (uint32_t i = 0; i < n; i++) {
        Moment y = {s.sums[i].value / s.sums[n].value, s.sums[i].log - s.sums[n].log};
        means[i] = moment_value(y);
        if (ratio && i == 0) *ratio = y;
    }
    return OK;
}
