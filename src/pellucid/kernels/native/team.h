// Team: the threads that share one kernel's work. Work is cut into as many parts as the team has threads, always at the same
// places, so the result depends on the number of threads and on nothing else: not on which thread is late, or how many there are.
#pragma once
#include "costs.h"

namespace pellucid {

struct Team {
    int threads;
    // Calls part(context, t) once for each t in 0..parts-1, and returns when all are done.
    void (*run)(int parts, void (*part)(void* context, int t), void* context);

    // Calls body(t) for each t in 0..parts-1.
    template <class Body>
    void each(int parts, const Body& body) const {
        if (parts <= 1) {
            body(0);
            return;
        }
        run(parts, [](void* context, int t) { (*static_cast<const Body*>(context))(t); }, const_cast<Body*>(&body));
    }

    // Into how many parts `count` items are cut whose work takes about so many nanoseconds on one core (costs.h).
    int parts_of(long count, double nanoseconds) const {
        return nanoseconds < WORTH_SHARING || count == 0 ? 1 : int(count < threads ? count : threads);
    }

    // Calls body(t, begin, end) for the ranges that 0..count-1 is cut into.
    template <class Body>
    void split(long count, double nanoseconds, const Body& body) const {
        const int parts = parts_of(count, nanoseconds);
        each(parts, [&](int t) { body(t, count * t / parts, count * (t + 1) / parts); });
    }
};

// The process's own threads; see threads.cpp.
void run_on_threads(int parts, void (*part)(void* context, int t), void* context);
int available_cores();

}  // namespace pellucid
