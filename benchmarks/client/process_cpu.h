/* The processor time of other processes, exact to the nanosecond where the kernel tells. */
#ifndef PROCESS_CPU_H
#define PROCESS_CPU_H

/* Seconds that all threads of the processes in `pids` ("12,13") have run; -1 when unknown. */
double process_cpu_s(const char *pids);

#endif
