// Native_estimand: estimands written for other readers.
#include <string.h>

#include "interp/diag.h"
#include "interp/native.h"
#include "interp/vm.h"

static bool form_of(Vm *vm, const char *name, bool latex, Value v, Value *out, Trouble *t) {
    bool estimand = v.tag == VALUE_ESTIMAND;
    bool missing = v.tag == VALUE_UNKNOWN || (estimand && value_estimand_of(v)->witness);
    // Why there is no estimand stays the answer, as in arithmetic.
    if (missing) return *out = value_keep(v), true;
    if (!estimand)
        return trouble(t, DIAG_KIND, "%s takes an estimand, as P(Y | do(X)) under a graph; not %s",
                       name, value_kind(v));
    const char *text = latex ? value_estimand_of(v)->latex : value_estimand_of(v)->source;
    if (!*text) {
        trouble(t, DIAG_KIND, "this question asks for more than values of variables, which %s "
                "cannot say", name);
        return trouble_hint(t, "ask for values, P(V = v | do(X = x)), or the mean E[V | do(X = x)]");
    }
    Sym sym = intern(vm_names(vm), text, strlen(text));
    if (!sym) return trouble_memory(t);
    *out = value_string(sym);
    return true;
}

static bool call_latex(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                       Trouble *t) {
    (void)n, (void)origin;
    return form_of(vm, "latex", true, args[0], out, t);
}

static bool call_source(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                        Trouble *t) {
    (void)n, (void)origin;
    return form_of(vm, "source", false, args[0], out, t);
}

const Native native_estimand[] = {
    {"latex", "estimand", 1, 1, NULL, "graphs", "An estimand as LaTeX.", call_latex},
    {"source", "estimand", 1, 1, NULL, "graphs",
     "An estimand as Rung text that can be asked of a model.", call_source},
    {0},
};
