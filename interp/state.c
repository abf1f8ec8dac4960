// State: the files that are kept between sessions.
#include "interp/state.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool make_folders(const char *path) {
    Str part = {0};
    bool ok = true;
    for (const char *p = path; ok && *p; p++) {
        if (*p == '/' && p != path) ok = mkdir(str_text(&part), 0700) == 0 || errno == EEXIST;
        str_add_char(&part, *p);
    }
    ok = ok && (mkdir(str_text(&part), 0700) == 0 || errno == EEXIST);
    str_free(&part);
    return ok;
}

Str state_path(const char *name) {
    Str path = {0};
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state && *state == '/') // a relative path counts as none (XDG Base Directory)
        str_printf(&path, "%s/rung", state);
    else if (home && *home)
        str_printf(&path, "%s/.local/state/rung", home);
    else
        return path;
    if (make_folders(str_text(&path)))
        str_printf(&path, "/%s", name);
    else
        str_clear(&path);
    return path;
}
