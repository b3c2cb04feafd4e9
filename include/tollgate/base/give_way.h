// Threads that give way to payments: flushes, compactions, signing, backups. On few cores such a thread made the slowest of 100 payments wait
// for the processor for 2 to 4 ms, directly or behind the disk's own kernel threads.
#pragma once

namespace tollgate {

// This thread, from now on: a nice value for throughput (Linux: of one thread), and time slices of 0.1 ms, so that a woken thread soon gets
// the processor (Linux 6.12 and later, see sched(7) and sched_setattr(2); earlier kernels ignore it). It still makes progress under full
// load, so it may hold a lock that payments need. Any thread, any number of times; what the system refuses is left as it is.
void become_background();

// Between pieces of some 0.1 ms of work that makes no system call. A kernel that preempts lazily takes the processor away from such work only
// at its next tick, which is up to 4 ms away, whoever waits.
void give_way();

}  // namespace tollgate
