// Ask: the entry to the question planner, and the sum of what its parts answer.
#include "runtime/infer/ask.h"

#include <math.h>

#include "runtime/base/num.h"
#include "runtime/infer/ask_case.h"
#include "runtime/infer/ask_undefined.h"
#include "runtime/infer/ask_world.h"
#include "runtime/infer/worlds.h"

void answer_free(Answer *a) {
    for (uint32_t i = 0; i < a->naxes; i++) {
        AnswerAxis *axis = &a->axes[i];
        domain_drop(axis->domain);
        term_drop(axis->law);
        for (uint32_t k = 0; axis->labels && k < axis->count; k++) mem_free(axis->labels[k]);
        mem_free(axis->labels);
    }
    mem_free(a->axes);
    mem_free(a->cells);
    mem_free(a->levels);
    mem_free(a->se);
    mem_free(a->influence);
    mem_free(a->why);
    term_drop(a->law);
    *a = (Answer){0};
}

static const struct {
    const char *name;
    uint32_t least, most; // arguments; UINT32_MAX: any number
} heads[] = {
    [ASK_P] = {"P", 1, UINT32_MAX},
    [ASK_LOGP] = {"logP", 0, UINT32_MAX},
    [ASK_E] = {"E", 1, 1},
    [ASK_VAR] = {"Var", 1, 1},
    [ASK_SD] = {"Sd", 1, 1},
    [ASK_COV] = {"Cov", 2, 2},
    [ASK_COR] = {"Cor", 2, 2},
    [ASK_QUANTILE] = {"Quantile", 2, 2},
    [ASK_H] = {"H", 1, UINT32_MAX},
    [ASK_I] = {"I", 2, UINT32_MAX},
    [ASK_ARGMAX] = {"argmax P", 1, UINT32_MAX},
    [ASK_MARGINALS] = {"marginals", 0, 0},
    [ASK_SLOPE] = {"slope", 2, UINT32_MAX},
};

static Status check_arguments(const Question *q, Faults *faults) {
    uint32_t least = heads[q->head].least, most = heads[q->head].most;
    const char *name = heads[q->head].name;
    if (q->head == ASK_I && (q->nfirst == 0 || q->nfirst >= q->nargs)) {
        Status status = fault_add(faults, FAULT_ASK_ARGUMENTS, q->origin,
                                  "I needs variables on both sides");
        if (status != FAULT) return status;
        return fault_hint(faults, "separate them with a semicolon, as in I(X; Y)");
    }
    if (q->nargs >= least && q->nargs <= most) return OK;
    return fault_add(faults, FAULT_ASK_ARGUMENTS, q->origin, "%s takes %s%u argument%s, not %u",
                     name, most == UINT32_MAX ? "at least " : "", least, least == 1 ? "" : "s",
                     q->nargs);
}

static Status describe_rung(const AskTasks *tasks, uint32_t rung, Derivation *d) {
    bool worlds = false, across = false;
    for (size_t i = 0; i < tasks->items.count; i++) {
        worlds |= tasks->items.items[i].world != NULL;
        across |= tasks->items.items[i].across;
    }
    if (across) return derivation_add(d, "rung", "3, imagining: the question compares worlds");
    if (worlds)
        return derivation_add(d, "rung",
                              "2, doing: each part of the question is of one world, "
                              "so that Y[X = x] is Y under do(X = x)");
    return rung == 2 ? derivation_add(d, "rung", "2, doing: the question intervenes")
                     : derivation_add(d, "rung", "1, seeing: the question does not intervene");
}

static bool same_axes(const Answer *a, const Answer *b) {
    if (a->naxes != b->naxes) return false;
    for (uint32_t i = 0; i < a->naxes; i++)
        if (a->axes[i].name != b->axes[i].name || a->axes[i].count != b->axes[i].count)
            return false;
    return true;
}

// The standard errors of cells whose influence numbers have changed.
static void settle_errors(Answer *a) {
    for (size_t i = 0; i < a->ncells; i++) {
        double sum = 0;
        for (size_t b = 0; b < REAL_BATCHES; b++) {
            double x = a->influence[i * REAL_BATCHES + b];
            sum += x * x;
        }
        a->se[i] = sqrt(sum / (REAL_BATCHES * (REAL_BATCHES - 1.0)));
    }
}

static void scale_part(Answer *a, double coef) {
    for (size_t i = 0; i < a->ncells; i++) a->cells[i] *= coef;
    for (size_t i = 0; a->influence && i < a->ncells * REAL_BATCHES; i++)
        a->influence[i] *= coef;
    for (size_t i = 0; a->se && i < a->ncells; i++) a->se[i] *= fabs(coef);
}

// The errors of a sum: all its parts have drawn from one seed, batch by batch.
static void add_errors(Answer *sum, Answer *part, double coef) {
    if (!part->influence) return;
    if (!sum->influence) {
        sum->influence = part->influence;
        sum->se = part->se;
        sum->ess = part->ess;
        part->influence = part->se = NULL;
        for (size_t i = 0; i < sum->ncells * REAL_BATCHES; i++) sum->influence[i] *= coef;
    } else {
        for (size_t i = 0; i < sum->ncells * REAL_BATCHES; i++)
            sum->influence[i] += coef * part->influence[i];
        sum->ess = fmin(sum->ess, part->ess);
    }
    sum->sampled = true;
    sum->unmet |= part->unmet;
    sum->alike |= part->alike;
    sum->seed = part->seed;
    sum->method = part->method;
    if (part->draws > sum->draws) sum->draws = part->draws;
    settle_errors(sum);
}

// Adds coef * part to the sum; the first part gives the sum its shape.
static Status add_part(Answer *sum, Answer *part, double coef, const Question *q,
                       Faults *faults) {
    if (!sum->cells) {
        *sum = *part;
        *part = (Answer){0};
        scale_part(sum, coef);
        return OK;
    }
    if (!same_axes(sum, part))
        return fault_add(faults, FAULT_ASK_FREE, q->origin,
                         "the worlds of this question leave different variables free");
    for (size_t i = 0; i < sum->ncells; i++) sum->cells[i] += coef * part->cells[i];
    add_errors(sum, part, coef);
    if (part->rung > sum->rung) sum->rung = part->rung;
    return OK;
}

static bool is_numeric(const Question *q) {
    return q->head != ASK_ARGMAX && q->head != ASK_MARGINALS;
}

static Status run_across(AskCall *call, const Model *m, const AskTask *task, Answer *part) {
    Worlds worlds;
    Status st = worlds_build(m, &task->q, call->d, call->faults, &worlds);
    if (st == OK) st = ask_case(call, worlds.model, &worlds.q, NULL, part);
    if (st == OK && part->kind == ANSWER_MARGINALS) worlds_only(m, part);
    part->rung = 3;
    worlds_free(&worlds);
    return st;
}

static Status run_tasks(AskCall *call, const Model *m, const AskTasks *tasks, Answer *sum) {
    Derivation *d = call->d;
    for (size_t i = 0; i < tasks->items.count; i++) {
        const AskTask *task = &tasks->items.items[i];
        Answer part = {0};
        call->d = d;
        Status st = task->across ? run_across(call, m, task, &part)
                                 : ask_case(call, m, &task->q, task->world, &part);
        if (st == OK && is_numeric(&task->q) && !call->dry)
            st = add_part(sum, &part, task->coef, &task->q, call->faults);
        else if (st == OK) {
            *sum = part;
            continue;
        }
        answer_free(&part);
        if (st != OK) return st;
    }
    return OK;
}

// Where there are no axes, the one cell is the answer.
static void finish(const AskTasks *tasks, Answer *out) {
    if (!out->sampled) out->method = "exact";
    if (out->kind != ANSWER_NUMBER && out->kind != ANSWER_TABLE) return;
    for (size_t i = 0; i < out->ncells; i++) out->cells[i] += tasks->constant;
    if (out->naxes || !out->cells) return;
    out->value = out->cells[0];
    if (isnan(out->value)) out->kind = ANSWER_UNDEFINED;
    mem_free(out->cells);
    out->cells = NULL;
    out->ncells = 0;
}

static Status describe_result(const Answer *out, Derivation *d) {
    if (!d) return OK;
    if (out->kind == ANSWER_UNDEFINED)
        return derivation_add(d, "result", "undefined%s%s", out->why ? ": " : "",
                              out->why ? out->why : "");
    if (out->kind != ANSWER_NUMBER) return derivation_add(d, "result", "the table below");
    Str text = {0};
    num_add_digits(&text, out->value, 6);
    Status st = text.failed ? NOMEM : derivation_add(d, "result", "%s", str_text(&text));
    str_free(&text);
    return st;
}

static bool intervenes(const Question *q) {
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].kind == COND_DO && q->conds[i].n) return true;
    return false;
}

Status ask_run(AskCall *call, const Model *m, const Question *q, Answer *out) {
    AskTasks tasks;
    Derivation *d = call->d;
    Status st = ask_world_split(m, q, call->faults, &tasks);
    if (st == OK) st = describe_rung(&tasks, intervenes(q) ? 2 : 1, d);
    if (st == OK) st = run_tasks(call, m, &tasks, out);
    if (st == OK && !call->dry) {
        finish(&tasks, out);
        if (!call->inner) st = ask_undefined(call, m, q, out);
        if (st == OK) st = describe_result(out, d);
    }
    ask_world_free(&tasks);
    return st;
}

Status ask_by(const Model *m, const Question *q, const AskMethod *method, const Ctl *ctl,
              Derivation *d, Answer *out, Faults *faults) {
    *out = (Answer){0};
    TRY(check_arguments(q, faults));
    AskCall call = {.engine = method ? method->engine : NULL,
                    .method = method,
                    .ctl = ctl,
                    .d = d,
                    .faults = faults};
    Status st = ask_run(&call, m, q, out);
    if (st != OK) answer_free(out);
    return st;
}

Status ask(const Model *m, const Question *q, const Engine *engine, const Ctl *ctl,
           Derivation *d, Answer *out, Faults *faults) {
    AskMethod method = {.engine = engine};
    return ask_by(m, q, &method, ctl, d, out, faults);
}

Status ask_check(const Model *m, const Question *q, Faults *faults) {
    TRY(check_arguments(q, faults));
    Answer unused = {0};
    AskCall call = {.faults = faults, .dry = true};
    Status st = ask_run(&call, m, q, &unused);
    answer_free(&unused);
    return st;
}
