// Convolution of each channel with a filter of its own. Channels lie side by side, in images as in weights [r][s][c], so that a window is
// walked once for each strip of four vectors of them; there is one product for each number read, and memory decides.
#pragma once
#include "light.h"
#include "windows.h"

namespace pellucid::PELLUCID_ISA {

PELLUCID_INLINE double depthwise_work(const DepthwiseShape& s) {
    return double(s.n) * s.oh * s.ow * s.c * s.r * s.s / COPIES_PER_NANOSECOND;
}

// Calls body(number of the pixel, number of the tap) for every tap inside of the window at place (i, j) of image n.
template <class Body>
PELLUCID_INLINE void each_tap(const DepthwiseShape& s, long n, long i, long j, const Body& body) {
    const long top = i * s.stride_h - s.top, left = j * s.stride_w - s.left;
    const Taps rows = taps_inside(top, s.dilation_h, s.r, s.h), columns = taps_inside(left, s.dilation_w, s.s, s.w);
    for (long r = rows.begin; r < rows.end; r++)
        for (long q = columns.begin; q < columns.end; q++)
            body((n * s.h + top + r * s.dilation_h) * s.w + left + q * s.dilation_w, r * s.s + q);
}

template <class T>
static void depthwise_forward(const Team& team, const DepthwiseShape& s, const T* x, const T* w, const T* bias, T* out) {
    team.split(s.n * s.oh, depthwise_work(s), [&](int, long begin, long end) {
        for (long row = begin; row < end; row++)
            for (long j = 0; j < s.ow; j++)
                each_strip<T>(s.c, [&](auto strip, long c, long run, bool whole) __attribute__((always_inline)) {
                    constexpr int COUNT = decltype(strip)::COUNT;
                    Vector<T> total[COUNT];
                    for (int v = 0; v < COUNT; v++) total[v] = load_run(bias + c + v * LANES<T>, run, whole);
                    each_tap(s, row / s.oh, row % s.oh, j, [&](long pixel, long tap) __attribute__((always_inline)) {
                        PELLUCID_UNROLL for (int v = 0; v < COUNT; v++) {
                            const long channel = c + v * LANES<T>;
                            total[v] += load_run(x + pixel * s.c + channel, run, whole) * load_run(w + tap * s.c + channel, run, whole);
                        }
                    });
                    T* to = out + (row * s.ow + j) * s.c + c;
                    for (int v = 0; v < COUNT; v++) store_run(to + v * LANES<T>, total[v], run, whole);
                });
    });
}

// Images are the parts, so that no two threads add to the same pixel.
template <class T>
static void depthwise_backward_data(const Team& team, const DepthwiseShape& s, const T* dout, const T* w, T* dx) {
    team.split(s.n, depthwise_work(s), [&](int, long begin, long end) {
        zero(dx + begin * s.h * s.w * s.c, (end - begin) * s.h * s.w * s.c);
        for (long row = begin * s.oh; row < end * s.oh; row++)
            for (long j = 0; j < s.ow; j++)
                each_strip<T>(s.c, [&](auto strip, long c, long run, bool whole) __attribute__((always_inline)) {
                    constexpr int COUNT = decltype(strip)::COUNT;
                    Vector<T> d[COUNT];
                    for (int v = 0; v < COUNT; v++) d[v] = load_run(dout + (row * s.ow + j) * s.c + c + v * LANES<T>, run, whole);
                    each_tap(s, row / s.oh, row % s.oh, j, [&](long pixel, long tap) __attribute__((always_inline)) {
                        PELLUCID_UNROLL for (int v = 0; v < COUNT; v++) {
                            const long channel = c + v * LANES<T>;
                            T* to = dx + pixel * s.c + channel;
                            store_run(to, load_run(to, run, whole) + d[v] * load_run(w + tap * s.c + channel, run, whole), run, whole);
                        }
                    });
                });
    });
}

// dw [r][s][c] and db [c]. Vectors of channels are the parts: each is summed by one thread, row of places by row of places, so that the
// bits do not depend on the number of threads, and long sums lose little.
template <class T>
static void depthwise_backward_weights(const Team& team, const DepthwiseShape& s, const T* x, const T* dout, T* dw, T* db) {
    team.split(ceil_div(s.c, LANES<T>), depthwise_work(s), [&](int, long begin, long end) {
        each_vector<T>(begin * LANES<T>, minimum(end * LANES<T>, s.c), [&](long c, long run, bool whole) {
            Vector<T> bias = {};
            for (long row = 0; row < s.n * s.oh; row++) {
                Vector<T> of_row = {};
                for (long j = 0; j < s.ow; j++) of_row += load_run(dout + (row * s.ow + j) * s.c + c, run, whole);
                bias += of_row;
            }
            store_run(db + c, bias, run, whole);
            for (long tap = 0; tap < s.r * s.s; tap++) {
                // Places whose window has this tap inside the image: a run in each row.
                const long down = tap / s.s * s.dilation_h - s.top, across = tap % s.s * s.dilation_w - s.left;
                const Taps rows = taps_inside(down, s.stride_h, s.oh, s.h), columns = taps_inside(across, s.stride_w, s.ow, s.w);
                Vector<T> total = {};
                for (long n = 0; n < s.n; n++)
                    for (long i = rows.begin; i < rows.end; i++) {
                        const long pixel = (n * s.h + down + i * s.stride_h) * s.w + across, place = (n * s.oh + i) * s.ow;
                        Vector<T> of_row = {};
                        for (long j = columns.begin; j < columns.end; j++)
                            of_row += load_run(x + (pixel + j * s.stride_w) * s.c + c, run, whole) *
                                      load_run(dout + (place + j) * s.c + c, run, whole);
                        total += of_row;
                    }
                store_run(dw + tap * s.c + c, total, run, whole);
            }
        });
    });
}

}  // namespace pellucid::PELLUCID_ISA
