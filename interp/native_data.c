// Native_data: data sets from files.
#include <math.h>
#include <string.h>
#include <strings.h>

#include "interp/module.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"
#include "runtime/base/pairmap.h"
#include "runtime/base/vec.h"
#include "runtime/format/gzfile.h"
#include "runtime/format/uai.h"

// --- evidence as a data set -----------------------------------------------------------------

// The columns of a data set: the variables that some sample observes, in order of first
// mention.
typedef struct Columns {
    Interner *names;
    const UaiEvidence *evidence;
    Pairmap numbers;
    VEC(Sym) items;
    Trouble *t;
} Columns;

static bool column_of(Columns *c, uint32_t var, uint32_t *number) {
    Str s = {0};
    str_printf(&s, "x%u", var);
    Sym name = s.failed ? NULL : intern(c->names, str_text(&s), s.len);
    bool fresh = false;
    bool ok = name &&
              pairmap_add(&c->numbers, name, NULL, (uint32_t)c->items.count, &fresh) == OK &&
              (!fresh || VEC_PUSH(&c->items, name));
    if (ok) *number = pairmap_get(&c->numbers, name, NULL);
    str_free(&s);
    return ok || trouble_memory(c->t);
}

static bool find_columns(Columns *c, uint32_t *numbers) {
    const UaiEvidence *e = c->evidence;
    for (size_t i = 0; i < e->first[e->nsamples]; i++)
        if (!column_of(c, e->vars[i], &numbers[i])) return false;
    return true;
}

static bool fill_cell(const Columns *c, DataFrame *f, uint32_t sample, uint32_t column,
                      double level) {
    double *cell = &f->columns[column].values[sample];
    if (isnan(*cell) || *cell == level) return *cell = level, true;
    return trouble(c->t, DIAG_DATA_CELL, "sample %u observes %s twice, as %g and as %g",
                   sample + 1, f->columns[column].name->text, *cell, level);
}

static bool fill(const Columns *c, const uint32_t *numbers, DataFrame *f) {
    const UaiEvidence *e = c->evidence;
    for (uint32_t k = 0; k < f->ncolumns; k++) {
        f->columns[k].name = c->items.items[k];
        f->columns[k].domain = domain_new(DOMAIN_INT);
        if (!f->columns[k].domain) return trouble_memory(c->t);
        for (size_t r = 0; r < f->nrows; r++) f->columns[k].values[r] = NAN;
    }
    for (uint32_t s = 0; s < e->nsamples; s++)
        for (size_t i = e->first[s]; i < e->first[s + 1]; i++)
            if (!fill_cell(c, f, s, numbers[i], e->levels[i])) return false;
    return true;
}

static bool make_frame(const Columns *c, const uint32_t *numbers, const Ctl *ctl, Value *out) {
    size_t rows = c->evidence->nsamples, columns = c->items.count;
    double bytes = (double)rows * (double)columns * (double)sizeof(double);
    if (bytes > (double)ctl_memory(ctl))
        return trouble(c->t, DIAG_DATA_CELL,
                       "%zu samples of %zu variables need %.3g GB as a data "
                       "set, more than the limit",
                       rows, columns, bytes / 1e9) ||
               trouble_hint(c->t, ":set memory raises the limit");
    DataFrame *f = frame_new(rows, (uint32_t)columns, false);
    if (!f) return trouble_memory(c->t);
    if (fill(c, numbers, f)) return value_data(f, out);
    frame_drop(f);
    return false;
}

static bool evidence_value(Vm *vm, const UaiEvidence *e, Value *out, Trouble *t) {
    Columns c = {.names = vm_names(vm), .evidence = e, .t = t};
    uint32_t *numbers = MEM_NEW(uint32_t, e->first[e->nsamples]);
    bool ok = numbers ? find_columns(&c, numbers) && make_frame(&c, numbers, vm_ctl(vm), out)
                      : trouble_memory(t);
    mem_free(numbers);
    pairmap_free(&c.numbers);
    VEC_FREE(&c.items);
    return ok;
}

// --- read -----------------------------------------------------------------------------------

static bool is_evidence(const char *path) {
    size_t len = strlen(path);
    if (len > 3 && strcasecmp(path + len - 3, ".gz") == 0) len -= 3;
    return len > 5 && strncasecmp(path + len - 5, ".evid", 5) == 0;
}

static Status read_evidence(const char *path, const Ctl *ctl, UaiEvidence *out, Faults *faults) {
    GzFile file;
    TRY(gzfile_read(path, ctl, &file, faults));
    Status st = uai_read_evidence(file.text, file.len, path, out, faults);
    gzfile_free(&file);
    return st;
}

static bool read_file(Vm *vm, const char *path, Span span, Value *out, Trouble *t) {
    Faults faults = {0};
    UaiEvidence e = {0};
    Status st = read_evidence(path, vm_ctl(vm), &e, &faults);
    bool ok = st == OK && evidence_value(vm, &e, out, t);
    uai_evidence_free(&e);
    if (st == FAULT) return vm_faults(vm, &faults, span);
    fault_free(&faults);
    return st == OK ? ok : trouble_memory(t);
}

// Beside the file of the program, as an import.
static bool call_read(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                      Trouble *t) {
    (void)n;
    if (vm_closed(vm)) return trouble(t, DIAG_LUA_FILES, "Lua cannot have files read");
    if (args[0].tag != VALUE_STRING)
        return trouble(t, DIAG_KIND,
                       "read takes the name of a file, as in read(\"a.uai.evid\"), "
                       "not %s",
                       value_kind(args[0]));
    if (!is_evidence(value_text(args[0])))
        return trouble(t, DIAG_LATER_DATA,
                       "read takes evidence files, .evid or .evid.gz; other data "
                       "sets come in a later version");
    Span span = source_span(vm_sources(vm), origin);
    const SourceText *source = source_get(vm_sources(vm), span.source);
    char *path = module_path(source ? source->name : NULL, value_text(args[0]));
    if (!path) return trouble_memory(t);
    bool ok = vm_may_read(vm, path)
                  ? read_file(vm, path, span, out, t)
                  : trouble(t, DIAG_IMPORT_FILE, "%s: a pipe or a device is not read here", path);
    mem_free(path);
    return ok;
}

const Native native_data[] = {
    {"read", "file", 1, 1, NULL, "data",
     "The data set in a file: evidence of the UAI competitions, .evid, a row per sample; "
     "variable i "
     "is the column xi.",
     call_read},
    {0},
};
