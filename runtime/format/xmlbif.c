// XmlBif: variables first, then the tables, whatever their order in the file.
#include "runtime/format/xmlbif.h"

#include <string.h>

#include "runtime/base/num.h"
#include "runtime/format/netbuild.h"
#include "runtime/format/xml.h"

// A table as it stands in the file, until every variable is known.
typedef struct Definition {
    const char *at;
    size_t first, count; // its names in XmlBif.names: the child, then the parents
    Span table;          // text NULL when there is none
} Definition;

typedef struct XmlBif {
    Xml xml;
    NetBuild build;
    SpanVec names;    // of all definitions
    SpanVec outcomes; // of the variable being read
    IdVec ids;        // parents of the table being read
    VEC(Definition) definitions;
} XmlBif;

// At the start of an element: its text, which stays as long as the network.
static Status element_text(XmlBif *f, Span *out) {
    TRY(xml_text(&f->xml));
    *out = f->xml.text;
    if (f->xml.in_file) return OK;
    out->text = build_text(&f->build, *out);
    return out->text ? OK : NOMEM;
}

static Status property(XmlBif *f) {
    TRY(xml_text(&f->xml));
    return f->xml.text.len ? build_prop(&f->build, f->xml.text) : OK;
}

static Status expected(XmlBif *f, const char *what) {
    return scan_fault(&f->xml.scan, FAULT_XMLBIF_SYNTAX, f->xml.at, "expected %s", what);
}

static bool starts(const XmlBif *f, const char *name) {
    return xml_is(&f->xml, XML_START, name);
}

// --- variables ---

static bool is_text(Span text, const char *word) {
    return text.len == strlen(word) && memcmp(text.text, word, text.len) == 0;
}

static Status check_kind(XmlBif *f) {
    Span type = xml_attribute(&f->xml, "TYPE");
    if (!type.text || is_text(type, "nature") || is_text(type, "discrete")) return OK;
    return scan_fault(&f->xml.scan, FAULT_NET_UNSUPPORTED, f->xml.at,
                      "a variable of type '%.*s' cannot be read, only of type 'nature'",
                      SPAN_ARGS(type));
}

static Status outcome(XmlBif *f) {
    Span text;
    TRY(element_text(f, &text));
    return VEC_PUSH(&f->outcomes, text) ? OK : NOMEM;
}

// An element of a variable: its name, an outcome, a property.
static Status variable_part(XmlBif *f, Span *name) {
    if (starts(f, "NAME")) return element_text(f, name);
    if (starts(f, "OUTCOME") || starts(f, "VALUE")) return outcome(f);
    if (starts(f, "PROPERTY")) return property(f);
    if (f->xml.kind == XML_START) return xml_skip(&f->xml);
    return expected(f, "an element of the variable");
}

static Status variable(XmlBif *f) {
    const char *at = f->xml.at;
    Span name = {NULL, 0};
    uint32_t v;
    f->outcomes.count = 0;
    TRY(check_kind(f));
    for (;;) {
        TRY(xml_next(&f->xml));
        if (f->xml.kind == XML_END) break;
        TRY(variable_part(f, &name));
    }
    f->xml.at = at;
    if (name.len == 0) return expected(f, "a <NAME> in the variable");
    TRY(build_var(&f->build, name, &v));
    if (f->outcomes.count == 0) return expected(f, "an <OUTCOME> in the variable");
    TRY(build_levels(&f->build, v, f->outcomes.items, f->outcomes.count));
    NetVar *var = &f->build.vars.items[v].var;
    TRY(build_props(&f->build, &var->props));
    build_position(var);
    return OK;
}

// --- tables ---

static Status name_of(XmlBif *f, Definition *d, bool child) {
    Span name;
    TRY(element_text(f, &name));
    if (child && d->count > 0 && f->names.items[d->first].text)
        return scan_fault(&f->xml.scan, FAULT_NET_UNSUPPORTED, f->xml.at,
                          "a definition is FOR one variable");
    if (child)
        f->names.items[d->first] = name;
    else if (!VEC_PUSH(&f->names, name))
        return NOMEM;
    else
        d->count++;
    return OK;
}

static Status definition_part(XmlBif *f, Definition *d) {
    if (starts(f, "FOR")) return name_of(f, d, true);
    if (starts(f, "GIVEN")) return name_of(f, d, false);
    if (starts(f, "TABLE") && d->table.text)
        return scan_fault(&f->xml.scan, FAULT_NET_TABLE_TWICE, f->xml.at,
                          "the definition has two tables");
    if (starts(f, "TABLE")) return element_text(f, &d->table);
    if (starts(f, "ENTRY") || starts(f, "DEFAULT"))
        return scan_fault(&f->xml.scan, FAULT_NET_UNSUPPORTED, f->xml.at,
                          "only definitions with a <TABLE> can be read");
    if (f->xml.kind == XML_START) return xml_skip(&f->xml);
    return expected(f, "an element of the definition");
}

static Status definition(XmlBif *f) {
    Definition d = {.at = f->xml.at, .first = f->names.count, .count = 1};
    const Span none = {NULL, 0};
    if (!VEC_PUSH(&f->names, none)) return NOMEM;
    for (;;) {
        TRY(xml_next(&f->xml));
        if (f->xml.kind == XML_END) break;
        TRY(definition_part(f, &d));
    }
    f->xml.at = d.at;
    if (!f->names.items[d.first].text) return expected(f, "a <FOR> in the definition");
    if (!d.table.text) return expected(f, "a <TABLE> in the definition");
    return VEC_PUSH(&f->definitions, d) ? OK : NOMEM;
}

// The variables of a definition: f->ids gets the parents, *child the child.
static Status resolve(XmlBif *f, const Definition *d, uint32_t *child) {
    f->ids.count = 0;
    for (size_t i = 0; i < d->count; i++) {
        Span name = f->names.items[d->first + i];
        uint32_t id = build_find(&f->build, name);
        if (id == NAMES_NONE)
            return scan_fault(&f->xml.scan, FAULT_NET_UNDECLARED, name.text,
                              "the variable '%.*s' is not declared", SPAN_ARGS(name));
        if (i == 0)
            *child = id;
        else if (!VEC_PUSH(&f->ids, id))
            return NOMEM;
    }
    return OK;
}

// Reads the numbers of a table into `to`, which has room for `cells`; *count receives how many
// there are. Points behind the last number.
static const char *numbers(Span text, double *to, size_t cells, size_t *count) {
    const char *p = text.text, *end = text.text + text.len;
    for (*count = 0;; ++*count) {
        while (p < end && (scan_is_space(*p) || *p == ',')) p++;
        double value;
        size_t n = num_read(p, (size_t)(end - p), &value);
        bool ended = p + n == end || scan_is_space(p[n]) || p[n] == ',';
        if (n == 0 || !ended) return p;
        if (*count < cells) to[*count] = value;
        p += n;
    }
}

static Status table(XmlBif *f, const Definition *d) {
    uint32_t child = NAMES_NONE;
    size_t count;
    f->xml.scan.at = d->at;
    TRY(resolve(f, d, &child));
    TRY(build_table(&f->build, child, f->ids.items, (uint32_t)f->ids.count, d->table.len + 1,
                    d->at));
    const BuildVar *made = &f->build.vars.items[child];
    const char *stop = numbers(d->table, made->table, made->var.cells, &count);
    if (stop < d->table.text + d->table.len)
        return scan_fault(&f->xml.scan, FAULT_XMLBIF_SYNTAX, stop,
                          "expected a number in the table of '%s'", made->var.name);
    if (count != made->var.cells)
        return scan_fault(&f->xml.scan, FAULT_NET_COUNT, d->table.text,
                          "the table of '%s' needs %zu numbers and has %zu", made->var.name,
                          made->var.cells, count);
    return build_check_rows(&f->build, child, false, d->table.text);
}

// --- the file ---

static Status network_name(XmlBif *f) {
    TRY(xml_text(&f->xml));
    f->build.net.name = build_text(&f->build, f->xml.text);
    return f->build.net.name ? OK : NOMEM;
}

static Status network_property(XmlBif *f) {
    TRY(property(f));
    return build_props(&f->build, &f->build.net.props);
}

static Status network_part(XmlBif *f) {
    if (starts(f, "NAME")) return network_name(f);
    if (starts(f, "PROPERTY")) return network_property(f);
    if (starts(f, "VARIABLE")) return variable(f);
    if (starts(f, "DEFINITION") || starts(f, "PROBABILITY")) return definition(f);
    if (f->xml.kind == XML_START) return xml_skip(&f->xml);
    return expected(f, "a <VARIABLE> or a <DEFINITION>");
}

static Status document(XmlBif *f) {
    TRY(xml_next(&f->xml));
    if (!starts(f, "BIF")) return expected(f, "<BIF>");
    TRY(xml_next(&f->xml));
    if (!starts(f, "NETWORK")) return expected(f, "<NETWORK>");
    for (;;) {
        TRY(xml_next(&f->xml));
        if (f->xml.kind == XML_END) break;
        TRY(network_part(f));
    }
    TRY(xml_next(&f->xml));
    if (f->xml.kind != XML_END) return expected(f, "</BIF>");
    TRY(xml_next(&f->xml));
    return f->xml.kind == XML_DONE ? OK : expected(f, "the end of the file");
}

static Status whole_file(XmlBif *f, NetFile *out) {
    TRY(document(f));
    for (size_t i = 0; i < f->definitions.count; i++) TRY(table(f, &f->definitions.items[i]));
    return build_finish(&f->build, out);
}

Status xmlbif_read(const char *text, size_t len, const char *file, const Ctl *ctl, NetFile *out,
                   Faults *faults) {
    XmlBif f = {.xml.scan = {text, text, text + len, file, FAULT_XMLBIF_SYNTAX, faults}};
    f.build.scan = &f.xml.scan;
    f.build.net.arena.ctl = ctl;
    Status status = whole_file(&f, out);
    build_free(&f.build);
    xml_free(&f.xml);
    VEC_FREE(&f.names);
    VEC_FREE(&f.outcomes);
    VEC_FREE(&f.ids);
    VEC_FREE(&f.definitions);
    return status;
}

// --- writing ---

static Status check_name(const char *name, Faults *faults) {
    size_t n = strlen(name);
    bool fits = n > 0 && !scan_is_space(name[0]) && !scan_is_space(name[n - 1]);
    for (size_t i = 0; i < n; i++) fits = fits && (unsigned char)name[i] >= ' ';
    if (fits) return OK;
    return fault_add(faults, FAULT_FILE_EXPRESS, 0,
                     "the name '%s' cannot be written in XMLBIF: it is empty, begins or ends "
                     "with a blank, or holds a control character",
                     name);
}

static Status check_names(const NetFile *net, Faults *faults) {
    if (*net->name) TRY(check_name(net->name, faults));
    for (uint32_t v = 0; v < net->nvars; v++) {
        const NetVar *var = &net->vars[v];
        TRY(check_name(var->name, faults));
        for (uint32_t k = 0; k < var->nlevels; k++) TRY(check_name(var->levels[k], faults));
    }
    return OK;
}

static void add_element(Str *out, const char *indent, const char *name, const char *text) {
    str_printf(out, "%s<%s>", indent, name);
    xml_add(out, text);
    str_printf(out, "</%s>\n", name);
}

static void add_variable(Str *out, const NetVar *var) {
    str_add(out, "<VARIABLE TYPE=\"nature\">\n");
    add_element(out, "  ", "NAME", var->name);
    for (uint32_t k = 0; k < var->nlevels; k++)
        add_element(out, "  ", "OUTCOME", var->levels[k]);
    for (uint32_t i = 0; i < var->props.count; i++)
        add_element(out, "  ", "PROPERTY", var->props.texts[i]);
    str_add(out, "</VARIABLE>\n");
}

static void add_definition(Str *out, const NetFile *net, const NetVar *var) {
    str_add(out, "<DEFINITION>\n");
    add_element(out, "  ", "FOR", var->name);
    for (uint32_t i = 0; i < var->nparents; i++)
        add_element(out, "  ", "GIVEN", net->vars[var->parents[i]].name);
    str_add(out, "  <TABLE>");
    for (size_t i = 0; i < var->cells; i++) {
        if (i % var->nlevels)
            str_add_char(out, ' ');
        else if (i > 0)
            str_add(out, "\n         ");
        num_add(out, var->table[i]);
    }
    str_add(out, "</TABLE>\n</DEFINITION>\n");
}

Status xmlbif_write(const NetFile *net, Str *out, Faults *faults) {
    if (net->markov)
        return fault_add(
            faults, FAULT_FILE_EXPRESS, 0,
            "a Markov network cannot be written in XMLBIF; UAI files can hold one");
    TRY(check_names(net, faults));
    str_add(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BIF VERSION=\"0.3\">\n<NETWORK>\n");
    add_element(out, "", "NAME", net->name);
    for (uint32_t i = 0; i < net->props.count; i++)
        add_element(out, "", "PROPERTY", net->props.texts[i]);
    for (uint32_t v = 0; v < net->nvars; v++) add_variable(out, &net->vars[v]);
    for (uint32_t v = 0; v < net->nvars; v++) add_definition(out, net, &net->vars[v]);
    str_add(out, "</NETWORK>\n</BIF>\n");
    return out->failed ? NOMEM : OK;
}
