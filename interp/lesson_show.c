// Lesson_show: prose for a terminal.
#include "interp/lesson_show.h"

#include <ctype.h>
#include <string.h>

enum { WIDTH_MOST = 80, WIDTH_LEAST = 20 };

typedef struct Filler {
    Str *out;
    bool color;
    size_t width, column, indent;
    bool strong, emphasis, code;
    Str word;   // with its colours
    size_t len; // columns that it takes
} Filler;

static void turn(Filler *f, bool *what, const char *on) {
    *what = !*what;
    if (!f->color) return;
    str_add(&f->word, *what ? on : "\033[0m");
}

// A star that opens or closes an emphasis, rather than one between spaces.
static bool marks(const Filler *f, const char *p, size_t i, size_t len) {
    if (f->emphasis) return i > 0 && (i + 1 == len || !isalnum((unsigned char)p[i + 1]));
    return i + 1 < len && (i == 0 || !isalnum((unsigned char)p[i - 1]));
}

static void dress(Filler *f, const char *p, size_t len) {
    str_clear(&f->word);
    f->len = 0;
    for (size_t i = 0; i < len; i++) {
        if (p[i] == '`') {
            turn(f, &f->code, "\033[36m");
            if (f->color) continue;
        } else if (!f->code && strncmp(p + i, "**", 2) == 0 && i + 1 < len) {
            turn(f, &f->strong, "\033[1m");
            i++;
            continue;
        } else if (!f->code && p[i] == '*' && marks(f, p, i, len)) {
            turn(f, &f->emphasis, "\033[4m");
            continue;
        }
        str_add_char(&f->word, p[i]);
        f->len += ((unsigned char)p[i] & 0xC0) != 0x80;
    }
}

static void add_word(Filler *f, const char *p, size_t len) {
    dress(f, p, len);
    bool first = f->column <= f->indent;
    if (!first && f->column + 1 + f->len > f->width) {
        str_add_char(f->out, '\n');
        str_fill(f->out, ' ', f->indent);
        f->column = f->indent;
        first = true;
    }
    if (!first) str_add_char(f->out, ' ');
    str_add(f->out, str_text(&f->word));
    f->column += f->len + !first;
}

static void add_words(Filler *f, const char *p, size_t len) {
    for (size_t i = 0; i < len;) {
        size_t n = 0;
        while (i + n < len && p[i + n] != ' ') n++;
        if (n) add_word(f, p + i, n);
        i += n + 1;
    }
}

static void end_block(Filler *f) {
    if (f->column) str_add_char(f->out, '\n');
    if (f->color && (f->strong || f->emphasis || f->code)) str_add(f->out, "\033[0m");
    f->strong = f->emphasis = f->code = false;
    f->column = f->indent = 0;
}

static void heading(Filler *f, const char *p, size_t len) {
    end_block(f);
    if (f->color) str_add(f->out, "\033[1m");
    str_add_n(f->out, p, len);
    str_add(f->out, f->color ? "\033[0m\n" : "\n");
    if (f->color) return;
    for (size_t i = 0; i < len; i++)
        if (((unsigned char)p[i] & 0xC0) != 0x80) str_add_char(f->out, '-');
    str_add_char(f->out, '\n');
}

// How long the sign is that begins an item of a list, its spaces included; 0: none.
static size_t bullet(const char *p, size_t len) {
    size_t n = 0;
    while (n < len && isdigit((unsigned char)p[n])) n++;
    bool sign = n ? n < len && p[n] == '.' : len && p[0] == '-';
    return sign && n + 1 < len && p[n + 1] == ' ' ? n + 2 : 0;
}

static void line(Filler *f, const char *p, size_t len) {
    size_t space = 0;
    while (space < len && p[space] == ' ') space++;
    if (space == len) {
        end_block(f);
        str_add_char(f->out, '\n');
    } else if (p[0] == '#' && strspn(p, "#") < len) {
        size_t skip = strspn(p, "# ");
        heading(f, p + skip, len - skip);
    } else if (space >= 4 && !f->column) {
        str_add_n(f->out, p, len);
        str_add_char(f->out, '\n');
    } else {
        size_t sign = bullet(p + space, len - space);
        if (sign) {
            end_block(f);
            f->indent = sign + 2;
            str_add(f->out, "  ");
            str_add_n(f->out, p + space, sign);
            f->column = f->indent;
            space += sign;
        }
        add_words(f, p + space, len - space);
    }
}

void lesson_show_prose(const char *markdown, const RenderStyle *style, Str *out) {
    size_t width = style->width ? style->width : WIDTH_MOST;
    if (width > WIDTH_MOST) width = WIDTH_MOST;
    if (width < WIDTH_LEAST) width = WIDTH_LEAST;
    Filler f = {.out = out, .color = style->color, .width = width};
    for (const char *p = markdown; *p;) {
        size_t len = strcspn(p, "\n");
        line(&f, p, len);
        p += len + (p[len] == '\n');
    }
    end_block(&f);
    str_free(&f.word);
}
