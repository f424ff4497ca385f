// Group normalization of images [n][pixels][c]: every group of neighbouring channels of one image by itself.
//
// Statistics are two-pass: the mean first, then the sums of (x - mean) and of its square, which also correct the mean and the
// variance for the first pass's rounding; blocks of rows in T, joined in double. The mean is used in two parts, so that x - mean
// is as exact as x however far from zero it lies. An image is small enough for the cache, so its later passes hardly read memory.
// Images are the parts that threads take.
#pragma once
#include "columns.h"
#include "light.h"

namespace pellucid::PELLUCID_ISA {

// In doubles: for each thread two sums a column, seven rows of coefficients, and its own dgamma and dbeta.
template <class T>
static long groupnorm_workspace(long pixels, long c, int threads) {
    return threads * (9 * round_up(columns_of<T>(pixels, c).width, 8) + 2 * round_up(c, 8));
}

PELLUCID_INLINE double square_root(double x) { return __builtin_sqrt(x); }

// One thread's memory.
template <class T>
struct GroupRoom {
    double *first, *second;                                            // sums of each column
    T *high, *scale, *shift, *inv, *low, *through_mean, *through_var;  // coefficients of each column
    double *dgamma, *dbeta;
    GroupRoom(double* workspace, const Columns& v, long c, int part) {
        const long width = round_up(v.width, 8), channels = round_up(c, 8);
        double* mine = workspace + part * (9 * width + 2 * channels);
        first = mine, second = first + v.width;  // side by side, as add_columns writes them
        T** rows[] = {&high, &scale, &shift, &inv, &low, &through_mean, &through_var};
        for (int i = 0; i < 7; i++) *rows[i] = reinterpret_cast<T*>(mine + (2 + i) * width);
        dgamma = mine + 9 * width, dbeta = dgamma + channels;
    }
};

// The columns of a group: body(column) for each column whose channel lies in [begin, end).
template <class Body>
PELLUCID_INLINE void each_column_of(const Columns& v, long c, long begin, long end, const Body& body) {
    for (long k = 0; k < v.together; k++)
        for (long j = begin; j < end; j++) body(k * c + j, j);
}

// mean and inv_std [groups] of one image.
template <class T>
static void group_statistics(const GroupShape& s, const Columns& v, const T* x, double eps, const GroupRoom<T>& room, double* mean,
                             double* inv_std) {
    const long size = s.c / s.groups;
    const double count = double(s.pixels) * double(size);
    __builtin_memset(room.first, 0, size_t(2 * v.width) * 8);
    add_columns<T, 1>(v, room.first, [&](long at, long, long run, bool whole, Vector<T>* total) __attribute__((always_inline)) {
        total[0] += load_run(x + at, run, whole);
    });
    for (long g = 0; g < s.groups; g++) {
        double total = 0;
        each_column_of(v, s.c, g * size, (g + 1) * size, [&](long j, long) { total += room.first[j]; });
        const T about = T(total / count);
        each_column_of(v, s.c, g * size, (g + 1) * size, [&](long j, long) { room.high[j] = about; });
    }
    __builtin_memset(room.first, 0, size_t(2 * v.width) * 8);
    add_columns<T, 2>(v, room.first, [&](long at, long j, long run, bool whole, Vector<T>* totals) __attribute__((always_inline)) {
        const Vector<T> centred = load_run(x + at, run, whole) - load_run(room.high + j, run, whole);
        totals[0] += centred, totals[1] += centred * centred;
    });
    for (long g = 0; g < s.groups; g++) {
        double off = 0, squares = 0;
        each_column_of(v, s.c, g * size, (g + 1) * size, [&](long j, long) { off += room.first[j], squares += room.second[j]; });
        off /= count;
        const double variance = squares / count - off * off;
        mean[g] = double(room.high[g * size]) + off;
        inv_std[g] = 1 / square_root((variance > 0 ? variance : variance == variance ? 0 : variance) + eps);
    }
}

// out = (x - high) scale + shift.
template <class T>
static void lay_out_forward(const GroupShape& s, const Columns& v, const T* gamma, const T* beta, const double* mean,
                            const double* inv_std, const GroupRoom<T>& room) {
    const long size = s.c / s.groups;
    for (long g = 0; g < s.groups; g++) {
        const T high = T(mean[g]);
        const double inv = inv_std[g], low = (mean[g] - double(high)) * inv;
        const long begin = g * size, end = begin + size;
        lay_out(room.high, v, s.c, begin, end, [=](long) { return high; });
        lay_out(room.scale, v, s.c, begin, end, [=](long j) { return T(inv * double(gamma[j])); });
        lay_out(room.shift, v, s.c, begin, end, [=](long j) { return T(double(beta[j]) - low * double(gamma[j])); });
    }
}

template <class T>
static int parts_of_images(const Team& team, const GroupShape& s) {
    return team.parts_of(s.n, double(s.n) * double(s.pixels) * double(s.c));
}

template <class T>
static void groupnorm_forward(const Team& team, const GroupShape& s, const T* x, const T* gamma, const T* beta, double eps, bool relu,
                              T* out, double* mean, double* inv_std, double* workspace) {
    const Columns v = columns_of<T>(s.pixels, s.c);
    const int parts = parts_of_images<T>(team, s);
    team.each(parts, [&](int part) {
        const GroupRoom<T> room(workspace, v, s.c, part);
        for (long n = s.n * part / parts; n < s.n * (part + 1) / parts; n++) {
            const T* image = x + n * s.pixels * s.c;
            T* to = out + n * s.pixels * s.c;
            group_statistics(s, v, image, eps, room, mean + n * s.groups, inv_std + n * s.groups);
            lay_out_forward(s, v, gamma, beta, mean + n * s.groups, inv_std + n * s.groups, room);
            each_place<T>(v, [&](long at, long j, long run, bool whole) __attribute__((always_inline)) {
                const Vector<T> centred = load_run(image + at, run, whole) - load_run(room.high + j, run, whole);
                Vector<T> y = centred * load_run(room.scale + j, run, whole) + load_run(room.shift + j, run, whole);
                if (relu) y = rectified<T>(y);
                store_run(to + at, y, run, whole);
            });
        }
    });
}

// With d = dout (where the ReLU let it through), g = gamma d and means over a group:
//   dx = inv_std (g - mean(g) - x_hat mean(g x_hat)) = scale d + through_mean + through_var (x - high).
template <class T>
static void image_backward(const GroupShape& s, const Columns& v, const T* x, const T* dout, const T* gamma, const T* beta,
                           const double* mean, const double* inv_std, bool relu, T* dx, const GroupRoom<T>& room) {
    const long size = s.c / s.groups;
    const double count = double(s.pixels) * double(size);
    lay_out_forward(s, v, gamma, beta, mean, inv_std, room);
    for (long g = 0; g < s.groups; g++) {
        const T inv = T(inv_std[g]), low = T((double(T(mean[g])) - mean[g]) * inv_std[g]);
        lay_out(room.inv, v, s.c, g * size, (g + 1) * size, [=](long) { return inv; });
        lay_out(room.low, v, s.c, g * size, (g + 1) * size, [=](long) { return low; });
    }
    const auto let_through = [&](Vector<T> centred, long at, long j, long run, bool whole) __attribute__((always_inline)) {
        const Vector<T> d = load_run(dout + at, run, whole);
        if (!relu) return d;
        const Vector<T> y = centred * load_run(room.scale + j, run, whole) + load_run(room.shift + j, run, whole);
        return y > Vector<T>{} ? d : Vector<T>{};
    };
    __builtin_memset(room.first, 0, size_t(2 * v.width) * 8);
    add_columns<T, 2>(v, room.first, [&](long at, long j, long run, bool whole, Vector<T>* totals) __attribute__((always_inline)) {
        const Vector<T> centred = load_run(x + at, run, whole) - load_run(room.high + j, run, whole);
        const Vector<T> d = let_through(centred, at, j, run, whole);
        totals[0] += d;
        totals[1] += d * (centred * load_run(room.inv + j, run, whole) + load_run(room.low + j, run, whole));
    });
    for (long g = 0; g < s.groups; g++) {
        double mean_g = 0, mean_gx = 0;
        each_column_of(v, s.c, g * size, (g + 1) * size, [&](long column, long j) {
            mean_g += double(gamma[j]) * room.first[column], mean_gx += double(gamma[j]) * room.second[column];
            room.dbeta[j] += room.first[column], room.dgamma[j] += room.second[column];
        });
        mean_g /= count, mean_gx /= count;
        const double low = mean[g] - double(room.high[g * size]), var_share = -inv_std[g] * inv_std[g] * mean_gx;
        const T through_mean = T(-inv_std[g] * mean_g - low * var_share), through_var = T(var_share);
        each_column_of(v, s.c, g * size, (g + 1) * size,
                       [&](long column, long) { room.through_mean[column] = through_mean, room.through_var[column] = through_var; });
    }
    each_place<T>(v, [&](long at, long j, long run, bool whole) __attribute__((always_inline)) {
        const Vector<T> centred = load_run(x + at, run, whole) - load_run(room.high + j, run, whole);
        const Vector<T> d = let_through(centred, at, j, run, whole);
        const Vector<T> through = load_run(room.through_mean + j, run, whole) + load_run(room.through_var + j, run, whole) * centred;
        store_run(dx + at, load_run(room.scale + j, run, whole) * d + through, run, whole);
    });
}

template <class T>
static void groupnorm_backward(const Team& team, const GroupShape& s, const T* x, const T* dout, const T* gamma, const T* beta,
                               const double* mean, const double* inv_std, bool relu, T* dx, T* dgamma, T* dbeta, double* workspace) {
    const Columns v = columns_of<T>(s.pixels, s.c);
    const int parts = parts_of_images<T>(team, s);
    team.each(parts, [&](int part) {
        const GroupRoom<T> room(workspace, v, s.c, part);
        __builtin_memset(room.dgamma, 0, size_t(s.c) * 8);
        __builtin_memset(room.dbeta, 0, size_t(s.c) * 8);
        for (long n = s.n * part / parts; n < s.n * (part + 1) / parts; n++) {
            const long at = n * s.pixels * s.c;
            image_backward(s, v, x + at, dout + at, gamma, beta, mean + n * s.groups, inv_std + n * s.groups, relu, dx + at, room);
        }
    });
    for (long j = 0; j < s.c; j++) {
        double of_gamma = 0, of_beta = 0;
        for (int part = 0; part < parts; part++) {
            const GroupRoom<T> room(workspace, v, s.c, part);
            of_gamma += room.dgamma[j], of_beta += room.dbeta[j];
        }
        dgamma[j] = T(of_gamma), dbeta[j] = T(of_beta);
    }
}

}  // namespace pellucid::PELLUCID_ISA
