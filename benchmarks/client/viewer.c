#include "viewer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "frame.h"
#include "position.h"
#include "websocket.h"

#define READ_BYTES (256u << 10)
#define PORTS_PER_ADDRESS 20000

struct tally tally;
static uint8_t shared[READ_BYTES];

static void fault(const char *what)
{
    tally.bad_frames++;
    if (!tally.first_fault[0])
        snprintf(tally.first_fault, sizeof tally.first_fault, "%s", what);
}

void viewer_close(struct viewer *viewer, const char *why)
{
    if (viewer->state == VIEWER_CLOSED)
        return;
    if (why)
        fault(why);
    close(viewer->fd);
    viewer->state = VIEWER_CLOSED;
    tally.closed++;
    inflater_free(viewer->inflater);
    viewer->inflater = NULL;
    free(viewer->rest);
    viewer->rest = NULL;
    viewer->rest_length = viewer->rest_room = 0;
}

bool viewer_connect(struct viewer *viewer, const struct options *options, unsigned place)
{
    int on = 1;
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
    to.sin_port = htons((uint16_t)options->port);
    inet_pton(AF_INET, options->host, &to.sin_addr);
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + place / PORTS_PER_ADDRESS);
    viewer->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (viewer->fd < 0)
        return false;
    setsockopt(viewer->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(viewer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(viewer->fd, (struct sockaddr *)&from, sizeof from) < 0)
        return false;
    viewer->started_s = steady_s();
    viewer->state = VIEWER_CONNECTING;
    return connect(viewer->fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS;
}

/* What a viewer sends is so little that a full send buffer means that the server is dead. */
static bool send_all(struct viewer *viewer, const void *data, size_t length)
{
    return send(viewer->fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length;
}

static void send_text(struct viewer *viewer, unsigned opcode, const void *text, size_t length)
{
    uint8_t out[4096 + WS_HEADER_MAX];
    if (!send_all(viewer, out, ws_make(out, opcode, text, length)))
        viewer_close(viewer, "the server does not take what a viewer sends");
}

void viewer_pong(struct viewer *viewer, const struct options *options)
{
    if (viewer->state != VIEWER_OPEN)
        return;
    if (options->protocol == SOCKET_IO)
        send_text(viewer, WS_TEXT, "3", 1);
    else
        send_text(viewer, WS_PONG, "", 0);
}

void viewer_begin(struct viewer *viewer, const struct options *options)
{
    char request[2048], host[64];
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(viewer->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        viewer_close(viewer, strerror(error));
        return;
    }
    snprintf(host, sizeof host, "%s:%d", options->host, options->port);
    size_t length =
        ws_request(request, sizeof request, host, options->path, options->offers_deflate);
    if (!send_all(viewer, request, length))
        viewer_close(viewer, "the handshake could not be sent");
    else
        viewer->state = VIEWER_OPENING;
}

static void take_frame(struct viewer *viewer, const struct options *options, enum frame_kind kind,
                       const char *json, size_t length)
{
    const struct frame *frame = frame_read(json, length);
    if (frame->fault)
        fault(frame->fault);
    else
        position_take(viewer, options, kind, frame, wall_ms());
}

static bool is_event(const char *text, size_t length, const char *name)
{
    size_t size = strlen(name);
    return length > size && memcmp(text, name, size) == 0;
}

static void take_event(struct viewer *viewer, const struct options *options, const char *text,
                       size_t length)
{
    if (is_event(text, length, "42[\"tick\","))
        take_frame(viewer, options, FRAME_TICK, text, length);
    else if (is_event(text, length, "42[\"snapshot\","))
        take_frame(viewer, options, FRAME_SNAPSHOT, text, length);
    else if (is_event(text, length, "42[\"backfill\","))
        take_frame(viewer, options, FRAME_BACKFILL, text, length);
    else
        tally.other_events++;
}

/* Engine.IO: 0 open, 1 close, 2 ping, 4 message; Socket.IO in it: 0 connect, 1 disconnect,
 * 2 event, 4 connect error. */
static void take_socketio(struct viewer *viewer, const struct options *options, const char *text,
                          size_t length)
{
    char connect[2048];
    if (length >= 2 && text[0] == '4' && text[1] == '2') {
        take_event(viewer, options, text, length);
    } else if (length == 1 && text[0] == '2') {
        send_text(viewer, WS_TEXT, "3", 1);
    } else if (length && text[0] == '0') {
        int size = snprintf(connect, sizeof connect, "40%s", options->auth);
        send_text(viewer, WS_TEXT, connect, (size_t)size);
    } else if (length >= 2 && text[0] == '4' && text[1] == '0') {
        if (options->joined == JOINED_CONNECT)
            position_joined(viewer);
    } else if (length && (text[0] == '1' || (length >= 2 && text[1] == '1'))) {
        viewer_close(viewer, NULL);
    } else if (!(length == 1 && text[0] == '6')) {
        char what[120];
        snprintf(what, sizeof what, "packet %.*s", (int)(length < 80 ? length : 80), text);
        fault(what);
    }
}

static void take_message(struct viewer *viewer, const struct options *options,
                         const struct ws_frame *frame)
{
    const char *text = (const char *)frame->payload;
    size_t length = frame->length;
    if (frame->is_compressed) {
        tally.compressed++;
        text = inflater_message(viewer->inflater, frame->payload, frame->length, &length);
        if (!text) {
            viewer_close(viewer, "what should be deflate is not");
            return;
        }
    }
    tally.messages_all++;
    if (options->protocol == SOCKET_IO)
        take_socketio(viewer, options, text, length);
    else
        take_frame(viewer, options, FRAME_TICK, text, length);
}

static void take_ws_frame(struct viewer *viewer, const struct options *options,
                          const struct ws_frame *frame)
{
    if (frame->opcode == WS_PING) {
        send_text(viewer, WS_PONG, frame->payload, frame->length);
    } else if (frame->opcode == WS_CLOSE) {
        unsigned code = frame->length >= 2 ? frame->payload[0] * 256u + frame->payload[1] : 1005;
        tally.close_codes[code < 5000 ? code : 0]++;
        viewer_close(viewer, NULL);
    } else if (frame->opcode != WS_PONG) {
        take_message(viewer, options, frame);
    }
}

/* Take the server's answer to the handshake; returns the bytes it takes up, 0 when too few. */
static size_t take_answer(struct viewer *viewer, const struct options *options,
                          const uint8_t *data, size_t length)
{
    const uint8_t *blank = memmem(data, length, "\r\n\r\n", 4);
    bool is_deflated, forgets_context;
    if (!blank)
        return 0;
    size_t size = (size_t)(blank - data) + 4;
    const char *refusal = ws_judge((const char *)data, size, options->offers_deflate, &is_deflated,
                                   &forgets_context);
    if (refusal) {
        viewer_close(viewer, refusal);
        return 0;
    }
    if (is_deflated)
        viewer->inflater = inflater_new(forgets_context);
    viewer->state = VIEWER_OPEN;
    if (options->joined == JOINED_OPEN)
        position_joined(viewer);
    return size;
}

/* Take every complete frame in `data`; returns how many bytes were taken. */
static size_t take_all(struct viewer *viewer, const struct options *options, const uint8_t *data,
                       size_t length, size_t *wanted)
{
    size_t at = 0;
    *wanted = 1;
    if (viewer->state == VIEWER_OPENING) {
        at = take_answer(viewer, options, data, length);
        if (!at)
            return 0;
    }
    while (viewer->state == VIEWER_OPEN) {
        struct ws_frame frame;
        const char *why = NULL;
        ssize_t size =
            ws_take(data + at, length - at, viewer->inflater != NULL, &frame, wanted, &why);
        if (size < 0)
            viewer_close(viewer, why);
        if (size <= 0)
            break;
        take_ws_frame(viewer, options, &frame);
        at += (size_t)size;
    }
    return at;
}

/* Keep `length` bytes at `data` as the rest, with room for a frame of `wanted` bytes. */
static void keep_rest(struct viewer *viewer, const uint8_t *data, size_t length, size_t wanted)
{
    if (length == 0) {
        free(viewer->rest);
        viewer->rest = NULL;
        viewer->rest_room = 0;
    } else {
        size_t room = (wanted > length ? wanted : length) + 4096;
        if (room > viewer->rest_room) {
            uint8_t *bigger = malloc(room);
            memcpy(bigger, data, length);
            free(viewer->rest);
            viewer->rest = bigger;
            viewer->rest_room = room;
        } else {
            memmove(viewer->rest, data, length);
        }
    }
    viewer->rest_length = length;
}

void viewer_read(struct viewer *viewer, const struct options *options)
{
    bool has_rest = viewer->rest_length > 0;
    uint8_t *into = has_rest ? viewer->rest + viewer->rest_length : shared;
    size_t room = has_rest ? viewer->rest_room - viewer->rest_length : sizeof shared;
    size_t wanted;
    ssize_t got = recv(viewer->fd, into, room, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        viewer_close(viewer, got < 0 ? strerror(errno) : NULL);
        return;
    }
    if (tally.is_window && !viewer->is_stalled)
        tally.bytes += (uint64_t)got;
    const uint8_t *data = has_rest ? viewer->rest : shared;
    size_t length = viewer->rest_length + (size_t)got;
    size_t taken = take_all(viewer, options, data, length, &wanted);
    if (viewer->state != VIEWER_CLOSED)
        keep_rest(viewer, data + taken, length - taken, wanted);
}
