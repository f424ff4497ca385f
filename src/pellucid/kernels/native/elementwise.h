// Elementwise kernels, pooling, the softmax loss and Adam: each one pass over its data, bound by memory.
#pragma once
#include "kernels.h"
#include "vector.h"

namespace pellucid::PELLUCID_ISA {

// Calls body(i, count, whole) for runs of a vector's length, the last one shorter.
template <class T, class Body>
PELLUCID_INLINE void each_vector(long begin, long end, const Body& body) {
    long i = begin;
    for (; i + LANES<T> <= end; i += LANES<T>) body(i, LANES<T>, true);
    if (i < end) body(i, end - i, false);
}

template <class T>
PELLUCID_INLINE Vector<T> load_run(const T* p, long count, bool whole) {
    return whole ? load(p) : load_some(p, count);
}
template <class T>
PELLUCID_INLINE void store_run(T* p, Vector<T> v, long count, bool whole) {
    if (whole) store(p, v);
    else store_some(p, v, count);
}

template <class T>
static void relu_forward(const Team& team, long count, const T* x, T* out) {
    team.split(count, double(count) / 4, [&](int, long begin, long end) {
        each_vector<T>(begin, end, [&](long i, long run, bool whole) {
            const Vector<T> v = load_run(x + i, run, whole);
            store_run(out + i, v <= Vector<T>{} ? Vector<T>{} : v, run, whole);  // NaN stays NaN, as in the reference
        });
    });
}

template <class T>
static void relu_backward(const Team& team, long count, const T* out, const T* dout, T* dx) {
    team.split(count, double(count) / 4, [&](int, long begin, long end) {
        each_vector<T>(begin, end, [&](long i, long run, bool whole) {
            const Vector<T> d = load_run(dout + i, run, whole);
            store_run(dx + i, load_run(out + i, run, whole) > Vector<T>{} ? d : Vector<T>{}, run, whole);
        });
    });
}

// As many bytes as a vector has lanes: the numbers of the winners.
template <class T>
struct BytesOf {
    typedef uint8_t type __attribute__((vector_size(LANES<T>)));
};
template <class T>
PELLUCID_INLINE Vector<T> load_numbers(const uint8_t* p, long count) {
    typename BytesOf<T>::type bytes{};
    __builtin_memcpy(&bytes, p, size_t(count));
    return __builtin_convertvector(bytes, Vector<T>);
}
template <class T>
PELLUCID_INLINE void store_numbers(uint8_t* p, Vector<T> numbers, long count) {
    const typename BytesOf<T>::type bytes = __builtin_convertvector(numbers, typename BytesOf<T>::type);
    __builtin_memcpy(p, &bytes, size_t(count));
}

// out and winner [n][oh][ow][c]: the first maximum of each window in reading order, and its number.
template <class T>
static void maxpool_forward(const Team& team, const PoolShape& s, const T* x, T* out, uint8_t* winner) {
    team.split(s.n * s.oh, double(s.n) * s.oh * s.ow * s.c * s.r * s.s / 4, [&](int, long begin, long end) {
        for (long row = begin; row < end; row++) {
            const long n = row / s.oh, i = row % s.oh;
            for (long j = 0; j < s.ow; j++) {
                const T* corner = x + ((n * s.h + i * s.stride_h) * s.w + j * s.stride_w) * s.c;
                const long place = (row * s.ow + j) * s.c;
                each_vector<T>(0, s.c, [&](long c, long run, bool whole) {
                    Vector<T> best = load_run(corner + c, run, whole), number{};
                    for (long tap = 1; tap < s.r * s.s; tap++) {
                        const Vector<T> candidate = load_run(corner + (tap / s.s * s.w + tap % s.s) * s.c + c, run, whole);
                        const auto better = (candidate > best) | ((candidate != candidate) & (best == best));  // NaN wins
                        best = better ? candidate : best;
                        number = better ? broadcast(T(tap)) : number;
                    }
                    store_run(out + place + c, best, run, whole);
                    store_numbers<T>(winner + place + c, number, run);
                });
            }
        }
    });
}

// Images are the parts, so that windows which overlap add up without two threads meeting.
template <class T>
static void maxpool_backward(const Team& team, const PoolShape& s, const T* dout, const uint8_t* winner, T* dx) {
    team.split(s.n, double(s.n) * s.h * s.w * s.c / 2, [&](int, long begin, long end) {
        zero(dx + begin * s.h * s.w * s.c, (end - begin) * s.h * s.w * s.c);
        for (long row = begin * s.oh; row < end * s.oh; row++) {
            const long n = row / s.oh, i = row % s.oh;
            for (long j = 0; j < s.ow; j++) {
                const long place = (row * s.ow + j) * s.c;
                T* corner = dx + ((n * s.h + i * s.stride_h) * s.w + j * s.stride_w) * s.c;
                each_vector<T>(0, s.c, [&](long c, long run, bool whole) {
                    const Vector<T> d = load_run(dout + place + c, run, whole), number = load_numbers<T>(winner + place + c, run);
                    for (long tap = 0; tap < s.r * s.s; tap++) {
                        T* to = corner + (tap / s.s * s.w + tap % s.s) * s.c + c;
                        const Vector<T> here = number == broadcast(T(tap)) ? d : Vector<T>{};
                        store_run(to, load_run(to, run, whole) + here, run, whole);
                    }
                });
            }
        }
    });
}

// Returns the loss; shares [rows] are each row's share of the mean. Sums in double.
template <class T>
static double softmax_loss(const Team&, long rows, long classes, const T* scores, const int64_t* labels, double smoothing,
                           const double* shares, T* dscores) {
    double loss = 0;
    const double low = smoothing / double(classes), high = low + 1 - smoothing;
    for (long n = 0; n < rows; n++) {
        const T* z = scores + n * classes;
        T* d = dscores + n * classes;
        T top = z[0];
        for (long c = 1; c < classes; c++) top = z[c] > top || z[c] != z[c] ? z[c] : top;
        double total = 0;
        for (long c = 0; c < classes; c++) {
            const double e = __builtin_exp(double(z[c]) - double(top));
            d[c] = T(e), total += e;
        }
        const double log_total = __builtin_log(total);
        double row = 0;
        for (long c = 0; c < classes; c++) {
            const double target = c == labels[n] ? high : low;
            if (target > 0) row -= target * (double(z[c]) - double(top) - log_total);
            d[c] = T(shares[n] * (double(d[c]) / total - target));
        }
        loss += shares[n] * row;
    }
    return loss;
}

PELLUCID_INLINE float root_of(float x) { return __builtin_sqrtf(x); }
PELLUCID_INLINE double root_of(double x) { return __builtin_sqrt(x); }

// Adam with the corrections folded in: rate = learning_rate / (1 - beta1**step), root_correction = sqrt(1 - beta2**step).
// shrink = 1 - learning_rate * weight_decay (1 for plain Adam).
template <class T>
static void adam(const Team& team, long count, T* w, const T* dw, T* m, T* v, double rate, double root_correction, double beta1,
                 double beta2, double eps, double shrink) {
    const T b1 = T(beta1), b2 = T(beta2), a1 = T(1 - beta1), a2 = T(1 - beta2), step = T(rate), root = T(root_correction), e = T(eps);
    const T keep = T(shrink);
    team.split(count, double(count), [&](int, long begin, long end) {
        for (long i = begin; i < end; i++) {
            const T g = dw[i], mean = b1 * m[i] + a1 * g, square = b2 * v[i] + a2 * g * g;
            m[i] = mean, v[i] = square;
            w[i] = keep * w[i] - step * mean / (root_of(square) / root + e);
        }
    });
}

}  // namespace pellucid::PELLUCID_ISA
