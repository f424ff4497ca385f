// Image transforms: bytes moved as they are, whatever the numbers' type and the memory order, and standardization.
#pragma once
#include "columns.h"
#include "light.h"
#include "narrow.h"

namespace pellucid::PELLUCID_ISA {

// One vector's worth of bytes as numbers.
template <class T>
PELLUCID_INLINE Vector<T> load_as(const uint8_t* p, long run, bool whole) {
    (void)whole;
    return load_numbers<T, uint8_t>(p, run);
}
template <class T>
PELLUCID_INLINE Vector<T> load_as(const T* p, long run, bool whole) {
    return load_run(p, run, whole);
}

template <class T, class From>
static void standardize_from(const Team& team, long n, long planes, long pixels, long c, const From* x, const T* mean, const T* std,
                             T* out) {
    team.split(n * planes, double(n) * planes * pixels * c / COPIES_PER_NANOSECOND, [&](int, long begin, long end) {
        T means[MAXIMUM_COLUMNS], stds[MAXIMUM_COLUMNS];
        const Columns columns = columns_of<T>(pixels, c);
        for (long plane = begin; plane < end; plane++) {
            const T *m = mean + plane % planes * c, *d = std + plane % planes * c;
            if (columns.together > 1 && (planes > 1 || plane == begin)) {
                lay_out(means, columns, c, [&](long j) { return m[j]; });
                lay_out(stds, columns, c, [&](long j) { return d[j]; });
            }
            if (columns.together > 1) m = means, d = stds;
            const long first = plane * pixels * c;
            each_place<T>(columns, [&](long at, long j, long run, bool whole) __attribute__((always_inline)) {
                const Vector<T> centred = load_as<T>(x + first + at, run, whole) - load_run(m + j, run, whole);
                store_run(out + first + at, centred / load_run(d + j, run, whole), run, whole);
            });
        }
    });
}

}  // namespace pellucid::PELLUCID_ISA
