// What every call from Python consists of: checked arrays, memory to work in, and the bound call.
#pragma once
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "kernels.h"

namespace pellucid {

namespace nb = nanobind;

template <class T>
using In = nb::ndarray<const T, nb::c_contig, nb::device::cpu>;
template <class T>
using Out = nb::ndarray<T, nb::c_contig, nb::device::cpu>;

inline void require(bool holds, const char* what) {
    if (!holds) throw nb::value_error(what);
}

template <class Array>
void require_shape(const Array& array, std::initializer_list<long> shape, const char* name) {
    bool same = array.ndim() == shape.size();
    size_t axis = 0;
    for (long size : shape) same = same && long(array.shape(axis++)) == size;
    if (!same) throw nb::value_error((std::string(name) + " has the wrong shape").c_str());
}

// Vector loads work at any address, but C++ requires a number to lie at a multiple of its size.
template <class... Arrays>
void require_aligned(const Arrays&... arrays) {
    const bool all = ((reinterpret_cast<uintptr_t>(arrays.data()) % sizeof(*arrays.data()) == 0) && ...);
    require(all, "arrays must be aligned to the size of their numbers");
}

// Kernels read and write in whatever order is fast, so what they write must not overlap anything else they touch.
template <class A, class B>
bool overlap(const A& a, const B& b) {
    const auto begin = [](const auto& array) { return reinterpret_cast<uintptr_t>(array.data()); };
    const auto end = [&](const auto& array) { return begin(array) + array.size() * sizeof(*array.data()); };
    return a.size() && b.size() && begin(a) < end(b) && begin(b) < end(a);
}
template <class Written, class... Others>
void require_apart(const Written& written, const Others&... others) {
    require(!(overlap(written, others) || ...), "what is written must not overlap another array");
}
// Except that a kernel which reads each number before it writes to that place may work in place.
template <class Written, class Read>
void require_apart_or_same(const Written& written, const Read& read) {
    const bool same =
        static_cast<const void*>(written.data()) == static_cast<const void*>(read.data()) && written.size() == read.size();
    require(same || !overlap(written, read), "what is written must be the array that is read, or not overlap it");
}

inline Team team_of(int threads) {
    require(threads >= 1 && threads <= 1024, "threads must lie in 1..1024");
    return Team{threads, run_on_threads};
}

// While one exists, its thread does not hold the interpreter's lock. A daemon thread that takes the lock again while the interpreter
// shuts down sleeps here for good, as it does inside Python from 3.14 on. Earlier versions end the thread by pthread_exit, which unwinds the stack, and
// unwinding through frames of C++ aborts the process.
class WithoutLock {
public:
    WithoutLock() : state_(PyEval_SaveThread()) {}
    ~WithoutLock() {
        try {
            PyEval_RestoreThread(state_);
        } catch (...) {  // the unwinding; nothing else is thrown there
            for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
        }
    }
    WithoutLock(const WithoutLock&) = delete;
    WithoutLock& operator=(const WithoutLock&) = delete;

private:
    PyThreadState* state_;
};

constexpr size_t CACHE_LINE_BYTES = 64;

inline size_t whole_lines(size_t bytes) { return (bytes + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES * CACHE_LINE_BYTES; }

// Memory that a kernel needs during one call: bytes that the caller gives, or a block of the calling thread's own, which grows as needed.
class Workspace {
public:
    Workspace() = default;
    explicit Workspace(Out<uint8_t> bytes) : bytes_(std::move(bytes)), given_(true) {
        require(reinterpret_cast<uintptr_t>(bytes_.data()) % CACHE_LINE_BYTES == 0, "the workspace must be aligned to 64 bytes");
    }
    bool is_given() const { return given_; }
    void require_bytes(size_t needed) const {
        if (!given_ || bytes_.size() >= needed) return;
        const std::string sizes = std::to_string(needed) + " bytes; it has " + std::to_string(bytes_.size());
        throw nb::value_error(("the workspace must have at least " + sizes).c_str());
    }
    std::byte* start(size_t needed) const { return given_ ? reinterpret_cast<std::byte*>(bytes_.data()) : own(needed); }

private:
    static std::byte* own(size_t needed) {
        struct Memory {
            void* start = nullptr;
            size_t bytes = 0;
            ~Memory() { std::free(start); }
        };
        static thread_local Memory memory;
        if (needed > memory.bytes) {
            std::free(memory.start);
            memory.start = std::aligned_alloc(CACHE_LINE_BYTES, whole_lines(needed));
            memory.bytes = memory.start ? needed : 0;
            if (!memory.start) throw std::bad_alloc();
        }
        return static_cast<std::byte*>(memory.start);
    }
    Out<uint8_t> bytes_;
    bool given_ = false;
};

// A kernel with its arrays: called with a number of samples, it works on the first so many. It keeps the arrays alive.
template <class Result>
struct Bound {
    long samples;  // that the arrays hold
    std::function<Result(long)> run;
    Result operator()(long n) const {
        require(0 <= n && n <= samples, "the number of samples must lie between 0 and what the arrays hold");
        return run(n);
    }
};

}  // namespace pellucid
