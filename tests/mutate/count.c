// What the tests of a mutant tell beside their verdict: how many blocks were never freed
// (RUNG_LIVE, a file to append to), and, where -fsanitize-coverage=trace-pc has put calls of a
// recorder, which of them were passed (RUNG_COVER, a file shared by all processes of a test).
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__real_mem_new(size_t count, size_t size);
void *__real_mem_resize(void *old, size_t count, size_t size);
void __real_mem_free(void *block);
void *__wrap_mem_new(size_t count, size_t size);
void *__wrap_mem_resize(void *old, size_t count, size_t size);
void __wrap_mem_free(void *block);
// Not by way of a table that is filled later: resolvers of functions call it while loading.
__attribute__((visibility("hidden"))) void __sanitizer_cov_trace_pc(void);

static atomic_long live;

void *__wrap_mem_new(size_t count, size_t size) {
    void *block = __real_mem_new(count, size);
    if (block) live++;
    return block;
}

void *__wrap_mem_resize(void *old, size_t count, size_t size) {
    void *block = __real_mem_resize(old, count, size);
    if (block && !old) live++;
    return block;
}

void __wrap_mem_free(void *block) {
    if (block) live--;
    __real_mem_free(block);
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("RUNG_LIVE");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (!file) return;
    fprintf(file, "%ld\n", (long)live);
    fclose(file);
}

#ifdef COVER
static unsigned char *passed;
static uintptr_t base;

// The first object that holds this function: the library of the mutants.
static int find(struct dl_phdr_info *info, size_t size, void *own) {
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        uintptr_t from = info->dlpi_addr + p->p_vaddr;
        if (p->p_type != PT_LOAD || (uintptr_t)own - from >= p->p_memsz) continue;
        base = info->dlpi_addr;
        return 1;
    }
    return 0;
}

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("RUNG_COVER"), *bytes = getenv("RUNG_COVER_BYTES");
    if (!path || !bytes) return;
    size_t n = (size_t)strtoull(bytes, NULL, 10);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    if (fd < 0 || ftruncate(fd, (off_t)n) != 0) return;
    void *map = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    dl_iterate_phdr(find, (void *)(uintptr_t)start);
    if (map != MAP_FAILED) passed = map;
}

void __sanitizer_cov_trace_pc(void) {
    if (passed) passed[(uintptr_t)__builtin_return_address(0) - base] = 1;
}
#endif
