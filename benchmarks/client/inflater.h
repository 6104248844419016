/* permessage-deflate (RFC 7692), the receiving half. */
#ifndef INFLATER_H
#define INFLATER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inflater;

struct inflater *inflater_new(bool forgets_context);
void inflater_free(struct inflater *inflater);
/* Inflate one message. Returns text that is good until the next call for anyone, or NULL. */
const char *inflater_message(struct inflater *inflater, const uint8_t *data, size_t length,
                             size_t *text_length);

#endif
