/* A loop of send() and nothing else: what the kernel takes for a message to a viewer.
 *
 * usage: bare_loop PORT RATE_HZ GO    (RATE_HZ 0: as fast as it can)
 * Accepts raw WebSockets until the file GO exists, and none after. The ticks are those of
 * benchmarks/ticks.py. A send waits for a viewer that is behind, so nothing is lost or cut.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define VIEWERS_MAX 30000
#define GO_INTERVAL_MS 20

static int viewers[VIEWERS_MAX];
static int n_viewers;

static double wall_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void nap(double seconds)
{
    struct timespec span = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&span, NULL);
}

static int listen_on(int port)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 4096) < 0) {
        perror("bare_loop");
        exit(1);
    }
    return fd;
}

/* The load client always sends the key of RFC 6455's example, so the answer is that one. */
static void accept_one(int listener)
{
    static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                 "Connection: Upgrade\r\n"
                                 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    char request[4096];
    int on = 1, fd = accept(listener, NULL, NULL);
    if (fd < 0 || n_viewers == VIEWERS_MAX)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (recv(fd, request, sizeof request, 0) > 0 &&
        send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) == (ssize_t)sizeof answer - 1)
        viewers[n_viewers++] = fd;
}

static size_t make_message(char *out, size_t room, uint64_t offset, double time_s)
{
    int size = snprintf(out + 2, room - 2,
                        "{\"v\":1,\"chart\":\"bench\",\"epoch\":\"9f2c41aa\",\"offset\":%llu,"
                        "\"t\":[%.3f],\"y\":[[%llu.5],[%llu.25]]}",
                        (unsigned long long)offset, time_s * 1000, (unsigned long long)offset,
                        (unsigned long long)(offset * 2 % 1000));
    out[0] = (char)0x81;
    if (size > 125) {
        fprintf(stderr, "bare_loop: a message of %d bytes; expected at most 125\n", size);
        exit(1);
    }
    out[1] = (char)size;
    return (size_t)size + 2;
}

static void send_forever(double rate_hz)
{
    char message[256];
    double began_s = wall_s();
    for (uint64_t offset = 1;; offset++) {
        double due_s = rate_hz > 0 ? began_s + (double)offset / rate_hz : wall_s();
        double wait_s = due_s - wall_s();
        if (wait_s > 0)
            nap(wait_s);
        size_t size = make_message(message, sizeof message, offset, due_s);
        for (int i = 0; i < n_viewers; i++)
            if (send(viewers[i], message, size, MSG_NOSIGNAL) != (ssize_t)size)
                return; /* the load client has gone */
    }
}

int main(int argc, char **argv)
{
    struct rlimit files;
    if (argc != 4) {
        fprintf(stderr, "bare_loop: got %d arguments; expected PORT RATE_HZ GO\n", argc - 1);
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    struct pollfd waiting = {.fd = listen_on(atoi(argv[1])), .events = POLLIN};
    while (access(argv[3], F_OK) != 0)
        if (poll(&waiting, 1, GO_INTERVAL_MS) > 0)
            accept_one(waiting.fd);
    send_forever(atof(argv[2]));
    return 0;
}
