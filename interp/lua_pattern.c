// Lua pattern: string.find, match, gmatch and gsub (Lua 5.4 Reference Manual, 6.4.1).
//
// A matcher of our own, since the library's can try for hours without a step that Lua would
// count:
// ("a"):rep(99):find(("a-"):rep(9) .. "b"). Here each trial is a step.
#include <ctype.h>
#include <string.h>

#include "interp/lua_inner.h"

enum { CAPTURES = 32, DEEPEST = 200, CHARGE = 500 };
enum { OPEN = -1, POSITION = -2 };

typedef struct Capture {
    const char *start;
    ptrdiff_t len; // or OPEN, POSITION
} Capture;

typedef struct Match {
    lua_State *L;
    const char *text, *end; // the subject
    const char *pattern_end;
    int ncaptures, depth;
    uint32_t trials;
    Capture captures[CAPTURES];
} Match;

static const char *match(Match *m, const char *s, const char *p);

static void try(Match *m) {
    if (++m->trials % CHARGE == 0) lua_limit_charge(m->L, CHARGE);
}

// --- single characters -----------------------------------------------------------------------

static bool in_class(int c, int class) {
    bool is;
    switch (tolower(class)) {
    case 'a':
        is = isalpha(c);
        break;
    case 'c':
        is = iscntrl(c);
        break;
    case 'd':
        is = isdigit(c);
        break;
    case 'g':
        is = isgraph(c);
        break;
    case 'l':
        is = islower(c);
        break;
    case 'p':
        is = ispunct(c);
        break;
    case 's':
        is = isspace(c);
        break;
    case 'u':
        is = isupper(c);
        break;
    case 'w':
        is = isalnum(c);
        break;
    case 'x':
        is = isxdigit(c);
        break;
    case 'z': // not in the manual any more, but in Lua
        is = c == '\0';
        break;
    default:
        return class == c;
    }
    return isupper(class) ? !is : is;
}

// Behind the single-character item at p.
static const char *item_end(Match *m, const char *p) {
    char c = *p++;
    if (c == '%') {
        if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 1;
    }
    if (c != '[') return p;
    if (p < m->pattern_end && *p == '^') p++;
    bool first = true;
    for (;; first = false) {
        if (p >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
        if (*p == ']' && !first) return p + 1;
        if (*p++ == '%') p++;
    }
}

// A set from its `[` on, which ends before `end`.
static bool in_set(int c, const char *p, const char *end) {
    const char *last = end - 1;
    bool wanted = true, found = false;
    if (*++p == '^') wanted = false, p++;
    for (; p < last && !found; p++) {
        if (*p == '%') {
            found = in_class(c, (unsigned char)*++p);
        } else if (p + 2 < last && p[1] == '-') {
            found = (unsigned char)p[0] <= c && c <= (unsigned char)p[2];
            p += 2;
        } else {
            found = (unsigned char)*p == c;
        }
    }
    return found == wanted;
}

static bool one(const Match *m, const char *s, const char *p, const char *end) {
    if (s >= m->end) return false;
    int c = (unsigned char)*s;
    if (*p == '.') return true;
    if (*p == '%') return in_class(c, (unsigned char)p[1]);
    return *p == '[' ? in_set(c, p, end) : (unsigned char)*p == c;
}

// --- repetitions -----------------------------------------------------------------------------

static const char *most(Match *m, const char *s, const char *p, const char *end, size_t least) {
    size_t n = 0;
    for (; one(m, s + n, p, end); n++) try(m);
    for (size_t k = n + 1; k-- > least;) {
        const char *stop = match(m, s + k, end + 1);
        if (stop) return stop;
    }
    return NULL;
}

static const char *fewest(Match *m, const char *s, const char *p, const char *end) {
    for (;; s++) {
        const char *stop = match(m, s, end + 1);
        if (stop || !one(m, s, p, end)) return stop;
    }
}

static const char *repeated(Match *m, const char *s, const char *p, const char *end) {
    const char *stop;
    switch (end < m->pattern_end ? *end : '\0') {
    case '*':
        return most(m, s, p, end, 0);
    case '+':
        return most(m, s, p, end, 1);
    case '-':
        return fewest(m, s, p, end);
    case '?':
        if (one(m, s, p, end) && (stop = match(m, s + 1, end + 1))) return stop;
        return match(m, s, end + 1);
    default:
        return one(m, s, p, end) ? match(m, s + 1, end) : NULL;
    }
}

// --- captures, balance, frontiers ------------------------------------------------------------

static const char *open_capture(Match *m, const char *s, const char *p, ptrdiff_t what) {
    if (m->ncaptures == CAPTURES) luaL_error(m->L, "too many captures");
    m->captures[m->ncaptures++] = (Capture){s, what};
    const char *stop = match(m, s, p);
    if (!stop) m->ncaptures--;
    return stop;
}

static const char *close_capture(Match *m, const char *s, const char *p) {
    int at = m->ncaptures - 1;
    while (at >= 0 && m->captures[at].len != OPEN) at--;
    if (at < 0) luaL_error(m->L, "invalid pattern capture");
    m->captures[at].len = s - m->captures[at].start;
    const char *stop = match(m, s, p);
    if (!stop) m->captures[at].len = OPEN;
    return stop;
}

// %1: what was captured before.
static const char *again(Match *m, const char *s, const char *p) {
    int at = *p - '1';
    if (at < 0 || at >= m->ncaptures || m->captures[at].len == OPEN)
        luaL_error(m->L, "invalid capture index %%%d", at + 1);
    Capture c = m->captures[at];
    if (c.len == POSITION) return NULL;
    size_t len = (size_t)c.len;
    lua_limit_charge(m->L, 1 + len / 64);
    if ((size_t)(m->end - s) < len || memcmp(c.start, s, len) != 0) return NULL;
    return match(m, s + len, p + 1);
}

// %bxy
static const char *balanced(Match *m, const char *s, const char *p) {
    if (m->pattern_end - p < 2)
        luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->end || *s != p[0]) return NULL;
    size_t open = 1;
    for (s++; s < m->end; s++) {
        try(m);
        if (*s == p[1]) {
            if (--open == 0) return match(m, s + 1, p + 2);
        } else if (*s == p[0]) {
            open++;
        }
    }
    return NULL;
}

// %f[set]
static const char *frontier(Match *m, const char *s, const char *p) {
    if (p >= m->pattern_end || *p != '[')
        luaL_error(m->L, "missing '[' after '%%f' in pattern");
    const char *end = item_end(m, p);
    int before = s == m->text ? 0 : (unsigned char)s[-1];
    int here = s < m->end ? (unsigned char)*s : 0;
    if (in_set(before, p, end) || !in_set(here, p, end)) return NULL;
    return match(m, s, end);
}

// --- matching --------------------------------------------------------------------------------

static const char *item(Match *m, const char *s, const char *p) {
    bool more = p + 1 < m->pattern_end;
    if (p == m->pattern_end) return s;
    if (*p == '(' && more && p[1] == ')') return open_capture(m, s, p + 2, POSITION);
    if (*p == '(') return open_capture(m, s, p + 1, OPEN);
    if (*p == ')') return close_capture(m, s, p + 1);
    if (*p == '$' && !more) return s == m->end ? s : NULL;
    if (*p == '%' && more && p[1] == 'b') return balanced(m, s, p + 2);
    if (*p == '%' && more && p[1] == 'f') return frontier(m, s, p + 2);
    if (*p == '%' && more && isdigit((unsigned char)p[1])) return again(m, s, p + 1);
    return repeated(m, s, p, item_end(m, p));
}

// Whether a single character stands at p, and not something that recursion is needed for.
static bool single(Match *m, const char *p) {
    bool more = p + 1 < m->pattern_end;
    if (p == m->pattern_end || *p == '(' || *p == ')') return false;
    if (*p == '$' && !more) return false;
    if (*p == '%' && more && (p[1] == 'b' || p[1] == 'f' || isdigit((unsigned char)p[1])))
        return false;
    const char *end = item_end(m, p);
    return end == m->pattern_end || !(*end == '*' || *end == '+' || *end == '-' || *end == '?');
}

// The end of the match of pattern p at s, or NULL.
static const char *match(Match *m, const char *s, const char *p) {
    for (; single(m, p); s++) {
        const char *end = item_end(m, p);
        try(m);
        if (!one(m, s, p, end)) return NULL;
        p = end;
    }
    try(m);
    if (m->depth == DEEPEST) luaL_error(m->L, "pattern too complex");
    m->depth++;
    const char *stop = item(m, s, p);
    m->depth--;
    return stop;
}

// Pushes a capture, counted from 0; capture 0 of a pattern without any is the whole match.
static void push_capture(Match *m, int i, const char *s, const char *e) {
    if (i >= m->ncaptures) {
        if (i) luaL_error(m->L, "invalid capture index %%%d", i + 1);
        lua_pushlstring(m->L, s, (size_t)(e - s));
        return;
    }
    Capture c = m->captures[i];
    if (c.len == OPEN) luaL_error(m->L, "unfinished capture");
    if (c.len == POSITION)
        lua_pushinteger(m->L, c.start - m->text + 1);
    else
        lua_pushlstring(m->L, c.start, (size_t)c.len);
}

static int push_captures(Match *m, const char *s, const char *e, bool whole) {
    int n = m->ncaptures || !whole ? m->ncaptures : 1;
    luaL_checkstack(m->L, n, "too many captures");
    for (int i = 0; i < n; i++) push_capture(m, i, s, e);
    return n;
}

// The first match at or behind s; *stop receives its end.
static const char *first_match(Match *m, const char *s, const char *p, const char **stop) {
    bool anchored = p < m->pattern_end && *p == '^';
    for (;; s++) {
        m->ncaptures = 0;
        try(m);
        if ((*stop = match(m, s, p + anchored))) return s;
        if (anchored || s >= m->end) return NULL;
    }
}

// --- the functions ---------------------------------------------------------------------------

// The subject in argument 1 and the pattern in argument 2, which is returned.
static const char *begin(lua_State *L, Match *m) {
    size_t len, pattern_len;
    m->L = L;
    m->text = luaL_checklstring(L, 1, &len);
    m->end = m->text + len;
    const char *p = luaL_checklstring(L, 2, &pattern_len);
    m->pattern_end = p + pattern_len;
    return p;
}

// Where the search begins; NULL behind the end of the text.
static const char *from(lua_State *L, const Match *m) {
    lua_Integer at = luaL_optinteger(L, 3, 1), len = m->end - m->text;
    if (at < 0) at = at < -len ? 1 : len + at + 1;
    if (at == 0) at = 1;
    return at > len + 1 ? NULL : m->text + at - 1;
}

static const char *find_text(lua_State *L, const Match *m, const char *s, const char *p) {
    lua_limit_charge(L, 1 + (uint64_t)(m->end - s) / 16);
    return memmem(s, (size_t)(m->end - s), p, (size_t)(m->pattern_end - p));
}

// Whether a pattern has only characters that stand for themselves.
static bool no_signs(const Match *m, const char *p) {
    while (p < m->pattern_end && (!*p || !strchr("^$*+?.([%-", *p))) p++;
    return p == m->pattern_end;
}

static int find_or_match(lua_State *L, bool find) {
    Match m = {0};
    const char *p = begin(L, &m), *s = from(L, &m), *stop;
    bool plain = find && (lua_toboolean(L, 4) || no_signs(&m, p));
    if (s && plain) {
        s = find_text(L, &m, s, p);
        stop = s ? s + (m.pattern_end - p) : NULL;
    } else if (s) {
        s = first_match(&m, s, p, &stop);
    }
    if (!s) return lua_pushnil(L), 1;
    if (!find) return push_captures(&m, s, stop, true);
    lua_pushinteger(L, s - m.text + 1);
    lua_pushinteger(L, stop - m.text);
    return 2 + push_captures(&m, s, stop, false);
}

static int find(lua_State *L) {
    return find_or_match(L, true);
}

static int match_one(lua_State *L) {
    return find_or_match(L, false);
}

// Upvalues: text, pattern, where to go on, where the last match ended.
static int next_match(lua_State *L) {
    Match m = {.L = L};
    size_t len, pattern_len;
    m.text = lua_tolstring(L, lua_upvalueindex(1), &len);
    m.end = m.text + len;
    const char *p = lua_tolstring(L, lua_upvalueindex(2), &pattern_len), *stop;
    m.pattern_end = p + pattern_len;
    lua_Integer at = lua_tointeger(L, lua_upvalueindex(3));
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
    for (const char *s = m.text + at; s <= m.end; s++) {
        m.ncaptures = 0;
        try(&m);
        if (!(stop = match(&m, s, p)) || stop - m.text == last) continue;
        lua_pushinteger(L, stop - m.text);
        lua_copy(L, -1, lua_upvalueindex(3));
        lua_replace(L, lua_upvalueindex(4));
        return push_captures(&m, s, stop, true);
    }
    lua_pushinteger(L, (lua_Integer)len + 1);
    lua_replace(L, lua_upvalueindex(3));
    return 0;
}

static int each_match(lua_State *L) {
    Match m = {0};
    begin(L, &m);
    const char *s = from(L, &m);
    lua_settop(L, 2);
    lua_pushinteger(L, s ? s - m.text : m.end - m.text + 1);
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, next_match, 4);
    return 1;
}

// A replacement text, with %0 to %9 and %%.
static void add_text(Match *m, luaL_Buffer *out, const char *s, const char *e) {
    size_t len;
    const char *r = lua_tolstring(m->L, 3, &len), *end = r + len;
    for (; r < end; r++) {
        if (*r != '%') {
            luaL_addchar(out, *r);
            continue;
        }
        if (++r == end || !(*r == '%' || isdigit((unsigned char)*r)))
            luaL_error(m->L, "invalid use of '%%' in replacement string");
        if (*r == '%') {
            luaL_addchar(out, '%');
        } else if (*r == '0') {
            luaL_addlstring(out, s, (size_t)(e - s));
        } else {
            push_capture(m, *r - '1', s, e);
            luaL_tolstring(m->L, -1, NULL);
            lua_remove(m->L, -2);
            luaL_addvalue(out);
        }
    }
}

static void add_replacement(Match *m, luaL_Buffer *out, const char *s, const char *e) {
    lua_State *L = m->L;
    int kind = lua_type(L, 3);
    if (kind == LUA_TSTRING || kind == LUA_TNUMBER) {
        add_text(m, out, s, e);
        return;
    }
    if (kind == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        lua_call(L, push_captures(m, s, e, true), 1);
    } else {
        push_capture(m, 0, s, e);
        lua_gettable(L, 3);
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(out, s, (size_t)(e - s));
    } else if (lua_isstring(L, -1)) {
        luaL_addvalue(out);
    } else {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    }
}

static int substitute(lua_State *L) {
    Match m = {0};
    const char *p = begin(L, &m), *s = m.text, *last = NULL;
    int kind = lua_type(L, 3);
    luaL_argexpected(L,
                     kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION ||
                         kind == LUA_TTABLE,
                     3, "string/function/table");
    lua_Integer limit = luaL_optinteger(L, 4, m.end - m.text + 1), n = 0;
    bool anchored = p < m.pattern_end && *p == '^';
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    while (n < limit) {
        m.ncaptures = 0;
        try(&m);
        const char *stop = match(&m, s, p + anchored);
        if (stop && stop != last) {
            n++;
            add_replacement(&m, &out, s, stop);
            s = last = stop;
        } else if (s < m.end) {
            luaL_addchar(&out, *s++);
        } else {
            break;
        }
        if (anchored) break;
    }
    luaL_addlstring(&out, s, (size_t)(m.end - s));
    luaL_pushresult(&out);
    lua_pushinteger(L, n);
    return 2;
}

void lua_pattern_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"find", find},       {"match", match_one}, {"gmatch", each_match},
        {"gsub", substitute}, {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
}
