// Format: the file formats of networks, in one table.
#ifndef RUNG_FORMAT_FORMAT_H
#define RUNG_FORMAT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/ctl.h"
#include "runtime/base/fault.h"
#include "runtime/base/status.h"
#include "runtime/base/str.h"
#include "runtime/format/netfile.h"

typedef struct Format {
    const char *name;              // "bif"
    const char *doc;               // one sentence for :help
    const char *const *extensions; // ended by NULL: ".bif"
    const char *const *openings;   // ended by NULL: with one of them the text begins, after
                                   // blanks and comments
    Status (*read)(const char *text, size_t len, const char *file, const Ctl *ctl, NetFile *out,
                   Faults *faults); // NOMEM also when ctl is cancelled
    Status (*write)(const NetFile *net, Str *out, Faults *faults);
} Format;

extern const Format format_bif, format_uai, format_hugin, format_xmlbif;

// The formats, ended by NULL; and one of them by its name, or NULL.
extern const Format *const format_list[];
const Format *format_find(const char *name);

// The format that a path's extension tells (without regard to case, ".gz" stripped), or NULL.
const Format *format_of_path(const char *path);

// The format that a text's first word tells, or NULL.
const Format *format_of_text(const char *text, size_t len);

// Reads the network file at `path`, plain or gzipped. The extension tells the format; when it
// is unknown, the text does. FAULT_FILE_FORMAT when neither does; CANCELLED.
Status format_read(const char *path, const Ctl *ctl, NetFile *out, Faults *faults);

// Writes a network to `path` in the format of its extension, compressed with ".gz" behind it.
// FAULT_FILE_FORMAT when the extension is unknown. On anything but OK no file has changed.
Status format_write(const char *path, const NetFile *net, Faults *faults);

#endif
