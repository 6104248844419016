#include "position.h"

#include "clock.h"

void position_joined(struct viewer *viewer)
{
    if (viewer->is_joined)
        return;
    viewer->is_joined = true;
    tally.joined++;
    histogram_add(&tally.join_time, (steady_s() - viewer->started_s) * 1e6);
}

static void start_at(struct viewer *viewer, const struct options *options,
                     const struct frame *frame)
{
    if (frame->n < options->history_ticks)
        tally.short_histories++;
    viewer->has_position = true;
    viewer->offset = frame->offset;
    position_joined(viewer);
}

/* Only what comes as it happens has a latency; what is caught up with has an age. */
static void count(const struct viewer *viewer, const struct frame *frame, uint64_t fresh,
                  double received_ms)
{
    if (!tally.is_window || viewer->is_stalled)
        return;
    tally.messages++;
    tally.ticks += fresh;
    for (uint64_t i = frame->n - fresh; i < frame->n; i++)
        histogram_add(&tally.latency, (received_ms - frame->time_ms[i]) * 1000);
}

/* How many of the frame's ticks are new to the viewer; counts what is missing or repeated. */
static uint64_t continue_from(struct viewer *viewer, const struct frame *frame)
{
    if (frame->offset <= viewer->offset) {
        if (viewer->is_live)
            tally.repeats++;
        else
            tally.known++;
        return 0;
    }
    uint64_t ahead = frame->offset - viewer->offset;
    if (frame->is_reduced) {
        tally.reduced++;
        return ahead < frame->n ? ahead : frame->n;
    }
    if (ahead > frame->n) {
        tally.gaps++;
        tally.ticks_missed += ahead - frame->n;
        return frame->n;
    }
    if (ahead < frame->n && viewer->is_live)
        tally.repeats++;
    return ahead;
}

void position_take(struct viewer *viewer, const struct options *options, enum frame_kind kind,
                   const struct frame *frame, double received_ms)
{
    if (!viewer->has_position) {
        /* Joined the room before the snapshot was read: what it will hold anyway. */
        if (options->joined == JOINED_FRAME && options->protocol == SOCKET_IO &&
            kind == FRAME_TICK)
            tally.early++;
        else
            start_at(viewer, options, frame);
    } else if (kind == FRAME_SNAPSHOT) {
        tally.snapshots_again++;
        if (frame->offset > viewer->offset)
            viewer->offset = frame->offset;
    } else {
        uint64_t fresh = continue_from(viewer, frame);
        if (fresh) {
            viewer->offset = frame->offset;
            viewer->is_live = true;
            count(viewer, frame, fresh, received_ms);
        }
    }
    if (viewer->offset > tally.newest_offset)
        tally.newest_offset = viewer->offset;
}
