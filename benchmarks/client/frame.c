#include "frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_FRAMES 512
#define WIDE 1e10

struct known {
    struct frame frame;
    char *json;
    size_t length, json_room;
    double *time_ms;
    uint32_t *columns; /* offset of each column, counted from the frame's first */
    size_t room;
};

static struct known known_frames[KNOWN_FRAMES];

/* Read a plain JSON number at `*at` and step over it. strtod is far too slow for millions. */
static bool number(const char **at, const char *end, double *value)
{
    static const double tenth[] = {1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9};
    const char *p = *at;
    bool is_negative = p < end && *p == '-';
    p += is_negative;
    const char *first = p;
    uint64_t whole = 0;
    while (p < end && *p >= '0' && *p <= '9')
        whole = whole * 10 + (uint64_t)(*p++ - '0');
    if (p == first)
        return false;
    double result = (double)whole;
    if (p < end && *p == '.') {
        uint64_t part = 0;
        unsigned digits = 0;
        for (p++; p < end && *p >= '0' && *p <= '9'; p++)
            if (digits < 9) {
                part = part * 10 + (uint64_t)(*p - '0');
                digits++;
            }
        result += (double)part * tenth[digits];
    }
    *value = is_negative ? -result : result;
    *at = p;
    return true;
}

static const char *after(const char *json, const char *end, const char *key)
{
    const char *found = memmem(json, (size_t)(end - json), key, strlen(key));
    return found ? found + strlen(key) : NULL;
}

static void make_room(struct known *k, size_t columns)
{
    if (columns <= k->room)
        return;
    k->room = columns * 2;
    k->time_ms = realloc(k->time_ms, k->room * sizeof *k->time_ms);
    k->columns = realloc(k->columns, k->room * sizeof *k->columns);
}

static const char *read_times(struct known *k, const char *p, const char *end)
{
    struct frame *f = &k->frame;
    while (p < end && *p != ']') {
        make_room(k, f->n + 1);
        if (!number(&p, end, &k->time_ms[f->n]))
            return NULL;
        if (f->n && k->time_ms[f->n] < k->time_ms[f->n - 1])
            f->fault = "times fall within a frame";
        f->n++;
        if (p < end && *p == ',')
            p++;
    }
    f->time_ms = k->time_ms;
    return p < end ? p : NULL;
}

/* The value that benchmarks/ticks.py gives the tick at `offset`. */
static double expected(uint64_t offset, unsigned row)
{
    if (row == 0)
        return (double)offset + 0.5;
    return (row >= 2 ? WIDE : 0) + (double)(offset * (row + 1) % 1000) + 0.25;
}

/* Row 0 tells each column's offset: consecutive, or only rising when the frame is reduced. */
static bool column_fits(struct known *k, uint32_t column, unsigned row, double value)
{
    struct frame *f = &k->frame;
    uint64_t first = f->offset - f->n + 1;
    /* Of a reduced frame each series may keep its own extremes; the last column is one tick. */
    if (row > 0 && f->is_reduced && column + 1 < f->n)
        return true;
    if (row > 0)
        return value == expected(f->is_reduced ? k->columns[column] : first + column, row);
    uint64_t offset = (uint64_t)value;
    if (value != (double)offset + 0.5 || offset > f->offset)
        return false;
    k->columns[column] = (uint32_t)offset;
    if (!f->is_reduced)
        return offset == first + column;
    if (column == f->n - 1 && offset != f->offset)
        return false;
    return column == 0 || k->columns[column - 1] < k->columns[column];
}

static const char *read_values(struct known *k, const char *p, const char *end)
{
    struct frame *f = &k->frame;
    for (unsigned row = 0; p < end && *p == '['; row++) {
        p++;
        for (uint32_t column = 0; column < f->n; column++) {
            double value;
            if (!number(&p, end, &value))
                return "a value is missing";
            if (!column_fits(k, column, row, value))
                return "a value is not that of its tick";
            if (p < end && *p == ',')
                p++;
        }
        if (p >= end || *p++ != ']')
            return "a row has too many values";
        if (p < end && *p == ',')
            p++;
    }
    return p < end && *p == ']' ? NULL : "y is not closed";
}

static void parse(struct known *k, const char *json, const char *end, uint64_t offset)
{
    struct frame *f = &k->frame;
    memset(f, 0, sizeof *f);
    f->offset = offset;
    f->is_reduced = after(json, end, "\"reduced\":true") != NULL;
    const char *p = after(json, end, "\"t\":[");
    p = p ? read_times(k, p, end) : NULL;
    if (!p) {
        f->fault = "frame without readable t";
        return;
    }
    if (f->n > offset) {
        f->fault = "more ticks than the offset allows";
        return;
    }
    p = after(p, end, "\"y\":[");
    const char *fault = p ? read_values(k, p, end) : "frame without y";
    if (fault)
        f->fault = fault;
}

const struct frame *frame_read(const char *json, size_t length)
{
    static struct frame bad = {.fault = "frame without offset"};
    const char *end = json + length;
    const char *p = after(json, end, "\"offset\":");
    double offset;
    if (!p || !number(&p, end, &offset))
        return &bad;
    /* Backfills and ticks that end at the same offset take different places. */
    struct known *k = &known_frames[((uint64_t)offset + length / 1024) % KNOWN_FRAMES];
    if (k->length == length && memcmp(k->json, json, length) == 0)
        return &k->frame;
    if (length > k->json_room) {
        k->json_room = length + 64;
        k->json = realloc(k->json, k->json_room);
    }
    memcpy(k->json, json, length);
    k->length = length;
    parse(k, json, end, (uint64_t)offset);
    return &k->frame;
}
