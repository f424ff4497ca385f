// Batch normalization over the rows of x [rows][c], with or without a ReLU behind it, two passes over the data each way. The ReLU may be
// cut at a ceiling (ReLU6); a NaN, which no number reaches, stands for none.
//
// Mean and variance come from blocks of 64 rows, each centred by its own mean while it is in the cache, and joined in double
// (Chan, Golub & LeVeque 1979): nothing cancels, whatever the data. Each part sums its own rows; parts are joined in order.
#pragma once
#include "kernels.h"
#include "workspace.h"

namespace pellucid::PELLUCID_ISA {

constexpr long ROW_BLOCK = 64;  // rows whose sums are taken in T before they are joined in double

template <class T>
struct BatchNormWorkspace : Layout {
    Shared<double> first, second;             // two sums or moments of each column over all rows
    Shared<T> mean_g, mean_gx;                // the backward's means of each column
    Private<double> first_part, second_part;  // the same over a part's rows
    BatchNormWorkspace(long c, int threads) : Layout(threads) {
        first = share<double>(c), second = share<double>(c);
        mean_g = share<T>(c), mean_gx = share<T>(c);
        first_part = own<double>(c), second_part = own<double>(c);
    }
};

template <class T>
static size_t batchnorm_workspace(long c, int threads) {
    return BatchNormWorkspace<T>(c, threads).bytes();
}

template <class T, bool FULL>
PELLUCID_INLINE Vector<T> load_columns(const T* p, long count) {
    return FULL ? load(p) : load_some(p, count);
}

// Two sums or moments of each column over all rows. A term computes them for a block of rows and joins those of two sets of rows.
template <class T, class Term>
static void column_pairs(const Team& team, long rows, long c, const Term& term, const BatchNormWorkspace<T>& space,
                         std::byte* workspace) {
    const int parts = team.parts_of(rows, double(rows) * c * STATISTICS_NANOSECONDS);
    team.each(parts, [&](int t) {
        double* first = space.at(space.first_part, workspace, t);
        double* second = space.at(space.second_part, workspace, t);
        zero(first, c), zero(second, c);
        const long begin = rows * t / parts, end = rows * (t + 1) / parts;
        for (long r0 = begin; r0 < end; r0 += ROW_BLOCK)
            for (long j = 0; j < c; j += LANES<T>) {
                const long count = minimum(LANES<T>, c - j), r1 = minimum(r0 + ROW_BLOCK, end);
                Vector<T> a{}, b{};
                if (count == LANES<T>) term.template block<true>(r0, r1, j, count, a, b);
                else term.template block<false>(r0, r1, j, count, a, b);
                for (long l = 0; l < count; l++) Term::join(first[j + l], second[j + l], r0 - begin, a[l], b[l], r1 - r0);
            }
    });
    double* first = space.at(space.first, workspace);
    double* second = space.at(space.second, workspace);
    for (long j = 0; j < c; j++) {
        first[j] = second[j] = 0;
        for (int t = 0; t < parts; t++) {
            const long begin = rows * t / parts, end = rows * (t + 1) / parts;
            Term::join(first[j], second[j], begin, space.at(space.first_part, workspace, t)[j],
                       space.at(space.second_part, workspace, t)[j], end - begin);
        }
    }
}

// The gradient d where the ReLU let v through.
template <class T>
PELLUCID_INLINE Vector<T> through_relu(Vector<T> v, Vector<T> d, T ceiling) {
    return (v > Vector<T>{}) & ~(v >= broadcast(ceiling)) ? d : Vector<T>{};
}

// The mean, and the sum of squared distances from it.
template <class T>
struct Moments {
    const T* x;
    long c;
    template <bool FULL>
    void block(long r0, long r1, long j, long count, Vector<T>& mean, Vector<T>& spread) const {
        const Vector<T> origin = load_columns<T, FULL>(x + r0 * c + j, count);
        Vector<T> sum{};
        for (long r = r0; r < r1; r++) sum += load_columns<T, FULL>(x + r * c + j, count) - origin;
        mean = origin + sum / broadcast(T(r1 - r0));
        for (long r = r0; r < r1; r++) {
            const Vector<T> centred = load_columns<T, FULL>(x + r * c + j, count) - mean;
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
    T ceiling;
    // Sums of dout (where the ReLU let it through) and of dout * x_hat.
    static void join(double& first, double& second, long, double a, double b, long) { first += a, second += b; }
    template <bool FULL>
    void block(long r0, long r1, long j, long count, Vector<T>& a, Vector<T>& b) const {
        const Vector<T> mu = load_columns<T, FULL>(mean + j, count), inv = load_columns<T, FULL>(inv_std + j, count);
        const Vector<T> scale = load_columns<T, FULL>(gamma + j, count), shift = load_columns<T, FULL>(beta + j, count);
        for (long r = r0; r < r1; r++) {
            const Vector<T> x_hat = (load_columns<T, FULL>(x + r * c + j, count) - mu) * inv;
            Vector<T> d = load_columns<T, FULL>(dout + r * c + j, count);
            if (relu) d = through_relu<T>(scale * x_hat + shift, d, ceiling);
            a += d, b += d * x_hat;
        }
    }
};

template <class T, class Row>
static void each_row(const Team& team, long rows, long c, const Row& row) {
    team.split(rows, double(rows) * c / UPDATES_PER_NANOSECOND, [&](int, long begin, long end) {
        for (long r = begin; r < end; r++) {
            long j = 0;
            for (; j + LANES<T> <= c; j += LANES<T>) row.template at<true>(r, j, LANES<T>);
            if (j < c) row.template at<false>(r, j, c - j);
        }
    });
}

template <class T, bool FULL>
PELLUCID_INLINE void store_columns(T* p, Vector<T> v, long count) {
    if (FULL) store(p, v);
    else store_some(p, v, count);
}

template <class T>
struct NormalizeRow {
    const T *x, *mean, *inv_std, *gamma, *beta;
    T* out;
    long c;
    bool relu;
    T ceiling;
    template <bool FULL>
    void at(long r, long j, long count) const {
        const Vector<T> x_hat = (load_columns<T, FULL>(x + r * c + j, count) - load_columns<T, FULL>(mean + j, count)) *
                                load_columns<T, FULL>(inv_std + j, count);
        Vector<T> v = load_columns<T, FULL>(gamma + j, count) * x_hat + load_columns<T, FULL>(beta + j, count);
        if (relu) v = rectified<T>(v), v = v > broadcast(ceiling) ? broadcast(ceiling) : v;
        store_columns<T, FULL>(out + r * c + j, v, count);
    }
};

template <class T>
struct GradientRow {
    const T *x, *dout, *mean, *inv_std, *gamma, *beta, *mean_g, *mean_gx;
    T* dx;
    long c;
    bool relu;
    T ceiling;
    template <bool FULL>
    void at(long r, long j, long count) const {
        const Vector<T> inv = load_columns<T, FULL>(inv_std + j, count), scale = load_columns<T, FULL>(gamma + j, count);
        const Vector<T> x_hat = (load_columns<T, FULL>(x + r * c + j, count) - load_columns<T, FULL>(mean + j, count)) * inv;
        Vector<T> d = load_columns<T, FULL>(dout + r * c + j, count);
        if (relu) d = through_relu<T>(scale * x_hat + load_columns<T, FULL>(beta + j, count), d, ceiling);
        const Vector<T> through = load_columns<T, FULL>(mean_g + j, count) + x_hat * load_columns<T, FULL>(mean_gx + j, count);
        store_columns<T, FULL>(dx + r * c + j, scale * inv * (d - through), count);
    }
};

// The forward once the statistics are known; also called to compute the output again.
template <class T>
static void batchnorm_apply(const Team& team, long rows, long c, const T* x, const T* gamma, const T* beta, const T* mean,
                            const T* inv_std, bool relu, T ceiling, T* out) {
    each_row<T>(team, rows, c, NormalizeRow<T>{x, mean, inv_std, gamma, beta, out, c, relu, ceiling});
}

template <class T>
static void batchnorm_forward(const Team& team, long rows, long c, const T* x, const T* gamma, const T* beta, T eps, bool relu,
                              T ceiling, T* out, T* mean, T* var, T* inv_std, std::byte* workspace) {
    const BatchNormWorkspace<T> space(c, team.threads);
    column_pairs<T>(team, rows, c, Moments<T>{x, c}, space, workspace);
    const double *first = space.at(space.first, workspace), *second = space.at(space.second, workspace);
    for (long j = 0; j < c; j++) {
        mean[j] = T(first[j]);
        var[j] = T(second[j] / double(rows));
        inv_std[j] = T(1 / __builtin_sqrt(double(var[j]) + double(eps)));
    }
    batchnorm_apply<T>(team, rows, c, x, gamma, beta, mean, inv_std, relu, ceiling, out);
}

template <class T>
static void batchnorm_backward(const Team& team, long rows, long c, const T* x, const T* dout, const T* gamma, const T* beta,
                               const T* mean, const T* inv_std, bool relu, T ceiling, T* dx, T* dgamma, T* dbeta,
                               std::byte* workspace) {
    const BatchNormWorkspace<T> space(c, team.threads);
    column_pairs<T>(team, rows, c, GradientSums<T>{x, dout, mean, inv_std, gamma, beta, c, relu, ceiling}, space, workspace);
    const double *first = space.at(space.first, workspace), *second = space.at(space.second, workspace);
    T *mean_g = space.at(space.mean_g, workspace), *mean_gx = space.at(space.mean_gx, workspace);
    for (long j = 0; j < c; j++) {
        dbeta[j] = T(first[j]), dgamma[j] = T(second[j]);
        mean_g[j] = T(first[j] / double(rows)), mean_gx[j] = T(second[j] / double(rows));
    }
    each_row<T>(team, rows, c, GradientRow<T>{x, dout, mean, inv_std, gamma, beta, mean_g, mean_gx, dx, c, relu, ceiling});
}

}  // namespace pellucid::PELLUCID_ISA
