#include "websocket.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The key of RFC 6455's own example and its answer: a fixed pair needs no SHA-1 here. */
static const char KEY[] = "dGhlIHNhbXBsZSBub25jZQ==";
static const char ACCEPT[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
static const uint8_t MASK[4] = {0x37, 0xfa, 0x21, 0x3d};

static const char *check_header(const uint8_t *data, bool may_compress)
{
    unsigned opcode = data[0] & 15;
    if (data[0] & 0x30)
        return "RSV2 or RSV3 is set";
    if ((data[0] & 0x40) && !(may_compress && (opcode == WS_TEXT || opcode == WS_BINARY)))
        return "RSV1 is set on a frame that may not be compressed";
    if (!(data[0] & 0x80))
        return "a fragment, which no server measured here has reason to send";
    if (opcode != WS_TEXT && opcode != WS_BINARY && (opcode < WS_CLOSE || opcode > WS_PONG))
        return "unknown opcode";
    if (data[1] & 0x80)
        return "a masked frame from the server";
    if (opcode >= WS_CLOSE && (data[1] & 127) > 125)
        return "a control frame of more than 125 bytes";
    return NULL;
}

ssize_t ws_take(const uint8_t *data, size_t length, bool may_compress, struct ws_frame *frame,
                size_t *wanted, const char **fault)
{
    *wanted = WS_HEADER_MAX;
    if (length < 2)
        return 0;
    if ((*fault = check_header(data, may_compress)))
        return -1;
    unsigned code = data[1] & 127;
    size_t header = code < 126 ? 2 : code == 126 ? 4 : 10;
    if (length < header)
        return 0;
    uint64_t size = header == 2 ? code : 0;
    for (size_t i = 2; i < header; i++)
        size = size << 8 | data[i];
    if ((code == 126 && size < 126) || (code == 127 && size < 65536))
        *fault = "a length that is not written in the shortest form";
    if (size > WS_PAYLOAD_MAX)
        *fault = "a frame of more than 256 MB";
    if (*fault)
        return -1;
    *wanted = header + size;
    if (length < header + size)
        return 0;
    *frame = (struct ws_frame){data[0] & 15, data[0] & 0x40, data + header, size};
    return (ssize_t)(header + size);
}

size_t ws_make(uint8_t *out, unsigned opcode, const void *payload, size_t length)
{
    size_t at = 0;
    out[at++] = (uint8_t)(0x80 | opcode);
    if (length < 126) {
        out[at++] = (uint8_t)(0x80 | length);
    } else {
        out[at++] = 0x80 | 126;
        out[at++] = (uint8_t)(length >> 8);
        out[at++] = (uint8_t)length;
    }
    memcpy(out + at, MASK, 4);
    at += 4;
    for (size_t i = 0; i < length; i++)
        out[at++] = ((const uint8_t *)payload)[i] ^ MASK[i & 3];
    return at;
}

size_t ws_request(char *out, size_t room, const char *host, const char *path, bool offers_deflate)
{
    /* The offer is Chromium's and Firefox's, word for word. */
    const char *offer =
        offers_deflate
            ? "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
            : "";
    int size = snprintf(out, room,
                        "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
                        "Sec-WebSocket-Version: 13\r\nOrigin: http://%s\r\n%s\r\n",
                        path, host, KEY, host, offer);
    return (size_t)size;
}

const char *ws_judge(const char *answer, size_t length, bool offered_deflate, bool *is_deflated,
                     bool *forgets_context)
{
    static char refusal[64];
    char text[4096];
    if (length >= sizeof text)
        return "handshake answer of more than 4 KB";
    memcpy(text, answer, length);
    text[length] = 0;
    if (strncmp(text, "HTTP/1.1 101", 12) != 0) {
        snprintf(refusal, sizeof refusal, "handshake refused: %.*s", (int)strcspn(text, "\r\n"),
                 text);
        return refusal;
    }
    if (!strstr(text, ACCEPT))
        return "handshake answered with a wrong Sec-WebSocket-Accept";
    const char *extension = strcasestr(text, "\nSec-WebSocket-Extensions:");
    *is_deflated = extension && strcasestr(extension, "permessage-deflate");
    *forgets_context = extension && strcasestr(extension, "server_no_context_takeover");
    return *is_deflated && !offered_deflate ? "deflate was taken but never offered" : NULL;
}
