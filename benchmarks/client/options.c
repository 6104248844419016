#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOST = 1, PORT, PATH, AUTH, PROTOCOL, JOINED, VIEWERS, AT_ONCE, HISTORY, DEFLATE, PIDS, GO,
    SETTLE, WARM, WINDOW, JOIN_LIMIT, STALLED, PONGERS, STALL, PONGERS_STALL, OVER, DRAIN_LIMIT
};

static const struct option LONG[] = {
    {"host", 1, 0, HOST}, {"port", 1, 0, PORT}, {"path", 1, 0, PATH}, {"auth", 1, 0, AUTH},
    {"protocol", 1, 0, PROTOCOL}, {"joined", 1, 0, JOINED}, {"viewers", 1, 0, VIEWERS},
    {"at-once", 1, 0, AT_ONCE}, {"history-ticks", 1, 0, HISTORY}, {"deflate", 0, 0, DEFLATE},
    {"pids", 1, 0, PIDS}, {"go", 1, 0, GO}, {"settle-s", 1, 0, SETTLE}, {"warm-s", 1, 0, WARM},
    {"window-s", 1, 0, WINDOW}, {"join-limit-s", 1, 0, JOIN_LIMIT}, {"stalled", 1, 0, STALLED},
    {"pongers", 1, 0, PONGERS}, {"stall-s", 1, 0, STALL},
    {"pongers-stall-s", 1, 0, PONGERS_STALL}, {"over-s", 1, 0, OVER},
    {"drain-limit-s", 1, 0, DRAIN_LIMIT}, {0, 0, 0, 0},
};

static void refuse(const char *option, const char *got, const char *wanted)
{
    fprintf(stderr, "%s is '%s'; expected %s\n", option, got, wanted);
    exit(2);
}

static double amount(const char *option, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || value < 0)
        refuse(option, text, "a number from 0, such as 5");
    return value;
}

static int choice(const char *option, const char *text, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    refuse(option, text, names[0]);
    return -1;
}

static void set_text(struct options *o, int option, const char *text)
{
    static const char *const protocols[] = {"socketio", "raw", NULL};
    static const char *const marks[] = {"open", "connect", "frame", NULL};
    switch (option) {
    case HOST: o->host = text; break;
    case PATH: o->path = text; break;
    case AUTH: o->auth = text; break;
    case PIDS: o->pids = text; break;
    case GO: o->go = text; break;
    case DEFLATE: o->offers_deflate = true; break;
    case PROTOCOL: o->protocol = (enum protocol)choice("--protocol", text, protocols); break;
    case JOINED: o->joined = (enum joined)choice("--joined", text, marks); break;
    default: exit(2); /* getopt has said why */
    }
}

static void set_number(struct options *o, int option, double value)
{
    switch (option) {
    case PORT: o->port = (int)value; break;
    case VIEWERS: o->viewers = (unsigned)value; break;
    case AT_ONCE: o->at_once = (unsigned)value; break;
    case HISTORY: o->history_ticks = (unsigned)value; break;
    case SETTLE: o->settle_s = value; break;
    case WARM: o->warm_s = value; break;
    case WINDOW: o->window_s = value; break;
    case JOIN_LIMIT: o->join_limit_s = value; break;
    case STALLED: o->stalled = (unsigned)value; break;
    case PONGERS: o->pongers = (unsigned)value; break;
    case STALL: o->stall_s = value; break;
    case PONGERS_STALL: o->pongers_stall_s = value; break;
    case OVER: o->over_s = value; break;
    case DRAIN_LIMIT: o->drain_limit_s = value; break;
    }
}

struct options options_read(int argc, char **argv)
{
    struct options o = {
        .host = "127.0.0.1", .path = "/", .auth = "", .joined = JOINED_OPEN, .viewers = 1,
        .at_once = 200, .pids = "", .go = "", .settle_s = 1, .warm_s = 1, .window_s = 5,
        .join_limit_s = 60,
    };
    int option, place;
    while ((option = getopt_long(argc, argv, "", LONG, &place)) != -1) {
        bool is_text = option <= PATH && option != PORT;
        is_text |= option == AUTH || option == PROTOCOL || option == JOINED || option == DEFLATE;
        is_text |= option == PIDS || option == GO || option == '?';
        if (is_text)
            set_text(&o, option, optarg);
        else
            set_number(&o, option, amount(LONG[place].name, optarg));
    }
    if (o.port < 1 || o.port > 65535)
        refuse("--port", "missing or out of range", "1 to 65535, such as --port 8000");
    if (o.stalled > o.viewers || o.pongers > o.stalled)
        refuse("--stalled", "too many", "pongers <= stalled <= viewers");
    return o;
}
