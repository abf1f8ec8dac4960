// Tests of the language server: conversations with the program, played from tests/lsp/*.talk.
//
// In a conversation a line `> JSON` sends a message, `>> TEXT` sends bytes as they are (with \r, \n
// and \\), `< JSON` is the next message that comes back, and `# ...` is a comment. $ROOT is the
// working directory. With RUNG_PROMOTE set the replies are written anew.
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "interp/lsp_inner.h"

// The longest that a reply may take before a test fails, and the silence after which there is
// none when replies are written anew, in milliseconds.
#define PATIENCE 20000
#define SILENCE 400

static const char *program(void) {
    const char *path = getenv("RUNG");
    return path ? path : RUNG_PROGRAM;
}

typedef struct Server {
    int in, out;
    pid_t pid;
    Str seen;
} Server;

static Server server_start(void) {
    int in[2], out[2];
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    Server s = {.in = in[1], .out = out[0], .pid = fork()};
    assert_true(s.pid >= 0);
    if (s.pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        close(out[0]);
        execl(program(), "rung", "lsp", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    return s;
}

static void server_write(const Server *s, const char *text, size_t len) {
    while (len) {
        ssize_t n = write(s->in, text, len);
        assert_true(n > 0);
        text += n;
        len -= (size_t)n;
    }
}

static void server_send(const Server *s, const char *json) {
    Str m = {0};
    str_printf(&m, "Content-Length: %zu\r\n\r\n%s", strlen(json), json);
    server_write(s, str_text(&m), m.len);
    str_free(&m);
}

// The next message, or NULL: there was none for so long. The frame must be exact.
static json_t *server_read(Server *s, int patience) {
    for (;;) {
        const char *end = strstr(str_text(&s->seen), "\r\n\r\n");
        size_t length = 0, header = end ? (size_t)(end - s->seen.text) + 4 : 0;
        if (end) assert_int_equal(sscanf(s->seen.text, "Content-Length: %zu\r\n", &length), 1);
        if (end && s->seen.len >= header + length) {
            json_error_t error;
            json_t *m = json_loadb(s->seen.text + header, length, 0, &error);
            if (!m) fail_msg("no JSON came back: %s", error.text);
            Str rest = {0};
            str_add_n(&rest, s->seen.text + header + length, s->seen.len - header - length);
            str_free(&s->seen);
            s->seen = rest;
            return m;
        }
        struct pollfd p = {.fd = s->out, .events = POLLIN};
        char block[4096];
        if (poll(&p, 1, patience) <= 0) return NULL;
        ssize_t n = read(s->out, block, sizeof block);
        if (n <= 0) return NULL;
        str_add_n(&s->seen, block, (size_t)n);
    }
}

// Closes the input and waits; the exit status.
static int server_end(Server *s) {
    int status;
    close(s->in);
    for (int waited = 0; waitpid(s->pid, &status, WNOHANG) == 0; waited++) {
        if (waited == PATIENCE) kill(s->pid, SIGKILL);
        poll(NULL, 0, 1);
    }
    close(s->out);
    str_free(&s->seen);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

// --- conversations -------------------------------------------------------------------------

static void replace(Str *text, const char *what, const char *by) {
    Str out = {0};
    const char *at = str_text(text), *found;
    for (; (found = strstr(at, what)); at = found + strlen(what)) {
        str_add_n(&out, at, (size_t)(found - at));
        str_add(&out, by);
    }
    str_add(&out, at);
    str_free(text);
    *text = out;
}

static char *root(void) {
    return getcwd(NULL, 0);
}

static Str rooted(const char *line) {
    Str s = {0};
    char *here = root();
    str_add(&s, line);
    replace(&s, "$ROOT", here);
    free(here);
    return s;
}

static void send_raw(const Server *s, const char *text) {
    Str raw = {0};
    str_add(&raw, text);
    replace(&raw, "\\r", "\r");
    replace(&raw, "\\n", "\n");
    replace(&raw, "\\xff", "\xff");
    server_write(s, str_text(&raw), raw.len);
    str_free(&raw);
}

// What hints say is not the server's.
static void cut_hints(json_t *reply) {
    json_t *params = json_object_get(reply, "params");
    json_t *all = json_object_get(params, "diagnostics");
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *each = json_array_get(all, i);
        const char *message = json_string_value(json_object_get(each, "message"));
        const char *hint = message ? strstr(message, "\nhint:") : NULL;
        if (hint)
            json_object_set_new(each, "message",
                                json_stringn(message, (size_t)(hint - message) + 6));
    }
}

static void check_reply(const char *file, int line, json_t *got, const char *expected) {
    Str text = rooted(expected);
    json_t *wanted = json_loads(str_text(&text), 0, NULL);
    if (!wanted) fail_msg("%s:%d: this is no JSON", file, line);
    if (!got) fail_msg("%s:%d: nothing came back", file, line);
    cut_hints(got);
    cut_hints(wanted);
    if (!json_equal(got, wanted))
        fail_msg("%s:%d: what came back is\n%s", file, line, json_dumps(got, JSON_COMPACT));
    json_decref(got);
    json_decref(wanted);
    str_free(&text);
}

static void write_replies(Server *s, FILE *to) {
    json_t *m;
    char *here = root();
    while ((m = server_read(s, SILENCE))) {
        Str line = {0};
        char *text = json_dumps(m, JSON_COMPACT);
        str_add(&line, text);
        replace(&line, here, "$ROOT");
        fprintf(to, "< %s\n", str_text(&line));
        str_free(&line);
        free(text);
        json_decref(m);
    }
    free(here);
}

// `anew`: where the conversation is written with the replies that come, or NULL.
static void play_line(Server *s, const char *file, int n, const char *line, FILE *anew) {
    if (anew && *line != '<') fprintf(anew, "%s\n", line);
    if (strncmp(line, ">> ", 3) == 0) {
        send_raw(s, line + 3);
    } else if (strncmp(line, "> ", 2) == 0) {
        Str text = rooted(line + 2);
        server_send(s, str_text(&text));
        str_free(&text);
    } else if (*line == '<' && !anew) {
        check_reply(file, n, server_read(s, PATIENCE), line + 2);
    }
    if (anew && *line == '>') write_replies(s, anew);
}

static void play(const char *file) {
    FILE *f = fopen(file, "r");
    FILE *anew = getenv("RUNG_PROMOTE") ? tmpfile() : NULL;
    assert_non_null(f);
    Server s = server_start();
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    for (int n = 1; (len = getline(&line, &room, f)) > 0; n++) {
        line[len - 1] = '\0';
        play_line(&s, file, n, line, anew);
    }
    free(line);
    fclose(f);
    json_t *more = server_read(&s, PATIENCE);
    if (more) fail_msg("%s: more came back: %s", file, json_dumps(more, JSON_COMPACT));
    int status = server_end(&s);
    if (!anew) assert_int_equal(status, 0);
    if (!anew) return;
    f = fopen(file, "w");
    rewind(anew);
    for (int c; (c = getc(anew)) != EOF;) putc(c, f);
    fclose(f);
    fclose(anew);
}

static int is_talk(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return dot && strcmp(dot, ".talk") == 0;
}

static void test_conversations(void **state) {
    (void)state;
    struct dirent **entries;
    int n = scandir("tests/lsp", &entries, is_talk, alphasort);
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        Str path = {0};
        str_printf(&path, "tests/lsp/%s", entries[i]->d_name);
        play(str_text(&path));
        str_free(&path);
        free(entries[i]);
    }
    free(entries);
}

// --- hostile input -------------------------------------------------------------------------

static const char hello[] = "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\","
                            "\"params\":{\"capabilities\":{}}}";

static void begin(Server *s) {
    server_send(s, hello);
    json_t *m = server_read(s, PATIENCE);
    assert_non_null(m);
    json_decref(m);
}

// Without a shutdown the status is that of a failure; there is no crash and no waiting.
static void test_end_of_input(void **state) {
    (void)state;
    static const char *const texts[] = {"", "Content-Length: 100\r\n\r\n{", "Content-Le",
                                        "\r\n\r\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Server s = server_start();
        server_write(&s, texts[i], strlen(texts[i]));
        assert_int_equal(server_end(&s), 1);
    }
}

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

// A header that never ends, and bytes that are nothing: told of, and passed over.
static void test_garbage(void **state) {
    (void)state;
    Server s = server_start();
    Str noise = {0};
    uint32_t seed = 7;
    for (int i = 0; i < 300000; i++) str_add_char(&noise, (char)(next_random(&seed) & 0xFF));
    server_write(&s, noise.text, noise.len);
    server_write(&s, "\r\n\r\n", 4);
    json_t *m = server_read(&s, PATIENCE);
    assert_non_null(m);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(m, "error"), "code")),
                     -32700);
    json_decref(m);
    server_send(&s, hello);
    while ((m = server_read(&s, PATIENCE)) && !json_object_get(m, "result")) json_decref(m);
    assert_non_null(m);
    json_decref(m);
    str_free(&noise);
    assert_int_equal(server_end(&s), 1);
}

// Every method with every kind of parameters: an answer each, and nothing else.
static void test_wrong_parameters(void **state) {
    (void)state;
    static const char *const methods[] = {
        "initialize", "textDocument/hover", "textDocument/completion", "completionItem/resolve",
        "textDocument/signatureHelp", "textDocument/definition", "textDocument/documentSymbol",
        "textDocument/formatting", "textDocument/didOpen", "textDocument/didChange",
        "textDocument/didClose", "textDocument/didSave", "$/setTrace", "exit2"};
    static const char *const params[] = {
        "null", "[]", "3", "{}", "{\"textDocument\":null}", "{\"textDocument\":{\"uri\":7}}",
        "{\"textDocument\":{\"uri\":\"file:///nowhere\"},\"position\":{}}",
        "{\"textDocument\":{\"uri\":\"\"},\"contentChanges\":[{}],\"position\":[1,2]}"};
    Server s = server_start();
    begin(&s);
    int id = 0;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        for (size_t j = 0; j < sizeof params / sizeof *params; j++) {
            Str m = {0};
            str_printf(&m, "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":%s}", methods[i],
                       params[j]);
            server_send(&s, str_text(&m));
            str_clear(&m);
            str_printf(&m,
                       "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}", ++id,
                       methods[i], params[j]);
            server_send(&s, str_text(&m));
            str_free(&m);
            json_t *reply = server_read(&s, PATIENCE);
            assert_non_null(reply);
            assert_int_equal(json_integer_value(json_object_get(reply, "id")), id);
            json_decref(reply);
        }
    assert_int_equal(server_end(&s), 1);
}

static void make_pipe(const char *path) {
    assert_int_equal(mkfifo(path, 0600), 0);
}

static void remove_pipe(const char *path) {
    unlink(path);
}

static void each_pipe(const char *folder, void (*act)(const char *path)) {
    static const char *const endings[] = {"rung", "bif", "dag", "lua", "evid"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        Str path = {0};
        str_printf(&path, "%s/pipe.%s", folder, endings[i]);
        act(str_text(&path));
        str_free(&path);
    }
}

static json_t *open_text(Server *s, const char *uri, const char *text) {
    json_t *m = json_pack("{s:s, s:s, s:{s:{s:s, s:s, s:i, s:s}}}", "jsonrpc", "2.0", "method",
                          "textDocument/didOpen", "params", "textDocument", "uri", uri,
                          "languageId", "rung", "version", 1, "text", text);
    char *sent = json_dumps(m, JSON_COMPACT);
    server_send(s, sent);
    free(sent);
    json_decref(m);
    return server_read(s, PATIENCE);
}

static void ask_at(Server *s, const char *uri, const char *method, int line, int column) {
    Str m = {0};
    str_printf(&m,
               "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"textDocument/%s\",\"params\":{"
               "\"textDocument\":{\"uri\":\"%s\"},\"position\":{\"line\":%d,\"character\":%d}}}",
               method, uri, line, column);
    server_send(s, str_text(&m));
    str_free(&m);
    json_t *reply = server_read(s, PATIENCE);
    assert_non_null(reply);
    assert_non_null(json_object_get(reply, "result"));
    json_decref(reply);
}

// Pipes that nobody writes to, devices and the messages themselves are not read: neither by a
// check, nor for what a name is, nor for where it is defined.
static void test_pipes(void **state) {
    (void)state;
    static const char *const texts[] = {
        "import \"$F/pipe.rung\"", "import \"$F/pipe.bif\"", "import \"$F/pipe.dag\"",
        "import \"$F/pipe.lua\"",  "import \"/dev/zero\"",   "import \"/dev/stdin\"",
        "import \"-\"",            "data d = read(\"$F/pipe.evid\")"};
    char folder[] = P_tmpdir "/rung_lsp_XXXXXX";
    assert_non_null(mkdtemp(folder));
    each_pipe(folder, make_pipe);
    Server s = server_start();
    begin(&s);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Str text = {0}, uri = {0};
        str_printf(&uri, "untitled:%zu", i);
        str_printf(&text, "%s\nlet x = y\n", texts[i]);
        replace(&text, "$F", folder);
        json_t *reply = open_text(&s, str_text(&uri), str_text(&text));
        assert_non_null(reply);
        char *shown = json_dumps(reply, JSON_COMPACT);
        // A check calls no function.
        bool refused = strstr(shown, "a pipe or a device is not read here") != NULL;
        assert_int_equal(refused, strncmp(texts[i], "import", 6) == 0);
        free(shown);
        json_decref(reply);
        ask_at(&s, str_text(&uri), "hover", 1, 8);
        ask_at(&s, str_text(&uri), "definition", 1, 8);
        str_free(&text);
        str_free(&uri);
    }
    assert_int_equal(server_end(&s), 1);
    each_pipe(folder, remove_pipe);
    rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conversations),
        cmocka_unit_test(test_end_of_input),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_wrong_parameters),
        cmocka_unit_test(test_pipes),
    };
    signal(SIGPIPE, SIG_IGN);
    json_set_alloc_funcs(malloc, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
