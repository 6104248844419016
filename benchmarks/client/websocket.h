/* RFC 6455 as a client needs it: no socket, no memory of its own. Strict about what arrives. */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

#define WS_PAYLOAD_MAX (256u << 20)
#define WS_HEADER_MAX 14

struct ws_frame {
    unsigned opcode;
    bool is_compressed;
    const uint8_t *payload;
    size_t length;
};

/* Take one frame from the front of `data`.
 *
 * Returns the bytes it takes up, 0 when it is not complete yet (`*wanted` is then the size to
 * wait for), or -1 when it breaks the protocol (`*fault` says how).
 */
ssize_t ws_take(const uint8_t *data, size_t length, bool may_compress, struct ws_frame *frame,
                size_t *wanted, const char **fault);

/* Write a masked frame of at most 65535 bytes into `out`; returns its size. */
size_t ws_make(uint8_t *out, unsigned opcode, const void *payload, size_t length);

/* Write the request that opens a WebSocket at `path`; returns its size. */
size_t ws_request(char *out, size_t room, const char *host, const char *path, bool offers_deflate);

/* Judge the server's answer, which ends with an empty line. Returns a fault, or NULL. */
const char *ws_judge(const char *answer, size_t length, bool offered_deflate, bool *is_deflated,
                     bool *forgets_context);

#endif
