// Layer normalization of the rows of x [rows][d], each by itself, one row after the other while it is in the first cache. Statistics
// as in groupnorm.h: two passes, blocks in T joined in double, the mean in two parts. Rows are the parts that threads take.
#pragma once
#include "groupnorm.h"

namespace pellucid::PELLUCID_ISA {

constexpr long ROWS_IN_T = 64;  // whose gradients are summed in T before they are joined in double

template <class T>
struct LayerNormWorkspace : Layout {
    Private<double> dgamma, dbeta;     // of a part's rows
    Private<T> last_gamma, last_beta;  // and of its last few, not yet joined
    LayerNormWorkspace(long d, int threads) : Layout(threads) {
        dgamma = own<double>(d), dbeta = own<double>(d);
        last_gamma = own<T>(d), last_beta = own<T>(d);
    }
};

template <class T>
static size_t layernorm_workspace(long d, int threads) {
    return LayerNormWorkspace<T>(d, threads).bytes();
}

template <class T>
PELLUCID_INLINE double sum_of_lanes(Vector<T> v) {
    return double(over_lanes<T>(v, [](Vector<T> a, Vector<T> b) { return a + b; }));
}

// Sums over 0..d-1 of what term(at, run, whole, totals) adds, blocks in T, joined in double. Four sets of totals, since one would
// wait for its last addition. Lanes beyond the end count, so term must add 0 there.
template <class T, int COUNT, class Term>
PELLUCID_INLINE void sum_row(long d, double* sums, const Term& term) {
    constexpr long SETS = 4, BLOCK = 64 * SETS * LANES<T>;  // 64 additions in T to one total
    for (int s = 0; s < COUNT; s++) sums[s] = 0;
    for (long begin = 0; begin < d; begin += BLOCK) {
        const long end = minimum(begin + BLOCK, d);
        Vector<T> totals[SETS][COUNT] = {};
        long j = begin;
        for (; j + SETS * LANES<T> <= end; j += SETS * LANES<T>) {
            PELLUCID_UNROLL for (long i = 0; i < SETS; i++) term(j + i * LANES<T>, LANES<T>, true, totals[i]);
        }
        each_vector<T>(j, end, [&](long at, long run, bool whole) __attribute__((always_inline)) { term(at, run, whole, totals[0]); });
        for (int s = 0; s < COUNT; s++) sums[s] += sum_of_lanes<T>((totals[0][s] + totals[1][s]) + (totals[2][s] + totals[3][s]));
    }
}

// The vector with 0 in the lanes from `run` on.
template <class T>
PELLUCID_INLINE Vector<T> only_lanes(Vector<T> v, long run, bool whole) {
    if (whole) return v;
    T lanes[LANES<T>];
    store(lanes, v);
    return load_some(lanes, run);
}

template <class T>
static void layernorm_forward(const Team& team, long rows, long d, const T* x, const T* gamma, const T* beta, double eps, bool relu,
                              T* out, double* mean, double* inv_std) {
    team.split(rows, double(rows) * d / UPDATES_PER_NANOSECOND, [&](int, long begin, long end) {
        for (long n = begin; n < end; n++) {
            const T* row = x + n * d;
            T* to = out + n * d;
            double total, sums[2];
            sum_row<T, 1>(d, &total, [&](long j, long run, bool whole, Vector<T>* t) __attribute__((always_inline)) {
                t[0] += load_run(row + j, run, whole);
            });
            const T about = T(total / double(d));
            sum_row<T, 2>(d, sums, [&](long j, long run, bool whole, Vector<T>* t) __attribute__((always_inline)) {
                const Vector<T> centred = only_lanes<T>(load_run(row + j, run, whole) - about, run, whole);
                t[0] += centred, t[1] += centred * centred;
            });
            const double off = sums[0] / double(d), variance = sums[1] / double(d) - off * off;
            mean[n] = double(about) + off;
            inv_std[n] = 1 / square_root((variance > 0 ? variance : variance == variance ? 0 : variance) + eps);
            const T high = T(mean[n]), inv = T(inv_std[n]), low = T((double(high) - mean[n]) * inv_std[n]);
            each_vector<T>(0, d, [&](long j, long run, bool whole) __attribute__((always_inline)) {
                const Vector<T> x_hat = (load_run(row + j, run, whole) - high) * inv + low;
                Vector<T> y = load_run(gamma + j, run, whole) * x_hat + load_run(beta + j, run, whole);
                if (relu) y = rectified<T>(y);
                store_run(to + j, y, run, whole);
            });
        }
    });
}

template <class T>
static void layernorm_backward(const Team& team, long rows, long d, const T* x, const T* dout, const T* gamma, const T* beta,
                               const double* mean, const double* inv_std, bool relu, T* dx, T* dgamma, T* dbeta, std::byte* workspace) {
    const LayerNormWorkspace<T> space(d, team.threads);
    const int parts = team.parts_of(rows, double(rows) * d * STATISTICS_NANOSECONDS);
    team.each(parts, [&](int part) {
        double *of_gamma = space.at(space.dgamma, workspace, part), *of_beta = space.at(space.dbeta, workspace, part);
        T *last_gamma = space.at(space.last_gamma, workspace, part), *last_beta = space.at(space.last_beta, workspace, part);
        zero(of_gamma, d), zero(of_beta, d);
        zero(last_gamma, d), zero(last_beta, d);
        const auto flush = [&] {
            for (long j = 0; j < d; j++) of_gamma[j] += double(last_gamma[j]), of_beta[j] += double(last_beta[j]);
            zero(last_gamma, d), zero(last_beta, d);
        };
        const long begin = rows * part / parts, end = rows * (part + 1) / parts;
        for (long n = begin; n < end; n++) {
            const T *row = x + n * d, *upstream = dout + n * d;
            const T high = T(mean[n]), inv = T(inv_std[n]), low = T((double(high) - mean[n]) * inv_std[n]);
            const auto let_through = [&](Vector<T> x_hat, long j, long run, bool whole) __attribute__((always_inline)) {
                const Vector<T> g = load_run(upstream + j, run, whole);
                if (!relu) return g;
                const Vector<T> y = load_run(gamma + j, run, whole) * x_hat + load_run(beta + j, run, whole);
                return y > Vector<T>{} ? g : Vector<T>{};
            };
            double sums[2];
            sum_row<T, 2>(d, sums, [&](long j, long run, bool whole, Vector<T>* t) __attribute__((always_inline)) {
                const Vector<T> x_hat = (load_run(row + j, run, whole) - high) * inv + low;
                const Vector<T> g = let_through(x_hat, j, run, whole), gx = g * x_hat, scale = load_run(gamma + j, run, whole);
                store_run(last_beta + j, load_run(last_beta + j, run, whole) + g, run, whole);
                store_run(last_gamma + j, load_run(last_gamma + j, run, whole) + gx, run, whole);
                t[0] += scale * g, t[1] += scale * gx;  // scale is 0 beyond the end
            });
            const T mean_g = T(sums[0] / double(d)), mean_gx = T(sums[1] / double(d));
            each_vector<T>(0, d, [&](long j, long run, bool whole) __attribute__((always_inline)) {
                const Vector<T> x_hat = (load_run(row + j, run, whole) - high) * inv + low;
                const Vector<T> g = load_run(gamma + j, run, whole) * let_through(x_hat, j, run, whole);
                store_run(dx + n * d + j, (g - mean_g - x_hat * mean_gx) * inv, run, whole);
            });
            if ((n - begin) % ROWS_IN_T == ROWS_IN_T - 1) flush();
        }
        flush();
    });
    for (long j = 0; j < d; j++) {
        double of_gamma = 0, of_beta = 0;
        for (int part = 0; part < parts; part++) {
            of_gamma += space.at(space.dgamma, workspace, part)[j], of_beta += space.at(space.dbeta, workspace, part)[j];
        }
        dgamma[j] = T(of_gamma), dbeta[j] = T(of_beta);
    }
}

}  // namespace pellucid::PELLUCID_ISA
