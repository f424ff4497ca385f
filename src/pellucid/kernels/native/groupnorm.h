// Group normalization of images [n][pixels][c]: every group of neighbouring channels of one image by itself.
//
// Statistics are two-pass: the mean first, then the sums of (x - mean) and of its square, which also correct the mean and the
// variance for the first pass's rounding; blocks of rows in T, joined in double. The mean is used in two parts, so that x - mean
// is as exact as x however far from zero it lies. An image is small enough for the cache, so its later passes hardly read memory.
// Images are the parts that threads take.
#pragma once
#include "columns.h"
#include "light.h"
#include "workspace.h"

namespace pellucid::PELLUCID_ISA {

template <class T>
struct GroupNormWorkspace : Layout {
    Private<double> sums;                                                // two of each column, side by side
    Private<T> high, scale, shift, inv, low, through_mean, through_var;  // coefficients of each column
    Private<double> dgamma, dbeta;                                       // of a part's images
    GroupNormWorkspace(long pixels, long c, int threads) : Layout(threads) {
        const long width = columns_of<T>(pixels, c).width;
        sums = own<double>(2 * width);
        Private<T>* rows[] = {&high, &scale, &shift, &inv, &low, &through_mean, &through_var};
        for (Private<T>* row : rows) *row = own<T>(width);
        dgamma = own<double>(c), dbeta = own<double>(c);
    }
};

template <class T>
static size_t groupnorm_workspace(long pixels, long c, int threads) {
    return GroupNormWorkspace<T>(pixels, c, threads).bytes();
}

PELLUCID_INLINE double square_root(double x) { return __builtin_sqrt(x); }

// One part's arrays.
template <class T>
struct GroupArrays {
    double *first, *second;
    T *high, *scale, *shift, *inv, *low, *through_mean, *through_var;
    double *dgamma, *dbeta;
    GroupArrays(const GroupNormWorkspace<T>& space, std::byte* workspace, const Columns& columns, int part) {
        const auto at = [&](auto array) { return space.at(array, workspace, part); };
        first = at(space.sums), second = first + columns.width;
        high = at(space.high), scale = at(space.scale), shift = at(space.shift), inv = at(space.inv), low = at(space.low);
        through_mean = at(space.through_mean), through_var = at(space.through_var);
        dgamma = at(space.dgamma), dbeta = at(space.dbeta);
    }
};

// The columns of a group: body(column) for each column whose channel lies in [begin, end).
template <class Body>
PELLUCID_INLINE void each_column_of(const Columns& columns, long c, long begin, long end, const Body& body) {
    for (long k = 0; k < columns.together; k++)
        for (long j = begin; j < end; j++) body(k * c + j, j);
}

// mean and inv_std [groups] of one image.
template <class T>
static void group_statistics(const GroupShape& s, const Columns& columns, const T* x, double eps, const GroupArrays<T>& arrays,
                             double* mean, double* inv_std) {
    const long size = s.c / s.groups;
    const double count = double(s.pixels) * double(size);
    zero(arrays.first, 2 * columns.width);
    add_columns<T, 1>(columns, arrays.first, [&](long at, long, long run, bool whole, Vector<T>* total) __attribute__((always_inline)) {
        total[0] += load_run(x + at, run, whole);
    });
    for (long g = 0; g < s.groups; g++) {
        double total = 0;
        each_column_of(columns, s.c, g * size, (g + 1) * size, [&](long j, long) { total += arrays.first[j]; });
        const T about = T(total / count);
        each_column_of(columns, s.c, g * size, (g + 1) * size, [&](long j, long) { arrays.high[j] = about; });
    }
    zero(arrays.first, 2 * columns.width);
    add_columns<T, 2>(columns, arrays.first,
                      [&](long at, long j, long run, bool whole, Vector<T>* totals) __attribute__((always_inline)) {
                          const Vector<T> centred = load_run(x + at, run, whole) - load_run(arrays.high + j, run, whole);
                          totals[0] += centred, totals[1] += centred * centred;
                      });
    for (long g = 0; g < s.groups; g++) {
        double off = 0, squares = 0;
        each_column_of(columns, s.c, g * size, (g + 1) * size,
                       [&](long j, long) { off += arrays.first[j], squares += arrays.second[j]; });
        off /= count;
        const double variance = squares / count - off * off;
        mean[g] = double(arrays.high[g * size]) + off;
        inv_std[g] = 1 / square_root((variance > 0 ? variance : variance == variance ? 0 : variance) + eps);
    }
}

// out = (x - high) scale + shift.
template <class T>
static void lay_out_forward(const GroupShape& s, const Columns& columns, const T* gamma, const T* beta, const double* mean,
                            const double* inv_std, const GroupArrays<T>& arrays) {
    const long size = s.c / s.groups;
    for (long g = 0; g < s.groups; g++) {
        const T high = T(mean[g]);
        const double inv = inv_std[g], low = (mean[g] - double(high)) * inv;
        const long begin = g * size, end = begin + size;
        lay_out(arrays.high, columns, s.c, begin, end, [=](long) { return high; });
        lay_out(arrays.scale, columns, s.c, begin, end, [=](long j) { return T(inv * double(gamma[j])); });
        lay_out(arrays.shift, columns, s.c, begin, end, [=](long j) { return T(double(beta[j]) - low * double(gamma[j])); });
    }
}

template <class T>
static int parts_of_images(const Team& team, const GroupShape& s) {
    return team.parts_of(s.n, double(s.n) * double(s.pixels) * double(s.c) * STATISTICS_NANOSECONDS);
}

template <class T>
static void groupnorm_forward(const Team& team, const GroupShape& s, const T* x, const T* gamma, const T* beta, double eps, bool relu,
                              T* out, double* mean, double* inv_std, std::byte* workspace) {
    const Columns columns = columns_of<T>(s.pixels, s.c);
    const GroupNormWorkspace<T> space(s.pixels, s.c, team.threads);
    const int parts = parts_of_images<T>(team, s);
    team.each(parts, [&](int part) {
        const GroupArrays<T> arrays(space, workspace, columns, part);
        for (long n = s.n * part / parts; n < s.n * (part + 1) / parts; n++) {
            const T* image = x + n * s.pixels * s.c;
            T* to = out + n * s.pixels * s.c;
            group_statistics(s, columns, image, eps, arrays, mean + n * s.groups, inv_std + n * s.groups);
            lay_out_forward(s, columns, gamma, beta, mean + n * s.groups, inv_std + n * s.groups, arrays);
            each_place<T>(columns, [&](long at, long j, long run, bool whole) __attribute__((always_inline)) {
                const Vector<T> centred = load_run(image + at, run, whole) - load_run(arrays.high + j, run, whole);
                Vector<T> y = centred * load_run(arrays.scale + j, run, whole) + load_run(arrays.shift + j, run, whole);
                if (relu) y = rectified<T>(y);
                store_run(to + at, y, run, whole);
            });
        }
    });
}

// With d = dout (where the ReLU let it through), g = gamma d and means over a group:
//   dx = inv_std (g - mean(g) - x_hat mean(g x_hat)) = scale d + through_mean + through_var (x - high).
template <class T>
static void image_backward(const GroupShape& s, const Columns& columns, const T* x, const T* dout, const T* gamma, const T* beta,
                           const double* mean, const double* inv_std, bool relu, T* dx, const GroupArrays<T>& arrays) {
    const long size = s.c / s.groups;
    const double count = double(s.pixels) * double(size);
    lay_out_forward(s, columns, gamma, beta, mean, inv_std, arrays);
    for (long g = 0; g < s.groups; g++) {
        const T inv = T(inv_std[g]), low = T((double(T(mean[g])) - mean[g]) * inv_std[g]);
        lay_out(arrays.inv, columns, s.c, g * size, (g + 1) * size, [=](long) { return inv; });
        lay_out(arrays.low, columns, s.c, g * size, (g + 1) * size, [=](long) { return low; });
    }
    const auto let_through = [&](Vector<T> centred, long at, long j, long run, bool whole) __attribute__((always_inline)) {
        const Vector<T> d = load_run(dout + at, run, whole);
        if (!relu) return d;
        const Vector<T> y = centred * load_run(arrays.scale + j, run, whole) + load_run(arrays.shift + j, run, whole);
        return y > Vector<T>{} ? d : Vector<T>{};
    };
    zero(arrays.first, 2 * columns.width);
    add_columns<T, 2>(columns, arrays.first,
                      [&](long at, long j, long run, bool whole, Vector<T>* totals) __attribute__((always_inline)) {
                          const Vector<T> centred = load_run(x + at, run, whole) - load_run(arrays.high + j, run, whole);
                          const Vector<T> d = let_through(centred, at, j, run, whole);
                          totals[0] += d;
                          totals[1] += d * (centred * load_run(arrays.inv + j, run, whole) + load_run(arrays.low + j, run, whole));
                      });
    for (long g = 0; g < s.groups; g++) {
        double mean_g = 0, mean_gx = 0;
        each_column_of(columns, s.c, g * size, (g + 1) * size, [&](long column, long j) {
            mean_g += double(gamma[j]) * arrays.first[column], mean_gx += double(gamma[j]) * arrays.second[column];
            arrays.dbeta[j] += arrays.first[column], arrays.dgamma[j] += arrays.second[column];
        });
        mean_g /= count, mean_gx /= count;
        const double low = mean[g] - double(arrays.high[g * size]), var_share = -inv_std[g] * inv_std[g] * mean_gx;
        const T through_mean = T(-inv_std[g] * mean_g - low * var_share), through_var = T(var_share);
        each_column_of(columns, s.c, g * size, (g + 1) * size, [&](long column, long) {
            arrays.through_mean[column] = through_mean, arrays.through_var[column] = through_var;
        });
    }
    each_place<T>(columns, [&](long at, long j, long run, bool whole) __attribute__((always_inline)) {
        const Vector<T> centred = load_run(x + at, run, whole) - load_run(arrays.high + j, run, whole);
        const Vector<T> d = let_through(centred, at, j, run, whole);
        const Vector<T> through =
            load_run(arrays.through_mean + j, run, whole) + load_run(arrays.through_var + j, run, whole) * centred;
        store_run(dx + at, load_run(arrays.scale + j, run, whole) * d + through, run, whole);
    });
}

template <class T>
static void groupnorm_backward(const Team& team, const GroupShape& s, const T* x, const T* dout, const T* gamma, const T* beta,
                               const double* mean, const double* inv_std, bool relu, T* dx, T* dgamma, T* dbeta, std::byte* workspace) {
    const Columns columns = columns_of<T>(s.pixels, s.c);
    const GroupNormWorkspace<T> space(s.pixels, s.c, team.threads);
    const int parts = parts_of_images<T>(team, s);
    team.each(parts, [&](int part) {
        const GroupArrays<T> arrays(space, workspace, columns, part);
        zero(arrays.dgamma, s.c), zero(arrays.dbeta, s.c);
        for (long n = s.n * part / parts; n < s.n * (part + 1) / parts; n++) {
            const long at = n * s.pixels * s.c;
            image_backward(s, columns, x + at, dout + at, gamma, beta, mean + n * s.groups, inv_std + n * s.groups, relu, dx + at,
                           arrays);
        }
    });
    for (long j = 0; j < s.c; j++) {
        double of_gamma = 0, of_beta = 0;
        for (int part = 0; part < parts; part++) {
            const GroupArrays<T> arrays(space, workspace, columns, part);
            of_gamma += arrays.dgamma[j], of_beta += arrays.dbeta[j];
        }
        dgamma[j] = T(of_gamma), dbeta[j] = T(of_beta);
    }
}

}  // namespace pellucid::PELLUCID_ISA
