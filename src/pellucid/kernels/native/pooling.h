// Pooling over images [n][h][w][c]. Channels lie side by side, so a window is walked once for each strip of four vectors of them, which
// are whole lines of memory.
#pragma once
#include "light.h"
#include "narrow.h"
#include "windows.h"

namespace pellucid::PELLUCID_ISA {

// A window: the number of its place, its corner's place in x (before the image, where it begins in the padding), and its taps inside.
struct Window {
    long place, corner;
    Taps rows, columns;
};

// Calls body(window) for windows of the rows [begin, end) of places.
template <class Body>
PELLUCID_INLINE void each_window(const PoolShape& s, long begin, long end, const Body& body) {
    for (long row = begin; row < end; row++) {
        const long n = row / s.oh, top = row % s.oh * s.stride_h - s.pad_h;
        const Taps rows = taps_inside(top, 1, s.r, s.h);
        for (long j = 0; j < s.ow; j++) {
            const long left = j * s.stride_w - s.pad_w;
            body(Window{row * s.ow + j, ((n * s.h + top) * s.w + left) * s.c, rows, taps_inside(left, 1, s.s, s.w)});
        }
    }
}

PELLUCID_INLINE double pooling_work(const PoolShape& s) { return double(s.n) * s.oh * s.ow * s.c * s.r * s.s / COPIES_PER_NANOSECOND; }

// The first maximum of each window in reading order, and its number, counted in T (float holds them up to 2^24); NaN wins over
// every number.
template <class T, class Number>
static void maxpool_forward(const Team& team, const PoolShape& s, const T* x, T* out, Number* winner) {
    team.split(s.n * s.oh, pooling_work(s), [&](int, long begin, long end) {
        each_window(s, begin, end, [&](const Window& window) __attribute__((always_inline)) {
            const auto [place, corner, rows, columns] = window;
            each_strip<T>(s.c, [&](auto strip, long c, long run, bool whole) __attribute__((always_inline)) {
                constexpr int COUNT = decltype(strip)::COUNT;
                const long first = corner + (rows.begin * s.w + columns.begin) * s.c + c;
                Vector<T> best[COUNT], number[COUNT];
                for (int v = 0; v < COUNT; v++) {
                    best[v] = load_run(x + (first + v * LANES<T>), run, whole);
                    number[v] = broadcast(T(rows.begin * s.s + columns.begin));
                }
                for (long r = rows.begin; r < rows.end; r++)
                    for (long q = columns.begin; q < columns.end; q++) {
                        const T tap = T(r * s.s + q);
                        PELLUCID_UNROLL for (int v = 0; v < COUNT; v++) {
                            const Vector<T> candidate = load_run(x + (corner + (r * s.w + q) * s.c + c + v * LANES<T>), run, whole);
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
PELLUCID_INLINE bool windows_cover(const PoolShape& s) {
    return s.pad_h == 0 && s.pad_w == 0 && s.oh * s.r == s.h && s.ow * s.s == s.w;
}

// Each gradient goes to its winner alone. Images are the parts, so that no two threads add to the same pixel.
// Small windows are walked, vector by vector; in large ones the winners are found by their numbers. A number beyond the window (which no
// forward writes) is ignored.
template <class T, class Number>
static void maxpool_backward(const Team& team, const PoolShape& s, const T* dout, const Number* winner, T* dx) {
    constexpr long FEW = 16;  // entries of a window that are walked faster than winners are followed
    const bool alone = windows_apart(s) && s.r * s.s <= FEW;
    team.split(s.n, double(s.n) * s.h * s.w * s.c / UPDATES_PER_NANOSECOND, [&](int, long begin, long end) {
        if (!(alone && windows_cover(s))) zero(dx + begin * s.h * s.w * s.c, (end - begin) * s.h * s.w * s.c);
        each_window(s, begin * s.oh, end * s.oh, [&](const Window& window) __attribute__((always_inline)) {
            const auto [place, corner, rows, columns] = window;
            if (s.r * s.s > FEW) {
                for (long c = 0; c < s.c; c++) {
                    const long tap = long(winner[place * s.c + c]), r = tap / s.s, q = tap % s.s;
                    const bool inside = r >= rows.begin && r < rows.end && q >= columns.begin && q < columns.end;
                    if (inside) dx[corner + (r * s.w + q) * s.c + c] += dout[place * s.c + c];
                }
                return;
            }
            each_vector<T>(0, s.c, [&](long c, long run, bool whole) __attribute__((always_inline)) {
                const Vector<T> d = load_run(dout + place * s.c + c, run, whole);
                const Vector<T> number = load_numbers<T, Number>(winner + place * s.c + c, run);
                for (long r = rows.begin; r < rows.end; r++)
                    for (long q = columns.begin; q < columns.end; q++) {
                        T* to = dx + (corner + (r * s.w + q) * s.c + c);
                        const Vector<T> taken = number == broadcast(T(r * s.s + q)) ? d : Vector<T>{};
                        store_run(to, alone ? taken : load_run(to, run, whole) + taken, run, whole);
                    }
            });
        });
    });
}

// By how many numbers a window's sum is divided: those inside the image, or inside the image and its padding.
template <class T>
PELLUCID_INLINE T numbers_in(const PoolShape& s, const Window& window) {
    if (!s.count_include_pad) return T((window.rows.end - window.rows.begin) * (window.columns.end - window.columns.begin));
    const long place = window.place % (s.oh * s.ow), i = place / s.ow, j = place % s.ow;
    return T(minimum(s.r, s.h + 2 * s.pad_h - i * s.stride_h) * minimum(s.s, s.w + 2 * s.pad_w - j * s.stride_w));
}

// The mean of each window: its rows' sums, added up.
template <class T>
static void avgpool_forward(const Team& team, const PoolShape& s, const T* x, T* out) {
    team.split(s.n * s.oh, pooling_work(s), [&](int, long begin, long end) {
        each_window(s, begin, end, [&](const Window& window) __attribute__((always_inline)) {
            const auto [place, corner, rows, columns] = window;
            const T share = numbers_in<T>(s, window);
            each_strip<T>(s.c, [&](auto strip, long c, long run, bool whole) __attribute__((always_inline)) {
                constexpr int COUNT = decltype(strip)::COUNT;
                Vector<T> total[COUNT] = {};
                for (long r = rows.begin; r < rows.end; r++) {
                    Vector<T> of_row[COUNT] = {};
                    for (long q = columns.begin; q < columns.end; q++) {
                        PELLUCID_UNROLL for (int v = 0; v < COUNT; v++) {
                            of_row[v] += load_run(x + (corner + (r * s.w + q) * s.c + c + v * LANES<T>), run, whole);
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
    const bool apart = windows_apart(s);
    team.split(s.n, double(s.n) * s.h * s.w * s.c / UPDATES_PER_NANOSECOND, [&](int, long begin, long end) {
        if (!(apart && windows_cover(s))) zero(dx + begin * s.h * s.w * s.c, (end - begin) * s.h * s.w * s.c);
        each_window(s, begin * s.oh, end * s.oh, [&](const Window& window) __attribute__((always_inline)) {
            const auto [place, corner, rows, columns] = window;
            const T share = numbers_in<T>(s, window);
            each_strip<T>(s.c, [&](auto strip, long c, long run, bool whole) __attribute__((always_inline)) {
                constexpr int COUNT = decltype(strip)::COUNT;
                Vector<T> d[COUNT];
                for (int v = 0; v < COUNT; v++) d[v] = load_run(dout + place * s.c + c + v * LANES<T>, run, whole) / share;
                for (long r = rows.begin; r < rows.end; r++)
                    for (long q = columns.begin; q < columns.end; q++) {
                        PELLUCID_UNROLL for (int v = 0; v < COUNT; v++) {
                            T* to = dx + (corner + (r * s.w + q) * s.c + c + v * LANES<T>);
                            store_run(to, apart ? d[v] : load_run(to, run, whole) + d[v], run, whole);
                        }
                    }
            });
        });
    });
}

}  // namespace pellucid::PELLUCID_ISA
