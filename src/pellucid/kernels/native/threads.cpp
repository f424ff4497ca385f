// The threads that kernels share. They wait for work by watching a counter for some microseconds, then sleep in the kernel, so
// that nothing spins beside the user's other work; a process that never runs a large kernel never has them.
//
// One caller at a time uses them. A second Python thread that calls a kernel meanwhile does all parts of its own work itself:
// the same parts, so the same result.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif

#include "team.h"

namespace pellucid {
namespace {

constexpr int SPINS = 2000;  // about 20 to 60 microseconds

void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

class Threads {
public:
    void run(int parts, void (*part)(void*, int), void* context) {
        std::unique_lock<std::mutex> caller(callers_, std::try_to_lock);
        if (!caller.owns_lock()) {
            for (int t = 0; t < parts; t++) part(context, t);
            return;
        }
        while (int(workers_.size()) < parts - 1) add_worker();
        part_ = part;
        context_ = context;
        parts_ = parts;
        left_.store(int(workers_.size()), std::memory_order_relaxed);
        {
            std::lock_guard<std::mutex> lock(sleep_);
            ticket_.fetch_add(1, std::memory_order_release);
        }
        wake_.notify_all();
        part(context, 0);
        // The others are about as far. Where one has lost its core to someone else, give it this one.
        for (int spins = 0; left_.load(std::memory_order_acquire) > 0; spins++)
            if (spins < SPINS) relax();
            else std::this_thread::yield();
    }

private:
    void add_worker() {
        const int number = int(workers_.size()) + 1;
        const unsigned seen = ticket_.load();
        workers_.emplace_back([this, number, seen] { serve(number, seen); });
        workers_.back().detach();
    }

    void serve(int number, unsigned seen) {
        for (;;) {
            int spins = 0;
            while (ticket_.load(std::memory_order_acquire) == seen && spins++ < SPINS) relax();
            if (ticket_.load(std::memory_order_acquire) == seen) {
                std::unique_lock<std::mutex> lock(sleep_);
                wake_.wait(lock, [&] { return ticket_.load() != seen; });
            }
            seen++;
            if (number < parts_) part_(context_, number);
            left_.fetch_sub(1, std::memory_order_release);
        }
    }

    std::mutex callers_, sleep_;
    std::condition_variable wake_;
    std::vector<std::thread> workers_;
    std::atomic<unsigned> ticket_{0};
    std::atomic<int> left_{0};
    void (*part_)(void*, int) = nullptr;
    void* context_ = nullptr;
    int parts_ = 0;
};

// Never destroyed: workers may still sleep in it when the process ends. A forked child has no workers: it starts anew.
Threads* threads = nullptr;
std::once_flag started;

void start() {
    threads = new Threads;
#if defined(__linux__)
    pthread_atfork(nullptr, nullptr, [] { threads = new Threads; });
#endif
}

}  // namespace

void run_on_threads(int parts, void (*part)(void*, int), void* context) {
    std::call_once(started, start);
    threads->run(parts, part, context);
}

int available_cores() {
    int cores = int(std::thread::hardware_concurrency());
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) cores = CPU_COUNT(&set);
#endif
    return cores > 0 ? cores : 1;
}

}  // namespace pellucid
