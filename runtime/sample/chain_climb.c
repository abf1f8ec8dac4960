// Chain climb: chains led to events that chance does not meet.
//
// Au & Beck 2001, "Estimation of small failure probabilities in high dimensions by subset
// simulation": the event is the last of a row of wider ones, each met by a share of the draws
// within the one before.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/sample/chain_climb.h"

// --- gates ----------------------------------------------------------------------------------

static void open_gate(ChainRun *r, ChainGate gate, double level) {
    for (size_t i = 0; i < CHAIN_BLOCKS; i++)
        r->blocks[i].lanes.gate[gate] = r->searches[i].trial.gate[gate] = level;
}

static ChainLanes *lanes_of(ChainRun *r, size_t chain) {
    return &r->blocks[chain / CHAIN_LANES].lanes;
}

// The mean of the distances that are not 0, over the chains.
void chain_run_scale(ChainRun *r, ChainGate gate) {
    for (uint32_t i = 0; i < r->t->factors.count; i++) {
        const ChainFactor *f = &r->t->factors.items[i];
        double sum = 0, count = 0;
        if (f->kind != CHAIN_EVENT || f->gate != gate) continue;
        for (size_t k = 0; k < CHAIN_BLOCKS; k++) {
            double *far = r->blocks[k].value;
            chain_event_distance(r->t, i, &r->blocks[k].lanes, far);
            for (size_t l = 0; l < CHAIN_LANES; l++)
                if (far[l] > 0 && far[l] < INFINITY) sum += far[l], count++;
        }
        r->scales[i] = count > 0 && isfinite(sum) ? sum / count : 1;
    }
}

bool chain_run_narrow(ChainRun *r, ChainGate gate, double level, const double *last) {
    size_t from = 0;
    while (from < REAL_BATCHES && !(last[from] <= level)) from++;
    if (from == REAL_BATCHES) return false;
    for (size_t c = 0; c < REAL_BATCHES; c++) {
        if (last[c] <= level) {
            from = c;
            continue;
        }
        chain_copy_lane(r->t, lanes_of(r, from), from % CHAIN_LANES, lanes_of(r, c),
                        c % CHAIN_LANES);
    }
    for (size_t i = 0; i < CHAIN_BLOCKS; i++)
        chain_follow(r->t, &r->t->all, &r->blocks[i].lanes);
    open_gate(r, gate, level);
    return true;
}

// --- levels ---------------------------------------------------------------------------------

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The distance within which a share of the draws lies, and which is below *level, the last one:
// over whole numbers a larger share may lie at a level than within the next. *level stays when
// there is none.
static Status find_level(const double *far, size_t n, double share, double *level) {
    double *sorted = MEM_NEW(double, n);
    size_t at = (size_t)(share * (double)n);
    if (!sorted) return NOMEM;
    memcpy(sorted, far, n * sizeof *far);
    qsort(sorted, n, sizeof *sorted, ascending);
    while (at > 0 && !(sorted[at] < *level)) at--;
    if (sorted[at] < *level) *level = sorted[at];
    mem_free(sorted);
    return OK;
}

// Levels that no longer come nearer lead nowhere.
typedef struct Progress {
    double level;
    int slow;
} Progress;

static bool goes_on(Progress *p, double level) {
    p->slow = level < 0.999 * p->level ? 0 : p->slow + 1;
    p->level = level;
    return p->slow < 4 && level < INFINITY;
}

// --- the way to a start ---------------------------------------------------------------------

enum { MOST_LEVELS = 400, APPROACH_SWEEPS = 8 };

#define APPROACH_SHARE 0.25

Status chain_run_approach(ChainRun *r, bool *found) {
    double *far = MEM_NEW(double, (size_t)APPROACH_SWEEPS *REAL_BATCHES);
    const double *last = far + (APPROACH_SWEEPS - 1) * (size_t)REAL_BATCHES;
    Progress progress = {.level = INFINITY};
    double level = INFINITY;
    open_gate(r, CHAIN_GIVEN, INFINITY);
    Status st = far ? chain_run_start(r, found) : NOMEM;
    if (st == OK && *found) chain_run_scale(r, CHAIN_GIVEN);
    bool on = st == OK && *found;
    *found = false;
    for (int k = 0; on && st == OK && !*found && k < MOST_LEVELS; k++) {
        st = chain_run_distances(r, CHAIN_GIVEN, APPROACH_SWEEPS, far);
        if (st == OK) st = find_level(last, REAL_BATCHES, APPROACH_SHARE, &level);
        if (st != OK) break;
        on = goes_on(&progress, level) && chain_run_narrow(r, CHAIN_GIVEN, level, last);
        chain_run_learn(r);
        *found = on && level == 0;
    }
    mem_free(far);
    return st;
}

// --- the probability of an event ------------------------------------------------------------

enum { LEVEL_DRAWS = 192, LEVEL_TRIES = 4 };

#define LEVEL_SHARE 0.2
#define AGREED 1.05

typedef struct Climb {
    ChainRun *r;
    ChainClimb *out;
    double *far; // of the draws at one level
    size_t draws;
} Climb;

// Draws within the level reached, the first ones left out, until chains agree on the distance.
static Status draw_level(Climb *c, bool *agreed) {
    *agreed = false;
    c->draws = LEVEL_DRAWS;
    for (int k = 0; k < LEVEL_TRIES && !*agreed; k++, c->draws *= 2) {
        double rhat, *more = mem_resize(c->far, c->draws, REAL_BATCHES * sizeof(double));
        if (!more) return NOMEM;
        c->far = more;
        TRY(chain_run_warm(c->r, c->draws / 4));
        TRY(chain_run_distances(c->r, CHAIN_ASKED, c->draws, c->far));
        TRY(chain_check_rhat(c->far, c->draws, REAL_BATCHES, &rhat));
        *agreed = rhat <= AGREED;
        c->out->rhat = fmax(c->out->rhat, rhat);
        c->out->draws += c->draws * REAL_BATCHES;
        if (*agreed) return OK;
    }
    return OK;
}

// The share of the draws within a level, and how much more of each chain's.
static void add_share(Climb *c, double level) {
    double hits[REAL_BATCHES] = {0}, all = 0;
    for (size_t i = 0; i < c->draws * REAL_BATCHES; i++)
        if (c->far[i] <= level) hits[i % REAL_BATCHES]++, all++;
    all /= REAL_BATCHES;
    for (size_t b = 0; b < REAL_BATCHES; b++) c->out->influence[b] += hits[b] / all - 1;
    c->out->log_p += log(all / (double)c->draws);
    c->out->levels++;
}

static Status climb(Climb *c) {
    Progress progress = {.level = INFINITY};
    ChainClimb *out = c->out;
    for (int k = 0; k < MOST_LEVELS; k++) {
        double level = progress.level;
        bool agreed;
        TRY(draw_level(c, &agreed));
        if (!agreed) return out->end = CHAIN_CLIMB_APART, OK;
        TRY(find_level(c->far, c->draws * REAL_BATCHES, LEVEL_SHARE, &level));
        if (!goes_on(&progress, level)) return out->end = CHAIN_CLIMB_STUCK, OK;
        add_share(c, level);
        if (level == 0) return out->end = CHAIN_CLIMB_DONE, OK;
        const double *last = c->far + (c->draws - 1) * REAL_BATCHES;
        if (!chain_run_narrow(c->r, CHAIN_ASKED, level, last))
            return out->end = CHAIN_CLIMB_STUCK, OK;
    }
    return out->end = CHAIN_CLIMB_STUCK, OK;
}

Status chain_climb(ChainRun *r, ChainClimb *out) {
    Climb c = {.r = r, .out = out};
    *out = (ChainClimb){.end = CHAIN_CLIMB_STUCK};
    chain_run_scale(r, CHAIN_ASKED);
    Status st = climb(&c);
    mem_free(c.far);
    return st;
}
