// Windows over images [n][h][w][c] whose borders they may cross, and channels in strips: what pooling and depthwise convolution share.
#pragma once
#include "elementwise.h"

namespace pellucid::PELLUCID_ISA {

struct Taps {
    long begin, end;
};

// Which of a window's taps lie inside along one axis: `start` is the first one's place, which may lie before the image.
PELLUCID_INLINE Taps taps_inside(long start, long dilation, long taps, long size) {
    const long begin = start < 0 ? ceil_div(-start, dilation) : 0;
    const long end = start < size ? minimum(taps, (size - 1 - start) / dilation + 1) : 0;
    return {begin, maximum(begin, end)};
}

// Calls body(strip, first channel, run, whole) for strips of four vectors of channels, then for each vector left: a strip's length is
// a constant, so that its totals stay in registers.
template <int VECTORS>
struct Strip {
    static constexpr int COUNT = VECTORS;
};
template <class T, class Body>
PELLUCID_INLINE void each_strip(long c, const Body& body) {
    long at = 0;
    for (; at + 4 * LANES<T> <= c; at += 4 * LANES<T>) body(Strip<4>(), at, LANES<T>, true);
    each_vector<T>(at, c, [&](long i, long run, bool whole) __attribute__((always_inline)) { body(Strip<1>(), i, run, whole); });
}

}  // namespace pellucid::PELLUCID_ISA
