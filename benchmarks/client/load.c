/* Opens many viewers, watches what reaches them, and prints one line of JSON for each phase.
 *
 * One thread, one epoll. Phases: everybody joins; the server settles; ticks begin (`--go` is
 * created); the window is measured; those that did not read catch up.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "process_cpu.h"
#include "report.h"
#include "viewer.h"

#define EVENTS_AT_ONCE 512
#define STALL_STEP_S 0.1

static struct options options;
static struct viewer *viewers;
static int poller;
static unsigned opened, under_way;
static double go_s = 1e18; /* when the ticks were told to begin */

static void watch(struct viewer *viewer, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u32 = (uint32_t)(viewer - viewers)};
    epoll_ctl(poller, operation, viewer->fd, &event);
}

static void open_more(void)
{
    while (opened < options.viewers && under_way < options.at_once) {
        struct viewer *viewer = &viewers[opened];
        if (viewer_connect(viewer, &options, opened)) {
            watch(viewer, EPOLL_CTL_ADD, EPOLLOUT);
            under_way++;
        } else {
            viewer_close(viewer, "a socket could not be opened");
        }
        opened++;
    }
}

static void handle(struct viewer *viewer, uint32_t events)
{
    bool was_under_way = !viewer->is_joined && viewer->state != VIEWER_CLOSED;
    if (viewer->state == VIEWER_CONNECTING) {
        viewer_begin(viewer, &options);
        if (viewer->state == VIEWER_OPENING)
            watch(viewer, EPOLL_CTL_MOD, EPOLLIN);
    } else if (viewer->state != VIEWER_CLOSED && (events & (EPOLLIN | EPOLLERR | EPOLLHUP))) {
        viewer_read(viewer, &options);
    }
    if (was_under_way && (viewer->is_joined || viewer->state == VIEWER_CLOSED))
        under_way--;
}

/* Serve all viewers until `deadline_s` at the latest; true when there may be more to do. */
static bool serve_until(double deadline_s)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    double left_s = deadline_s - steady_s();
    if (left_s <= 0)
        return false;
    int wait_ms = left_s > 1 ? 1000 : (int)(left_s * 1000) + 1;
    int n = epoll_wait(poller, events, EVENTS_AT_ONCE, wait_ms);
    for (int i = 0; i < n; i++)
        handle(&viewers[events[i].data.u32], events[i].events);
    return true;
}

static double join_all(void)
{
    double began_s = steady_s();
    while (tally.joined + tally.closed < options.viewers) {
        open_more();
        if (!serve_until(began_s + options.join_limit_s))
            break;
    }
    return steady_s() - began_s;
}

static void set_stalled(unsigned from, unsigned to, bool is_stalled)
{
    for (unsigned i = from; i < to; i++) {
        if (viewers[i].state != VIEWER_OPEN)
            continue;
        viewers[i].is_stalled = true; /* for good: what it catches up with has no latency */
        watch(&viewers[i], EPOLL_CTL_MOD, is_stalled ? 0 : EPOLLIN);
    }
}

/* Those that stall read again when their time has come; until then some send PONGs. */
static void tend_stalled(double now_s)
{
    static bool silent_read, pongers_read;
    if (!silent_read && now_s >= go_s + options.stall_s) {
        set_stalled(options.pongers, options.stalled, false);
        silent_read = true;
    }
    if (!pongers_read && now_s >= go_s + options.pongers_stall_s) {
        set_stalled(0, options.pongers, false);
        pongers_read = true;
    }
    for (unsigned i = 0; i < options.pongers && !pongers_read; i++)
        viewer_pong(&viewers[i], &options);
}

/* Serve all viewers until `end_s`, those that stall included. */
static void pass_until(double end_s)
{
    while (steady_s() < end_s) {
        double step_s = steady_s() + STALL_STEP_S;
        if (options.stalled)
            tend_stalled(step_s - STALL_STEP_S);
        while (serve_until(step_s < end_s ? step_s : end_s))
            continue;
    }
}

static unsigned count_at_end(unsigned from, unsigned to)
{
    unsigned n = 0;
    for (unsigned i = from; i < to; i++)
        n += viewers[i].state == VIEWER_OPEN && viewers[i].offset == tally.newest_offset;
    return n;
}

/* Let the source come to its end; then return how long the last viewer takes to have all. */
static double drain(void)
{
    pass_until(go_s + options.over_s);
    double began_s = steady_s();
    while (count_at_end(0, options.viewers) + tally.closed < options.viewers &&
           steady_s() < began_s + options.drain_limit_s)
        pass_until(steady_s() + STALL_STEP_S);
    return steady_s() - began_s;
}

static void start_ticks(void)
{
    go_s = steady_s();
    set_stalled(0, options.stalled, true);
    if (!options.go[0])
        return;
    int file = open(options.go, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) {
        fprintf(stderr, "--go is '%s', which cannot be created\n", options.go);
        exit(2);
    }
    close(file);
}

static double own_cpu_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void measure_window(struct report *report)
{
    double began_s = steady_s(), own_s = own_cpu_s(), server_s = process_cpu_s(options.pids);
    tally.is_window = true;
    pass_until(began_s + options.window_s);
    tally.is_window = false;
    report->window_s = steady_s() - began_s;
    report->client_cpu_s = own_cpu_s() - own_s;
    report->server_cpu_s = server_s < 0 ? -1 : process_cpu_s(options.pids) - server_s;
}

int main(int argc, char **argv)
{
    struct report report = {0};
    struct rlimit files;
    options = options_read(argc, argv);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    poller = epoll_create1(EPOLL_CLOEXEC);
    viewers = calloc(options.viewers, sizeof *viewers);

    report.join_s = join_all();
    report.joined = tally.joined;
    report_joined(&report);
    pass_until(steady_s() + options.settle_s);
    start_ticks();
    pass_until(steady_s() + options.warm_s);
    measure_window(&report);
    report_window(&report);
    if (options.drain_limit_s > 0) {
        report.drain_s = drain();
        report.silent_at_end = count_at_end(options.pongers, options.stalled);
        report.pongers_at_end = count_at_end(0, options.pongers);
    }
    report.at_end = count_at_end(0, options.viewers);
    report_result(&report);
    return 0;
}
