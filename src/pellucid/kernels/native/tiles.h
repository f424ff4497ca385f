// The two micro-kernels of every product, and how rows are cut into their tiles.
//
// `rows_times_panel` keeps a tile of ROWS x VECTORS of the result in registers and walks along k: one broadcast of a and the loads of
// b feed VECTORS multiply-adds a row. b is packed into panels two vectors wide, so that the walk reads it in order; a last panel of
// at most one vector's columns is walked by the kernel of one vector. `outer_sums` keeps the same tile and adds rank-1 products, for
// sums over rows (weight gradients).
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
constexpr long K_BLOCK = 512;  // terms summed in registers at a time: a panel's block of them stays in the first-level cache

// What happens to a tile when its sums are complete.
enum Finish : int { STORE = 0, ADD = 1, RELU = 2 };

// tile[i][j] = sum over g < segments, k < length of a[g * segment_stride + i * row_stride + k] * b[(g * length + k) * PANEL + j]
template <class T, int ROWS, int VECTORS>
static void rows_times_panel(const T* __restrict a, long row_stride, long segments, long length, long segment_stride,
                             const T* __restrict b, T* __restrict c, long c_stride, long columns, const T* bias, int finish) {
    using V = Vector<T>;
    V sum[ROWS][VECTORS];
    PELLUCID_UNROLL for (int i = 0; i < ROWS; i++) {
        PELLUCID_UNROLL for (int j = 0; j < VECTORS; j++) sum[i][j] = bias ? load(bias + j * LANES<T>) : V{};
    }
    for (long g = 0; g < segments; g++) {
        // Four pointers, each for four rows: the processor's addressing reaches three strides from each.
        const T* row0 = a + g * segment_stride;
        const T* row4 = row0 + (ROWS > 4 ? 4 * row_stride : 0);
        const T* row8 = row0 + (ROWS > 8 ? 8 * row_stride : 0);
        const T* row12 = row0 + (ROWS > 12 ? 12 * row_stride : 0);
        for (long k = 0; k < length; k++) {
            V panel[VECTORS];
            PELLUCID_UNROLL for (int j = 0; j < VECTORS; j++) panel[j] = load(b + j * LANES<T>);
            PELLUCID_UNROLL for (int i = 0; i < ROWS; i++) {
                const T* row = i < 4 ? row0 : i < 8 ? row4 : i < 12 ? row8 : row12;
                const V x = broadcast(row[(i & 3) * row_stride]);
                PELLUCID_UNROLL for (int j = 0; j < VECTORS; j++) sum[i][j] += x * panel[j];
            }
            b += PANEL<T>;
            row0++, row4++, row8++, row12++;
        }
    }
    PELLUCID_UNROLL for (int i = 0; i < ROWS; i++) {
        PELLUCID_UNROLL for (int j = 0; j < VECTORS; j++) {
            T* place = c + i * c_stride + j * LANES<T>;
            const long remaining = columns - j * LANES<T>;
            if (remaining <= 0) continue;
            V value = sum[i][j];
            if (finish & ADD) value += remaining >= LANES<T> ? load(place) : load_some(place, remaining);
            if (finish & RELU) value = rectified<T>(value);
            if (remaining >= LANES<T>) store(place, value);
            else store_some(place, value, remaining);
        }
    }
}

// tile[i][j] (+)= sum over g < segments, k < length of a[g * segment_stride + k * a_step + i] * b[(g * length + k) * PANEL + j]
template <class T, int ROWS, int VECTORS>
static void outer_sums(const T* __restrict a, long a_step, long segments, long length, long segment_stride, const T* __restrict b,
                       T* __restrict c, long c_stride, long columns, bool add) {
    using V = Vector<T>;
    V sum[ROWS][VECTORS] = {};
    for (long g = 0; g < segments; g++) {
        const T* row = a + g * segment_stride;
        for (long k = 0; k < length; k++) {
            V panel[VECTORS];
            PELLUCID_UNROLL for (int j = 0; j < VECTORS; j++) panel[j] = load(b + j * LANES<T>);
            PELLUCID_UNROLL for (int i = 0; i < ROWS; i++) {
                const V x = broadcast(row[i]);
                PELLUCID_UNROLL for (int j = 0; j < VECTORS; j++) sum[i][j] += x * panel[j];
            }
            row += a_step;
            b += PANEL<T>;
        }
    }
    PELLUCID_UNROLL for (int i = 0; i < ROWS; i++) {
        PELLUCID_UNROLL for (int j = 0; j < VECTORS; j++) {
            T* place = c + i * c_stride + j * LANES<T>;
            const long remaining = columns - j * LANES<T>;
            if (remaining >= LANES<T>) store(place, add ? load(place) + sum[i][j] : sum[i][j]);
            else if (remaining > 0) store_some(place, add ? load_some(place, remaining) + sum[i][j] : sum[i][j], remaining);
        }
    }
}

template <class T>
using RowsTimesPanel = void (*)(const T*, long, long, long, long, const T*, T*, long, long, const T*, int);
template <class T>
using OuterSums = void (*)(const T*, long, long, long, long, const T*, T*, long, long, bool);

// The micro-kernel for a tile of `count` rows and `columns` columns.
template <class T>
struct Tiles {
    static RowsTimesPanel<T> rows(long count, long columns) { return columns > LANES<T> ? rows_[1][count] : rows_[0][count]; }
    static OuterSums<T> outer(long count, long columns) { return columns > LANES<T> ? outer_[1][count] : outer_[0][count]; }

private:
    // clang-format off
#if PELLUCID_VECTOR_BYTES == 64
#define PELLUCID_TILES(kernel, vectors)                                                                                          \
    {nullptr, kernel<T, 1, vectors>, kernel<T, 2, vectors>, kernel<T, 3, vectors>, kernel<T, 4, vectors>, kernel<T, 5, vectors>, \
     kernel<T, 6, vectors>, kernel<T, 7, vectors>, kernel<T, 8, vectors>, kernel<T, 9, vectors>, kernel<T, 10, vectors>,        \
     kernel<T, 11, vectors>, kernel<T, 12, vectors>, kernel<T, 13, vectors>, kernel<T, 14, vectors>}
#else
#define PELLUCID_TILES(kernel, vectors)                                                                                          \
    {nullptr, kernel<T, 1, vectors>, kernel<T, 2, vectors>, kernel<T, 3, vectors>, kernel<T, 4, vectors>, kernel<T, 5, vectors>, \
     kernel<T, 6, vectors>}
#endif
    // clang-format on
    static constexpr RowsTimesPanel<T> rows_[2][TILE_ROWS + 1] = {PELLUCID_TILES(rows_times_panel, 1),
                                                                  PELLUCID_TILES(rows_times_panel, 2)};
    static constexpr OuterSums<T> outer_[2][TILE_ROWS + 1] = {PELLUCID_TILES(outer_sums, 1), PELLUCID_TILES(outer_sums, 2)};
#undef PELLUCID_TILES
};

// Rows cut into tiles as evenly as possible, so that no tile is much thinner than the others.
struct EvenTiles {
    long count, tiles;
    EvenTiles(long rows, long maximum_rows) : count(rows), tiles(ceil_div(rows, maximum_rows)) {}
    long begin(long tile) const { return count * tile / tiles; }
};

}  // namespace pellucid::PELLUCID_ISA
