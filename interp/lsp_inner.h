// Lsp_inner: what the files of the language server share.
//
// JSON is read and made by jansson. Functions that return a json_t * return a new reference;
// NULL: memory is exhausted, or the request is refused (lsp_refuse).
#ifndef RUNG_INTERP_LSP_INNER_H
#define RUNG_INTERP_LSP_INNER_H

#include <jansson.h>
#include <pthread.h>

#include "interp/ast.h"
#include "interp/interp.h"
#include "interp/lsp.h"
#include "runtime/base/vec.h"

// --- lsp_wire.c: messages ------------------------------------------------------------------

// Messages as they come in; those that are there already are read ahead of the one at hand.
typedef struct LspWire {
    int in, out;
    const volatile sig_atomic_t *interrupted; // NULL allowed: the input then ends
    Str input;      // not yet split into messages
    bool ended;     // there will be no more
    bool lost;      // within something that is no message, and that was reported
    VEC(json_t *) queue; // NULL: something that is no message, or no JSON
    size_t next;
} LspWire;

// The next message, waiting for it: in *message (taken by the caller), NULL for what is none.
// False: the input has ended.
bool lsp_wire_next(LspWire *w, json_t **message);
// Whether another message is there already; and whether one of them cancels a request.
bool lsp_wire_more(LspWire *w);
bool lsp_wire_cancelled(const LspWire *w, const json_t *id);
// Sends, and drops the message. False: it could not be written, or there was no memory.
bool lsp_wire_send(LspWire *w, json_t *message);
// Refuses a request because memory is exhausted, without using any. NULL: one that is not known.
void lsp_wire_exhausted(LspWire *w, const json_t *id);
void lsp_wire_free(LspWire *w);

// --- lsp_text.c: texts and places in them --------------------------------------------------

// What the columns of a client count.
typedef enum LspUnits { LSP_UTF16, LSP_UTF8, LSP_UTF32 } LspUnits;

// A text with the places where its lines begin. Lines end in \n, \r\n or \r.
typedef struct LspText {
    Str text;
    VEC(size_t) lines;
} LspText;

// False: no memory, and the text is as it was.
bool lsp_text_set(LspText *t, const char *text, size_t len);
bool lsp_text_replace(LspText *t, size_t start, size_t end, const char *by, size_t len);
void lsp_text_free(LspText *t);

// From a position to a byte and back, in time logarithmic in the lines. A column beyond its
// line is the end of the line, a line beyond the text its end; a place within a character is
// its beginning.
size_t lsp_text_offset(const LspText *t, LspUnits units, json_int_t line, json_int_t column);
json_t *lsp_text_position(const LspText *t, LspUnits units, size_t offset);
json_t *lsp_text_range(const LspText *t, LspUnits units, size_t start, size_t end);

// The path of a file: URI, its escapes resolved; NULL for another URI (or no memory). And back.
char *lsp_text_path(const char *uri);
char *lsp_text_uri(const char *path);

// --- lsp_tree.c: parsed texts --------------------------------------------------------------

typedef struct LspTree {
    Sources sources;
    Interner *names;
    Ast ast;
    size_t errors; // that the parser found
} LspTree;

// False: no memory.
bool lsp_tree_parse(LspTree *t, const char *name, const char *text, size_t len);
void lsp_tree_free(LspTree *t);
const SourceText *lsp_tree_text(const LspTree *t);

// The nodes from a statement down to the smallest that a byte belongs to; the end of a node
// counts when no other node begins there. Empty between statements.
typedef VEC(const Node *) LspPath;
bool lsp_tree_path(const LspTree *t, size_t offset, LspPath *path); // false: no memory

// The name that stands there, used or declared, and where. NULL: none.
const char *lsp_tree_name(const LspPath *path, size_t offset, Span *span);

// The number of statements that end before a byte, or at it.
size_t lsp_tree_before(const LspTree *t, size_t offset);

// Whether a byte lies in a comment or inside a text in quotes.
bool lsp_tree_quoted(const LspTree *t, const LspPath *path, size_t offset);

// Appends the comment above a node, without its marks; nothing when there is none.
void lsp_tree_comment(const LspTree *t, const Node *node, Str *out);

// --- documents -----------------------------------------------------------------------------

// What a program has defined up to some place.
typedef struct LspSession {
    Interp *interp; // NULL: none yet
    Str done;       // the text up to the end of the last statement in it
    size_t count;   // of those statements
    double spent;   // seconds
    bool spoiled;   // it has been told more: not to be carried on
} LspSession;

typedef struct LspDocument {
    char *uri, *path; // path NULL: not a file
    json_int_t version;
    bool dirty;       // its diagnostics are older than it is
    LspText text;
    LspTree tree;     // of the text, once it is wanted
    bool parsed;
    LspSession session;
} LspDocument;

// One server.
typedef struct Lsp {
    const InterpOptions *options;
    LspWire wire;
    LspUnits units;
    bool started, stopping, ended; // initialize, shutdown, exit were received
    bool nested;                   // the client shows symbols as a tree,
    bool markdown;                 // and documentation as Markdown
    VEC(LspDocument *) documents;
    int refusal;         // the code of the error to answer with, 0: none
    const char *refused; // why; static
    volatile sig_atomic_t cancel; // of what is computed at present
} Lsp;

enum { LSP_INVALID_PARAMS = -32602 };

// lsp.c: the answer to the request at hand is an error. Returns NULL.
json_t *lsp_refuse(Lsp *lsp, int code, const char *why);

// lsp_document.c: the document that parameters speak of, and the byte in it (`offset` may be
// NULL); NULL: refused. lsp_document_tree parses it when that is not done; false: no memory.
LspDocument *lsp_document_find(Lsp *lsp, const char *uri);
LspDocument *lsp_document_of(Lsp *lsp, const json_t *params, size_t *offset);
bool lsp_document_tree(LspDocument *d);
// What `answer` says of the nodes at the byte that parameters speak of.
json_t *lsp_document_at(Lsp *lsp, const json_t *params,
                        json_t *(*answer)(Lsp *lsp, LspDocument *d, const LspPath *path,
                                          size_t offset));
const char *lsp_document_name(const LspDocument *d); // in messages
// What notifications about documents do; wrong ones do nothing.
void lsp_document_open(Lsp *lsp, const json_t *params);
void lsp_document_change(Lsp *lsp, const json_t *params);
void lsp_document_close(Lsp *lsp, const json_t *params);
void lsp_document_saved(Lsp *lsp, const json_t *params);
void lsp_document_free(LspDocument *d);

// --- what is asked about them --------------------------------------------------------------

// lsp_watch.c: sets lsp->cancel when some time has passed. lsp_watch_end waits for the watch.
typedef struct LspWatch {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool runs, over;
    struct timespec until;
    double begun;
    volatile sig_atomic_t *cancel;
} LspWatch;
void lsp_watch_start(LspWatch *w, Lsp *lsp, double seconds);
double lsp_watch_end(LspWatch *w); // the seconds that passed

// lsp_check.c: the parameters of publishDiagnostics.
json_t *lsp_check(Lsp *lsp, LspDocument *d);

// lsp_session.c: a session in which what stands before the statement at `offset` is defined
// (and, `with`, that statement too); the document's, valid until the text changes. NULL: no memory.
Interp *lsp_session_at(Lsp *lsp, LspDocument *d, size_t offset, bool with);
void lsp_session_free(LspSession *s);
// The options that programs are checked with: nothing is shown, and lsp->cancel stops them.
InterpOptions lsp_session_options(Lsp *lsp);

// lsp_define.c: where a name is defined that stands at the end of a path.
typedef struct LspFound {
    const Node *node; // the statement or item that defines it
    Span span;        // of the name there
    char *path;       // of the file; NULL: the document itself
    LspTree other;    // of that file
} LspFound;
bool lsp_define_name(LspDocument *d, const LspPath *path, const char *name, LspFound *found);
void lsp_define_free(LspFound *found);
json_t *lsp_define(Lsp *lsp, const json_t *params); // textDocument/definition

// lsp_hover.c: MarkupContent of a text, a fence around `code` (which may be empty) where that
// is shown. What :help says of a name; false: nothing.
json_t *lsp_hover_markup(const Lsp *lsp, const Str *code, const Str *text);
bool lsp_hover_help(const char *name, Str *code, Str *text);

json_t *lsp_symbols(Lsp *lsp, const json_t *params);   // textDocument/documentSymbol
json_t *lsp_hover(Lsp *lsp, const json_t *params);     // textDocument/hover
json_t *lsp_complete(Lsp *lsp, const json_t *params);  // textDocument/completion
json_t *lsp_resolve(Lsp *lsp, const json_t *params);   // completionItem/resolve
json_t *lsp_signature(Lsp *lsp, const json_t *params); // textDocument/signatureHelp
json_t *lsp_format(Lsp *lsp, const json_t *params);    // textDocument/formatting

#endif
