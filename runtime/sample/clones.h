// Clones: loops compiled for several kinds of processor, chosen when the program starts.
//
// The arithmetic is the same in each, and C11 mode contracts nothing into fused operations, so
// the results are the same bit for bit.
#ifndef RUNG_SAMPLE_CLONES_H
#define RUNG_SAMPLE_CLONES_H

// Sanitizers do not get along with functions chosen by the loader.
#ifndef CLONES
#if defined(__x86_64__) && defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
#define CLONES __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define CLONES
#endif
#endif

#endif
