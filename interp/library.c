// Library: names looked up.
#include "interp/library.h"

#include <string.h>

const LibraryName *library_find(const char *name) {
    for (const LibraryName *l = library_names; l->name; l++)
        if (strcmp(l->name, name) == 0) return l;
    return NULL;
}
