// Packing: rows of b laid into panels two vectors wide, in the order in which a micro-kernel reads them.
#pragma once
#include "tiles.h"

namespace pellucid::PELLUCID_ISA {

// Where the rows of a weight lie. After a Flatten of channels-last images, column k of the activations is (pixel, channel) while the
// weight's rows count (channel, pixel): the rows are taken in that order instead of copying the activations. pixels = 1: as it is.
struct RowOrder {
    long channels, pixels;
};
constexpr RowOrder AS_IT_IS{1, 1};

// Walks along them from row k on, without a division a row.
struct RowWalk {
    long channels, pixels, channel, pixel;
    RowWalk(RowOrder order, long k) : channels(maximum(order.channels, 1)), pixels(order.pixels) {  // there may be no rows
        channel = k % channels, pixel = k / channels;
    }
    long next() {
        const long row = channel * pixels + pixel;
        if (++channel == channels) channel = 0, pixel++;
        return row;
    }
};

// Where rows are copied together: a block of k and a little more, so that they do not fall on the same places of the cache.
template <class T>
constexpr long APART = K_BLOCK + 64 / long(sizeof(T));

// Packs rows k0..k1 of panels p0..p1 of b [k][n], each as [k1 - k0][PANEL]; zeros behind the last column.
template <class T>
static void pack_panels(const T* b, long k0, long k1, long n, long p0, long p1, T* to, RowOrder order = AS_IT_IS) {
    RowWalk walk(order, k0);
    for (long k = k0; k < k1; k++, to += PANEL<T>) {
        const T* row = b + walk.next() * n;
        for (long p = p0; p < p1; p++) {
            T* place = to + (p - p0) * (k1 - k0) * PANEL<T>;
            PELLUCID_UNROLL for (int j = 0; j < TILE_VECTORS; j++) {
                const long column = p * PANEL<T> + j * LANES<T>, remaining = n - column;
                Vector<T> numbers{};
                if (remaining >= LANES<T>) numbers = load(row + column);
                else if (remaining > 0) numbers = load_some(row + column, remaining);
                store(place + j * LANES<T>, numbers);
            }
        }
    }
}

// The same of b [n][k], that is, of rows of b transposed. Rows that lie in another order lie far apart, often on the same places of
// the cache: they are copied together first.
template <class T>
static void pack_panels_transposed(const T* b, long k, long k0, long k1, long n, long p0, long p1, T* to, RowOrder order = AS_IT_IS) {
    constexpr long L = LANES<T>;
    T together[L * APART<T>];
    for (long p = p0; p < p1; p++, to += (k1 - k0) * PANEL<T>)
        for (int v = 0; v < TILE_VECTORS; v++) {
            const long j0 = p * PANEL<T> + v * L, rows = minimum(L, n - j0);
            const T* row[L];
            RowWalk walk(order, j0);
            for (long i = 0; i < rows; i++) {
                row[i] = b + walk.next() * k + k0;
                if (order.pixels == 1) continue;
                copy(together + i * APART<T>, row[i], k1 - k0);
                row[i] = together + i * APART<T>;
            }
            for (long i = 0; i < k1 - k0; i += L) {
                const long remaining = minimum(L, k1 - k0 - i);
                Vector<T> block[L];
                for (long j = 0; j < L; j++)
                    block[j] = j >= rows ? Vector<T>{} : remaining == L ? load(row[j] + i) : load_some(row[j] + i, remaining);
                transpose<T>(block);
                for (long j = 0; j < remaining; j++) store(to + (i + j) * PANEL<T> + v * L, block[j]);
            }
        }
}

}  // namespace pellucid::PELLUCID_ISA
