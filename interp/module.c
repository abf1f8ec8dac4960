// Module: files that programs import.
#include "interp/module.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/mem.h"
#include "runtime/base/str.h"
#include "runtime/format/gzfile.h"

char *module_path(const char *from, const char *import) {
    Str s = {0};
    const char *slash = from ? strrchr(from, '/') : NULL;
    if (slash && import[0] != '/') str_add_n(&s, from, (size_t)(slash - from) + 1);
    str_add(&s, import);
    char *path = str_take(&s);
    str_free(&s);
    return path;
}

static bool read_all(FILE *f, const Ctl *ctl, Str *s) {
    char block[1 << 14];
    size_t n;
    // A device may have no end.
    while (!s->failed && s->len <= GZFILE_LARGEST && !ctl_cancelled(ctl) &&
           (n = fread(block, 1, sizeof block, f)) > 0)
        str_add_n(s, block, n);
    if (ctl_cancelled(ctl)) return errno = EINTR, false;
    if (s->failed || s->len > GZFILE_LARGEST) errno = s->failed ? ENOMEM : EFBIG;
    return !s->failed && s->len <= GZFILE_LARGEST && !ferror(f);
}

static bool ends(const char *path, const char *ending) {
    size_t n = strlen(path), m = strlen(ending);
    return n >= m && strcmp(path + n - m, ending) == 0;
}

static bool read_packed(const char *path, const Ctl *ctl, char **text, size_t *len) {
    GzFile file;
    Faults faults = {0};
    errno = 0;
    Status status = gzfile_read(path, ctl, &file, &faults);
    bool large = faults.count && faults.items[0].code == FAULT_FILE_LARGE;
    fault_free(&faults);
    if (status == OK) {
        *text = file.text;
        *len = file.len;
        return true;
    }
    if (status == CANCELLED) errno = EINTR;
    else if (status == NOMEM) errno = ENOMEM;
    else if (large) errno = EFBIG;
    else if (!errno) errno = EIO;
    return false;
}

bool module_read(const char *path, const Ctl *ctl, char **text, size_t *len) {
    if (ends(path, ".gz")) return read_packed(path, ctl, text, len);
    Str s = {0};
    bool standard = strcmp(path, "-") == 0;
    FILE *f = standard ? stdin : fopen(path, "rb");
    if (!f) return false;
    str_add(&s, "");
    bool ok = read_all(f, ctl, &s);
    int error = errno;
    if (!standard) fclose(f);
    *len = s.len;
    *text = ok ? str_take(&s) : NULL;
    str_free(&s);
    errno = ok ? ENOMEM : error;
    return *text != NULL;
}

bool module_ends(const char *path) {
    struct stat info;
    if (strcmp(path, "-") == 0) return false;
    return stat(path, &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode);
}

ModuleKind module_kind(const char *path) {
    if (ends(path, ".rung") || ends(path, ".rung.gz")) return MODULE_RUNG;
    return ends(path, ".lua") ? MODULE_LUA : MODULE_NETWORK;
}
