// Image transforms that move bytes as they are, whatever the numbers' type and the memory order. Images are the parts.
#pragma once
#include <cstring>

#include "light.h"

namespace pellucid {

// Mirrors each row of the images that `which` marks; PIXEL is the pixel's bytes where they are few, else 0.
template <long PIXEL>
void flip_rows(long rows, long w, long pixel, const uint8_t* x, uint8_t* out) {
    const long bytes = PIXEL ? PIXEL : pixel;
    for (long r = 0; r < rows; r++) {
        const uint8_t* from = x + r * w * bytes;
        uint8_t* to = out + r * w * bytes;
        long j = 0;
        if constexpr (PIXEL == 1)
            for (; j + 8 <= w; j += 8) {  // eight pixels reversed at a time
                uint64_t eight;
                std::memcpy(&eight, from + j, 8);
                eight = __builtin_bswap64(eight);
                std::memcpy(to + w - 8 - j, &eight, 8);
            }
        for (; j < w; j++) std::memcpy(to + (w - 1 - j) * bytes, from + j * bytes, size_t(bytes));
    }
}

inline double moving_work(const ImageShape& s) { return double(s.n) * s.planes * s.h * s.w * s.pixel / BYTES_PER_NANOSECOND; }

inline void flip(const Team& team, const ImageShape& s, const uint8_t* x, const uint8_t* which, uint8_t* out) {
    const long rows = s.planes * s.h, image = rows * s.w * s.pixel;
    team.split(s.n, moving_work(s), [&](int, long begin, long end) {
        for (long n = begin; n < end; n++) {
            const uint8_t* from = x + n * image;
            uint8_t* to = out + n * image;
            if (!which[n]) std::memcpy(to, from, size_t(image));
            else if (s.pixel == 1) flip_rows<1>(rows, s.w, 1, from, to);
            else if (s.pixel == 3) flip_rows<3>(rows, s.w, 3, from, to);
            else if (s.pixel == 4) flip_rows<4>(rows, s.w, 4, from, to);
            else flip_rows<0>(rows, s.w, s.pixel, from, to);
        }
    });
}

// Calls body(n, place of a row's first byte, row) for each row of the images [begin, end).
template <class Body>
void each_image_row(const ImageShape& s, long begin, long end, const Body& body) {
    for (long n = begin; n < end; n++)
        for (long p = 0; p < s.planes; p++)
            for (long i = 0; i < s.h; i++) body(n, ((n * s.planes + p) * s.h + i) * s.w * s.pixel, i);
}

// Each image moved up and left by its (row, column), 0 moving in.
inline void shift(const Team& team, const ImageShape& s, const uint8_t* x, const int64_t* shifts, uint8_t* out) {
    const long line = s.w * s.pixel;
    team.split(s.n, moving_work(s), [&](int, long begin, long end) {
        each_image_row(s, begin, end, [&](long n, long at, long i) {
            const long row = shifts[2 * n], column = shifts[2 * n + 1];
            const long left = column < 0 ? -column : 0, right = column > 0 ? column : 0, moved = s.w - left - right;
            uint8_t* to = out + at;
            if (i + row < 0 || i + row >= s.h || moved <= 0) {
                std::memset(to, 0, size_t(line));
                return;
            }
            std::memset(to, 0, size_t(left * s.pixel));
            std::memcpy(to + left * s.pixel, x + at + row * line + right * s.pixel, size_t(moved * s.pixel));
            std::memset(to + (left + moved) * s.pixel, 0, size_t(right * s.pixel));
        });
    });
}

// Each image with a square of 0 whose upper left lies at its (row, column).
inline void cutout(const Team& team, const ImageShape& s, const uint8_t* x, const int64_t* corners, long size, uint8_t* out) {
    const long line = s.w * s.pixel;
    team.split(s.n, moving_work(s), [&](int, long begin, long end) {
        each_image_row(s, begin, end, [&](long n, long at, long i) {
            const long row = corners[2 * n], column = corners[2 * n + 1];
            std::memcpy(out + at, x + at, size_t(line));
            const long from = column < 0 ? 0 : column, to = column + size < s.w ? column + size : s.w;
            if (row <= i && i < row + size && from < to) std::memset(out + at + from * s.pixel, 0, size_t((to - from) * s.pixel));
        });
    });
}

}  // namespace pellucid
