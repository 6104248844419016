#include "report.h"

#include <inttypes.h>
#include <stdio.h>

#include "viewer.h"

static void put_text(const char *text)
{
    putchar('"');
    for (; *text; text++)
        putchar(*text == '"' || *text == '\\' || *text < ' ' ? '\'' : *text);
    putchar('"');
}

static void put_count(const char *name, uint64_t count)
{
    printf(",\"%s\":%" PRIu64, name, count);
}

static void put_number(const char *name, double value)
{
    printf(",\"%s\":%.6f", name, value);
}

static void put_histogram(const char *name, const struct histogram *h)
{
    printf(",\"%s\":{\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"n\":%" PRIu64
           ",\"below_zero\":%" PRIu64 "}",
           name, histogram_quantile(h, 0.5) / 1000, histogram_quantile(h, 0.99) / 1000,
           h->max_us / 1000, h->total, h->below_zero);
}

static void put_close_codes(void)
{
    const char *comma = "";
    printf(",\"close_codes\":{");
    for (unsigned code = 0; code < 5000; code++)
        if (tally.close_codes[code]) {
            printf("%s\"%u\":%u", comma, code, tally.close_codes[code]);
            comma = ",";
        }
    printf("}");
}

static void finish(void)
{
    printf("}\n");
    fflush(stdout);
}

void report_joined(const struct report *report)
{
    printf("{\"phase\":\"joined\"");
    put_count("joined", report->joined);
    put_number("join_s", report->join_s);
    finish();
}

void report_window(const struct report *report)
{
    printf("{\"phase\":\"window\"");
    put_number("window_s", report->window_s);
    finish();
}

void report_result(const struct report *report)
{
    printf("{\"phase\":\"result\"");
    put_count("joined", report->joined);
    put_number("join_s", report->join_s);
    put_histogram("join_time", &tally.join_time);
    put_number("window_s", report->window_s);
    put_number("server_cpu_s", report->server_cpu_s);
    put_number("client_cpu_s", report->client_cpu_s);
    put_count("messages", tally.messages);
    put_count("ticks", tally.ticks);
    put_count("bytes", tally.bytes);
    put_histogram("latency", &tally.latency);
    put_count("messages_all", tally.messages_all);
    put_count("compressed", tally.compressed);
    put_count("gaps", tally.gaps);
    put_count("ticks_missed", tally.ticks_missed);
    put_count("repeats", tally.repeats);
    put_count("bad_frames", tally.bad_frames);
    put_count("short_histories", tally.short_histories);
    put_count("early", tally.early);
    put_count("known", tally.known);
    put_count("reduced", tally.reduced);
    put_count("snapshots_again", tally.snapshots_again);
    put_count("other_events", tally.other_events);
    put_count("closed", tally.closed);
    put_close_codes();
    put_count("newest_offset", tally.newest_offset);
    put_count("at_end", report->at_end);
    put_count("silent_at_end", report->silent_at_end);
    put_count("pongers_at_end", report->pongers_at_end);
    put_number("drain_s", report->drain_s);
    printf(",\"first_fault\":");
    put_text(tally.first_fault);
    finish();
}
