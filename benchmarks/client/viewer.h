/* One viewer: its connection, its place in the protocol, and its position in the history. */
#ifndef VIEWER_H
#define VIEWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"
#include "inflater.h"
#include "options.h"

enum viewer_state { VIEWER_IDLE, VIEWER_CONNECTING, VIEWER_OPENING, VIEWER_OPEN, VIEWER_CLOSED };

struct viewer {
    int fd;
    enum viewer_state state;
    bool is_joined, has_position, is_live, is_stalled;
    uint64_t offset; /* of the last tick seen */
    double started_s;
    uint8_t *rest; /* of a frame that has not come in full */
    size_t rest_length, rest_room;
    struct inflater *inflater;
};

/* What all viewers together saw. The window's counts are of those that read all the time. */
struct tally {
    unsigned joined, closed;
    unsigned close_codes[5000];
    bool is_window;
    uint64_t messages, ticks, bytes;        /* in the window */
    uint64_t messages_all, compressed;      /* ever */
    uint64_t gaps, ticks_missed, repeats, early, known, bad_frames, short_histories;
    uint64_t reduced, snapshots_again, other_events;
    uint64_t newest_offset; /* that any viewer has seen */
    char first_fault[160];
    struct histogram latency;   /* of ticks in the window */
    struct histogram join_time; /* of one viewer, from connect() to joined */
};

extern struct tally tally;

/* Give `viewer` a socket that connects from source address number `place`. False on failure. */
bool viewer_connect(struct viewer *viewer, const struct options *options, unsigned place);
/* The socket can be written to: the connection stands, ask for the WebSocket. */
void viewer_begin(struct viewer *viewer, const struct options *options);
/* Read once and take in every complete frame. */
void viewer_read(struct viewer *viewer, const struct options *options);
/* Send a PONG that nobody asked for: Engine.IO's, or the WebSocket's when there is no such. */
void viewer_pong(struct viewer *viewer, const struct options *options);
/* Close it, counting `fault` (NULL: the server closed in good order). */
void viewer_close(struct viewer *viewer, const char *fault);

#endif
