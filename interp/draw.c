// Draw: a layered layout, with the lines between layers routed in tracks.
#include "interp/draw.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "interp/render.h"
#include "runtime/base/ctl.h"
#include "runtime/base/mem.h"
#include "runtime/base/unicode.h"
#include "runtime/graph/layout.h"

enum { BEND_WIDTH = 3, BOX_HEIGHT = 3 };
enum { CELLS = 1 << 24 }; // of a picture that somebody may look at, at most
enum { UP = 1, DOWN = 2, LEFT = 4, RIGHT = 8 };
enum { POINT_REST = 1 }; // the second column of a wide character

// One character of the picture: a code point, or lines of one net.
typedef struct Cell {
    uint32_t point, net;
    uint8_t lines;
    bool dashed;
} Cell;

// The lines from one node to the next layer.
typedef struct Wires {
    uint32_t node;
    long low, high; // columns of its horizontal part
    uint32_t track; // from 0
    bool flat;      // has a horizontal part
} Wires;

typedef struct Picture {
    const Graph *g;
    Layout layout;
    long pad, gap; // blanks beside a name, columns between boxes
    double *width, *x;
    long *left, *in, *out; // of each node: first column, columns of its ports
    size_t *row;           // of each layer
    Wires *nets;             // of each node
    Cell *cells;
    size_t columns, rows;
    Arena arena;
} Picture;

static long width_of(const Picture *p, uint32_t node) {
    return (long)p->width[node];
}

static const LayoutNode *node_at(const Picture *p, uint32_t node) {
    return &p->layout.nodes[node];
}

static bool is_dashed(const Picture *p, uint32_t node) {
    return p->layout.nodes[node_at(p, node)->source].kind == LAYOUT_HIDDEN;
}

// --- places ---------------------------------------------------------------------------------

// A box holds the name and one column for each line that comes in, with one beside it.
static double node_width(const Picture *p, uint32_t node) {
    const LayoutNode *n = node_at(p, node);
    if (n->kind == LAYOUT_BEND) return BEND_WIDTH;
    if (n->kind == LAYOUT_HIDDEN) return 1;
    size_t name = render_width(p->g->names[node]) + 2 * (size_t)p->pad;
    size_t ports = 2 * graph_degree(&p->layout.up, node) + 1;
    return (double)((name > ports ? name : ports) + 2);
}

static bool layers_fit(const Picture *p, double width) {
    const Layout *l = &p->layout;
    for (size_t layer = 0; layer < l->layers; layer++) {
        double total = (double)-p->gap;
        for (uint32_t i = l->layer_first[layer]; i < l->layer_first[layer + 1]; i++)
            total += p->width[l->order[i]] + (double)p->gap;
        if (total > width) return false;
    }
    return true;
}

// From centres to columns. Rounding may push nodes to the right; then what lies too far right is
// pushed back.
static void set_columns(Picture *p, long width) {
    const Layout *l = &p->layout;
    long least = width, most = 0;
    for (size_t layer = 0; layer < l->layers; layer++) {
        long free_from = 0, free_to = width;
        for (uint32_t i = l->layer_first[layer]; i < l->layer_first[layer + 1]; i++) {
            uint32_t node = l->order[i];
            long at = lround(p->x[node] - p->width[node] / 2);
            p->left[node] = at < free_from ? free_from : at;
            free_from = p->left[node] + width_of(p, node) + p->gap;
        }
        for (uint32_t i = l->layer_first[layer + 1]; i-- > l->layer_first[layer];) {
            uint32_t node = l->order[i];
            if (p->left[node] + width_of(p, node) > free_to)
                p->left[node] = free_to - width_of(p, node);
            free_to = p->left[node] - p->gap;
            if (p->left[node] < least) least = p->left[node];
            if (p->left[node] + width_of(p, node) > most) most = p->left[node] + width_of(p, node);
        }
    }
    for (size_t i = 0; i < l->count; i++) p->left[i] -= least;
    p->columns = (size_t)(most > least ? most - least : 0);
}

// --- ports ----------------------------------------------------------------------------------

// A line that comes into a node: from which, in which column.
typedef struct Line {
    long from, at; // column of the other node, column of the port
    uint32_t link; // its entry among the links up
} Line;

static int compare_lines(const void *a, const void *b) {
    const Line *x = a, *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return (x->link > y->link) - (x->link < y->link);
}

// Whether a line of `node` comes down in that column: ports of other lines keep off it, so that no
// two lines ever share one.
static bool is_source(const long *sources, const Picture *p, long column) {
    return column >= 0 && column < (long)p->columns && sources[column] != 0;
}

// The columns [low, low + room) are shared out among the lines, in their order: the cheapest
// choice by dynamic programming. A straight line is best, an even spacing second.
static Status choose_ports(const Picture *p, const long *sources, Line *lines, size_t n, long low,
                           size_t room) {
    size_t columns = room + 1;
    double *cost = MEM_NEW(double, (n + 1) * columns);
    if (!cost) return NOMEM;
    for (size_t i = 1; i <= n; i++) {
        const Line *line = &lines[i - 1];
        bool inside = line->from >= low && line->from < low + (long)room;
        double even = (double)low + (double)room * (double)i / (double)(n + 1) - 0.5;
        cost[i * columns] = INFINITY;
        for (size_t c = 1; c <= room; c++) {
            long at = low + (long)c - 1;
            double wish = inside ? (double)line->from : even;
            double here = fabs((double)at - wish) * (inside ? 3 : 1);
            if (is_source(sources, p, at) && at != line->from) here = INFINITY;
            double take = cost[(i - 1) * columns + c - 1] + here, skip = cost[i * columns + c - 1];
            cost[i * columns + c] = take < skip ? take : skip;
        }
    }
    for (size_t i = n, c = room; i > 0 && c > 0; c--) {
        if (cost[i * columns + c] == cost[i * columns + c - 1]) continue;
        lines[--i].at = low + (long)c - 1;
    }
    mem_free(cost);
    return OK;
}

// The column in which another node's lines leave; a hidden one's are wherever its ends are.
static long leaves_at(const Picture *p, uint32_t node) {
    return p->out[node];
}

static Status place_ports(Picture *p, const long *sources, uint32_t node, Line *lines) {
    const GraphLinks *up = &p->layout.up;
    size_t n = 0;
    bool bend = node_at(p, node)->kind == LAYOUT_BEND;
    for (uint32_t i = up->first[node]; i < up->first[node + 1]; i++)
        lines[n++] = (Line){.from = leaves_at(p, up->items[i]), .link = i};
    qsort(lines, n, sizeof *lines, compare_lines);
    long low = p->left[node] + !bend;
    TRY(choose_ports(p, sources, lines, n, low, (size_t)(width_of(p, node) - (bend ? 0 : 2))));
    for (size_t i = 0; i < n; i++) p->in[lines[i].link] = lines[i].at;
    p->out[node] = bend ? lines[0].at : p->left[node] + width_of(p, node) / 2;
    return OK;
}

static Status place_all_ports(Picture *p) {
    const Layout *l = &p->layout;
    long *sources = MEM_NEW(long, p->columns);
    Line *lines = MEM_NEW(Line, l->count);
    Status status = sources && lines ? OK : NOMEM;
    for (size_t layer = 0; status == OK && layer < l->layers; layer++) {
        memset(sources, 0, p->columns * sizeof *sources);
        for (uint32_t i = layer ? l->layer_first[layer - 1] : 0; i < l->layer_first[layer]; i++) {
            uint32_t node = l->order[i];
            bool leaves = graph_degree(&l->down, node) && node_at(p, node)->kind != LAYOUT_HIDDEN;
            if (leaves) sources[p->out[node]] = 1;
        }
        for (uint32_t i = l->layer_first[layer]; status == OK && i < l->layer_first[layer + 1]; i++)
            status = place_ports(p, sources, l->order[i], lines);
    }
    mem_free(sources);
    mem_free(lines);
    return status;
}

// --- tracks ---------------------------------------------------------------------------------

// The port of the link from `node` to its k-th neighbour below.
static long port_of(const Picture *p, uint32_t node, uint32_t below) {
    const GraphLinks *up = &p->layout.up;
    for (uint32_t i = up->first[below]; i < up->first[below + 1]; i++)
        if (up->items[i] == node) return p->in[i];
    return 0;
}

static void measure_net(Picture *p, uint32_t node) {
    Wires *net = &p->nets[node];
    bool hidden = node_at(p, node)->kind == LAYOUT_HIDDEN;
    *net = (Wires){.node = node, .low = p->out[node], .high = p->out[node]};
    if (hidden) net->low = LONG_MAX, net->high = LONG_MIN;
    GRAPH_EACH(&p->layout, down, node, below) {
        long at = port_of(p, node, (uint32_t)below);
        if (at < net->low) net->low = at;
        if (at > net->high) net->high = at;
    }
    net->flat = net->low < net->high;
}

static bool overlap(const Wires *a, const Wires *b) {
    return a->low <= b->high && b->low <= a->high;
}

static bool within(long column, const Wires *net) {
    return column >= net->low && column <= net->high;
}

// How often lines pass each other when the track of `a` is above that of `b`.
static int crossings(const Picture *p, const Wires *a, const Wires *b) {
    int n = node_at(p, b->node)->kind != LAYOUT_HIDDEN && within(p->out[b->node], a);
    GRAPH_EACH(&p->layout, down, a->node, below)
        n += within(port_of(p, a->node, (uint32_t)below), b);
    return n;
}

// Shorter nets, and those that cross less there, lie above; each in the first track that is below
// all those before it in its way.
static size_t assign_tracks(Picture *p, size_t layer) {
    const Layout *l = &p->layout;
    uint32_t *order = l->order + l->layer_first[layer];
    size_t n = l->layer_first[layer + 1] - l->layer_first[layer], tracks = 0, count = 0;
    Wires **nets = arena_array(&p->arena, n, sizeof *nets);
    if (!nets) return SIZE_MAX;
    for (size_t i = 0; i < n; i++)
        if (p->nets[order[i]].flat) nets[count++] = &p->nets[order[i]];
    for (size_t pass = 0; pass < count; pass++) {
        if (ctl_cancelled(p->arena.ctl)) return SIZE_MAX;
        for (size_t i = 0; i + 1 < count; i++) {
            Wires *a = nets[i], *b = nets[i + 1];
            if (!overlap(a, b) || crossings(p, a, b) <= crossings(p, b, a)) continue;
            nets[i] = b;
            nets[i + 1] = a;
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++)
            if (overlap(nets[i], nets[k]) && nets[k]->track + 1 > nets[i]->track)
                nets[i]->track = nets[k]->track + 1;
        if (nets[i]->track + 1 > tracks) tracks = nets[i]->track + 1;
    }
    return tracks;
}

static bool has_boxes(const Picture *p, size_t layer) {
    const Layout *l = &p->layout;
    for (uint32_t i = l->layer_first[layer]; i < l->layer_first[layer + 1]; i++)
        if (node_at(p, l->order[i])->kind == LAYOUT_VERTEX) return true;
    return false;
}

static Status place_rows(Picture *p) {
    size_t at = 0;
    for (uint32_t i = 0; i < p->layout.count; i++) measure_net(p, i);
    for (size_t layer = 0; layer < p->layout.layers; layer++) {
        p->row[layer] = at;
        at += has_boxes(p, layer) ? BOX_HEIGHT : 0;
        if (layer + 1 == p->layout.layers) break;
        size_t tracks = assign_tracks(p, layer);
        if (tracks == SIZE_MAX) return NOMEM;
        at += tracks + 1;
    }
    p->rows = at;
    return OK;
}

// --- drawing --------------------------------------------------------------------------------

static Cell *cell(Picture *p, size_t row, long column) {
    return &p->cells[row * p->columns + (size_t)column];
}

static void put(Picture *p, size_t row, long column, uint32_t point) {
    cell(p, row, column)->point = point;
}

// Lines of one net join; of different nets, the vertical one lies in front.
static void line(Picture *p, size_t row, long column, uint8_t lines, uint32_t net) {
    Cell *c = cell(p, row, column);
    if (c->lines && c->net != net) {
        if (!(lines & (UP | DOWN))) return;
        c->lines = 0;
    }
    c->lines |= lines;
    c->net = net;
    c->dashed = is_dashed(p, net);
}

static void vertical(Picture *p, size_t from, size_t to, long column, uint32_t net) {
    for (size_t row = from; row < to; row++) line(p, row, column, UP | DOWN, net);
}

// The lines from a node down to the row above the next layer's.
static void draw_net(Picture *p, uint32_t node, size_t top, size_t bottom) {
    const Wires *net = &p->nets[node];
    size_t track = top + net->track;
    bool hidden = node_at(p, node)->kind == LAYOUT_HIDDEN;
    if (!graph_degree(&p->layout.down, node)) return;
    if (net->flat && !hidden) {
        vertical(p, top, track, p->out[node], node);
        line(p, track, p->out[node], UP, node);
    }
    for (long c = net->low; net->flat && c <= net->high; c++) {
        if (c > net->low) line(p, track, c, LEFT, node);
        if (c < net->high) line(p, track, c, RIGHT, node);
    }
    GRAPH_EACH(&p->layout, down, node, below) {
        long at = port_of(p, node, (uint32_t)below);
        if (net->flat) line(p, track, at, DOWN, node);
        vertical(p, net->flat ? track + 1 : top, bottom, at, node);
        if (node_at(p, (uint32_t)below)->kind == LAYOUT_BEND) continue;
        put(p, bottom - 1, at, 0x25BC); // ▼
    }
}

typedef struct Frame {
    uint32_t across, up, corners[4], port;
} Frame;

static const Frame *frame_of(const Graph *g, size_t v) {
    static const Frame plain = {0x2500, 0x2502, {0x250C, 0x2510, 0x2514, 0x2518}, 0x252C};
    static const Frame latent = {0x254C, 0x254E, {0x250C, 0x2510, 0x2514, 0x2518}, 0x252C};
    static const Frame selected = {0x2550, 0x2551, {0x2554, 0x2557, 0x255A, 0x255D}, 0x2564};
    return bits_has(g->latent, v) ? &latent : bits_has(g->selected, v) ? &selected : &plain;
}

static void write_name(Picture *p, size_t row, long column, const char *name) {
    size_t len = strlen(name);
    while (len) {
        uint32_t point;
        size_t n = unicode_decode(name, len, &point);
        if (!n) n = 1, point = 0xFFFD;
        int width = point < ' ' ? 1 : unicode_width(point);
        if (width) put(p, row, column, point < ' ' ? ' ' : point);
        if (width == 2) put(p, row, column + 1, POINT_REST);
        column += width;
        name += n;
        len -= n;
    }
}

static void draw_box(Picture *p, uint32_t v) {
    const Frame *f = frame_of(p->g, v);
    size_t row = p->row[node_at(p, v)->layer];
    long left = p->left[v], right = left + width_of(p, v) - 1;
    for (long c = left + 1; c < right; c++) {
        put(p, row, c, f->across);
        put(p, row + 2, c, f->across);
        put(p, row + 1, c, ' ');
    }
    for (size_t i = 0; i < 2; i++) {
        put(p, row + 2 * i, left, f->corners[2 * i]);
        put(p, row + 2 * i, right, f->corners[2 * i + 1]);
    }
    put(p, row + 1, left, f->up);
    put(p, row + 1, right, f->up);
    if (graph_degree(&p->layout.down, v)) put(p, row + 2, p->out[v], f->port);
    long spare = right - left - 1 - (long)render_width(p->g->names[v]);
    write_name(p, row + 1, left + 1 + spare / 2, p->g->names[v]);
}

static void draw_nodes(Picture *p) {
    const Layout *l = &p->layout;
    for (uint32_t node = 0; node < l->count; node++) {
        size_t layer = node_at(p, node)->layer, row = p->row[layer];
        size_t height = has_boxes(p, layer) ? BOX_HEIGHT : 0;
        LayoutKind kind = node_at(p, node)->kind;
        if (kind == LAYOUT_VERTEX) draw_box(p, node);
        if (kind == LAYOUT_BEND) vertical(p, row, row + height, p->out[node], node);
        if (layer + 1 < l->layers) draw_net(p, node, row + height, p->row[layer + 1]);
    }
}

// --- output ---------------------------------------------------------------------------------

static uint32_t point_of(const Cell *c) {
    static const uint32_t points[16] = {
        ' ',    0x2502, 0x2502, 0x2502, 0x2500, 0x2518, 0x2510, 0x2524,
        0x2500, 0x2514, 0x250C, 0x251C, 0x2500, 0x2534, 0x252C, 0x253C,
    };
    if (c->point) return c->point;
    uint32_t point = points[c->lines];
    if (c->dashed && point == 0x2502) return 0x254E;
    if (c->dashed && point == 0x2500) return 0x254C;
    return point;
}

static void add_rows(const Picture *p, Str *out) {
    for (size_t row = 0; row < p->rows && !str_stopped(out); row++) {
        size_t last = 0;
        const Cell *cells = p->cells + row * p->columns;
        for (size_t c = 0; c < p->columns; c++)
            if (point_of(&cells[c]) != ' ') last = c + 1;
        for (size_t c = 0; c < last; c++) {
            char text[4];
            uint32_t point = point_of(&cells[c]);
            if (point != POINT_REST) str_add_n(out, text, unicode_encode(point, text));
        }
        str_add_char(out, '\n');
    }
}

static Status make_arrays(Picture *p) {
    size_t n = p->layout.count;
    p->width = ARENA_ARRAY(&p->arena, double, n + 1);
    p->x = ARENA_ARRAY(&p->arena, double, n + 1);
    p->left = ARENA_ARRAY(&p->arena, long, n + 1);
    p->out = ARENA_ARRAY(&p->arena, long, n + 1);
    p->in = ARENA_ARRAY(&p->arena, long, p->layout.up.first[n] + 1);
    p->row = ARENA_ARRAY(&p->arena, size_t, p->layout.layers + 1);
    p->nets = ARENA_ARRAY(&p->arena, Wires, n + 1);
    return p->width && p->x && p->left && p->out && p->in && p->row && p->nets ? OK : NOMEM;
}

static Status draw_layout(Picture *p, uint32_t width, bool *fits, Str *out) {
    TRY(make_arrays(p));
    for (uint32_t i = 0; i < p->layout.count; i++) p->width[i] = node_width(p, i);
    *fits = layers_fit(p, width);
    if (!*fits) return OK;
    TRY(layout_spread(&p->layout, p->width, (double)p->gap, width, p->x));
    set_columns(p, (long)width);
    TRY(place_all_ports(p));
    TRY(place_rows(p));
    *fits = p->rows * p->columns <= CELLS;
    if (!*fits) return OK;
    p->cells = ARENA_ARRAY(&p->arena, Cell, p->rows * p->columns + 1);
    if (!p->cells) return NOMEM;
    draw_nodes(p);
    add_rows(p, out);
    return OK;
}

// With room around the names if there is any.
static Status try_drawing(const Graph *g, bool hidden, uint32_t width, bool *fits, Str *out) {
    Picture p = {.g = g, .arena.ctl = out->ctl};
    Status status = layout_make(g, hidden, out->ctl, &p.layout);
    for (long room = 1; status == OK && room >= 0 && !*fits; room--) {
        p.pad = room;
        p.gap = room + 1;
        status = draw_layout(&p, width, fits, out);
    }
    layout_free(&p.layout);
    arena_free(&p.arena);
    return status;
}

Status draw_graph(const Graph *g, uint32_t width, bool *fits, Str *out) {
    *fits = false;
    TRY(try_drawing(g, true, width, fits, out));
    if (*fits || !g->bidirected) return OK;
    TRY(try_drawing(g, false, width, fits, out));
    for (size_t v = 0; *fits && v < g->n; v++)
        GRAPH_EACH(g, spouses, v, s)
            if (v < s) str_printf(out, "%s <-> %s\n", g->names[v], g->names[s]);
    return OK;
}
