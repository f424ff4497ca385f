// Pooling over images [n][h][w][c]. Channels lie side by side, so a window is walked once for each strip of four vectors of them, which
// are whole lines of memory.
#pragma once
#include "elementwise.h"
#include "light.h"
#include "narrow.h"

namespace pellucid::PELLUCID_ISA {

// Calls body(number of the place, first channel's place in x of its window's corner) for windows of the rows [begin, end) of places.
template <class Body>
PELLUCID_INLINE void each_window(const PoolShape& s, long begin, long end, const Body& body) {
    for (long row = begin; row < end; row++) {
        const long n = row / s.oh, i = row % s.oh;
        for (long j = 0; j < s.ow; j++) body(row * s.ow + j, ((n * s.h + i * s.stride_h) * s.w + j * s.stride_w) * s.c);
    }
}

// Calls body(strip, first channel, run, whole) for strips of four vectors of channels, then for each vector left: a strip's length is
// a constant, so that its totals stay in registers.
template <int VECTORS>
struct Strip {
    static constexpr int COUNT = VECTORS;
};
template <class T, class Body>
PELLUCID_INLINE void each_strip(long c, const Body& body) {
    long at = 0;
    for (; at + 4 * LANES<T> <= c; at += 4 * LANES<T>) body(Strip<4>(), at, LANES<T>, true);
    each_vector<T>(at, c, [&](long i, long run, bool whole) __attribute__((always_inline)) { body(Strip<1>(), i, run, whole); });
}

PELLUCID_INLINE double pooling_work(const PoolShape& s) { return double(s.n) * s.oh * s.ow * s.c * s.r * s.s / COPIES_PER_NANOSECOND; }

// The first maximum of each window in reading order, and its number, counted in T (float holds them up to 2^24); NaN wins over
// every number.
template <class T, class Number>
static void maxpool_forward(const Team& team, const PoolShape& s, const T* x, T* out, Number* winner) {
    team.split(s.n * s.oh, pooling_work(s), [&](int, long begin, long end) {
        each_window(s, begin, end, [&](long place, long corner) {
            each_strip<T>(s.c, [&](auto strip, long c, long run, bool whole) __attribute__((always_inline)) {
                constexpr int COUNT = decltype(strip)::COUNT;
                Vector<T> best[COUNT], number[COUNT] = {};
                for (int v = 0; v < COUNT; v++) best[v] = load_run(x + corner + c + v * LANES<T>, run, whole);
                T tap = 0;
                for (long r = 0; r < s.r; r++)
                    for (long q = 0; q < s.s; q++, tap += 1) {
                        PELLUCID_UNROLL for (int v = 0; v < COUNT; v++) {
                            const Vector<T> candidate = load_run(x + corner + (r * s.w + q) * s.c + c + v * LANES<T>, run, whole);
                            const auto better = (candidate > best[v]) | ((candidate != candidate) & (best[v] == best[v]));
                            best[v] = better ? candidate : best[v];
                            number[v] = better ? broadcast(tap) : number[v];
                        }
                    }
                for (int v = 0; v < COUNT; v++) {
                    store_run(out + place * s.c + c + v * LANES<T>, best[v], run, whole);
                    store_numbers<T, Number>(winner + place * s.c + c + v * LANES<T>, number[v], run);
                }
            });
        });
    });
}

// Whether windows do not overlap, and whether they cover every pixel. If both hold, gradients are written; otherwise added to zeros.
PELLUCID_INLINE bool windows_apart(const PoolShape& s) { return s.stride_h >= s.r && s.stride_w >= s.s; }
PELLUCID_INLINE bool windows_cover(const PoolShape& s) { return s.oh * s.r == s.h && s.ow * s.s == s.w; }

// Each gradient goes to its winner alone. Images are the parts, so that no two threads add to the same pixel.
// Small windows are walked, vector by vector; in large ones the winners are found by their numbers. A number beyond the window (which no
// forward writes) is ignored.
template <class T, class Number>
static void maxpool_backward(const Team& team, const PoolShape& s, const T* dout, const Number* winner, T* dx) {
    constexpr long FEW = 16;  // entries of a window that are walked faster than winners are followed
    const bool alone = windows_apart(s) && s.r * s.s <= FEW;
    team.split(s.n, double(s.n) * s.h * s.w * s.c / UPDATES_PER_NANOSECOND, [&](int, long begin, long end) {
        if (!(alone && windows_cover(s))) zero(dx + begin * s.h * s.w * s.c, (end - begin) * s.h * s.w * s.c);
        each_window(s, begin * s.oh, end * s.oh, [&](long place, long corner) {
            if (s.r * s.s > FEW) {
                for (long c = 0; c < s.c; c++) {
                    const long tap = long(winner[place * s.c + c]);
                    if (tap < s.r * s.s) dx[corner + (tap / s.s * s.w + tap % s.s) * s.c + c] += dout[place * s.c + c];
                }
                return;
            }
            each_vector<T>(0, s.c, [&](long c, long run, bool whole) __attribute__((always_inline)) {
                const Vector<T> d = load_run(dout + place * s.c + c, run, whole);
                const Vector<T> number = load_numbers<T, Number>(winner + place * s.c + c, run);
                T tap = 0;
                for (long r = 0; r < s.r; r++)
                    for (long q = 0; q < s.s; q++, tap += 1) {
                        T* to = dx + corner + (r * s.w + q) * s.c + c;
                        const Vector<T> taken = number == broadcast(tap) ? d : Vector<T>{};
                        store_run(to, alone ? taken : load_run(to, run, whole) + taken, run, whole);
                    }
            });
        });
    });
}

// The mean of each window: its rows' sums, added up.
template <class T>
static void avgpool_forward(const Team& team, const PoolShape& s, const T* x, T* out) {
    const T share = T(s.r * s.s);
    team.split(s.n * s.oh, pooling_work(s), [&](int, long begin, long end) {
        each_window(s, begin, end, [&](long place, long corner) {
            each_strip<T>(s.c, [&](auto strip, long c, long run, bool whole) __attribute__((always_inline)) {
                constexpr int COUNT = decltype(strip)::COUNT;
                Vector<T> total[COUNT] = {};
                for (long r = 0; r < s.r; r++) {
                    Vector<T> of_row[COUNT] = {};
                    for (long q = 0; q < s.s; q++) {
                        PELLUCID_UNROLL for (int v = 0; v < COUNT; v++) {
                            of_row[v] += load_run(x + corner + (r * s.w + q) * s.c + c + v * LANES<T>, run, whole);
                        }
                    }
                    for (int v = 0; v < COUNT; v++) total[v] += of_row[v];
                }
                for (int v = 0; v < COUNT; v++) store_run(out + place * s.c + c + v * LANES<T>, total[v] / share, run, whole);
            });
        });
    });
}

// Each gradient goes in equal shares to its window.
template <class T>
static void avgpool_backward(const Team& team, const PoolShape& s, const T* dout, T* dx) {
    const T share = T(s.r * s.s);
    const bool apart = windows_apart(s);
    team.split(s.n, double(s.n) * s.h * s.w * s.c / UPDATES_PER_NANOSECOND, [&](int, long begin, long end) {
        if (!(apart && windows_cover(s))) zero(dx + begin * s.h * s.w * s.c, (end - begin) * s.h * s.w * s.c);
        each_window(s, begin * s.oh, end * s.oh, [&](long place, long corner) {
            each_strip<T>(s.c, [&](auto strip, long c, long run, bool whole) __attribute__((always_inline)) {
                constexpr int COUNT = decltype(strip)::COUNT;
                Vector<T> d[COUNT];
                for (int v = 0; v < COUNT; v++) d[v] = load_run(dout + place * s.c + c + v * LANES<T>, run, whole) / share;
                for (long r = 0; r < s.r; r++)
                    for (long q = 0; q < s.s; q++) {
                        PELLUCID_UNROLL for (int v = 0; v < COUNT; v++) {
                            T* to = dx + corner + (r * s.w + q) * s.c + c + v * LANES<T>;
                            store_run(to, apart ? d[v] : load_run(to, run, whole) + d[v], run, whole);
                        }
                    }
            });
        });
    });
}

}  // namespace pellucid::PELLUCID_ISA
