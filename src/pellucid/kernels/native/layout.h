// Images from channels first to channels last: blocks of as many channels as pixels, exchanged in registers.
#pragma once
#include "kernels.h"
#include "light.h"
#include "vector.h"

namespace pellucid::PELLUCID_ISA {

// from [rows][stride], its first `across` <= LANES columns -> to [across][rows].
template <class T>
static void exchange_strip(const T* from, long stride, long rows, long across, T* to) {
    constexpr long L = LANES<T>;
    for (long r0 = 0; r0 < rows; r0 += L) {
        const long down = minimum(L, rows - r0);
        Vector<T> block[L];
        for (long i = 0; i < L; i++) block[i] = i >= down ? Vector<T>{} : load_run(from + (r0 + i) * stride, across, across == L);
        transpose<T>(block);
        for (long j = 0; j < across; j++) store_run(to + j * rows + r0, block[j], down, down == L);
    }
}

// x [n][channels][pixels] -> out [n][pixels][channels]. Parts are runs of pixels, a vector's worth at a time.
template <class T>
static void to_channels_last(const Team& team, long n, long channels, long pixels, const T* x, T* out) {
    constexpr long L = LANES<T>;
    const long blocks = ceil_div(pixels, L), image = channels * pixels;
    team.split(n * blocks, double(n) * image / UPDATES_PER_NANOSECOND, [&](int, long begin, long end) {
        for (long b = begin; b < end; b++) {
            const long p0 = b % blocks * L, start = b / blocks * image;
            exchange_strip(x + start + p0, pixels, channels, minimum(L, pixels - p0), out + start + p0 * channels);
        }
    });
}

}  // namespace pellucid::PELLUCID_ISA
