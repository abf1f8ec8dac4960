// Markdown: CommonMark as HTML, through cmark.
#include "interp/markdown.h"

#include <stdlib.h>
#include <string.h>

#include <cmark.h>

#include "interp/html.h"

static void replace(cmark_node *old, cmark_node *with) {
    cmark_node_replace(old, with);
    cmark_node_free(old);
}

static void become_text(cmark_node *node, const char *text) {
    cmark_node *plain = cmark_node_new(CMARK_NODE_TEXT);
    cmark_node_set_literal(plain, text);
    replace(node, plain);
}

static void become_code(cmark_node *node) {
    cmark_node *code = cmark_node_new(CMARK_NODE_CODE_BLOCK);
    cmark_node_set_literal(code, cmark_node_get_literal(node));
    replace(node, code);
}

static void become_link(cmark_node *image) {
    cmark_node *link = cmark_node_new(CMARK_NODE_LINK), *kid;
    cmark_node_set_url(link, cmark_node_get_url(image));
    while ((kid = cmark_node_first_child(image))) cmark_node_append_child(link, kid);
    replace(image, link);
}

// "A _||_ B" looks like an emphasis of two bars.
static bool is_separation(cmark_node *emphasis) {
    cmark_node *kid = cmark_node_first_child(emphasis);
    return kid && !cmark_node_next(kid) && cmark_node_get_type(kid) == CMARK_NODE_TEXT &&
           strcmp(cmark_node_get_literal(kid), "||") == 0;
}

static void settle(cmark_node *node, cmark_event_type event) {
    cmark_node_type type = cmark_node_get_type(node);
    if (type == CMARK_NODE_HTML_INLINE) become_text(node, cmark_node_get_literal(node));
    else if (type == CMARK_NODE_HTML_BLOCK) become_code(node);
    else if (event == CMARK_EVENT_EXIT && type == CMARK_NODE_IMAGE) become_link(node);
    else if (event == CMARK_EVENT_EXIT && type == CMARK_NODE_EMPH && is_separation(node))
        become_text(node, "_||_");
}

static cmark_node *parse(const char *text, size_t len) {
    const int options = CMARK_OPT_SMART | CMARK_OPT_VALIDATE_UTF8;
    cmark_node *root = cmark_parse_document(text, len, options);
    cmark_consolidate_text_nodes(root);
    cmark_iter *all = cmark_iter_new(root);
    cmark_event_type event;
    while ((event = cmark_iter_next(all)) != CMARK_EVENT_DONE)
        settle(cmark_iter_get_node(all), event);
    cmark_iter_free(all);
    return root;
}

// Without CMARK_OPT_UNSAFE: dangerous addresses of links are left out.
static void add(cmark_node *root, bool line, Str *out) {
    char *html = cmark_render_html(root, CMARK_OPT_DEFAULT);
    const char *from = html;
    size_t len = strlen(html);
    if (line && len >= 8 && strncmp(html, "<p>", 3) == 0) from += 3, len -= 8; // "<p></p>\n"
    html_add_clean(from, len, out);
    free(html);
}

void markdown_add(const char *text, size_t len, Str *out) {
    cmark_node *root = parse(text, len);
    add(root, false, out);
    cmark_node_free(root);
}

void markdown_add_line(const char *text, size_t len, Str *out) {
    cmark_node *root = parse(text, len), *only = cmark_node_first_child(root);
    bool line = only && !cmark_node_next(only) &&
                cmark_node_get_type(only) == CMARK_NODE_PARAGRAPH;
    if (line) add(root, true, out);
    else html_add_n(text, len, out);
    cmark_node_free(root);
}

static void add_plain(cmark_node *from, Str *out) {
    cmark_iter *all = cmark_iter_new(from);
    while (cmark_iter_next(all) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(all);
        cmark_node_type type = cmark_node_get_type(node);
        if (type == CMARK_NODE_SOFTBREAK) str_add_char(out, ' ');
        else if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE)
            str_add(out, cmark_node_get_literal(node));
    }
    cmark_iter_free(all);
}

bool markdown_heading(const char *text, size_t len, Str *out) {
    cmark_node *root = parse(text, len), *node = cmark_node_first_child(root);
    while (node && cmark_node_get_type(node) != CMARK_NODE_HEADING)
        node = cmark_node_next(node);
    if (node) add_plain(node, out);
    cmark_node_free(root);
    return node != NULL;
}
