// Lsp_format: documents in the house style.
#include <string.h>

#include "interp/lsp_inner.h"
#include "interp/printer.h"

// The text with its lines ended by \r\n.
static void end_lines(Str *text) {
    Str out = {0};
    for (const char *at = str_text(text); *at;) {
        size_t n = strcspn(at, "\n");
        str_add_n(&out, at, n);
        at += n;
        if (*at) str_add(&out, "\r\n"), at++;
    }
    out.failed |= text->failed;
    str_free(text);
    *text = out;
}

// The edit that makes the document this text: from the first to the last line that differs.
static json_t *edits(const Lsp *lsp, const LspDocument *d, const Str *new) {
    const char *old = str_text(&d->text.text), *made = str_text(new);
    size_t n = d->text.text.len, m = new->len, start = 0, same = 0;
    if (n == m && memcmp(old, made, n) == 0) return json_array();
    for (size_t i = 0; i < n && i < m && old[i] == made[i]; i++)
        if (old[i] == '\n') start = i + 1;
    for (size_t i = 1; i <= n - start && i <= m - start && old[n - i] == made[m - i]; i++)
        if (i == n - start || old[n - i - 1] == '\n') same = i;
    // A line that ends the same must begin a line in both.
    if (same && same < m - start && made[m - same - 1] != '\n') same = 0;
    if (same && same < n - start && old[n - same - 1] != '\n') same = 0;
    return json_pack("[{s:o, s:s%}]", "range",
                     lsp_text_range(&d->text, lsp->units, start, n - same), "newText",
                     made + start, m - same - start);
}

json_t *lsp_format(Lsp *lsp, const json_t *params) {
    LspDocument *d = lsp_document_of(lsp, params, NULL);
    if (!d) return NULL;
    if (d->tree.errors) return json_null();
    Str made = {0};
    printer_program(&d->tree.ast, lsp_tree_text(&d->tree), &made);
    if (strstr(str_text(&d->text.text), "\r\n")) end_lines(&made);
    json_t *found = made.failed ? NULL : edits(lsp, d, &made);
    str_free(&made);
    return found;
}
