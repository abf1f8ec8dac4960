// Format: the table, and how a file's format is found.
#include "runtime/format/format.h"

#include <string.h>
#include <strings.h>

#include "runtime/format/bif.h"
#include "runtime/format/bif_write.h"
#include "runtime/format/graph_file.h"
#include "runtime/format/gzfile.h"
#include "runtime/format/hugin.h"
#include "runtime/format/scan.h"
#include "runtime/format/uai.h"
#include "runtime/format/xmlbif.h"

const Format format_bif = {
    "bif",
    "the Bayesian interchange format",
    (const char *const[]){".bif", NULL},
    (const char *const[]){"network", "variable", "probability", NULL},
    bif_read,
    bif_write,
};

const Format format_uai = {
    "uai",
    "the format of the UAI inference competitions, without names",
    (const char *const[]){".uai", NULL},
    (const char *const[]){"BAYES", "MARKOV", NULL},
    uai_read,
    uai_write,
};

const Format format_hugin = {
    "hugin",
    "the Hugin net language",
    (const char *const[]){".net", ".hugin", NULL},
    (const char *const[]){"net", "class", "node", "discrete", NULL},
    hugin_read,
    hugin_write,
};

const Format format_xmlbif = {
    "xmlbif",
    "the XML form of the Bayesian interchange format",
    (const char *const[]){".xmlbif", ".bifxml", ".xbif", ".xml", NULL},
    (const char *const[]){"<?xml", "<BIF", "<!DOCTYPE", "<!--", NULL},
    xmlbif_read,
    xmlbif_write,
};

const Format *const format_list[] = {&format_bif, &format_uai, &format_hugin, &format_xmlbif,
                                     NULL};

const Format *format_find(const char *name) {
    for (size_t i = 0; format_list[i]; i++)
        if (strcmp(format_list[i]->name, name) == 0) return format_list[i];
    return NULL;
}

static bool ends_with(const char *text, size_t len, const char *end) {
    size_t n = strlen(end);
    return len >= n && strncasecmp(text + len - n, end, n) == 0;
}

const Format *format_of_path(const char *path) {
    size_t len = strlen(path);
    if (ends_with(path, len, ".gz")) len -= strlen(".gz");
    for (size_t i = 0; format_list[i]; i++)
        for (const char *const *e = format_list[i]->extensions; *e; e++)
            if (ends_with(path, len, *e)) return format_list[i];
    return NULL;
}

static void skip_to(Scan *s, const char *end) {
    const char *p = memmem(s->at, (size_t)(s->end - s->at), end, strlen(end));
    s->at = p ? p + strlen(end) : s->end;
}

// Skips blanks and the comments of any format.
static void skip(Scan *s) {
    for (;;) {
        char c = scan_peek(s), next = s->end - s->at > 1 ? s->at[1] : '\0';
        if (c && scan_is_space(c))
            s->at++;
        else if (c == '%' || c == '#' || (c == '/' && next == '/'))
            skip_to(s, "\n");
        else if (c == '/' && next == '*')
            skip_to(s, "*/");
        else
            return;
    }
}

// Whether the text begins with an opening; one that ends in a letter must be a whole word.
static bool opens(const Scan *s, const char *opening) {
    size_t n = strlen(opening);
    if (opening[n - 1] != '-') return scan_is_word(s, opening);
    return (size_t)(s->end - s->at) >= n && memcmp(s->at, opening, n) == 0;
}

const Format *format_of_text(const char *text, size_t len) {
    Scan s = {.start = text, .at = text, .end = text + len};
    skip(&s);
    for (size_t i = 0; format_list[i]; i++)
        for (const char *const *o = format_list[i]->openings; *o; o++)
            if (opens(&s, *o)) return format_list[i];
    return NULL;
}

// "known extensions are .bif, .uai, ...", of networks and of graphs; `writing`: those also that
// are not read.
static Status hint_extensions(bool writing, Faults *faults) {
    Str list = {0};
    for (size_t i = 0; format_list[i]; i++)
        for (const char *const *e = format_list[i]->extensions; *e; e++)
            str_printf(&list, "%s%s", list.len ? ", " : "", *e);
    for (size_t i = 0; graph_file_list[i]; i++)
        for (const char *const *e = graph_file_list[i]->extensions; *e; e++)
            if (writing || graph_file_list[i]->read) str_printf(&list, ", %s", *e);
    Status status = list.failed ? NOMEM
                                : fault_hint(faults,
                                             "known extensions are %s, each also with "
                                             ".gz behind it",
                                             list.text);
    str_free(&list);
    return status;
}

static Status unknown(const char *path, bool writing, Faults *faults) {
    size_t len = strlen(path);
    bool evidence = ends_with(path, len, ".evid") || ends_with(path, len, ".evid.gz");
    Status status = fault_add(faults, FAULT_FILE_FORMAT, 0,
                              evidence ? "'%s' holds evidence, and no model"
                                       : "the format of '%s' is not known",
                              path);
    if (status != FAULT) return status;
    return evidence ? fault_hint(faults, "it is read as data: let seen = read(\"%s\")", path)
                    : hint_extensions(writing, faults);
}

Status format_read(const char *path, const Ctl *ctl, NetFile *out, Faults *faults) {
    GzFile file;
    TRY(gzfile_read(path, ctl, &file, faults));
    const Format *format = format_of_path(path);
    if (!format) format = format_of_text(file.text, file.len);
    Status status =
        format ? format->read(file.text, file.len, path, ctl, out, faults)
               : unknown(path, false, faults);
    gzfile_free(&file);
    return status == NOMEM && ctl_cancelled(ctl) ? CANCELLED : status;
}

Status format_write(const char *path, const NetFile *net, Faults *faults) {
    const Format *format = format_of_path(path);
    if (!format) return unknown(path, true, faults);
    Str text = {0};
    Status status = format->write(net, &text, faults);
    if (status == OK) status = gzfile_write(path, text.text, text.len, faults);
    str_free(&text);
    return status;
}
