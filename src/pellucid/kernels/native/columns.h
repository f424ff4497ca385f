// Images [pixels][c] seen as rows of whole vectors: several pixels side by side where c is off the vector's width, so that three
// channels use every lane. A column then belongs to channel column % c.
#pragma once
#include "elementwise.h"

namespace pellucid::PELLUCID_ISA {

constexpr long MAXIMUM_COLUMNS = 4096;  // that pixels are put side by side for: above, the rest of a vector is a small share anyway
constexpr long MINIMUM_VECTORS = 4;     // vectors of a row of columns, so that one addition need not wait for the one before

template <class T>
PELLUCID_INLINE long pixels_a_row(long pixels, long c) {
    const long even = c & -c;  // the largest power of two in c
    long together = even < LANES<T> ? LANES<T> / even : 1;
    while (together * c < MINIMUM_VECTORS * LANES<T>) together *= 2;
    return together * c <= MAXIMUM_COLUMNS && pixels >= 2 * together ? together : 1;
}

struct Columns {
    long together, width, rows, rest;  // pixels in a row, columns, whole rows, columns of the last, shorter row
};

template <class T>
PELLUCID_INLINE Columns columns_of(long pixels, long c) {
    const long together = pixels_a_row<T>(pixels, c);
    return {together, together * c, pixels / together, pixels % together * c};
}

// Fills row [width] with what value(channel) is for each column; `begin`, `end`: of these channels alone.
template <class T, class Value>
PELLUCID_INLINE void lay_out(T* row, const Columns& columns, long c, long begin, long end, const Value& value) {
    for (long j = begin; j < end; j++) row[j] = value(j);
    for (long k = 1; k < columns.together; k++)
        for (long j = begin; j < end; j++) row[k * c + j] = row[j];
}
template <class T, class Value>
PELLUCID_INLINE void lay_out(T* row, const Columns& columns, long c, const Value& value) {
    lay_out(row, columns, c, 0, c, value);
}

// Calls body(place, column, run, whole) for each vector of an image, row after row.
template <class T, class Body>
PELLUCID_INLINE void each_place(const Columns& columns, const Body& body) {
    for (long r = 0; r < columns.rows; r++)
        each_vector<T>(0, columns.width, [&](long j, long run, bool whole) __attribute__((always_inline)) {
            body(r * columns.width + j, j, run, whole);
        });
    each_vector<T>(0, columns.rest, [&](long j, long run, bool whole) __attribute__((always_inline)) {
        body(columns.rows * columns.width + j, j, run, whole);
    });
}

template <class T>
PELLUCID_INLINE void add_in_double(double* sums, Vector<T> v, long run) {
    if (run == LANES<T>) {
        typedef typename WideOf<T>::type Wide __attribute__((aligned(8), may_alias));
        *(Wide*)sums += __builtin_convertvector(v, typename WideOf<T>::type);
    } else {
        T lanes[LANES<T>];
        store(lanes, v);
        for (long l = 0; l < run; l++) sums[l] += lanes[l];
    }
}

// Adds to sums [COUNT][width] what term adds to totals[COUNT], column by column: blocks of rows in T, joined in double. The rows of a
// block are read in strips of four vectors, so that memory is read along lines.
template <class T, int COUNT, class Term>
static void add_columns(const Columns& columns, double* sums, const Term& term) {
    constexpr long BLOCK = 64, STRIP = 4;
    for (long r0 = 0; r0 < columns.rows; r0 += BLOCK) {
        const long r1 = minimum(r0 + BLOCK, columns.rows);
        long j = 0;
        for (; j + STRIP * LANES<T> <= columns.width; j += STRIP * LANES<T>) {
            Vector<T> totals[STRIP][COUNT] = {};
            for (long r = r0; r < r1; r++) {
                PELLUCID_UNROLL for (long i = 0; i < STRIP; i++) {
                    const long column = j + i * LANES<T>;
                    term(r * columns.width + column, column, LANES<T>, true, totals[i]);
                }
            }
            for (long i = 0; i < STRIP; i++)
                for (int s = 0; s < COUNT; s++) add_in_double<T>(sums + s * columns.width + j + i * LANES<T>, totals[i][s], LANES<T>);
        }
        each_vector<T>(j, columns.width, [&](long column, long run, bool whole) __attribute__((always_inline)) {
            Vector<T> totals[COUNT] = {};
            for (long r = r0; r < r1; r++) term(r * columns.width + column, column, run, whole, totals);
            for (int s = 0; s < COUNT; s++) add_in_double<T>(sums + s * columns.width + column, totals[s], run);
        });
    }
    each_vector<T>(0, columns.rest, [&](long column, long run, bool whole) __attribute__((always_inline)) {
        Vector<T> totals[COUNT] = {};
        term(columns.rows * columns.width + column, column, run, whole, totals);
        for (int s = 0; s < COUNT; s++) add_in_double<T>(sums + s * columns.width + column, totals[s], run);
    });
}

}  // namespace pellucid::PELLUCID_ISA
