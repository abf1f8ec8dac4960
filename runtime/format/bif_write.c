// BifWrite: one block per variable, then one per table.
#include "runtime/format/bif_write.h"

#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/base/num.h"
#include "runtime/format/scan.h"

// --- names ---

static bool is_plain(const char *name) {
    if (*name == '\0' || strstr(name, "//") || strstr(name, "/*")) return false;
    return strpbrk(name, " ,|;{}()[]") == NULL;
}

static Status check_name(const char *name, Faults *faults) {
    for (const char *p = name; *p; p++) {
        if (*p != '"' && (unsigned char)*p >= ' ') continue;
        return fault_add(faults, FAULT_FILE_EXPRESS, 0,
                         "the name '%s' cannot be written in BIF: it holds %s", name,
                         *p == '"' ? "a quotation mark" : "a control character");
    }
    return OK;
}

static Status check_names(const NetFile *net, Faults *faults) {
    TRY(check_name(net->name, faults));
    for (uint32_t v = 0; v < net->nvars; v++) {
        const NetVar *var = &net->vars[v];
        TRY(check_name(var->name, faults));
        for (uint32_t k = 0; k < var->nlevels; k++) TRY(check_name(var->levels[k], faults));
    }
    return OK;
}

static void add_name(Str *out, const char *name) {
    const char *quote = is_plain(name) ? "" : "\"";
    str_add(out, quote);
    str_add(out, name);
    str_add(out, quote);
}

// --- properties ---

// Whether the text of a property can stand as it is: it ends at its semicolon, and no reader
// takes it for a quoted text or sees a comment in it.
static bool is_plain_property(const char *text) {
    size_t n = strlen(text);
    if (n == 0) return true;
    if (text[0] == '"' || scan_is_space(text[0]) || scan_is_space(text[n - 1])) return false;
    return !strpbrk(text, ";\n\r") && !strstr(text, "//") && !strstr(text, "/*");
}

static void add_property(Str *out, const char *text) {
    str_add(out, "  property ");
    if (is_plain_property(text)) {
        str_add(out, text);
    } else {
        str_add_char(out, '"');
        for (const char *p = text; *p; p++) {
            if (*p == '"' || *p == '\\') str_add_char(out, '\\');
            if (*p == '\n')
                str_add(out, "\\n");
            else
                str_add_char(out, *p);
        }
        str_add_char(out, '"');
    }
    str_add(out, ";\n");
}

static void add_properties(Str *out, const NetProps *props) {
    for (uint32_t i = 0; i < props->count; i++) add_property(out, props->texts[i]);
}

// --- blocks ---

static void add_variable(Str *out, const NetVar *var) {
    str_add(out, "variable ");
    add_name(out, var->name);
    str_printf(out, " {\n  type discrete [ %u ] { ", var->nlevels);
    for (uint32_t k = 0; k < var->nlevels; k++) {
        if (k) str_add(out, ", ");
        add_name(out, var->levels[k]);
    }
    str_add(out, " };\n");
    add_properties(out, &var->props);
    str_add(out, "}\n");
}

static void add_numbers(Str *out, const double *p, uint32_t n) {
    for (uint32_t k = 0; k < n; k++) {
        if (k) str_add(out, ", ");
        num_add(out, p[k]);
    }
    str_add(out, ";\n");
}

// Steps to the next combination, the last parent fastest.
static void next_row(const NetFile *net, const NetVar *var, uint32_t *levels) {
    for (uint32_t i = var->nparents; i-- > 0;) {
        if (++levels[i] < net->vars[var->parents[i]].nlevels) return;
        levels[i] = 0;
    }
}

static void add_rows(Str *out, const NetFile *net, const NetVar *var, uint32_t *levels) {
    size_t rows = netfile_rows(var);
    memset(levels, 0, var->nparents * sizeof *levels);
    for (size_t row = 0; row < rows; row++) {
        for (uint32_t i = 0; i < var->nparents; i++) {
            str_add(out, i ? ", " : "  (");
            add_name(out, net->vars[var->parents[i]].levels[levels[i]]);
        }
        str_add(out, ") ");
        add_numbers(out, var->table + row * var->nlevels, var->nlevels);
        next_row(net, var, levels);
    }
}

static void add_probability(Str *out, const NetFile *net, const NetVar *var, uint32_t *levels) {
    str_add(out, "probability ( ");
    add_name(out, var->name);
    for (uint32_t i = 0; i < var->nparents; i++) {
        str_add(out, i ? ", " : " | ");
        add_name(out, net->vars[var->parents[i]].name);
    }
    str_add(out, " ) {\n");
    if (var->nparents) {
        add_rows(out, net, var, levels);
    } else {
        str_add(out, "  table ");
        add_numbers(out, var->table, var->nlevels);
    }
    str_add(out, "}\n");
}

static void add_network(Str *out, const NetFile *net) {
    str_add(out, "network ");
    add_name(out, *net->name ? net->name : "unknown");
    str_add(out, " {\n");
    add_properties(out, &net->props);
    str_add(out, "}\n");
}

Status bif_write(const NetFile *net, Str *out, Faults *faults) {
    if (net->markov)
        return fault_add(faults, FAULT_FILE_EXPRESS, 0,
                         "a Markov network cannot be written in BIF; UAI files can hold one");
    TRY(check_names(net, faults));
    uint32_t *levels = MEM_NEW(uint32_t, net->nvars);
    if (!levels) return NOMEM;
    add_network(out, net);
    for (uint32_t v = 0; v < net->nvars; v++) add_variable(out, &net->vars[v]);
    for (uint32_t v = 0; v < net->nvars; v++) add_probability(out, net, &net->vars[v], levels);
    mem_free(levels);
    return out->failed ? NOMEM : OK;
}
