// Lsp_wire: messages, each behind a header that tells its length.
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "interp/lsp_inner.h"

// A header longer than this, or a message, is none.
#define HEADER_MOST ((size_t)1 << 16)
#define MESSAGE_MOST ((size_t)1 << 30)

static void consume(LspWire *w, size_t n) {
    w->input.len -= n;
    memmove(w->input.text, w->input.text + n, w->input.len + 1);
}

// --- splitting -----------------------------------------------------------------------------

// The length of a header with the empty line behind it; 0 when that has not come yet.
static size_t header_length(const char *text, size_t len) {
    size_t line = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\n') continue;
        if (i == line || (i == line + 1 && text[line] == '\r')) return i + 1;
        line = i + 1;
    }
    return 0;
}

// The length that a header tells, which is text; *clean: it has nothing in it but fields.
static bool told_length(const char *header, size_t len, size_t *length, bool *clean) {
    static const char field[] = "Content-Length:";
    const char *found = NULL;
    for (size_t i = 0; i + sizeof field - 1 <= len; i++)
        if (strncasecmp(header + i, field, sizeof field - 1) == 0) found = header + i;
    if (!found) return false;
    char *end;
    const char *digits = found + sizeof field - 1 + strspn(found + sizeof field - 1, " \t");
    errno = 0;
    unsigned long long n = strtoull(digits, &end, 10);
    if (*digits < '0' || *digits > '9' || errno || n > MESSAGE_MOST) return false;
    if (*end != '\r' && *end != '\n') return false;
    *length = (size_t)n;
    *clean = (found == header || found[-1] == '\n') && !memchr(header, '{', len);
    return true;
}

static bool enqueue(LspWire *w, json_t *message) {
    if (VEC_PUSH(&w->queue, message)) return true;
    lsp_wire_exhausted(w, json_object_get(message, "id"));
    json_decref(message);
    return false;
}

// Something that is no message is told of once, however long it is.
static bool stray(LspWire *w) {
    if (w->lost) return true;
    w->lost = true;
    return enqueue(w, NULL);
}

// Takes one message off the input; false when none is complete.
static bool split_one(LspWire *w) {
    size_t length = 0, header = header_length(str_text(&w->input), w->input.len);
    bool clean = true;
    if (!header) {
        if (w->input.len <= HEADER_MOST) return false;
        consume(w, w->input.len - 64);
        return stray(w);
    }
    if (!told_length(w->input.text, header, &length, &clean)) {
        consume(w, header);
        return stray(w);
    }
    if (w->input.len - header < length) return false;
    if (!clean && !stray(w)) return false;
    w->lost = false;
    json_t *message = json_loadb(w->input.text + header, length, JSON_ALLOW_NUL, NULL);
    consume(w, header + length);
    return enqueue(w, message);
}

// --- reading -------------------------------------------------------------------------------

static void read_some(LspWire *w) {
    char block[1 << 16];
    ssize_t n = read(w->in, block, sizeof block);
    if (n > 0) str_add_n(&w->input, block, (size_t)n);
    bool again = n < 0 && errno == EINTR && !(w->interrupted && *w->interrupted);
    w->ended = (n <= 0 && !again) || w->input.failed;
}

static bool waits(const LspWire *w) {
    struct pollfd p = {.fd = w->in, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

static void split(LspWire *w) {
    while (split_one(w)) continue;
}

static bool queued(const LspWire *w) {
    return w->next < w->queue.count;
}

bool lsp_wire_more(LspWire *w) {
    while (!w->ended && waits(w)) {
        read_some(w);
        split(w);
    }
    return queued(w);
}

bool lsp_wire_next(LspWire *w, json_t **message) {
    lsp_wire_more(w);
    while (!queued(w) && !w->ended) {
        read_some(w);
        split(w);
    }
    if (!queued(w)) return false;
    *message = w->queue.items[w->next++];
    if (!queued(w)) w->next = w->queue.count = 0;
    return true;
}

bool lsp_wire_cancelled(const LspWire *w, const json_t *id) {
    for (size_t i = w->next; i < w->queue.count; i++) {
        const json_t *m = w->queue.items[i];
        const char *method = json_string_value(json_object_get(m, "method"));
        if (!method || strcmp(method, "$/cancelRequest") != 0) continue;
        if (json_equal(json_object_get(json_object_get(m, "params"), "id"), id)) return true;
    }
    return false;
}

// --- writing -------------------------------------------------------------------------------

static bool write_all(int fd, const char *text, size_t len) {
    while (len) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno != EINTR) return false;
        if (n < 0) continue;
        text += n;
        len -= (size_t)n;
    }
    return true;
}

bool lsp_wire_send(LspWire *w, json_t *message) {
    char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
    json_decref(message);
    if (!text) return false;
    size_t len = strlen(text);
    Str header = {0};
    str_printf(&header, "Content-Length: %zu\r\n\r\n", len);
    bool ok = !header.failed && write_all(w->out, header.text, header.len) &&
              write_all(w->out, text, len);
    str_free(&header);
    mem_free(text);
    return ok;
}

// An identifier that is a text needs no escapes, or is not told.
static const char *plain_id(const json_t *id) {
    const char *text = json_string_value(id);
    bool plain = text && strlen(text) < 64 && !strpbrk(text, "\"\\");
    for (const char *p = text; plain && *p; p++) plain = (unsigned char)*p >= ' ';
    return plain ? text : NULL;
}

void lsp_wire_exhausted(LspWire *w, const json_t *id) {
    char which[80] = "null", text[256], header[64];
    const char *name = plain_id(id);
    if (json_is_integer(id))
        snprintf(which, sizeof which, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
    if (name) snprintf(which, sizeof which, "\"%s\"", name);
    int len = snprintf(text, sizeof text,
                       "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32603,"
                       "\"message\":\"memory is exhausted\"}}", which);
    int before = snprintf(header, sizeof header, "Content-Length: %d\r\n\r\n", len);
    if (write_all(w->out, header, (size_t)before)) write_all(w->out, text, (size_t)len);
}

void lsp_wire_free(LspWire *w) {
    for (size_t i = w->next; i < w->queue.count; i++) json_decref(w->queue.items[i]);
    VEC_FREE(&w->queue);
    str_free(&w->input);
}
