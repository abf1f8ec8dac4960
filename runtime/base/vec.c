// Vec: the growth step shared by all typed vectors.
#include "runtime/base/vec.h"

bool vec_reserve(void **items, size_t *room, size_t need, size_t size) {
    if (need <= *room) return true;
    size_t next = *room < 4 ? 8 : *room * 2;
    if (next < need) next = need;
    void *grown = mem_resize(*items, next, size);
    if (!grown) return false;
    *items = grown;
    *room = next;
    return true;
}
