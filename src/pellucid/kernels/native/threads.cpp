// The threads that kernels share. They wait for work by watching a counter for less than a millisecond, then sleep in the kernel, so
// that they do not compete with the user's other work; a process that never runs a large kernel never starts them.
//
// Each part of a kernel's work is taken by its own thread or by the caller, whichever comes first: where another program holds a core, the
// caller does the parts of the thread that cannot run. The result does not depend on which thread does a part.
//
// Some schedulers leave two threads on one core while another is idle: a worker that finds itself on the core of a thread with a
// lower number moves off. It is not bound to a core afterwards.
//
// One caller at a time uses them. A second Python thread that calls a kernel meanwhile does all parts of its own work itself.
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#endif

#include "team.h"

namespace pellucid {
namespace {

// Longer than the serial work between two kernels of a step, so that no step waits for a worker to wake.
constexpr std::chrono::microseconds SPIN{300};
constexpr int MAXIMUM_PARTS = 256;  // shared among threads; the caller does any further ones

void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// Returns once the counter is no longer `value`.
void wait_while(const std::atomic<unsigned>& counter, unsigned value) {
    const auto end = std::chrono::steady_clock::now() + SPIN;
    do
        for (int spins = 0; spins < 64; spins++) {
            if (counter.load(std::memory_order_acquire) != value) return;
            relax();
        }
    while (std::chrono::steady_clock::now() < end);
    counter.wait(value, std::memory_order_acquire);
}

int this_core() {
#if defined(__linux__)
    return sched_getcpu();
#else
    return -1;
#endif
}

// A thread that is started while one of these exists takes no signals: those sent to the process are for Python's own threads, which
// may be waiting for one that they have blocked. A thread's own faults, such as a segmentation fault, still reach their handlers.
class WithoutSignals {
#if defined(__linux__)
public:
    WithoutSignals() {
        sigset_t all;
        sigfillset(&all);
        for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) sigdelset(&all, fault);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~WithoutSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
#endif
};

class Threads {
public:
    void run(int parts, void (*part)(void*, int), void* context) {
        std::unique_lock<std::mutex> caller(callers_, std::try_to_lock);
        if (!caller.owns_lock()) {
            for (int t = 0; t < parts; t++) part(context, t);
            return;
        }
        const int shared = parts < MAXIMUM_PARTS ? parts : MAXIMUM_PARTS;
        add_workers(shared - 1);
        part_ = part;
        context_ = context;
        shared_.store(shared, std::memory_order_relaxed);
        core_[0].store(this_core(), std::memory_order_relaxed);
        done_.store(0, std::memory_order_relaxed);
        const unsigned ticket = (ticket_.load(std::memory_order_relaxed) + 2) | 1;  // odd: never 0
        for (int t = 1; t < shared; t++) free_[t].store(ticket, std::memory_order_release);
        ticket_.store(ticket, std::memory_order_release);
        ticket_.notify_all();
        part(context, 0);
        for (int t = shared; t < parts; t++) part(context, t);
        unsigned others = 0;
        for (int t = shared - 1; t > 0; t--)
            if (take(t, ticket)) part(context, t);
            else others++;
        for (unsigned done; (done = done_.load(std::memory_order_acquire)) < others;) wait_while(done_, done);
    }

private:
    // free_[t] is the ticket of the work whose part t is not taken yet. A worker that comes late, with an old ticket, takes nothing.
    bool take(int t, unsigned ticket) { return free_[t].compare_exchange_strong(ticket, 0, std::memory_order_acq_rel); }

    // If the system starts no more threads, the caller does the parts of those that are missing.
    void add_workers(int wanted) {
        if (workers_ >= wanted) return;
        const WithoutSignals blocked{};
        try {
            for (; workers_ < wanted; workers_++)
                std::thread([this, number = workers_ + 1, seen = ticket_.load()] { serve(number, seen); }).detach();
        } catch (const std::exception&) {  // no more threads, or no memory for one
        }
    }

    void serve(int number, unsigned seen) {
        for (;;) {
            if (number < shared_.load(std::memory_order_relaxed)) wait_while(ticket_, seen);
            else ticket_.wait(seen, std::memory_order_acquire);  // recent work needs fewer threads
            seen = ticket_.load(std::memory_order_acquire);
            leave_others_cores(number);
            if (!take(number, seen)) continue;
            part_(context_, number);
            done_.fetch_add(1, std::memory_order_release);
            done_.notify_one();
        }
    }

    // If a thread with a lower number was last seen on the same core, move to a core that none of them uses, if there is one.
    void leave_others_cores([[maybe_unused]] int number) {
#if defined(__linux__)
        const int core = this_core();
        bool shared = false;
        for (int t = 0; t < number; t++) shared |= core_[t].load(std::memory_order_relaxed) == core;
        cpu_set_t all;
        if (shared && sched_getaffinity(0, sizeof all, &all) == 0) {
            cpu_set_t rest = all;
            for (int t = 0; t < number; t++) CPU_CLR(size_t(core_[t].load(std::memory_order_relaxed)), &rest);
            if (CPU_COUNT(&rest) > 0 && sched_setaffinity(0, sizeof rest, &rest) == 0) sched_setaffinity(0, sizeof all, &all);
        }
        core_[number].store(this_core(), std::memory_order_relaxed);
#endif
    }

    std::mutex callers_;
    int workers_ = 0;
    std::atomic<int> core_[MAXIMUM_PARTS] = {};  // on which each thread was last seen
    std::atomic<unsigned> ticket_{0}, done_{0};
    std::atomic<int> shared_{0};  // the parts of the present work
    std::atomic<unsigned> free_[MAXIMUM_PARTS] = {};
    void (*part_)(void*, int) = nullptr;
    void* context_ = nullptr;
};

// Never destroyed: workers may still sleep in it when the process ends. A forked child has no workers and starts its own.
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
