// Batch normalization over the rows of x [rows][c], with or without a ReLU behind it, two passes over the data each way.
//
// Mean and variance come from blocks of 64 rows, each centred by its own mean while it is in the cache, and joined in double
// (Chan, Golub & LeVeque 1979): nothing cancels, whatever the data. Each part sums its own rows; parts are joined in order.
#pragma once
#include "kernels.h"
#include "vector.h"

namespace pellucid::PELLUCID_ISA {

constexpr long ROW_BLOCK = 64;

// In doubles: the two totals of each column, and each part's own sums.
static long batchnorm_workspace(long c, int threads) { return 2 * c + threads * 2 * round_up(c, 64); }

template <class T, bool FULL>
PELLUCID_INLINE Vector<T> load_columns(const T* p, long here) {
    return FULL ? load(p) : load_some(p, here);
}

// Two figures of each column over all rows. A term computes them for a block of rows and joins those of two sets of rows.
template <class T, class Term>
static void two_column_figures(const Team& team, long rows, long c, double* parts_figures, const Term& term, double* first,
                               double* second) {
    const long padded = round_up(c, 64);
    const int parts = team.parts_of(rows, double(rows) * c);
    team.each(parts, [&](int t) {
        double* mine = parts_figures + t * 2 * padded;
        for (long j = 0; j < 2 * padded; j++) mine[j] = 0;
        const long begin = rows * t / parts, end = rows * (t + 1) / parts;
        for (long r0 = begin; r0 < end; r0 += ROW_BLOCK)
            for (long j = 0; j < c; j += LANES<T>) {
                const long here = least(LANES<T>, c - j), r1 = least(r0 + ROW_BLOCK, end);
                Vector<T> a{}, b{};
                if (here == LANES<T>) term.template block<true>(r0, r1, j, here, a, b);
                else term.template block<false>(r0, r1, j, here, a, b);
                for (long l = 0; l < here; l++) Term::join(mine[j + l], mine[padded + j + l], r0 - begin, a[l], b[l], r1 - r0);
            }
    });
    for (long j = 0; j < c; j++) {
        first[j] = second[j] = 0;
        for (int t = 0; t < parts; t++) {
            const long begin = rows * t / parts, end = rows * (t + 1) / parts;
            Term::join(first[j], second[j], begin, parts_figures[t * 2 * padded + j], parts_figures[t * 2 * padded + padded + j],
                       end - begin);
        }
    }
}

// The mean, and the sum of squared distances from it.
template <class T>
struct Moments {
    const T* x;
    long c;
    template <bool FULL>
    void block(long r0, long r1, long j, long here, Vector<T>& mean, Vector<T>& spread) const {
        const Vector<T> origin = load_columns<T, FULL>(x + r0 * c + j, here);
        Vector<T> sum{};
        for (long r = r0; r < r1; r++) sum += load_columns<T, FULL>(x + r * c + j, here) - origin;
        mean = origin + sum / broadcast(T(r1 - r0));
        for (long r = r0; r < r1; r++) {
            const Vector<T> centred = load_columns<T, FULL>(x + r * c + j, here) - mean;
            spread += centred * centred;
        }
    }
    static void join(double& mean, double& spread, long rows, double other_mean, double other_spread, long other_rows) {
        const double distance = other_mean - mean, share = double(other_rows) / double(rows + other_rows);
        mean += distance * share;
        spread += other_spread + distance * distance * share * double(rows);
    }
};

template <class T>
struct GradientSums {
    const T *x, *dout, *mean, *inv_std, *gamma, *beta;
    long c;
    bool relu;
    // Sums of dout (where the ReLU let it through) and of dout * x_hat.
    static void join(double& first, double& second, long, double a, double b, long) { first += a, second += b; }
    template <bool FULL>
    void block(long r0, long r1, long j, long here, Vector<T>& a, Vector<T>& b) const {
        const Vector<T> mu = load_columns<T, FULL>(mean + j, here), inv = load_columns<T, FULL>(inv_std + j, here);
        const Vector<T> scale = load_columns<T, FULL>(gamma + j, here), shift = load_columns<T, FULL>(beta + j, here);
        for (long r = r0; r < r1; r++) {
            const Vector<T> x_hat = (load_columns<T, FULL>(x + r * c + j, here) - mu) * inv;
            Vector<T> d = load_columns<T, FULL>(dout + r * c + j, here);
            if (relu) d = scale * x_hat + shift > Vector<T>{} ? d : Vector<T>{};
            a += d, b += d * x_hat;
        }
    }
};

template <class T, class Row>
static void each_row(const Team& team, long rows, long c, const Row& row) {
    team.split(rows, double(rows) * c / 2, [&](int, long begin, long end) {
        for (long r = begin; r < end; r++) {
            long j = 0;
            for (; j + LANES<T> <= c; j += LANES<T>) row.template at<true>(r, j, LANES<T>);
            if (j < c) row.template at<false>(r, j, c - j);
        }
    });
}

template <class T, bool FULL>
PELLUCID_INLINE void store_columns(T* p, Vector<T> v, long here) {
    if (FULL) store(p, v);
    else store_some(p, v, here);
}

template <class T>
struct NormalizeRow {
    const T *x, *mean, *inv_std, *gamma, *beta;
    T* out;
    long c;
    bool relu;
    template <bool FULL>
    void at(long r, long j, long here) const {
        const Vector<T> x_hat = (load_columns<T, FULL>(x + r * c + j, here) - load_columns<T, FULL>(mean + j, here)) *
                                load_columns<T, FULL>(inv_std + j, here);
        Vector<T> v = load_columns<T, FULL>(gamma + j, here) * x_hat + load_columns<T, FULL>(beta + j, here);
        if (relu) v = rectified<T>(v);
        store_columns<T, FULL>(out + r * c + j, v, here);
    }
};

template <class T>
struct GradientRow {
    const T *x, *dout, *mean, *inv_std, *gamma, *beta, *mean_g, *mean_gx;
    T* dx;
    long c;
    bool relu;
    template <bool FULL>
    void at(long r, long j, long here) const {
        const Vector<T> inv = load_columns<T, FULL>(inv_std + j, here), scale = load_columns<T, FULL>(gamma + j, here);
        const Vector<T> x_hat = (load_columns<T, FULL>(x + r * c + j, here) - load_columns<T, FULL>(mean + j, here)) * inv;
        Vector<T> d = load_columns<T, FULL>(dout + r * c + j, here);
        if (relu) d = scale * x_hat + load_columns<T, FULL>(beta + j, here) > Vector<T>{} ? d : Vector<T>{};
        const Vector<T> through = load_columns<T, FULL>(mean_g + j, here) + x_hat * load_columns<T, FULL>(mean_gx + j, here);
        store_columns<T, FULL>(dx + r * c + j, scale * inv * (d - through), here);
    }
};

// The forward once the statistics are known: in it, and again wherever its output is wanted again.
template <class T>
static void batchnorm_apply(const Team& team, long rows, long c, const T* x, const T* gamma, const T* beta, const T* mean,
                            const T* inv_std, bool relu, T* out) {
    each_row<T>(team, rows, c, NormalizeRow<T>{x, mean, inv_std, gamma, beta, out, c, relu});
}

template <class T>
static void batchnorm_forward(const Team& team, long rows, long c, const T* x, const T* gamma, const T* beta, T eps, bool relu, T* out,
                              T* mean, T* var, T* inv_std, double* workspace) {
    double *first = workspace, *second = first + c;
    two_column_figures<T>(team, rows, c, second + c, Moments<T>{x, c}, first, second);
    for (long j = 0; j < c; j++) {
        mean[j] = T(first[j]);
        var[j] = T(second[j] / double(rows));
        inv_std[j] = T(1 / __builtin_sqrt(double(var[j]) + double(eps)));
    }
    batchnorm_apply<T>(team, rows, c, x, gamma, beta, mean, inv_std, relu, out);
}

template <class T>
static void batchnorm_backward(const Team& team, long rows, long c, const T* x, const T* dout, const T* gamma, const T* beta,
                               const T* mean, const T* inv_std, bool relu, T* dx, T* dgamma, T* dbeta, double* workspace) {
    double *first = workspace, *second = first + c;
    two_column_figures<T>(team, rows, c, second + c, GradientSums<T>{x, dout, mean, inv_std, gamma, beta, c, relu}, first, second);
    T *mean_g = reinterpret_cast<T*>(second + c), *mean_gx = mean_g + c;  // the parts' sums are no longer needed
    for (long j = 0; j < c; j++) {
        dbeta[j] = T(first[j]), dgamma[j] = T(second[j]);
        mean_g[j] = T(first[j] / double(rows)), mean_gx[j] = T(second[j] / double(rows));
    }
    each_row<T>(team, rows, c, GradientRow<T>{x, dout, mean, inv_std, gamma, beta, mean_g, mean_gx, dx, c, relu});
}

}  // namespace pellucid::PELLUCID_ISA
