// What joins branches: channels copied beside one another and back, and images weighed channel by channel (squeeze-and-excitation).
#pragma once
#include "elementwise.h"
#include "light.h"

namespace pellucid::PELLUCID_ISA {

// Copies `width` numbers of each row; a pitch is from one row to the next.
template <class T>
static void copy_columns(const Team& team, long rows, long width, const T* from, long from_pitch, T* to, long to_pitch) {
    team.split(rows, double(rows) * width / COPIES_PER_NANOSECOND, [&](int, long begin, long end) {
        for (long r = begin; r < end; r++)
            each_vector<T>(0, width, [&](long i, long run, bool whole) {
                store_run(to + r * to_pitch + i, load_run(from + r * from_pitch + i, run, whole), run, whole);
            });
    });
}

// out [n][pixels][c] = x times the factor [n][c] of its image and channel. out may be x.
template <class T>
static void weigh_channels(const Team& team, long n, long pixels, long c, const T* x, const T* factor, T* out) {
    team.split(n * pixels, double(n) * pixels * c / COPIES_PER_NANOSECOND, [&](int, long begin, long end) {
        for (long p = begin; p < end; p++)
            each_vector<T>(0, c, [&](long i, long run, bool whole) {
                store_run(out + p * c + i, load_run(x + p * c + i, run, whole) * load_run(factor + p / pixels * c + i, run, whole), run,
                          whole);
            });
    });
}

// out [n][c]: the sums over an image's pixels of a times b. An image is summed by one thread, in blocks, so that long sums lose little.
template <class T>
static void channel_products(const Team& team, long n, long pixels, long c, const T* a, const T* b, T* out) {
    constexpr long BLOCK = 64;
    team.split(n, double(n) * pixels * c / COPIES_PER_NANOSECOND, [&](int, long begin, long end) {
        for (long image = begin; image < end; image++)
            each_vector<T>(0, c, [&](long i, long run, bool whole) {
                Vector<T> total{};
                for (long first = 0; first < pixels; first += BLOCK) {
                    Vector<T> sum{};
                    for (long p = image * pixels + first; p < image * pixels + minimum(first + BLOCK, pixels); p++)
                        sum += load_run(a + p * c + i, run, whole) * load_run(b + p * c + i, run, whole);
                    total += sum;
                }
                store_run(out + image * c + i, total, run, whole);
            });
    });
}

}  // namespace pellucid::PELLUCID_ISA
