// Query_remedies: remedies as JSON and as steps.
#include "interp/query_remedies.h"

#include <string.h>

#include "interp/render.h"
#include "runtime/symbol/explain_remedies.h"

static void add_json(const Remedies *r, const Sets *sets, bool measure, Str *out) {
    const Graph *g = r->graph;
    for (size_t i = 0; i < sets->count; i++) {
        size_t n = 0;
        Str text = {0};
        str_printf(out, "%s{\"%s\":[", out->len > 1 ? "," : "",
                   measure ? "measurement" : "experiment");
        SET_EACH(sets_at(sets, i), g->words, v) {
            if (n++) str_add_char(out, ',');
            render_json_string(g->names[v], strlen(g->names[v]), out);
        }
        str_add(out, "],\"text\":");
        explain_remedies_text(r, sets_at(sets, i), measure, &text);
        render_json_string(str_text(&text), text.len, out);
        str_add_char(out, '}');
        str_free(&text);
    }
}

static char *to_json(const Remedies *r) {
    Str out = {0};
    str_add_char(&out, '[');
    add_json(r, &r->measurements, true, &out);
    add_json(r, &r->experiments, false, &out);
    str_add_char(&out, ']');
    return str_take(&out);
}

Status query_remedies(const Graph *g, const IdentifyQuery *q, const Identification *id,
                      const Ctl *ctl, Derivation *d, Faults *faults, char **json) {
    Remedies r;
    *json = NULL;
    TRY(explain_remedies_hedge(id, d));
    TRY(remedies_find(g, q, (RemediesLimits){.largest = 2, .calls = 200}, ctl, faults, &r));
    Status status = explain_remedies(g, q, &r, d, faults);
    if (status == OK) *json = to_json(&r);
    if (status == OK && !*json) status = NOMEM;
    remedies_free(&r);
    return status;
}
