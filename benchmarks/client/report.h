/* The load client's answers, one line of JSON for each phase. */
#ifndef REPORT_H
#define REPORT_H

struct report {
    double join_s, window_s, drain_s;
    double client_cpu_s, server_cpu_s;
    unsigned joined, at_end, silent_at_end, pongers_at_end;
};

/* `{"phase": "joined"}`: all have joined, nothing is measured yet. */
void report_joined(const struct report *report);
/* `{"phase": "window"}`: the window is over. */
void report_window(const struct report *report);
/* `{"phase": "result"}`: everything. */
void report_result(const struct report *report);

#endif
