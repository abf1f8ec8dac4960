// Fuzz_file: a file of a network or a graph is read, written, and read again.
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/base/unicode.h"
#include "runtime/format/format.h"
#include "runtime/format/graph_file.h"
#include "runtime/format/gzfile.h"
#include "runtime/format/uai.h"
#include "runtime/model/model_import.h"
#include "tests/fuzz/fuzz.h"

static void promise_refusal(Status status, Faults *faults) {
    fuzz_promise(status == FAULT && faults->count == 1, "a refusal is one fault");
    fault_free(faults);
}

static void promise_read(Status status, const Str *text, const Faults *faults) {
    if (status != OK)
        fprintf(stderr, "%s\n%s\n", str_text(text),
                faults->count ? faults->items[0].message : "");
    fuzz_promise(status == OK, "what is written is read");
}

// What opens a file sees to it that it is UTF-8 without NUL.
static bool is_text(const uint8_t *data, size_t size) {
    size_t n;
    for (size_t at = 0; at < size; at += n) {
        uint32_t point;
        n = unicode_decode((const char *)data + at, size - at, &point);
        if (!n || !point) return false;
    }
    return true;
}

// --- networks --------------------------------------------------------------------------------

static void promise_same_text(const Format *format, const NetFile *net, const Str *text) {
    Str twice = {0};
    Faults faults = {0};
    fuzz_promise(format->write(net, &twice, &faults) == OK, "what is read can be written");
    fuzz_same(text, &twice, "as the same text");
    str_free(&twice);
}

static void write_network(const Format *format, const NetFile *net) {
    Str text = {0};
    Faults faults = {0};
    NetFile again = {0};
    Status status = format->write(net, &text, &faults);
    if (status == OK) {
        status = format->read(str_text(&text), text.len, "written", NULL, &again, &faults);
        promise_read(status, &text, &faults);
        if (format == &format_hugin || !*net->name) again.name = net->name; // cannot be said
        // UAI has no names: there the second text must be the first.
        if (format == &format_uai) promise_same_text(format, &again, &text);
        else
            fuzz_promise(netfile_equal(net, &again), "the network that was written comes back");
        netfile_free(&again);
    } else {
        promise_refusal(status, &faults);
    }
    str_free(&text);
}

// As a model, as a program, and back.
static void as_program(const NetFile *net) {
    Interner *names = intern_new();
    Sym name = names ? intern(names, "m", 1) : NULL;
    Faults faults = {0};
    Model *model = NULL;
    fuzz_promise(name != NULL, "there is memory");
    Status status = model_import(names, net, name, NULL, &model, NULL, &faults);
    if (status == OK) {
        if (net->arena.bytes < 100000) fuzz_program_of(model);
    } else {
        promise_refusal(status, &faults);
    }
    model_drop(model);
    intern_free(names);
}

static void network(const Format *format, const uint8_t *data, size_t size) {
    NetFile net = {0};
    Faults faults = {0};
    if (!is_text(data, size)) return;
    Status status = format->read((const char *)data, size, "f", NULL, &net, &faults);
    if (status != OK) {
        fuzz_promise(!net.arena.chunks, "a refused file leaves nothing");
        promise_refusal(status, &faults);
        return;
    }
    netfile_normalise(&net);
    for (size_t i = 0; format_list[i]; i++)
        if (format_list[i]->write) write_network(format_list[i], &net);
    as_program(&net);
    netfile_free(&net);
}

void fuzz_bif(const uint8_t *data, size_t size) { network(&format_bif, data, size); }
void fuzz_uai(const uint8_t *data, size_t size) { network(&format_uai, data, size); }
void fuzz_hugin(const uint8_t *data, size_t size) { network(&format_hugin, data, size); }
void fuzz_xmlbif(const uint8_t *data, size_t size) { network(&format_xmlbif, data, size); }

void fuzz_evidence(const uint8_t *data, size_t size) {
    UaiEvidence evidence = {0};
    Faults faults = {0};
    if (!is_text(data, size)) return;
    Status status = uai_read_evidence((const char *)data, size, "f", &evidence, &faults);
    if (status == OK) uai_evidence_free(&evidence);
    else promise_refusal(status, &faults);
}

// --- graphs ----------------------------------------------------------------------------------

static void write_graph(const GraphFormat *format, const GraphFile *file) {
    Str once = {0}, twice = {0};
    Faults faults = {0};
    GraphFile again = {0};
    Status status = format->write(file, &once, &faults);
    if (status == OK && format->read) {
        status =
            graph_file_parse(format, str_text(&once), once.len, "written", NULL, &again, &faults);
        promise_read(status, &once, &faults);
        fuzz_promise(format->write(&again, &twice, &faults) == OK, "and can be written again");
        // Lavaan's vertices come in the order of their mention.
        if (format != &graph_file_lavaan || once.len != twice.len)
            fuzz_same(&once, &twice, "as the same text");
        graph_file_free(&again);
    } else if (status != OK) {
        promise_refusal(status, &faults);
    }
    str_free(&once);
    str_free(&twice);
}

static void graph(const GraphFormat *format, const uint8_t *data, size_t size) {
    if (!is_text(data, size)) return;
    GraphFile file = {0};
    Faults faults = {0};
    Status status = graph_file_parse(format, (const char *)data, size, "f", NULL, &file, &faults);
    if (status != OK) {
        promise_refusal(status, &faults);
        return;
    }
    for (size_t i = 0; graph_file_list[i]; i++) write_graph(graph_file_list[i], &file);
    graph_file_free(&file);
}

void fuzz_dagitty(const uint8_t *data, size_t size) { graph(&graph_file_dagitty, data, size); }
void fuzz_dot(const uint8_t *data, size_t size) { graph(&graph_file_dot, data, size); }
void fuzz_lavaan(const uint8_t *data, size_t size) { graph(&graph_file_lavaan, data, size); }

// --- compressed files ------------------------------------------------------------------------

void fuzz_gz(const uint8_t *data, size_t size) {
    char path[64];
    GzFile file = {0};
    Faults faults = {0};
    int fd = memfd_create("fuzz", 0);
    fuzz_promise(fd >= 0 && write(fd, data, size) == (ssize_t)size, "there is memory");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    Status status = gzfile_read(path, NULL, &file, &faults);
    if (status == OK) {
        fuzz_promise(file.text[file.len] == '\0', "a text ends in NUL");
        gzfile_free(&file);
    } else {
        promise_refusal(status, &faults);
    }
    close(fd);
}
