// Flow: Dinic's algorithm.
#include "runtime/graph/flow.h"

#include <string.h>

#include "runtime/base/mem.h"

#define NO_ARC UINT32_MAX

Status flow_init(Flow *f, size_t nodes) {
    *f = (Flow){.nodes = nodes};
    f->head = MEM_NEW(uint32_t, nodes);
    f->level = MEM_NEW(uint32_t, nodes);
    f->cursor = MEM_NEW(uint32_t, nodes);
    f->queue = MEM_NEW(uint32_t, nodes);
    if (!f->head || !f->level || !f->cursor || !f->queue) return NOMEM;
    for (size_t v = 0; v < nodes; v++) f->head[v] = NO_ARC;
    return OK;
}

static Status half_arc(Flow *f, size_t from, size_t to, double capacity) {
    FlowArc arc = {.to = (uint32_t)to, .next = f->head[from], .left = capacity};
    if (!VEC_PUSH(&f->arcs, arc)) return NOMEM;
    f->head[from] = (uint32_t)(f->arcs.count - 1);
    return OK;
}

Status flow_arc(Flow *f, size_t from, size_t to, double capacity) {
    TRY(half_arc(f, from, to, capacity));
    return half_arc(f, to, from, 0);
}

// Levels from the source along arcs with capacity left; false when the sink is out of reach.
static bool find_levels(Flow *f, size_t source, size_t sink) {
    size_t count = 0;
    memset(f->level, 0, f->nodes * sizeof *f->level);
    f->level[source] = 1;
    f->queue[count++] = (uint32_t)source;
    for (size_t i = 0; i < count; i++)
        for (uint32_t a = f->head[f->queue[i]]; a != NO_ARC; a = f->arcs.items[a].next) {
            const FlowArc *arc = &f->arcs.items[a];
            if (arc->left <= 0 || f->level[arc->to]) continue;
            f->level[arc->to] = f->level[f->queue[i]] + 1;
            f->queue[count++] = arc->to;
        }
    return f->level[sink] != 0;
}

// The next arc out of v that leads one level down, from its cursor on.
static uint32_t next_arc(Flow *f, uint32_t v) {
    for (; f->cursor[v] != NO_ARC; f->cursor[v] = f->arcs.items[f->cursor[v]].next) {
        const FlowArc *arc = &f->arcs.items[f->cursor[v]];
        if (arc->left > 0 && f->level[arc->to] == f->level[v] + 1) return f->cursor[v];
    }
    return NO_ARC;
}

// Pushes along one path of the level graph; 0 when it is exhausted. The path is kept in
// f->queue.
static double push_path(Flow *f, uint32_t source, uint32_t sink) {
    size_t depth = 0;
    uint32_t v = source;
    while (v != sink) {
        uint32_t a = next_arc(f, v);
        if (a != NO_ARC) {
            f->queue[depth++] = a;
            v = f->arcs.items[a].to;
        } else {
            if (!depth) return 0;
            a = f->queue[--depth];
            v = f->arcs.items[a ^ 1].to;
            f->cursor[v] = f->arcs.items[f->cursor[v]].next;
        }
    }
    double amount = FLOW_ENDLESS;
    for (size_t i = 0; i < depth; i++)
        if (f->arcs.items[f->queue[i]].left < amount) amount = f->arcs.items[f->queue[i]].left;
    for (size_t i = 0; i < depth && amount < FLOW_ENDLESS; i++) {
        f->arcs.items[f->queue[i]].left -= amount;
        f->arcs.items[f->queue[i] ^ 1].left += amount;
    }
    return amount;
}

Status flow_run(Flow *f, size_t source, size_t sink, double *value) {
    *value = 0;
    while (find_levels(f, source, sink)) {
        memcpy(f->cursor, f->head, f->nodes * sizeof *f->head);
        for (double pushed; (pushed = push_path(f, (uint32_t)source, (uint32_t)sink)) > 0;) {
            *value += pushed;
            if (*value == FLOW_ENDLESS) return OK;
        }
    }
    return OK;
}

void flow_mark_sink_side(Flow *f, size_t sink) {
    size_t count = 0;
    memset(f->level, 0, f->nodes * sizeof *f->level);
    f->level[sink] = 1;
    f->queue[count++] = (uint32_t)sink;
    for (size_t i = 0; i < count; i++)
        for (uint32_t a = f->head[f->queue[i]]; a != NO_ARC; a = f->arcs.items[a].next) {
            uint32_t from = f->arcs.items[a].to; // the reverse arc a ^ 1 leads from it to here
            if (f->arcs.items[a ^ 1].left <= 0 || f->level[from]) continue;
            f->level[from] = 1;
            f->queue[count++] = from;
        }
}

void flow_free(Flow *f) {
    mem_free(f->head);
    mem_free(f->level);
    mem_free(f->cursor);
    mem_free(f->queue);
    VEC_FREE(&f->arcs);
    *f = (Flow){0};
}
