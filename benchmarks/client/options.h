/* What the load client is asked to do: the command line, with its defaults. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

enum protocol { SOCKET_IO, RAW };
enum joined { JOINED_OPEN, JOINED_CONNECT, JOINED_FRAME };

struct options {
    const char *host;
    int port;
    const char *path;
    const char *auth; /* JSON that goes with Socket.IO's CONNECT; "" for none */
    enum protocol protocol;
    enum joined joined; /* what makes a viewer count as joined */
    unsigned viewers;
    unsigned at_once;       /* handshakes that may be under way together */
    unsigned history_ticks; /* the first frame must hold at least so many */
    bool offers_deflate;
    const char *pids; /* of the server, for its processor time; "" for none */
    const char *go;   /* a file to create when all have joined and settled; "" for none */
    double settle_s, warm_s, window_s;
    double join_limit_s;
    unsigned stalled;       /* the first so many viewers stop reading when `go` is made */
    unsigned pongers;       /* the first so many of those send PONGs all the while */
    double stall_s;         /* after `go`, the silent ones read again */
    double pongers_stall_s; /* and then those that sent PONGs */
    double over_s;          /* after `go`, the source has sent its last tick */
    double drain_limit_s;   /* after that, so long may they take to catch up; 0: not waited for */
};

/* Read the command line, or print what is wrong with it and exit with status 2. */
struct options options_read(int argc, char **argv);

#endif
