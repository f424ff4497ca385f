// Elementwise kernels, the softmax loss and Adam: each one pass over its data, bound by memory.
#pragma once
#include "functions.h"
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
static void add(const Team& team, long count, const T* a, const T* b, T* out) {
    team.split(count, double(count) / COPIES_PER_NANOSECOND, [&](int, long begin, long end) {
        each_vector<T>(begin, end, [&](long i, long run, bool whole) {
            store_run(out + i, load_run(a + i, run, whole) + load_run(b + i, run, whole), run, whole);
        });
    });
}

template <class T>
struct WideOf {
    typedef double type __attribute__((vector_size(LANES<T> * 8)));
};

// In double: the square of a float32 may not fit into a float32.
template <class T>
static double sum_of_squares(const Team& team, long count, const T* x) {
    constexpr int MAXIMUM_PARTS = 64;  // so that their sums fit on the stack
    double sums[MAXIMUM_PARTS] = {};
    const int parts = team.parts_of(MAXIMUM_PARTS, double(count) / UPDATES_PER_NANOSECOND);
    team.each(parts, [&](int t) {
        typename WideOf<T>::type total[4] = {};  // four, so that one addition need not wait for the one before
        const long begin = count * t / parts, end = count * (t + 1) / parts;
        const auto wide = [&](long i, long run, bool whole) {
            return __builtin_convertvector(load_run(x + i, run, whole), typename WideOf<T>::type);
        };
        long i = begin;
        for (; i + 4 * LANES<T> <= end; i += 4 * LANES<T>) {
            PELLUCID_UNROLL for (int j = 0; j < 4; j++) {
                const auto v = wide(i + j * LANES<T>, LANES<T>, true);
                total[j] += v * v;
            }
        }
        each_vector<T>(i, end, [&](long at, long run, bool whole) {
            const auto v = wide(at, run, whole);
            total[0] += v * v;
        });
        const auto sum = (total[0] + total[1]) + (total[2] + total[3]);
        for (long l = 0; l < LANES<T>; l++) sums[t] += sum[l];
    });
    double total = 0;
    for (int t = 0; t < parts; t++) total += sums[t];
    return total;
}

template <class T>
static void relu_forward(const Team& team, long count, const T* x, T* out) {
    team.split(count, double(count) / COPIES_PER_NANOSECOND, [&](int, long begin, long end) {
        each_vector<T>(begin, end, [&](long i, long run, bool whole) {
            store_run(out + i, rectified<T>(load_run(x + i, run, whole)), run, whole);
        });
    });
}

template <class T>
static void relu_backward(const Team& team, long count, const T* out, const T* dout, T* dx) {
    team.split(count, double(count) / COPIES_PER_NANOSECOND, [&](int, long begin, long end) {
        each_vector<T>(begin, end, [&](long i, long run, bool whole) {
            const Vector<T> d = load_run(dout + i, run, whole);
            store_run(dx + i, load_run(out + i, run, whole) > Vector<T>{} ? d : Vector<T>{}, run, whole);
        });
    });
}

// The greater of two, and NaN where there is one.
template <class T>
PELLUCID_INLINE Vector<T> greater(Vector<T> a, Vector<T> b) {
    return (b > a) | (b != b) ? b : a;
}

// v in the first `run` lanes, `other` in the rest.
template <class T>
PELLUCID_INLINE Vector<T> only_first(Vector<T> v, long run, T other) {
    const auto inside = lane_numbers<T>([](long i) { return i; }) < typename LaneOf<T>::type(run);
    return inside ? v : broadcast(other);
}

// Returns the loss; shares [rows] are each row's share of the mean. A row's exponentials are summed by vectors, the vectors and the
// rows in double; logarithms are taken for a block of rows at once. The label's own entry is computed in double: in a row whose
// loss is small it is a small difference. Exponentials of short rows are kept in whole vectors, where they are read without delay.
template <class T>
static double softmax_loss(const Team&, long rows, long classes, const T* scores, const int64_t* labels, double smoothing,
                           const double* shares, T* dscores) {
    constexpr long BLOCK = 16, SHORT = 64;  // rows whose logarithms are taken at once; classes of a row that is short
    const double low = smoothing / double(classes), high = low + 1 - smoothing;
    const bool is_short = classes <= SHORT;
    T waiting[BLOCK * SHORT];
    const auto waits = [&](long n, long i) { return is_short ? waiting + i * SHORT : dscores + (n + i) * classes; };
    double loss = 0;
    for (long n0 = 0; n0 < rows; n0 += BLOCK) {
        const long block = minimum(BLOCK, rows - n0);
        double top[BLOCK], total[BLOCK], log_total[BLOCK];
        for (long n = 0; n < BLOCK; n++) total[n] = 1;
        for (long n = 0; n < block; n++) {
            const T* row = scores + (n0 + n) * classes;
            T* exponentials = waits(n0, n);
            constexpr T LOWEST = T(-__builtin_inf());
            Vector<T> best = broadcast(LOWEST);
            each_vector<T>(0, classes, [&](long c, long run, bool whole) {
                best = greater<T>(best, only_first<T>(load_run(row + c, run, whole), run, LOWEST));
            });
            const T greatest = over_lanes<T>(best, [](Vector<T> a, Vector<T> b) { return greater<T>(a, b); });
            double sum = 0;
            each_vector<T>(0, classes, [&](long c, long run, bool whole) {
                const Vector<T> x = load_run(row + c, run, whole) - broadcast(greatest);
                // In unused lanes, exp(0) rather than exp(-inf), which would pass through slow subnormals.
                const Vector<T> e = only_first<T>(vector_exp<T>(only_first<T>(x, run, 0)), run, 0);
                store_run(exponentials + c, e, run, whole || is_short);
                sum += double(over_lanes<T>(e, [](Vector<T> a, Vector<T> b) { return a + b; }));
            });
            top[n] = greatest, total[n] = sum;
        }
        for (long n = 0; n < BLOCK; n += LANES<double>) store(log_total + n, vector_log<double>(load(total + n)));
        for (long n = 0; n < block; n++) {
            const T *row = scores + (n0 + n) * classes, *exponentials = waits(n0, n);
            T* d = dscores + (n0 + n) * classes;
            const long label = labels[n0 + n];
            const double share = shares[n0 + n], shift = top[n] + log_total[n];
            const double own = share * (double(exponentials[label]) / total[n] - high);
            const Vector<T> scale = broadcast(T(share / total[n])), even = broadcast(T(share * low));
            double row_loss = high > 0 ? high * (shift - double(row[label])) : 0;
            each_vector<T>(0, classes, [&](long c, long run, bool whole) {
                store_run(d + c, load_run(exponentials + c, run, whole || is_short) * scale - even, run, whole);
            });
            if (low > 0)
                for (long c = 0; c < classes; c++) row_loss += c == label ? 0 : low * (shift - double(row[c]));
            d[label] = T(own);
            loss += share * row_loss;
        }
    }
    return loss;
}

PELLUCID_INLINE float root_of(float x) { return __builtin_sqrtf(x); }
PELLUCID_INLINE double root_of(double x) { return __builtin_sqrt(x); }

template <class T>
PELLUCID_INLINE Vector<T> root_of(Vector<T> x) {
    Vector<T> y;
    for (int lane = 0; lane < LANES<T>; lane++) y[lane] = root_of(x[lane]);  // one instruction
    return y;
}

// Adam with the corrections folded in: rate = learning_rate / (1 - beta1**step), root_correction = sqrt(1 - beta2**step).
// shrink = 1 - learning_rate * weight_decay (1 for plain Adam).
template <class T>
static void adam(const Team& team, long count, T* w, const T* dw, T* m, T* v, double rate, double root_correction, double beta1,
                 double beta2, double eps, double shrink) {
    // step * mean / (sqrt(square) / root + eps), with one division: the root is in the step and in eps.
    const Vector<T> b1 = broadcast(T(beta1)), b2 = broadcast(T(beta2)), a1 = broadcast(T(1 - beta1)), a2 = broadcast(T(1 - beta2));
    const Vector<T> step = broadcast(T(rate * root_correction)), e = broadcast(T(eps * root_correction)), keep = broadcast(T(shrink));
    team.split(count, double(count) / UPDATES_PER_NANOSECOND, [=](int, long begin, long end) {
        each_vector<T>(begin, end, [=](long i, long run, bool whole) {
            const Vector<T> g = load_run(dw + i, run, whole);
            const Vector<T> mean = b1 * load_run(m + i, run, whole) + a1 * g;
            const Vector<T> square = b2 * load_run(v + i, run, whole) + a2 * (g * g);
            store_run(m + i, mean, run, whole);
            store_run(v + i, square, run, whole);
            store_run(w + i, keep * load_run(w + i, run, whole) - step * mean / (root_of<T>(square) + e), run, whole);
        });
    });
}

}  // namespace pellucid::PELLUCID_ISA
