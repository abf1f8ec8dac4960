// Clg: the steps of an answer.
#include <math.h>

#include "runtime/base/num.h"
#include "runtime/real/clg.h"

enum { MOST_NAMES = 8, MOST_PARTS = 8, DIGITS = 6 };

// One configuration: its weight, and the law of the first arg when that is normal.
typedef struct Part {
    Moment weight;
    size_t first; // of its levels
    bool normal;
    double mean, sd;
} Part;

typedef struct Story {
    VEC(Part) parts;
    VEC(uint32_t) levels; // of the switches, part after part
    Moment sum;
    size_t noises, equations;
    bool event;
} Story;

static Status read_law(Clg *c, Part *p) {
    FormLine line;
    if (c->event || c->q->head == REAL_P || c->q->head == REAL_LOGP) return OK;
    if (!c->q->nargs || !form_is_line(c->forms[0], &line)) return OK;
    TRY(moments_line(&c->moments, line, &p->mean, &p->sd, &p->normal));
    p->sd = sqrt(p->sd);
    return OK;
}

static Status note(Clg *c, void *user) {
    Story *s = user;
    const char *why = NULL;
    Moment y = moment_number(1);
    Part p = {.first = s->levels.count};
    s->noises = gaussian_noises(&c->gaussian);
    s->equations = c->gaussian.along.count;
    s->event = s->event || c->event;
    if (c->event) TRY(moments_of(&c->moments, c->event, &y, &why));
    p.weight = moment_mul(c->weight, y);
    s->sum = moment_add(s->sum, p.weight);
    TRY(read_law(c, &p));
    if (s->parts.count > MOST_PARTS) return OK;
    for (size_t i = 0; i < c->switches.count; i++)
        if (!VEC_PUSH(&s->levels, c->levels[i])) return NOMEM;
    return VEC_PUSH(&s->parts, p) ? OK : NOMEM;
}

// "A, B, C and 3 more" of the variables for which `role` is theirs; the number of them.
static size_t name_some(const Clg *c, ClgRole role, Str *out) {
    size_t n = 0;
    for (uint32_t i = 0; i < c->scope.nvars; i++) {
        const ModelVar *v = c->model->vars[c->vars[i].var];
        if (c->vars[i].role != role || v->anonymous) continue;
        if (++n > MOST_NAMES) continue;
        str_printf(out, "%s%s", n > 1 ? ", " : "", v->name->text);
    }
    if (n > MOST_NAMES) str_printf(out, " and %zu more", n - MOST_NAMES);
    return n;
}

static Status tell_model(const Clg *c, const Story *s, Derivation *d) {
    Str reals = {0}, finite = {0};
    size_t n = name_some(c, CLG_REAL, &reals), k = name_some(c, CLG_SWITCH, &finite);
    Status st = reals.failed || finite.failed ? NOMEM
                : !n ? OK
                : derivation_add(d, "linear Gaussian", "%s%s%s: from %zu independent noise%s",
                                 str_text(&reals), k ? ", given " : "", str_text(&finite),
                                 s->noises, s->noises == 1 ? "" : "s");
    str_free(&reals);
    str_free(&finite);
    return st;
}

static Status tell_evidence(const Clg *c, const Story *s, Derivation *d) {
    Str text = {0};
    size_t n = 0;
    for (size_t i = 0; i < c->scope.evidence.count; i++) {
        const RealEvidence *e = &c->scope.evidence.items[i];
        if (e->kind != REAL_POINT || ++n > MOST_NAMES) continue;
        if (n > 1) str_add(&text, ", ");
        term_add_brief(e->written, &text);
    }
    if (n > MOST_NAMES) str_printf(&text, " and %zu more", n - MOST_NAMES);
    Status st = text.failed ? NOMEM : OK;
    if (st == OK && s->equations)
        st = derivation_add(d, "conditioning", "on %s: %zu linear equation%s between the noises",
                            str_text(&text), s->equations, s->equations > 1 ? "s" : "");
    str_free(&text);
    if (st == OK && s->event)
        st = derivation_add(d, "truncation", "what else is given, an event, is integrated over");
    return st;
}

static void add_part(const Clg *c, const Story *s, const Part *p, Str *out) {
    for (size_t i = 0; i < c->switches.count; i++) {
        const ModelVar *v = c->model->vars[c->switches.items[i]];
        str_printf(out, "%s%s = ", i ? ", " : "", v->name->text);
        domain_add_level(v->domain, s->levels.items[p->first + i], out);
    }
    str_add(out, ": ");
    num_add_digits(out, moment_value((Moment){p->weight.value / s->sum.value,
                                              p->weight.log - s->sum.log}), DIGITS);
}

static Status tell_mixture(const Clg *c, const Story *s, Derivation *d) {
    Str text = {0};
    if (s->parts.count < 2) return OK;
    for (size_t i = 0; i < s->parts.count && i < MOST_PARTS; i++) {
        if (i) str_add(&text, "; ");
        add_part(c, s, &s->parts.items[i], &text);
    }
    if (s->parts.count > MOST_PARTS) str_add(&text, "; ...");
    Status st = derivation_add(d, "mixture", "over configurations, weighted by their "
                                             "probabilities given what is known");
    if (st == OK) st = text.failed ? NOMEM : derivation_result(d, "%s", str_text(&text));
    str_free(&text);
    return st;
}

static Status tell_law(const Clg *c, const Story *s, Derivation *d) {
    Str text = {0}, what = {0};
    if (s->parts.count != 1 || !s->parts.items[0].normal) return OK;
    term_add_brief(c->q->args[0], &what);
    num_add_digits(&text, s->parts.items[0].mean, DIGITS);
    str_add(&text, ", ");
    num_add_digits(&text, s->parts.items[0].sd, DIGITS);
    Status st = text.failed || what.failed
                    ? NOMEM
                    : derivation_add(d, "normal law", "%s is normal(%s)", str_text(&what),
                                     str_text(&text));
    str_free(&text);
    str_free(&what);
    return st;
}

Status clg_explain(Clg *c, Derivation *d) {
    Story s = {0};
    Status st = clg_each(c, note, &s);
    if (st == OK) st = tell_model(c, &s, d);
    if (st == OK) st = tell_evidence(c, &s, d);
    if (st == OK) st = tell_mixture(c, &s, d);
    if (st == OK) st = tell_law(c, &s, d);
    VEC_FREE(&s.parts);
    VEC_FREE(&s.levels);
    return st;
}
