// Convolution of each channel with a filter of its own. Channels lie side by side, in images as in weights [r][s][c]; there is one product
// for each number read, so loads decide. Work goes row of places by row of places, so that the rows a window reads stay in the cache.
// Windows three wide of stride 1 or 2, nearly all that occur, are computed for six places at once, which share pixels and taps, through all channels; others
// are walked place by place.
#pragma once
#include "light.h"
#include "windows.h"
#include "workspace.h"

namespace pellucid::PELLUCID_ISA {

constexpr int THREE = 3, TOGETHER = 6;  // columns of the window that has its own form; places computed at once

PELLUCID_INLINE double depthwise_work(const DepthwiseShape& s) {
    return double(s.n) * s.oh * s.ow * s.c * s.r * s.s / COPIES_PER_NANOSECOND;
}

template <class T>
struct DepthwiseWorkspace : Layout {
    Private<T> dw, db, of_row;  // of a part's images; both of a row of places
    DepthwiseWorkspace(long r, long s, long c, int threads) : Layout(threads) {
        dw = own<T>(r * s * c), db = own<T>(c), of_row = own<T>(r * s * c + c);
    }
};

template <class T>
static size_t depthwise_workspace(long r, long s, long c, int threads) {
    return DepthwiseWorkspace<T>(r, s, c, threads).bytes();
}

// The places in a row whose window lies inside the image from left to right.
PELLUCID_INLINE Taps places_inside(const DepthwiseShape& s) {
    const long last = s.w - 1 - (s.s - 1) * s.dilation_w + s.left;  // the rightmost start, counted from the padding
    const long begin = s.left > 0 ? ceil_div(s.left, s.stride_w) : 0, end = last < 0 ? 0 : last / s.stride_w + 1;
    return {minimum(begin, s.ow), maximum(minimum(begin, s.ow), minimum(end, s.ow))};
}

// What a row of places reads: the first row of its image that lies inside, and the taps from there on.
struct RowTaps {
    long top;  // of the image's rows: the window's first, which may lie outside
    Taps rows;
};
PELLUCID_INLINE RowTaps row_taps(const DepthwiseShape& s, long i) {
    const long top = i * s.stride_h - s.top;
    return {top, taps_inside(top, s.dilation_h, s.r, s.h)};
}

// Calls body(pixel of the image, tap) for every tap inside of the window at place j of a row.
template <class Body>
PELLUCID_INLINE void each_tap(const DepthwiseShape& s, const RowTaps& at, long j, const Body& body) {
    const long left = j * s.stride_w - s.left;
    const Taps columns = taps_inside(left, s.dilation_w, s.s, s.w);
    for (long r = at.rows.begin; r < at.rows.end; r++)
        for (long q = columns.begin; q < columns.end; q++)
            body((at.top + r * s.dilation_h) * s.w + left + q * s.dilation_w, r * s.s + q);
}

// From one row of pixels that a window reads, or from one tap, to the next, in numbers.
struct Steps {
    long row, tap;
};

// Calls body(place, constant) for runs of six places, then two; returns the first that is left, if the number is odd.
template <class Body>
PELLUCID_INLINE long each_run_of_places(Taps inside, const Body& body) {
    long j = inside.begin;
    for (; j + TOGETHER <= inside.end; j += TOGETHER) body(j, Strip<TOGETHER>());
    for (; j + 2 <= inside.end; j += 2) body(j, Strip<2>());
    return j;
}

// COUNT places side by side, all their windows' columns and ROWS of their rows inside: x is the first pixel of the first one's, w that row's
// first tap. STRIDE: from one place to the next, in pixels.
template <class T, int ROWS, int STRIDE, int COUNT>
static void places_of_three(const Steps& steps, long c, const T* x, const T* w, const T* bias, T* out) {
    each_vector<T>(0, c, [&](long i, long run, bool whole) __attribute__((always_inline)) {
        Vector<T> total[COUNT];
        const Vector<T> from = bias ? load_run(bias + i, run, whole) : Vector<T>{};
        PELLUCID_UNROLL for (int k = 0; k < COUNT; k++) total[k] = from;
        PELLUCID_UNROLL for (int r = 0; r < ROWS; r++) {
            const T *row = x + r * steps.row + i, *taps = w + r * THREE * steps.tap + i;
            Vector<T> tap[THREE];
            PELLUCID_UNROLL for (int q = 0; q < THREE; q++) tap[q] = load_run(taps + q * steps.tap, run, whole);
            PELLUCID_UNROLL for (int p = 0; p < (COUNT - 1) * STRIDE + THREE; p++) {
                const Vector<T> pixel = load_run(row + p * c, run, whole);
                PELLUCID_UNROLL for (int q = p % STRIDE; q < THREE; q += STRIDE) if (p >= q && p - q < COUNT * STRIDE)
                    total[(p - q) / STRIDE] += pixel * tap[q];
            }
        }
        PELLUCID_UNROLL for (int k = 0; k < COUNT; k++) store_run(out + k * c + i, total[k], run, whole);
    });
}

// Calls body(constant) with the number of rows, 2 or 3, as a constant.
template <class Body>
PELLUCID_INLINE void with_rows(long rows, const Body& body) {
    if (rows == 3) body(Strip<3>());
    else body(Strip<2>());
}

// Whether a row of places has the form above; `rows`: of the window, inside the image.
PELLUCID_INLINE bool is_of_three(const DepthwiseShape& s, long rows) {
    return s.s == THREE && s.dilation_w == 1 && s.stride_w <= 2 && rows >= 2 && rows <= 3;
}

// Rows of places [begin, end) of all images. Tap k of the window is w + k * tap; without a bias, totals begin at 0.
template <class T>
static void depthwise_rows(const DepthwiseShape& s, long begin, long end, const T* x, const T* w, long tap, const T* bias, T* out) {
    const Steps steps{s.dilation_h * s.w * s.c, tap};
    for (long row = begin; row < end; row++) {
        const RowTaps at = row_taps(s, row % s.oh);
        const long rows = at.rows.end - at.rows.begin;
        const T* image = x + row / s.oh * s.h * s.w * s.c;
        T* to = out + row * s.ow * s.c;
        const auto place = [&](long j) __attribute__((always_inline)) {
            each_strip<T>(s.c, [&](auto strip, long c, long run, bool whole) __attribute__((always_inline)) {
                constexpr int COUNT = decltype(strip)::COUNT;
                Vector<T> total[COUNT] = {};
                if (bias) PELLUCID_UNROLL for (int v = 0; v < COUNT; v++) total[v] = load_run(bias + c + v * LANES<T>, run, whole);
                each_tap(s, at, j, [&](long pixel, long k) __attribute__((always_inline)) {
                    const T *from = image + pixel * s.c + c, *of_tap = w + k * tap + c;
                    PELLUCID_UNROLL for (int v = 0; v < COUNT; v++) total[v] +=
                        load_run(from + v * LANES<T>, run, whole) * load_run(of_tap + v * LANES<T>, run, whole);
                });
                PELLUCID_UNROLL for (int v = 0; v < COUNT; v++) store_run(to + j * s.c + c + v * LANES<T>, total[v], run, whole);
            });
        };
        const Taps inside = is_of_three(s, rows) ? places_inside(s) : Taps{s.ow, s.ow};
        for (long j = 0; j < inside.begin; j++) place(j);
        const T* first = image + ((at.top + at.rows.begin * s.dilation_h) * s.w - s.left) * s.c;
        const long left = each_run_of_places(inside, [&](long j, auto strip) __attribute__((always_inline)) {
            constexpr int COUNT = decltype(strip)::COUNT;
            const T *from = first + j * s.stride_w * s.c, *taps = w + at.rows.begin * THREE * tap;
            with_rows(rows, [&](auto count) __attribute__((always_inline)) {
                constexpr int ROWS = decltype(count)::COUNT;
                if (s.stride_w == 1) places_of_three<T, ROWS, 1, COUNT>(steps, s.c, from, taps, bias, to + j * s.c);
                else places_of_three<T, ROWS, 2, COUNT>(steps, s.c, from, taps, bias, to + j * s.c);
            });
        });
        for (long j = left; j < s.ow; j++) place(j);
    }
}

template <class T>
static void depthwise_forward(const Team& team, const DepthwiseShape& s, const T* x, const T* w, const T* bias, T* out) {
    team.split(s.n * s.oh, depthwise_work(s),
               [&](int, long begin, long end) { depthwise_rows<T>(s, begin, end, x, w, s.c, bias, out); });
}

// Along one axis, the taps that reach a pixel: `first`, every `step`-th from there on; `first` is `taps` where none does.
struct Reach {
    long first, step;
};
// `place` is the pixel's, counted from the padding. Tap t reaches it from (place - t * dilation) / stride, if that is whole.
PELLUCID_INLINE Reach reach(long place, long stride, long dilation, long taps) {
    long first = 0, step = 1;
    while (first < taps && (place - first * dilation) % stride) first++;
    while (step * dilation % stride) step++;
    return {first, step};
}

// With a stride, each pixel of dx gathers the few places that read it, so that nothing is read and written twice.
template <class T>
static void depthwise_gather(const DepthwiseShape& s, const T* dout, const T* w, T* dx) {
    for (long i = 0; i < s.h; i++) {
        const Reach down = reach(i + s.top, s.stride_h, s.dilation_h, s.r);
        for (long j = 0; j < s.w; j++) {
            const Reach across = reach(j + s.left, s.stride_w, s.dilation_w, s.s);
            each_strip<T>(s.c, [&](auto strip, long c, long run, bool whole) __attribute__((always_inline)) {
                constexpr int COUNT = decltype(strip)::COUNT;
                Vector<T> total[COUNT] = {};
                for (long r = down.first; r < s.r; r += down.step) {
                    const long from_row = (i + s.top - r * s.dilation_h) / s.stride_h;
                    if (i + s.top < r * s.dilation_h || from_row >= s.oh) continue;
                    for (long q = across.first; q < s.s; q += across.step) {
                        const long from = (j + s.left - q * s.dilation_w) / s.stride_w;
                        if (j + s.left < q * s.dilation_w || from >= s.ow) continue;
                        const T *d = dout + (from_row * s.ow + from) * s.c + c, *of_tap = w + (r * s.s + q) * s.c + c;
                        PELLUCID_UNROLL for (int v = 0; v < COUNT; v++) total[v] +=
                            load_run(d + v * LANES<T>, run, whole) * load_run(of_tap + v * LANES<T>, run, whole);
                    }
                }
                T* to = dx + (i * s.w + j) * s.c + c;
                PELLUCID_UNROLL for (int v = 0; v < COUNT; v++) store_run(to + v * LANES<T>, total[v], run, whole);
            });
        }
    }
}

// dx of one image. Without a stride it is a convolution of dout with the window turned around.
template <class T>
static void depthwise_backward_data(DepthwiseShape s, const T* dout, const T* w, T* dx) {
    if (s.stride_h > 1 || s.stride_w > 1) return depthwise_gather<T>(s, dout, w, dx);
    const DepthwiseShape turned{1,
                                s.oh,
                                s.ow,
                                s.c,
                                s.r,
                                s.s,
                                1,
                                1,
                                (s.r - 1) * s.dilation_h - s.top,
                                (s.s - 1) * s.dilation_w - s.left,
                                s.dilation_h,
                                s.dilation_w,
                                s.h,
                                s.w};
    depthwise_rows<T>(turned, 0, s.h, dout, w + (s.r * s.s - 1) * s.c, -s.c, nullptr, dx);
}

// Adds to dw the gradients of the taps of COUNT places side by side; dw is the first tap of the first of ROWS rows.
template <class T, int ROWS, int STRIDE, int COUNT>
static void weights_of_three(const Steps& steps, long c, const T* x, const T* dout, T* dw) {
    each_vector<T>(0, c, [&](long i, long run, bool whole) __attribute__((always_inline)) {
        Vector<T> d[COUNT];
        PELLUCID_UNROLL for (int k = 0; k < COUNT; k++) d[k] = load_run(dout + k * c + i, run, whole);
        PELLUCID_UNROLL for (int r = 0; r < ROWS; r++) {
            const T* row = x + r * steps.row + i;
            T* to = dw + r * THREE * steps.tap + i;
            Vector<T> total[THREE] = {};
            PELLUCID_UNROLL for (int p = 0; p < (COUNT - 1) * STRIDE + THREE; p++) {
                const Vector<T> pixel = load_run(row + p * c, run, whole);
                PELLUCID_UNROLL for (int q = p % STRIDE; q < THREE; q += STRIDE) if (p >= q && p - q < COUNT * STRIDE) total[q] +=
                    pixel * d[(p - q) / STRIDE];
            }
            PELLUCID_UNROLL for (int q = 0; q < THREE; q++)
                store_run(to + q * steps.tap, load_run(to + q * steps.tap, run, whole) + total[q], run, whole);
        }
    });
}

// Adds the gradients of one row of places to dw [r][s][c].
template <class T>
static void weights_of_row(const DepthwiseShape& s, const RowTaps& at, const T* x, const T* dout, T* dw) {
    const long rows = at.rows.end - at.rows.begin;
    const Steps steps{s.dilation_h * s.w * s.c, s.c};
    const auto place = [&](long j) __attribute__((always_inline)) {
        each_tap(s, at, j, [&](long pixel, long k) __attribute__((always_inline)) {
            each_vector<T>(0, s.c, [&](long c, long run, bool whole) __attribute__((always_inline)) {
                T* to = dw + k * s.c + c;
                const Vector<T> product = load_run(x + pixel * s.c + c, run, whole) * load_run(dout + j * s.c + c, run, whole);
                store_run(to, load_run(to, run, whole) + product, run, whole);
            });
        });
    };
    const Taps inside = is_of_three(s, rows) ? places_inside(s) : Taps{s.ow, s.ow};
    for (long j = 0; j < inside.begin; j++) place(j);
    const T* first = x + ((at.top + at.rows.begin * s.dilation_h) * s.w - s.left) * s.c;
    const long left = each_run_of_places(inside, [&](long j, auto strip) __attribute__((always_inline)) {
        constexpr int COUNT = decltype(strip)::COUNT;
        const T *from = first + j * s.stride_w * s.c, *d = dout + j * s.c;
        with_rows(rows, [&](auto count) __attribute__((always_inline)) {
            constexpr int ROWS = decltype(count)::COUNT;
            T* to = dw + at.rows.begin * THREE * s.c;
            if (s.stride_w == 1) weights_of_three<T, ROWS, 1, COUNT>(steps, s.c, from, d, to);
            else weights_of_three<T, ROWS, 2, COUNT>(steps, s.c, from, d, to);
        });
    });
    for (long j = left; j < s.ow; j++) place(j);
}

template <class T>
static void add_to(T* to, const T* from, long count) {
    each_vector<T>(0, count, [&](long i, long run, bool whole) {
        store_run(to + i, load_run(to + i, run, whole) + load_run(from + i, run, whole), run, whole);
    });
}

// Adds the gradients of one image to dw and db. Each row of places is summed by itself, in a block that stays in the cache, so that long
// sums lose little.
template <class T>
static void depthwise_backward_weights(const DepthwiseShape& s, const T* x, const T* dout, T* dw, T* db, T* of_row) {
    const long taps = s.r * s.s * s.c;
    for (long i = 0; i < s.oh; i++) {
        const T* d = dout + i * s.ow * s.c;
        zero(of_row, taps + s.c);
        weights_of_row<T>(s, row_taps(s, i), x, d, of_row);
        for (long j = 0; j < s.ow; j++) add_to<T>(of_row + taps, d + j * s.c, s.c);
        add_to<T>(dw, of_row, taps);
        add_to<T>(db, of_row + taps, s.c);
    }
}

// Image by image, while its dout is in the cache; dx may be absent. A part sums the gradients of its own images; parts are added in order.
template <class T>
static void depthwise_backward(const Team& team, const DepthwiseShape& s, const T* x, const T* dout, const T* w, T* dx, T* dw, T* db,
                               std::byte* workspace) {
    const DepthwiseWorkspace<T> space(s.r, s.s, s.c, team.threads);
    const long taps = s.r * s.s * s.c, image = s.h * s.w * s.c, places = s.oh * s.ow * s.c;
    const int parts = team.parts_of(s.n, 2 * depthwise_work(s));
    team.each(parts, [&](int t) {
        T *own_dw = space.at(space.dw, workspace, t), *own_db = space.at(space.db, workspace, t);
        zero(own_dw, taps), zero(own_db, s.c);
        for (long n = s.n * t / parts; n < s.n * (t + 1) / parts; n++) {
            if (dx) depthwise_backward_data<T>(s, dout + n * places, w, dx + n * image);
            depthwise_backward_weights<T>(s, x + n * image, dout + n * places, own_dw, own_db, space.at(space.of_row, workspace, t));
        }
    });
    const auto joined = [&](auto own, T* to, long count) {
        copy(to, space.at(own, workspace, 0), count);
        for (int t = 1; t < parts; t++) {
            const T* part = space.at(own, workspace, t);
            for (long k = 0; k < count; k++) to[k] += part[k];
        }
    };
    joined(space.dw, dw, taps);
    joined(space.db, db, s.c);
}

}  // namespace pellucid::PELLUCID_ISA
