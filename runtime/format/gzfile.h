// GzFile: the whole text of a file, plain or compressed with gzip.
#ifndef RUNG_FORMAT_GZFILE_H
#define RUNG_FORMAT_GZFILE_H

#include <stddef.h>

#include "runtime/base/ctl.h"
#include "runtime/base/fault.h"
#include "runtime/base/status.h"

// The most that is read of a file, in bytes: what has no end is given up there.
#define GZFILE_LARGEST ((size_t)1 << 30)

typedef struct GzFile {
    char *text; // owned, UTF-8, followed by a NUL that `len` does not count
    size_t len;
} GzFile;

// Reads the file at `path`, a pipe or a device too ("-" is standard input). What begins with
// gzip's signature is decompressed, whatever its name. A byte order mark is dropped; a text
// that is not valid UTF-8 is taken as ISO 8859-1 and converted. Faults (missing, a directory,
// not permitted, unreadable, corrupt gzip, not text, larger than GZFILE_LARGEST before or after
// decompression) name the path. CANCELLED also while a pipe is waited for, when the signal that
// cancels interrupts system calls. Takes memory of one and a half times the text, and the packed
// text.
Status gzfile_read(const char *path, const Ctl *ctl, GzFile *out, Faults *faults);

void gzfile_free(GzFile *file);

// Writes a text to the file at `path`, compressed when the path ends in ".gz". The file appears
// whole or not at all: it is written beside its place and then renamed, with the rights of the
// file that was there. A link stays, and the file that it leads to is replaced.
Status gzfile_write(const char *path, const char *text, size_t len, Faults *faults);

#endif
