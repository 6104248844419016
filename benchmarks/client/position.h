/* A viewer's position: takes frames in, and counts every gap, repeat and reduction. */
#ifndef POSITION_H
#define POSITION_H

#include "frame.h"
#include "viewer.h"

enum frame_kind { FRAME_TICK, FRAME_SNAPSHOT, FRAME_BACKFILL };

/* Move `viewer` on by `frame`, which was received at `received_ms` by the wall's clock. */
void position_take(struct viewer *viewer, const struct options *options, enum frame_kind kind,
                   const struct frame *frame, double received_ms);
/* Count `viewer` as joined. */
void position_joined(struct viewer *viewer);

#endif
