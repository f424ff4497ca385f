// Convolution, implicit GEMM: channels last makes each row of the window one contiguous run of S*C numbers, so the micro-kernels
// read the (padded) image itself and no matrix of windows is ever built.
#pragma once
#include "gemm.h"
#include "layout.h"

namespace pellucid::PELLUCID_ISA {

struct Padded {
    long h, w;  // of a padded image, as far as windows reach
};

static inline Padded padded_size(const ConvShape& s) {
    const long h = (s.oh - 1) * s.stride_h + s.r, w = (s.ow - 1) * s.stride_w + s.s;
    return {maximum(h, s.h + 2 * s.pad_h), maximum(w, s.w + 2 * s.pad_w)};
}

// Copies image x [h][w][c] into zeros [padded h][padded w][c]; returns x itself where no padding is needed.
template <class T>
static const T* pad_image(const T* x, T* to, long h, long w, long c, long pad_h, long pad_w, Padded size) {
    if (pad_h == 0 && pad_w == 0) return x;
    for (long i = 0; i < size.h; i++) {
        T* row = to + i * size.w * c;
        const long source = i - pad_h;
        if (source < 0 || source >= h) {
            zero(row, size.w * c);
            continue;
        }
        zero(row, pad_w * c);
        copy(row + pad_w * c, x + source * w * c, w * c);
        zero(row + (pad_w + w) * c, (size.w - pad_w - w) * c);
    }
    return to;
}

constexpr long GRADIENT_PIXELS = 256;  // summed into a tile of dw before it is stored: their packed gradients stay in the first cache
constexpr long TURNED_CHANNELS = 8;    // from which dx as a forward convolution, whose filters they are, fills its vectors

// The forward's workspace, prepared weights first; the same for every number of images.
template <class T>
struct ConvForwardWorkspace : Layout {
    Shared<T> weights;  // packed: [panel][R S C][PANEL]
    Private<T> image;   // padded
    ConvForwardWorkspace(const ConvShape& s, int threads) : Layout(threads) {
        const Padded size = padded_size(s);
        weights = share<T>(round_up(s.f, PANEL<T>) * s.r * s.s * s.c);
        image = own<T>(size.h * size.w * s.c);
    }
};

template <class T>
static void conv_prepare_direct(const Team& team, const ConvShape& s, const T* w, std::byte* workspace) {
    const long k = s.r * s.s * s.c, panels = ceil_div(s.f, PANEL<T>);
    const ConvForwardWorkspace<T> space(s, team.threads);
    T* packed = space.at(space.weights, workspace);
    team.split(panels, double(k) * s.f / COPIES_PER_NANOSECOND,
               [&](int, long begin, long end) { pack_panels(w, 0, k, s.f, begin, end, packed + begin * k * PANEL<T>); });
}

// out [n][oh][ow][f]; without weights, those that were prepared. Parts are runs of output rows; each part pads the images it meets.
template <class T>
static void conv_forward_direct(const Team& team, const ConvShape& s, const T* x, const T* w, const T* bias, bool relu, T* out,
                                std::byte* workspace) {
    if (w) conv_prepare_direct(team, s, w, workspace);
    const ConvForwardWorkspace<T> space(s, team.threads);
    const T* packed = space.at(space.weights, workspace);
    const Padded size = padded_size(s);
    const long panels = ceil_div(s.f, PANEL<T>), run = s.s * s.c, k = s.r * run;
    const long blocks = ceil_div(s.ow, TILE_ROWS), places = ceil_div(s.ow, blocks);
    // Cut k where a window's row ends, so that a block is whole rows; a row longer than a block is cut itself.
    const long rows_a_block = maximum(1, K_BLOCK / run), cuts = rows_a_block > 1 || run <= K_BLOCK ? 1 : ceil_div(run, K_BLOCK);
    const long cut = ceil_div(run, cuts);
    team.split(s.n * s.oh, double(s.n) * s.oh * s.ow * s.f * k / PRODUCTS_PER_NANOSECOND, [&](int t, long begin, long end) {
        T* image = space.at(space.image, workspace, t);
        const T* padded = nullptr;
        long current = -1;
        for (long first = begin; first < end;) {
            const long n = first / s.oh, stop = minimum(end, (n + 1) * s.oh);
            if (n != current) padded = pad_image(x + n * s.h * s.w * s.c, image, s.h, s.w, s.c, s.pad_h, s.pad_w, size);
            current = n;
            const long width = padded == image ? size.w : s.w;
            for (long p = 0; p < panels; p++) {
                const long columns = minimum(PANEL<T>, s.f - p * PANEL<T>);
                T padded_bias[PANEL<T>] = {};
                if (bias) copy(padded_bias, bias + p * PANEL<T>, columns);
                for (long row = first; row < stop; row++) {
                    const long i = row - n * s.oh;
                    for (long j = 0; j < s.ow; j += places) {
                        const T* corner = padded + (i * s.stride_h * width + j * s.stride_w) * s.c;
                        T* place = out + (row * s.ow + j) * s.f + p * PANEL<T>;
                        for (long r = 0; r < s.r; r += rows_a_block)
                            for (long q = 0; q < cuts; q++) {
                                const long rows = minimum(rows_a_block, s.r - r), from = q * cut;
                                const long length = cuts == 1 ? run : minimum(cut, run - from);
                                const bool start = r == 0 && q == 0, last = r + rows == s.r && q == cuts - 1;
                                Tiles<T>::rows(minimum(places, s.ow - j), columns)(
                                    corner + r * width * s.c + from, s.stride_w * s.c, rows, length, width * s.c,
                                    packed + (p * k + r * run + from) * PANEL<T>, place, s.f, columns,
                                    bias && start ? padded_bias : nullptr, (start ? STORE : ADD) | (relu && last ? RELU : STORE));
                            }
                    }
                }
            }
            first = stop;
        }
    });
}

// The shape of the convolution that makes dx from dout for stride 1: the window turned by half a turn, C and F exchanged.
static inline ConvShape turned(const ConvShape& s) {
    ConvShape t = s;
    t.h = s.oh, t.w = s.ow, t.c = s.f, t.f = s.c, t.oh = s.h, t.ow = s.w;
    t.pad_h = s.r - 1 - s.pad_h, t.pad_w = s.s - 1 - s.pad_w;
    return t;
}

static inline bool can_turn(const ConvShape& s) {
    return s.stride_h == 1 && s.stride_w == 1 && s.pad_h < s.r && s.pad_w < s.s && s.c >= TURNED_CHANNELS;
}

// w [R][S][C][F] -> [R][S][F][C] with the window turned by half a turn.
template <class T>
static void turn_weights(const Team& team, const ConvShape& s, const T* w, T* to) {
    constexpr long L = LANES<T>;
    const long taps = s.r * s.s, blocks = ceil_div(s.f, L);
    team.split(taps * blocks, double(taps) * s.c * s.f / UPDATES_PER_NANOSECOND, [&](int, long begin, long end) {
        for (long b = begin; b < end; b++) {
            const long q = b / blocks, f0 = b % blocks * L, across = minimum(L, s.f - f0);
            const T* from = w + (taps - 1 - q) * s.c * s.f + f0;
            exchange_strip(from, s.f, s.c, across, to + q * s.c * s.f + f0 * s.c);
        }
    });
}

template <class T>
PELLUCID_INLINE void add_row(T* to, const T* from, long count) {
    for (long q = 0; q < count; q += LANES<T>) {
        const long remaining = count - q;
        const bool whole = remaining >= LANES<T>;
        store_run(to + q, load_run(to + q, remaining, whole) + load_run(from + q, remaining, whole), remaining, whole);
    }
}

template <class T>
struct ConvScatterWorkspace : Layout {
    Shared<T> weights;          // packed: [panel of R S C][F][PANEL]
    Private<T> image, windows;  // a padded image's gradient; the windows' of one row of places
    ConvScatterWorkspace(const ConvShape& s, int threads) : Layout(threads) {
        const Padded size = padded_size(s);
        const long padded_k = round_up(s.r * s.s * s.c, PANEL<T>);
        weights = share<T>(padded_k * s.f);
        image = own<T>(size.h * size.w * s.c);
        windows = own<T>(s.ow * padded_k);
    }
};

// Any stride, few channels: the gradient of each window is dout's row times w transposed; windows are added where they lie.
template <class T>
static void conv_backward_data_scatter(const Team& team, const ConvShape& s, const T* dout, const T* w, T* dx, std::byte* workspace) {
    const long k = s.r * s.s * s.c, panels = ceil_div(k, PANEL<T>), padded_k = panels * PANEL<T>, run = s.s * s.c;
    const Padded size = padded_size(s);
    const ConvScatterWorkspace<T> space(s, team.threads);
    T* packed = space.at(space.weights, workspace);
    team.split(panels, double(k) * s.f / UPDATES_PER_NANOSECOND, [&](int, long begin, long end) {
        pack_panels_transposed(w, s.f, 0, s.f, k, begin, end, packed + begin * s.f * PANEL<T>);
    });
    const EvenTiles tile(s.ow, TILE_ROWS);
    const double nanoseconds = double(s.n) * s.oh * s.ow * s.f * k / SCATTERED_PRODUCTS_PER_NANOSECOND;
    team.split(s.n, nanoseconds, [&](int t, long begin, long end) {
        T* image = space.at(space.image, workspace, t);
        T* windows = space.at(space.windows, workspace, t);
        for (long n = begin; n < end; n++) {
            zero(image, size.h * size.w * s.c);
            for (long i = 0; i < s.oh; i++) {
                const T* row = dout + (n * s.oh + i) * s.ow * s.f;
                for (long p = 0; p < panels; p++)
                    for (long q = 0; q < tile.tiles; q++) {
                        const long j = tile.begin(q), rows = tile.begin(q + 1) - j;
                        for (long f0 = 0; f0 < s.f; f0 += K_BLOCK)
                            Tiles<T>::rows(rows, k - p * PANEL<T>)(
                                row + j * s.f + f0, s.f, 1, minimum(K_BLOCK, s.f - f0), 0, packed + (p * s.f + f0) * PANEL<T>,
                                windows + j * padded_k + p * PANEL<T>, padded_k, PANEL<T>, nullptr, f0 == 0 ? STORE : ADD);
                    }
                // Down the window first: neighbouring windows overlap, and what was just stored cannot be loaded at once.
                for (long j = 0; j < s.ow; j++)
                    for (long r = 0; r < s.r; r++) {
                        T* to = image + ((i * s.stride_h + r) * size.w + j * s.stride_w) * s.c;
                        add_row(to, windows + j * padded_k + r * run, run);
                    }
            }
            for (long h = 0; h < s.h; h++)
                copy(dx + (n * s.h + h) * s.w * s.c, image + ((h + s.pad_h) * size.w + s.pad_w) * s.c, s.w * s.c);
        }
    });
}

template <class T>
struct ConvTurnedWorkspace : Layout {
    Shared<T> weights;          // turned
    Shared<std::byte> forward;  // a ConvForwardWorkspace
    ConvTurnedWorkspace(const ConvShape& s, int threads) : Layout(threads) {
        weights = share<T>(s.r * s.s * s.c * s.f);
        forward = share<std::byte>(long(ConvForwardWorkspace<T>(turned(s), threads).bytes()));
    }
};

template <class T>
static void conv_backward_data_direct(const Team& team, const ConvShape& s, const T* dout, const T* w, T* dx, std::byte* workspace) {
    if (!can_turn(s)) {
        conv_backward_data_scatter(team, s, dout, w, dx, workspace);
        return;
    }
    const ConvTurnedWorkspace<T> space(s, team.threads);
    T* turned_weights = space.at(space.weights, workspace);
    turn_weights(team, s, w, turned_weights);
    conv_forward_direct<T>(team, turned(s), dout, turned_weights, nullptr, false, dx, space.at(space.forward, workspace));
}

template <class T>
struct ConvWeightsWorkspace : Layout {
    Private<T> sums, image, packed;  // of dw; a padded image; an image's dout in panels
    ConvWeightsWorkspace(const ConvShape& s, int threads) : Layout(threads) {
        const Padded size = padded_size(s);
        const long padded_f = round_up(s.f, PANEL<T>);
        sums = own<T>(s.r * s.s * s.c * padded_f);
        image = own<T>(size.h * size.w * s.c);
        packed = own<T>(s.oh * s.ow * padded_f);
    }
};

// dw [R][S][C][F]: each part sums its own images into an array of its own; the parts are added in order.
template <class T>
static void conv_backward_weights_direct(const Team& team, const ConvShape& s, const T* x, const T* dout, T* dw, std::byte* workspace) {
    const Padded size = padded_size(s);
    const long run = s.s * s.c, panels = ceil_div(s.f, PANEL<T>), padded_f = panels * PANEL<T>, k = s.r * run;
    const long places = s.oh * s.ow, rows_a_block = maximum(1, minimum(s.oh, GRADIENT_PIXELS / s.ow));
    const ConvWeightsWorkspace<T> space(s, team.threads);
    const int parts = team.parts_of(s.n, double(s.n) * places * s.f * k / PRODUCTS_PER_NANOSECOND);
    team.each(parts, [&](int t) {
        T* sums = space.at(space.sums, workspace, t);
        T* image = space.at(space.image, workspace, t);
        T* packed = space.at(space.packed, workspace, t);
        zero(sums, k * padded_f);
        for (long n = s.n * t / parts; n < s.n * (t + 1) / parts; n++) {
            const T* padded = pad_image(x + n * s.h * s.w * s.c, image, s.h, s.w, s.c, s.pad_h, s.pad_w, size);
            const long width = padded == image ? size.w : s.w;
            pack_panels(dout + n * places * s.f, 0, places, s.f, 0, panels, packed);
            for (long p = 0; p < panels; p++)
                for (long i = 0; i < s.oh; i += rows_a_block)
                    for (long r = 0; r < s.r; r++)
                        for (long q = 0; q < run; q += OUTER_ROWS)
                            Tiles<T>::outer(minimum(OUTER_ROWS, run - q), s.f - p * PANEL<T>)(
                                padded + (i * s.stride_h + r) * width * s.c + q, s.stride_w * s.c, minimum(rows_a_block, s.oh - i),
                                s.ow, s.stride_h * width * s.c, packed + (p * places + i * s.ow) * PANEL<T>,
                                sums + (r * run + q) * padded_f + p * PANEL<T>, padded_f, PANEL<T>, true);
        }
    });
    const T* sums = space.at(space.sums, workspace, 0);
    const long stride = space.template stride<T>();
    team.split(k, double(k) * s.f * parts / UPDATES_PER_NANOSECOND, [&](int, long begin, long end) {
        for (long i = begin; i < end; i++)
            for (long f = 0; f < s.f; f++) {
                T sum = 0;
                for (int t = 0; t < parts; t++) sum += sums[t * stride + i * padded_f + f];
                dw[i * s.f + f] = sum;
            }
    });
}

// Bytes that any of the three passes needs.
template <class T>
static size_t conv_workspace_direct(const ConvShape& s, int threads) {
    const size_t forward = ConvForwardWorkspace<T>(s, threads).bytes(), weights = ConvWeightsWorkspace<T>(s, threads).bytes();
    const size_t data = can_turn(s) ? ConvTurnedWorkspace<T>(s, threads).bytes() : ConvScatterWorkspace<T>(s, threads).bytes();
    return larger_of(larger_of(forward, weights), data);
}

}  // namespace pellucid::PELLUCID_ISA
