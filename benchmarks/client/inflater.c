#include "inflater.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct inflater {
    z_stream stream;
    bool forgets_context;
};

static uint8_t *text;
static size_t room;

struct inflater *inflater_new(bool forgets_context)
{
    struct inflater *inflater = calloc(1, sizeof *inflater);
    inflater->forgets_context = forgets_context;
    inflateInit2(&inflater->stream, -15);
    return inflater;
}

void inflater_free(struct inflater *inflater)
{
    if (!inflater)
        return;
    inflateEnd(&inflater->stream);
    free(inflater);
}

/* Feed `data`, growing the text as it needs; false when it is not deflate. */
static bool feed(z_stream *stream, const uint8_t *data, size_t length, size_t *at)
{
    stream->next_in = (uint8_t *)data;
    stream->avail_in = (unsigned)length;
    do {
        if (room - *at < 4096) {
            room = room ? room * 2 : 65536;
            text = realloc(text, room);
        }
        stream->next_out = text + *at;
        stream->avail_out = (unsigned)(room - *at);
        int answer = inflate(stream, Z_SYNC_FLUSH);
        *at = room - stream->avail_out;
        if (answer != Z_OK && answer != Z_BUF_ERROR)
            return false;
    } while (stream->avail_out == 0 || stream->avail_in > 0);
    return true;
}

const char *inflater_message(struct inflater *inflater, const uint8_t *data, size_t length,
                             size_t *text_length)
{
    static const uint8_t tail[4] = {0, 0, 0xff, 0xff};
    *text_length = 0;
    if (!feed(&inflater->stream, data, length, text_length) ||
        !feed(&inflater->stream, tail, sizeof tail, text_length))
        return NULL;
    if (inflater->forgets_context)
        inflateReset(&inflater->stream);
    return (const char *)text;
}
