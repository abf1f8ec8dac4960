// Module_network: networks and graphs in files, as models.
#include "interp/module_network.h"

#include <ctype.h>
#include <string.h>

#include "interp/vm.h"
#include "runtime/format/format.h"
#include "runtime/format/graph_file.h"
#include "runtime/model/causal.h"
#include "runtime/model/model_import.h"

bool module_is_network(const char *path) {
    return format_of_path(path) != NULL;
}

bool module_is_graph(const char *path) {
    const GraphFormat *format = graph_file_of_path(path);
    return format && format->read;
}

// The file's name without folders and extensions.
static void base_name(const char *path, Str *out) {
    const char *slash = strrchr(path, '/');
    const char *start = slash ? slash + 1 : path;
    const char *dot = strchr(start, '.');
    str_add_n(out, start, dot ? (size_t)(dot - start) : strlen(start));
}

// Letters, digits and _ are kept, every other byte becomes _, and a leading digit gets one before
// it; a name that is nothing becomes "network".
static Sym valid_name(Vm *vm, const char *name) {
    Str s = {0};
    if (isdigit((unsigned char)name[0])) str_add_char(&s, '_');
    for (const char *p = name; *p; p++) {
        unsigned char c = (unsigned char)*p;
        str_add_char(&s, isalnum(c) || c >= 0x80 ? *p : '_');
    }
    if (!s.len) str_add(&s, "network");
    Sym sym = s.failed ? NULL : intern(vm_names(vm), str_text(&s), s.len);
    str_free(&s);
    return sym;
}

// `given` is what the file calls itself.
static Sym model_name(Vm *vm, const char *given, const char *path) {
    static const char *const empty[] = {"", "unknown", "unnamed", "network"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        if (strcmp(given, empty[i]) != 0) continue;
        Str base = {0};
        base_name(path, &base);
        Sym name = base.failed ? NULL : valid_name(vm, str_text(&base));
        str_free(&base);
        return name;
    }
    return valid_name(vm, given);
}

Sym module_model_name(Vm *vm, const char *path) {
    return model_name(vm, "", path);
}

static Status read_network(Vm *vm, const char *path, Sym as, Model **model, Faults *faults) {
    const Ctl *ctl = vm_ctl(vm);
    NetFile net = {0};
    Status status = format_read(path, ctl, &net, faults);
    Sym name = as;
    if (status == OK && !name) name = model_name(vm, net.name, path);
    if (status == OK && !name) status = NOMEM;
    if (status == OK) status = model_import(vm_names(vm), &net, name, ctl, model, NULL, faults);
    netfile_free(&net);
    return status;
}

static Status read_graph(Vm *vm, const char *path, Sym as, Model **model, Faults *faults) {
    GraphFile file;
    Status status = graph_file_read(path, vm_ctl(vm), &file, faults);
    Sym name = as;
    if (status == OK && !name) name = model_name(vm, file.name ? file.name : "", path);
    if (status == OK && !name) status = NOMEM;
    if (status == OK) status = causal_model(vm_names(vm), file.graph, name, model, faults);
    graph_file_free(&file);
    return status;
}

bool module_network(Vm *vm, const char *path, Sym as, Span span, Value *out) {
    Faults faults = {0};
    Model *model = NULL;
    Status status = module_is_graph(path) ? read_graph(vm, path, as, &model, &faults)
                                          : read_network(vm, path, as, &model, &faults);
    if (status == OK && value_model(model, out)) return true;
    if (status == FAULT) return vm_faults(vm, &faults, span);
    fault_free(&faults);
    return vm_memory(vm);
}
