// Module: files that programs import.
#ifndef RUNG_INTERP_MODULE_H
#define RUNG_INTERP_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/ctl.h"

// The path of an import, beside the importing file (`from`; NULL: the working directory).
// Absolute paths stay. The caller frees it with mem_free; NULL: no memory.
char *module_path(const char *from, const char *import);

// Reads a whole file ("-": standard input; ".gz" at the end: unpacked). False with errno set (ENOMEM
// when memory is exhausted, EFBIG beyond GZFILE_LARGEST, EINTR when ctl is cancelled); else the caller
// frees *text with mem_free.
bool module_read(const char *path, const Ctl *ctl, char **text, size_t *len);

// Whether reading waits for nobody and ends: false of a pipe, a device and standard input ("-").
// What is not there, or is a directory, is left to the reader to complain of.
bool module_ends(const char *path);

// What a file is, by its name.
typedef enum ModuleKind { MODULE_RUNG, MODULE_LUA, MODULE_NETWORK } ModuleKind;
ModuleKind module_kind(const char *path);

#endif
