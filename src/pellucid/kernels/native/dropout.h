// Dropout. The mask is the reference's, bit for bit: number i is kept where word i of Philox4x64-10 (Salmon et al. 2011) lies below a
// threshold. A block of the generator is four words of 64 bits, eight of 32, low half first; block b has the counter
// (b + 1, 0, step, 0) and the key (seed, layer). Every block is computed from its number alone, so threads take any of them.
#pragma once
#include "elementwise.h"
#include "light.h"
#include "narrow.h"

namespace pellucid::PELLUCID_ISA {

struct PhiloxBlock {
    uint64_t words[4];
};

PELLUCID_INLINE PhiloxBlock philox(uint64_t number, const MaskKey& key) {
    uint64_t a = number, b = 0, c = key.step, d = 0, key_a = key.seed, key_b = key.layer;
    PELLUCID_UNROLL for (int round = 0; round < 10; round++) {
        const unsigned __int128 first = (unsigned __int128)a * 0xD2E7470EE14C6C93u, second = (unsigned __int128)c * 0xCA5A826395121157u;
        a = uint64_t(second >> 64) ^ b ^ key_a, b = uint64_t(second);
        c = uint64_t(first >> 64) ^ d ^ key_b, d = uint64_t(first);
        key_a += 0x9E3779B97F4A7C15u, key_b += 0xBB67AE8584CAA73Bu;
    }
    return {{a, b, c, d}};
}

constexpr long BLOCK_NUMBERS = 8, RUN_NUMBERS = 512;  // numbers of a block of the generator; numbers drawn before they are used

// mask[0..count-1] for the numbers from `begin` on, a multiple of 8; count is at most RUN_NUMBERS, `below` lies in 0..2^32. First the
// blocks, by multiplications of 64 bits, then the comparisons, by vectors.
static void fill_mask(const MaskKey& key, uint64_t below, long begin, long count, uint8_t* __restrict mask) {
    if (below == 0) {
        __builtin_memset(mask, 0, size_t(count));
        return;
    }
    PhiloxBlock blocks[RUN_NUMBERS / BLOCK_NUMBERS];
    const long needed = ceil_div(count, BLOCK_NUMBERS);
    for (long b = 0; b < needed; b++) blocks[b] = philox(uint64_t(begin / BLOCK_NUMBERS + b + 1), key);
    uint32_t words[RUN_NUMBERS];  // as they lie where the low half comes first
    __builtin_memcpy(words, blocks, size_t(needed * BLOCK_NUMBERS) * 4);
    const uint32_t last = uint32_t(below - 1);
    for (long i = 0; i < count; i++) mask[i] = words[i] <= last;
}

template <class T>
PELLUCID_INLINE void apply_mask(long count, const T* x, const uint8_t* mask, T scale, T* out) {
    each_vector<T>(0, count, [&](long i, long run, bool whole) __attribute__((always_inline)) {
        const Vector<T> mask_numbers = load_numbers<T, uint8_t>(mask + i, run);
        store_run(out + i, mask_numbers > Vector<T>{} ? load_run(x + i, run, whole) * scale : Vector<T>{}, run, whole);
    });
}

template <class T>
static void dropout_forward(const Team& team, long count, const T* x, const MaskKey& key, uint64_t below, T scale, T* out,
                            uint8_t* mask) {
    team.split(ceil_div(count, RUN_NUMBERS), double(count) * DRAWING_NANOSECONDS, [&](int, long begin, long end) {
        for (long run = begin; run < end; run++) {
            const long at = run * RUN_NUMBERS, numbers = minimum(RUN_NUMBERS, count - at);
            fill_mask(key, below, at, numbers, mask + at);
            apply_mask(numbers, x + at, mask + at, scale, out + at);
        }
    });
}

template <class T>
static void dropout_backward(const Team& team, long count, const T* dout, const uint8_t* mask, T scale, T* dx) {
    team.split(count, double(count) / COPIES_PER_NANOSECOND,
               [&](int, long begin, long end) { apply_mask(end - begin, dout + begin, mask + begin, scale, dx + begin); });
}

}  // namespace pellucid::PELLUCID_ISA
