// Matrix products from two micro-kernels.
//
// `rows_times_panel` keeps a tile of ROWS x (2 vectors) of the result in registers and walks along k: one broadcast of a and two
// loads of b feed 2 multiply-adds a row. b is packed into panels two vectors wide, so that the walk reads it in order.
// `outer_sums` keeps the same tile and adds rank-1 products, for sums over rows (weight gradients).
// k is cut into blocks of K_BLOCK: each block is summed in registers and added to the result, so that rounding does not grow with
// the length of one running sum, and a block of the panel stays in the second-level cache.
#pragma once
#include "kernels.h"
#include "vector.h"

namespace pellucid::PELLUCID_ISA {

#if PELLUCID_VECTOR_BYTES == 64
constexpr int TILE_ROWS = 14, OUTER_ROWS = 12;
#else
constexpr int TILE_ROWS = 6, OUTER_ROWS = 4;
#endif
constexpr int TILE_VECTORS = 2;
template <class T>
constexpr long PANEL = TILE_VECTORS * LANES<T>;
constexpr long K_BLOCK = 512;

// What happens to a tile when its sums are complete.
enum Finish : int { STORE = 0, ADD = 1, RELU = 2 };

// tile[i][j] = sum over g < segments, k < length of a[g * segment_stride + i * row_stride + k] * b[(g * length + k) * PANEL + j]
template <class T, int ROWS>
static void rows_times_panel(const T* __restrict a, long row_stride, long segments, long length, long segment_stride,
                             const T* __restrict b, T* __restrict c, long c_stride, long columns, const T* bias, int finish) {
    using V = Vector<T>;
    V sum[ROWS][TILE_VECTORS];
    PELLUCID_UNROLL for (int i = 0; i < ROWS; i++) PELLUCID_UNROLL for (int j = 0; j < TILE_VECTORS; j++)
        sum[i][j] = bias ? load(bias + j * LANES<T>) : V{};
    for (long g = 0; g < segments; g++) {
        // Four pointers, each for four rows: the processor's addressing reaches three strides from each.
        const T* row0 = a + g * segment_stride;
        const T* row4 = row0 + (ROWS > 4 ? 4 * row_stride : 0);
        const T* row8 = row0 + (ROWS > 8 ? 8 * row_stride : 0);
        const T* row12 = row0 + (ROWS > 12 ? 12 * row_stride : 0);
        for (long k = 0; k < length; k++) {
            V panel[TILE_VECTORS];
            PELLUCID_UNROLL for (int j = 0; j < TILE_VECTORS; j++) panel[j] = load(b + j * LANES<T>);
            PELLUCID_UNROLL for (int i = 0; i < ROWS; i++) {
                const T* row = i < 4 ? row0 : i < 8 ? row4 : i < 12 ? row8 : row12;
                const V x = broadcast(row[(i & 3) * row_stride]);
                PELLUCID_UNROLL for (int j = 0; j < TILE_VECTORS; j++) sum[i][j] += x * panel[j];
            }
            b += PANEL<T>;
            row0++, row4++, row8++, row12++;
        }
    }
    PELLUCID_UNROLL for (int i = 0; i < ROWS; i++) PELLUCID_UNROLL for (int j = 0; j < TILE_VECTORS; j++) {
        T* place = c + i * c_stride + j * LANES<T>;
        const long here = columns - j * LANES<T>;
        if (here <= 0) continue;
        V value = sum[i][j];
        if (finish & ADD) value += here >= LANES<T> ? load(place) : load_some(place, here);
        if (finish & RELU) value = value > V{} ? value : V{};
        if (here >= LANES<T>) store(place, value);
        else store_some(place, value, here);
    }
}

// tile[i][j] (+)= sum over g < segments, k < length of a[g * segment_stride + k * a_step + i] * b[(g * length + k) * PANEL + j]
template <class T, int ROWS>
static void outer_sums(const T* __restrict a, long a_step, long segments, long length, long segment_stride,
                       const T* __restrict b, T* __restrict c, long c_stride, long columns, bool add) {
    using V = Vector<T>;
    V sum[ROWS][TILE_VECTORS] = {};
    for (long g = 0; g < segments; g++) {
        const T* row = a + g * segment_stride;
        for (long k = 0; k < length; k++) {
            V panel[TILE_VECTORS];
            PELLUCID_UNROLL for (int j = 0; j < TILE_VECTORS; j++) panel[j] = load(b + j * LANES<T>);
            PELLUCID_UNROLL for (int i = 0; i < ROWS; i++) {
                const V x = broadcast(row[i]);
                PELLUCID_UNROLL for (int j = 0; j < TILE_VECTORS; j++) sum[i][j] += x * panel[j];
            }
            row += a_step;
            b += PANEL<T>;
        }
    }
    PELLUCID_UNROLL for (int i = 0; i < ROWS; i++) PELLUCID_UNROLL for (int j = 0; j < TILE_VECTORS; j++) {
        T* place = c + i * c_stride + j * LANES<T>;
        const long here = columns - j * LANES<T>;
        if (here >= LANES<T>) store(place, add ? load(place) + sum[i][j] : sum[i][j]);
        else if (here > 0) store_some(place, add ? load_some(place, here) + sum[i][j] : sum[i][j], here);
    }
}

template <class T>
using RowsTimesPanel = void (*)(const T*, long, long, long, long, const T*, T*, long, long, const T*, int);
template <class T>
using OuterSums = void (*)(const T*, long, long, long, long, const T*, T*, long, long, bool);

// Tables of the micro-kernels by number of rows.
template <class T>
struct Tiles {
    static constexpr RowsTimesPanel<T> rows[15] = {
        nullptr, rows_times_panel<T, 1>, rows_times_panel<T, 2>, rows_times_panel<T, 3>, rows_times_panel<T, 4>,
        rows_times_panel<T, 5>, rows_times_panel<T, 6>,
#if PELLUCID_VECTOR_BYTES == 64
        rows_times_panel<T, 7>, rows_times_panel<T, 8>, rows_times_panel<T, 9>, rows_times_panel<T, 10>,
        rows_times_panel<T, 11>, rows_times_panel<T, 12>, rows_times_panel<T, 13>, rows_times_panel<T, 14>,
#endif
    };
    static constexpr OuterSums<T> outer[15] = {
        nullptr, outer_sums<T, 1>, outer_sums<T, 2>, outer_sums<T, 3>, outer_sums<T, 4>,
#if PELLUCID_VECTOR_BYTES == 64
        outer_sums<T, 5>, outer_sums<T, 6>, outer_sums<T, 7>, outer_sums<T, 8>, outer_sums<T, 9>, outer_sums<T, 10>,
        outer_sums<T, 11>, outer_sums<T, 12>,
#endif
    };
};

// Packs rows k0..k1 of b [k][n] into panels [ceil(n / PANEL)][k1 - k0][PANEL], zeros behind the last column.
template <class T>
static void pack_panels(const T* b, long row_stride, long k0, long k1, long n, T* packed, long panel_stride, long p0, long p1) {
    for (long p = p0; p < p1; p++) {
        const long columns = least(PANEL<T>, n - p * PANEL<T>);
        T* to = packed + p * panel_stride;
        for (long k = k0; k < k1; k++, to += PANEL<T>) {
            copy(to, b + k * row_stride + p * PANEL<T>, columns);
            if (columns < PANEL<T>) zero(to + columns, PANEL<T> - columns);
        }
    }
}

// Packs b [n][k] (that is, b transposed) into panels [ceil(n / PANEL)][k][PANEL].
template <class T>
static void pack_panels_transposed(const T* b, long k, long n, T* packed, long p0, long p1) {
    for (long p = p0; p < p1; p++) {
        T* to = packed + p * k * PANEL<T>;
        const long columns = least(PANEL<T>, n - p * PANEL<T>);
        if (columns < PANEL<T>) zero(to, k * PANEL<T>);
        for (long k0 = 0; k0 < k; k0 += 16)  // 16 x 16 blocks: neither side's cache lines are touched twice
            for (long j0 = 0; j0 < columns; j0 += 16)
                for (long j = j0; j < least(j0 + 16, columns); j++)
                    for (long i = k0; i < least(k0 + 16, k); i++) to[i * PANEL<T> + j] = b[(p * PANEL<T> + j) * k + i];
    }
}

// c [m][n] = a [m][k] times packed panels of all k; the tiles are cut evenly, so no thread is left with a thin rest.
template <class T>
static void multiply_packed(const Team& team, long m, long k, long n, const T* a, long lda, const T* packed, const T* bias,
                            bool relu, T* out) {
    if (m == 0 || n == 0) return;
    const long panels = ceil_div(n, PANEL<T>), blocks = ceil_div(m, TILE_ROWS), rows = ceil_div(m, blocks);
    const long tiles = panels * blocks;
    team.split(tiles, double(m) * n * k / 40, [&](int, long begin, long end) {
        for (long tile = begin; tile < end; tile++) {
            const long p = tile / blocks, i = tile % blocks * rows, here = least(rows, m - i);
            if (here <= 0) continue;
            T padded_bias[PANEL<T>] = {};
            const long columns = least(PANEL<T>, n - p * PANEL<T>);
            if (bias) copy(padded_bias, bias + p * PANEL<T>, columns);
            for (long k0 = 0; k0 < most(k, 1); k0 += K_BLOCK) {
                const long length = least(K_BLOCK, k - k0);
                const bool first = k0 == 0, last = k0 + K_BLOCK >= k;
                Tiles<T>::rows[here](a + i * lda + k0, lda, 1, length, 0, packed + (p * k + k0) * PANEL<T>,
                                     out + i * n + p * PANEL<T>, n, columns, bias && first ? padded_bias : nullptr,
                                     (first ? STORE : ADD) | (relu && last ? RELU : STORE));
            }
        }
    });
}

template <class T>
static long multiply_workspace(long, long k, long n) {
    return most(round_up(n, PANEL<T>) * k, 1);
}

template <class T>
static void multiply(const Team& team, long m, long k, long n, const T* a, long lda, const T* b, const T* bias, bool relu, T* out,
                     T* workspace) {
    team.split(ceil_div(n, PANEL<T>), double(k) * n / 4, [&](int, long begin, long end) {
        pack_panels(b, n, 0, k, n, workspace, k * PANEL<T>, begin, end);
    });
    multiply_packed(team, m, k, n, a, lda, workspace, bias, relu, out);
}

template <class T>
static void multiply_transposed(const Team& team, long m, long k, long n, const T* a, const T* b, T* out, T* workspace) {
    team.split(ceil_div(n, PANEL<T>), double(k) * n / 2, [&](int, long begin, long end) {
        pack_panels_transposed(b, k, n, workspace, begin, end);
    });
    multiply_packed(team, m, k, n, a, k, workspace, static_cast<const T*>(nullptr), false, out);
}

template <class T>
static void multiply_outer(const Team& team, long m, long k, long n, const T* a, const T* b, T* out, T* workspace) {
    if (m == 0 || n == 0) return;
    const long panels = ceil_div(n, PANEL<T>), blocks = ceil_div(m, OUTER_ROWS);
    team.split(panels, double(k) * n / 4, [&](int, long begin, long end) {
        pack_panels(b, n, 0, k, n, workspace, k * PANEL<T>, begin, end);
    });
    team.split(panels * blocks, double(m) * n * k / 40, [&](int, long begin, long end) {
        for (long tile = begin; tile < end; tile++) {
            const long p = tile / blocks, i = tile % blocks * OUTER_ROWS;
            const long columns = least(PANEL<T>, n - p * PANEL<T>);
            for (long k0 = 0; k0 < most(k, 1); k0 += K_BLOCK)
                Tiles<T>::outer[least(OUTER_ROWS, m - i)](a + k0 * m + i, m, 1, least(K_BLOCK, k - k0), 0,
                                                          workspace + (p * k + k0) * PANEL<T>, out + i * n + p * PANEL<T>, n,
                                                          columns, k0 > 0);
        }
    });
}

template <class T>
static void column_sums(const Team& team, long m, long n, const T* a, T* out) {
    const long vectors = ceil_div(n, LANES<T>);
    team.split(vectors, double(m) * n / 4, [&](int, long begin, long end) {
        for (long v = begin; v < end; v++) {
            const long j = v * LANES<T>, here = least(LANES<T>, n - j);
            Vector<T> total{};
            for (long k0 = 0; k0 < m; k0 += 256) {
                Vector<T> sum{};
                for (long i = k0; i < least(k0 + 256, m); i++)
                    sum += here == LANES<T> ? load(a + i * n + j) : load_some(a + i * n + j, here);
                total += sum;
            }
            if (here == LANES<T>) store(out + j, total);
            else store_some(out + j, total, here);
        }
    });
}

}  // namespace pellucid::PELLUCID_ISA
