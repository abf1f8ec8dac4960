// GzFile: reading and writing whole files through zlib.
#include "runtime/format/gzfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "runtime/base/mem.h"
#include "runtime/base/str.h"

// Bytes between two looks at the cancel flag.
#define BLOCK ((size_t)4 << 20)

// --- reading ---

static Status cannot_open(const char *path, Faults *faults) {
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return fault_add(faults, FAULT_FILE_MISSING, 0, "there is no file '%s'", path);
    case EACCES:
    case EPERM:
        return fault_add(faults, FAULT_FILE_DENIED, 0, "reading '%s' is not permitted", path);
    default:
        return fault_add(faults, FAULT_FILE_READ, 0, "'%s' cannot be opened: %s", path,
                         strerror(errno));
    }
}

static Status too_large(const char *path, Faults *faults) {
    return fault_add(faults, FAULT_FILE_LARGE, 0, "'%s' holds more than 1 GiB of text", path);
}

static bool buffer_grow(GzFile *buffer, size_t *room, size_t need) {
    if (need <= *room) return true;
    size_t next = *room + *room / 2;
    if (next > GZFILE_LARGEST + 4096) next = GZFILE_LARGEST + 4096;
    if (next < need) next = need;
    char *grown = mem_resize(buffer->text, next, 1);
    if (!grown) return false;
    buffer->text = grown;
    *room = next;
    return true;
}

// Reads to the end; `room` is kept one byte above `len` for the NUL.
static Status read_all(int fd, size_t expected, const char *path, const Ctl *ctl, GzFile *out,
                       Faults *faults) {
    size_t room = 0;
    if (!buffer_grow(out, &room, expected + 2)) return NOMEM;
    for (;;) {
        if (!buffer_grow(out, &room, out->len + 2)) return NOMEM;
        if (ctl_cancelled(ctl)) return CANCELLED;
        size_t most = room - out->len - 1;
        ssize_t got = read(fd, out->text + out->len, most < BLOCK ? most : BLOCK);
        if (got == 0) break;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return fault_add(faults, FAULT_FILE_READ, 0, "'%s' cannot be read: %s", path,
                             strerror(errno));
        out->len += (size_t)got;
        if (out->len > GZFILE_LARGEST) return too_large(path, faults);
    }
    out->text[out->len] = '\0';
    return OK;
}

static Status read_open(int fd, const char *path, const Ctl *ctl, GzFile *out, Faults *faults) {
    struct stat info;
    if (fstat(fd, &info) != 0) return cannot_open(path, faults);
    if (S_ISDIR(info.st_mode))
        return fault_add(faults, FAULT_FILE_KIND, 0, "'%s' is a directory, not a file", path);
    if (S_ISREG(info.st_mode) && (uintmax_t)info.st_size > GZFILE_LARGEST)
        return too_large(path, faults);
    size_t size = S_ISREG(info.st_mode) && info.st_size > 0 ? (size_t)info.st_size : 4096;
    return read_all(fd, size, path, ctl, out, faults);
}

// --- gzip (RFC 1952) ---

static void *zlib_new(void *user, unsigned count, unsigned size) {
    (void)user;
    return mem_new(count, size);
}

static void zlib_free(void *user, void *block) {
    (void)user;
    mem_free(block);
}

static bool is_gzip(const char *text, size_t len) {
    return len >= 2 && (unsigned char)text[0] == 0x1f && (unsigned char)text[1] == 0x8b;
}

// The size of the text as the last four bytes tell (modulo 2^32), kept within the 1032 times by
// which deflate can expand.
static size_t size_hint(const GzFile *in) {
    if (in->len < 18) return 64;
    const unsigned char *p = (const unsigned char *)in->text + in->len - 4;
    size_t size = (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
    size = size <= in->len * 1032 ? size : in->len * 4;
    return size < GZFILE_LARGEST ? size : GZFILE_LARGEST;
}

static Status corrupt(const char *path, const z_stream *z, Faults *faults) {
    return fault_add(faults, FAULT_FILE_GZIP, 0,
                     "'%s' is a damaged gzip file (%s, after %lu bytes)", path,
                     z->msg ? z->msg : "it ends too early", (unsigned long)z->total_in);
}

static unsigned clamp_uint(size_t n) {
    return n < UINT_MAX ? (unsigned)n : UINT_MAX;
}

static unsigned clamp_block(size_t n) {
    return (unsigned)(n < BLOCK ? n : BLOCK);
}

// Inflates one member after the other; what follows the last one must be padding.
static Status inflate_members(z_stream *z, const GzFile *in, const char *path, const Ctl *ctl,
                              GzFile *out, Faults *faults) {
    const char *end = in->text + in->len;
    size_t room = 0;
    int result = Z_OK;
    if (!buffer_grow(out, &room, size_hint(in) + 2)) return NOMEM;
    z->next_in = (unsigned char *)in->text;
    for (;;) {
        if (!buffer_grow(out, &room, out->len + 2)) return NOMEM;
        if (ctl_cancelled(ctl)) return CANCELLED;
        z->avail_in = clamp_uint((size_t)(end - (const char *)z->next_in));
        z->next_out = (unsigned char *)out->text + out->len;
        unsigned give = clamp_block(room - out->len - 1);
        z->avail_out = give;
        result = inflate(z, Z_NO_FLUSH);
        out->len += give - z->avail_out;
        if (result == Z_MEM_ERROR) return NOMEM;
        if (out->len > GZFILE_LARGEST) return too_large(path, faults);
        if (result == Z_STREAM_END) {
            const char *rest = (const char *)z->next_in;
            if (!is_gzip(rest, (size_t)(end - rest))) break;
            if (inflateReset(z) != Z_OK) return corrupt(path, z, faults);
        } else if (result != Z_OK || (z->avail_out > 0 && z->avail_in == 0)) {
            return corrupt(path, z, faults);
        }
    }
    out->text[out->len] = '\0';
    return OK;
}

static Status decompress(GzFile *file, const char *path, const Ctl *ctl, Faults *faults) {
    GzFile plain = {0};
    z_stream z = {.zalloc = zlib_new, .zfree = zlib_free};
    if (inflateInit2(&z, 15 + 16) != Z_OK) return NOMEM;
    Status status = inflate_members(&z, file, path, ctl, &plain, faults);
    inflateEnd(&z);
    if (status != OK) {
        gzfile_free(&plain);
        return status;
    }
    gzfile_free(file);
    *file = plain;
    return OK;
}

// --- encoding ---

// The length of the valid UTF-8 sequence at p, or 0 (RFC 3629, table 3-7 of Unicode).
static size_t utf8_length(const unsigned char *p, const unsigned char *end) {
    size_t n = p[0] < 0x80                   ? 1
               : p[0] >= 0xC2 && p[0] < 0xE0 ? 2
               : (p[0] & 0xF0) == 0xE0       ? 3
               : p[0] >= 0xF0 && p[0] < 0xF5 ? 4
                                             : 0;
    if (n == 0 || (size_t)(end - p) < n) return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    bool overlong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
    bool beyond = (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF4 && p[1] > 0x8F);
    return overlong || beyond ? 0 : n;
}

static bool is_utf8(const char *text, size_t len) {
    const unsigned char *p = (const unsigned char *)text, *end = p + len;
    while (p < end) {
        uint64_t eight;
        if (end - p >= 8 && (memcpy(&eight, p, 8), (eight & 0x8080808080808080u) == 0)) {
            p += 8;
            continue;
        }
        size_t n = utf8_length(p, end);
        if (n == 0) return false;
        p += n;
    }
    return true;
}

static Status from_latin1(GzFile *file) {
    char *text = mem_new(file->len * 2 + 1, 1);
    if (!text) return NOMEM;
    size_t n = 0;
    for (size_t i = 0; i < file->len; i++) {
        unsigned char c = (unsigned char)file->text[i];
        if (c >= 0x80) text[n++] = (char)(0xC0 | c >> 6);
        text[n++] = (char)(c < 0x80 ? c : 0x80 | (c & 0x3F));
    }
    mem_free(file->text);
    file->text = text;
    file->len = n;
    return OK;
}

static void drop_mark(GzFile *file) {
    if (file->len < 3 || memcmp(file->text, "\xEF\xBB\xBF", 3) != 0) return;
    file->len -= 3;
    memmove(file->text, file->text + 3, file->len + 1);
}

static Status to_utf8(GzFile *file, const char *path, Faults *faults) {
    if (memchr(file->text, '\0', file->len))
        return fault_add(faults, FAULT_FILE_TEXT, 0, "'%s' is not a text file", path);
    drop_mark(file);
    return is_utf8(file->text, file->len) ? OK : from_latin1(file);
}

Status gzfile_read(const char *path, const Ctl *ctl, GzFile *out, Faults *faults) {
    *out = (GzFile){0};
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return cannot_open(path, faults);
    Status status = read_open(fd, path, ctl, out, faults);
    if (fd != STDIN_FILENO) close(fd);
    if (status == OK && is_gzip(out->text, out->len)) status = decompress(out, path, ctl, faults);
    if (status == OK) status = to_utf8(out, path, faults);
    if (status != OK) gzfile_free(out);
    return status;
}

void gzfile_free(GzFile *file) {
    mem_free(file->text);
    *file = (GzFile){0};
}

// --- writing ---

static Status cannot_write(const char *path, Faults *faults) {
    return fault_add(faults, FAULT_FILE_WRITE, 0, "'%s' cannot be written: %s", path,
                     strerror(errno));
}

static bool write_all(int fd, const char *text, size_t len) {
    while (len > 0) {
        ssize_t done = write(fd, text, len);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return false;
        text += done;
        len -= (size_t)done;
    }
    return true;
}

static Status compress_text(const char *text, size_t len, GzFile *out) {
    z_stream z = {.zalloc = zlib_new, .zfree = zlib_free};
    if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return NOMEM;
    size_t room = 0;
    int result = Z_OK;
    Status status = OK;
    z.next_in = (unsigned char *)text;
    while (result != Z_STREAM_END) {
        if (!buffer_grow(out, &room, out->len + 65536)) {
            status = NOMEM;
            break;
        }
        size_t left = len - (size_t)((const char *)z.next_in - text);
        z.avail_in = clamp_uint(left);
        z.next_out = (unsigned char *)out->text + out->len;
        unsigned give = clamp_uint(room - out->len);
        z.avail_out = give;
        result = deflate(&z, z.avail_in == left ? Z_FINISH : Z_NO_FLUSH);
        out->len += give - z.avail_out;
    }
    deflateEnd(&z);
    return status;
}

// A new file beside `path`, with the rights of the one that it replaces (NULL: none). What lies
// there under its name is of no use: links are not followed.
static int open_beside(const char *path, const struct stat *old) {
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 && old) (void)fchmod(fd, old->st_mode & 07777); // not every file system has rights
    return fd;
}

// Writes beside `path` and renames. A path that is no regular file (a pipe, /dev/stdout), or a
// link to nowhere, is written directly.
static Status replace_file(const char *path, const char *text, size_t len, Faults *faults) {
    struct stat info, link;
    bool there = stat(path, &info) == 0;
    bool direct = there ? !S_ISREG(info.st_mode) : lstat(path, &link) == 0;
    Str beside = {0};
    str_add(&beside, path);
    if (!direct) str_printf(&beside, ".%ld.tmp", (long)getpid());
    Status status = NOMEM;
    if (beside.failed) goto done;
    int fd = direct ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
                    : open_beside(str_text(&beside), there ? &info : NULL);
    bool written = fd >= 0 && write_all(fd, text, len);
    if (fd >= 0 && close(fd) != 0) written = false;
    if (written && !direct) written = rename(str_text(&beside), path) == 0;
    status = written ? OK : cannot_write(path, faults);
    if (!written && !direct && fd >= 0) unlink(str_text(&beside));
done:
    str_free(&beside);
    return status;
}

// A link stays one: it is the file that it leads to which is replaced.
static Status write_file(const char *path, const char *text, size_t len, Faults *faults) {
    struct stat info;
    bool link = lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
    char *target = link ? realpath(path, NULL) : NULL;
    if (link && !target && errno == ENOMEM) return NOMEM;
    Status status = replace_file(target ? target : path, text, len, faults);
    free(target);
    return status;
}

Status gzfile_write(const char *path, const char *text, size_t len, Faults *faults) {
    size_t n = strlen(path);
    if (n < 3 || strcmp(path + n - 3, ".gz") != 0) return write_file(path, text, len, faults);
    GzFile packed = {0};
    Status status = compress_text(text, len, &packed);
    if (status == OK) status = write_file(path, packed.text, packed.len, faults);
    gzfile_free(&packed);
    return status;
}
