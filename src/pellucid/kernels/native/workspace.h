// How a kernel lays out its workspace. Each kernel has one struct derived from Layout: its constructor reserves the arrays, bytes() is
// what a caller must provide, at() finds an array. Size and places come from the same struct, so they cannot disagree.
#pragma once
#include <cstddef>

#include "vector.h"

namespace pellucid::PELLUCID_ISA {

constexpr size_t CACHE_LINE = 64;  // bytes; every array begins on one, so that no two threads write to the same

// Where an array begins, in bytes: one that all parts of the work share, or the first of several, one for each part.
template <class T>
struct Shared {
    size_t offset;
};
template <class T>
struct Private {
    size_t offset;
};

class Layout {
public:
    explicit Layout(int parts) : parts_(size_t(parts)) {}

    size_t bytes() const { return shared_ + parts_ * private_; }

    template <class T>
    T* at(Shared<T> array, std::byte* workspace) const {
        return reinterpret_cast<T*>(workspace + array.offset);
    }
    template <class T>
    T* at(Private<T> array, std::byte* workspace, long part) const {
        return reinterpret_cast<T*>(workspace + shared_ + size_t(part) * private_ + array.offset);
    }
    // From a part's array to the next part's, in numbers.
    template <class T>
    long stride() const {
        return long(private_ / sizeof(T));
    }

protected:
    template <class T>
    Shared<T> share(long count) {
        return {reserve(shared_, size_t(count) * sizeof(T))};
    }
    template <class T>
    Private<T> own(long count) {
        return {reserve(private_, size_t(count) * sizeof(T))};
    }

private:
    static size_t reserve(size_t& end, size_t bytes) {
        const size_t begin = end;
        end += (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
        return begin;
    }
    size_t parts_, shared_ = 0, private_ = 0;
};

PELLUCID_INLINE size_t larger_of(size_t a, size_t b) { return a > b ? a : b; }

}  // namespace pellucid::PELLUCID_ISA
