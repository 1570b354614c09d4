/* What the C programs of `make bench` share: clocks, files, quantiles, and the end on a failure. */
#ifndef TILLMAIL_BENCH_H
#define TILLMAIL_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

static inline void stop(const char *step, const char *why)
{
    fprintf(stderr, "%s: %s\n", step, why);
    exit(1);
}

/* The whole file, with a NUL behind it. */
static inline char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    size_t room = 1 << 20, got = 0;
    char *bytes = malloc(room);
    if (!file || !bytes) stop(path, "cannot be read");
    while (!feof(file) && !ferror(file)) {
        if (got + 1 == room && !(bytes = realloc(bytes, room *= 2))) stop(path, "no memory");
        got += fread(bytes + got, 1, room - got - 1, file);
    }
    fclose(file);
    bytes[got] = 0;
    if (size) *size = got;
    return bytes;
}

static inline int by_size(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Sorts them; gives the value at this share, in microseconds. */
static inline double quantile_us(uint64_t *times, size_t count, double share)
{
    size_t at = (size_t)((double)count * share);
    if (count == 0) stop("quantile", "nothing was measured");
    qsort(times, count, sizeof *times, by_size);
    return (double)times[at < count ? at : count - 1] / 1e3;
}

#endif
