// What work costs on one core, for a single decision: whether sharing it among threads pays. Rounded measurements of float32 on a core
// with AVX-512; wrong by a factor of two, they only move the size from which work is shared. They must be the same on every machine:
// how work is cut decides the order of sums, and so the bits of a result.
#pragma once

namespace pellucid {

// Nanoseconds of work below which a kernel stays on one thread: waking another and waiting for it costs a few thousand.
constexpr double WORTH_SHARING = 20000;

// Multiply-adds a nanosecond. Packed products run near the core's peak; windows that are added where they overlap, at half of that.
constexpr double PRODUCTS_PER_NANOSECOND = 40, SCATTERED_PRODUCTS_PER_NANOSECOND = 20;

// Numbers a nanosecond in one pass over memory: read and written once, or in several arrays, transposed, or with a division.
constexpr double COPIES_PER_NANOSECOND = 4, UPDATES_PER_NANOSECOND = 2;

// Bytes a nanosecond, moved as they are.
constexpr double BYTES_PER_NANOSECOND = 8;

// Nanoseconds a number: statistics joined in double, a mask drawn, a weight transformed; and a weight's gradient transformed back.
constexpr double STATISTICS_NANOSECONDS = 1, DRAWING_NANOSECONDS = 1, TRANSFORM_NANOSECONDS = 1, GRADIENT_TRANSFORM_NANOSECONDS = 20;

// Nanoseconds a number of each activation: a comparison, an exponential or a logarithm, an exponential and a division, the normal's tail.
constexpr double COMPARE_NANOSECONDS = 0.25, EXP_NANOSECONDS = 0.5, DIVIDED_EXP_NANOSECONDS = 1, NORMAL_NANOSECONDS = 1.5;

}  // namespace pellucid
