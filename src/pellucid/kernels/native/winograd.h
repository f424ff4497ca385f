// Winograd F(4x4, 3x3): a 4x4 tile of the output costs 36 products a channel and filter instead of 144.
//
//     out = A' [ (G w G') * (B' x B) ] A          for each 6x6 tile x of the padded input, all matrices below
//
// with the interpolation points 0, +-11/16, +-11/8, infinity, whose rounding error is about a fifth of that of the textbook points
// 0, +-1, +-2. Lavin & Gray 2016; the transposed forms for the backward passes follow from the same three matrices.
//
// A block of tiles is transformed for all channels, multiplied by 36 small matrix products for each panel of filters, and
// transformed back while it is in the cache. Channels are padded to whole vectors in the workspace only, so any count works.
// float only: in double, where users want digits, the direct form is used. A NaN or infinity spoils whole tiles (settings.py says how far).
#pragma once
#include "conv.h"

namespace pellucid::PELLUCID_ISA {

constexpr int TILE = 4, WINDOW = 6, POINTS = 36;
constexpr long SKEW = 16;  // keeps the 36 streams from falling on the same sets of the cache

template <class T>
struct Transforms {
    using V = Vector<T>;
    static constexpr T a = T(0.6875), b = T(1.375), a2 = a * a, b2 = b * b;
    static constexpr T ka = 1 / (2 * a2 * (a2 - b2)), kb = 1 / (2 * b2 * (b2 - a2)), k0 = 1 / (a2 * b2);

    // B' x: six points of the input.
    PELLUCID_INLINE void input(const V* x, V* y) {
        const V even_a = x[4] - b2 * x[2], odd_a = a * (x[3] - b2 * x[1]);
        const V even_b = x[4] - a2 * x[2], odd_b = b * (x[3] - a2 * x[1]);
        y[0] = a2 * b2 * x[0] - (a2 + b2) * x[2] + x[4];
        y[1] = even_a + odd_a, y[2] = even_a - odd_a;
        y[3] = even_b + odd_b, y[4] = even_b - odd_b;
        y[5] = a2 * b2 * x[1] - (a2 + b2) * x[3] + x[5];
    }
    // A' x: six products to four outputs.
    PELLUCID_INLINE void output(const V* x, V* y) {
        const V sum_a = x[1] + x[2], difference_a = x[1] - x[2], sum_b = x[3] + x[4], difference_b = x[3] - x[4];
        y[0] = x[0] + sum_a + sum_b;
        y[1] = a * difference_a + b * difference_b;
        y[2] = a2 * sum_a + b2 * sum_b;
        y[3] = a2 * a * difference_a + b2 * b * difference_b + x[5];
    }
    // A x: four upstream gradients to six points (the transpose of `output`).
    PELLUCID_INLINE void upstream(const V* x, V* y) {
        const V even_a = x[0] + a2 * x[2], odd_a = a * x[1] + a2 * a * x[3];
        const V even_b = x[0] + b2 * x[2], odd_b = b * x[1] + b2 * b * x[3];
        y[0] = x[0], y[1] = even_a + odd_a, y[2] = even_a - odd_a, y[3] = even_b + odd_b, y[4] = even_b - odd_b, y[5] = x[3];
    }
    // G w: three weights to six points.
    PELLUCID_INLINE void weights(const V* x, V* y) {
        const V even_a = ka * (x[0] + a2 * x[2]), odd_a = ka * a * x[1], even_b = kb * (x[0] + b2 * x[2]), odd_b = kb * b * x[1];
        y[0] = k0 * x[0], y[1] = even_a + odd_a, y[2] = even_a - odd_a, y[3] = even_b + odd_b, y[4] = even_b - odd_b, y[5] = x[2];
    }
    // G' x: six points to three weight gradients (the transpose of `weights`).
    PELLUCID_INLINE void weight_gradient(const V* x, V* y) {
        const V sum_a = ka * (x[1] + x[2]), difference_a = ka * (x[1] - x[2]);
        const V sum_b = kb * (x[3] + x[4]), difference_b = kb * (x[3] - x[4]);
        y[0] = k0 * x[0] + sum_a + sum_b;
        y[1] = a * difference_a + b * difference_b;
        y[2] = a2 * sum_a + b2 * sum_b + x[5];
    }
};

template <class T>
PELLUCID_INLINE Vector<T> load_channels(const T* p, long c, long channels) {
    const long remaining = channels - c;
    return !p ? Vector<T>{} : remaining >= LANES<T> ? load(p + c) : load_some(p + c, remaining);
}

// Where tiles lie: numbered over images, then rows, then columns.
struct TileGrid {
    long rows, columns, count;
    explicit TileGrid(const ConvShape& s) : rows(ceil_div(s.oh, TILE)), columns(ceil_div(s.ow, TILE)), count(s.n * rows * columns) {}
    long image(long t) const { return t / (rows * columns); }
    long top(long t) const { return t % (rows * columns) / columns * TILE; }
    long left(long t) const { return t % columns * TILE; }
};

// w [3][3][C][F] -> U [panel][36][padded C][PANEL]; zeros for channels and filters that are not there.
template <class T>
static void winograd_weights(const Team& team, const ConvShape& s, const T* w, T* u, long padded_c) {
    const long panels = ceil_div(s.f, PANEL<T>);
    team.split(panels * padded_c, double(panels) * padded_c * PANEL<T> * TRANSFORM_NANOSECONDS, [&](int, long begin, long end) {
        for (long item = begin; item < end; item++) {
            const long p = item / padded_c, c = item % padded_c;
            for (int v = 0; v < TILE_VECTORS; v++) {
                const long f = p * PANEL<T> + v * LANES<T>;
                Vector<T> half[WINDOW][3], x[3], y[WINDOW];
                for (int column = 0; column < 3; column++) {
                    for (int row = 0; row < 3; row++)
                        x[row] = load_channels<T>(c < s.c && f < s.f ? w + ((row * 3 + column) * s.c + c) * s.f : nullptr, f, s.f);
                    Transforms<T>::weights(x, y);
                    for (int i = 0; i < WINDOW; i++) half[i][column] = y[i];
                }
                for (int i = 0; i < WINDOW; i++) {
                    Transforms<T>::weights(half[i], y);
                    for (int j = 0; j < WINDOW; j++)
                        store(u + ((p * POINTS + i * WINDOW + j) * padded_c + c) * PANEL<T> + v * LANES<T>, y[j]);
                }
            }
        }
    });
}

// One input tile for channels c0..c1: point xi of channel c goes to to[xi * point_stride + place(c)].
template <class T, class Place>
PELLUCID_INLINE void transform_input_tile(const ConvShape& s, const TileGrid& grid, const T* x, long t, long c0, long c1, T* to,
                                          long point_stride, const Place& place) {
    const long n = grid.image(t), top = grid.top(t) - s.pad_h, left = grid.left(t) - s.pad_w;
    const T* pixel[WINDOW][WINDOW];
    for (int i = 0; i < WINDOW; i++)
        for (int j = 0; j < WINDOW; j++) {
            const long h = top + i, w = left + j;
            pixel[i][j] = h < 0 || w < 0 || h >= s.h || w >= s.w ? nullptr : x + ((n * s.h + h) * s.w + w) * s.c;
        }
    for (long c = c0; c < c1; c += LANES<T>) {
        Vector<T> half[WINDOW][WINDOW], in[WINDOW], out[WINDOW];
        PELLUCID_UNROLL for (int j = 0; j < WINDOW; j++) {
            PELLUCID_UNROLL for (int i = 0; i < WINDOW; i++) in[i] = load_channels(pixel[i][j], c, s.c);
            Transforms<T>::input(in, out);
            PELLUCID_UNROLL for (int i = 0; i < WINDOW; i++) half[i][j] = out[i];
        }
        T* points = to + place(c);
        PELLUCID_UNROLL for (int i = 0; i < WINDOW; i++) {
            Transforms<T>::input(half[i], out);
            PELLUCID_UNROLL for (int j = 0; j < WINDOW; j++) store(points + (i * WINDOW + j) * point_stride, out[j]);
        }
    }
}

// One tile of 36 products (the points lie point_stride apart) to a 4x4 tile of the output, columns f.. of it.
template <class T>
PELLUCID_INLINE void transform_output_tile(const ConvShape& s, const TileGrid& grid, const T* products, long point_stride, long t,
                                           long f, Vector<T> bias, bool relu, T* out) {
    const long n = grid.image(t), top = grid.top(t), left = grid.left(t), remaining = minimum(LANES<T>, s.f - f);
    Vector<T> half[TILE][WINDOW], in[WINDOW], y[TILE];
    PELLUCID_UNROLL for (int j = 0; j < WINDOW; j++) {
        PELLUCID_UNROLL for (int i = 0; i < WINDOW; i++) in[i] = load(products + (i * WINDOW + j) * point_stride);
        Transforms<T>::output(in, y);
        PELLUCID_UNROLL for (int i = 0; i < TILE; i++) half[i][j] = y[i];
    }
    PELLUCID_UNROLL for (int i = 0; i < TILE; i++) {
        if (top + i >= s.oh) continue;
        Transforms<T>::output(half[i], y);
        PELLUCID_UNROLL for (int j = 0; j < TILE; j++) {
            if (left + j >= s.ow) continue;
            Vector<T> value = y[j] + bias;
            if (relu) value = rectified<T>(value);
            T* place = out + ((n * s.oh + top + i) * s.ow + left + j) * s.f + f;
            if (remaining == LANES<T>) store(place, value);
            else store_some(place, value, remaining);
        }
    }
}

constexpr long CHANNEL_BLOCK = 128;  // channels summed in registers at a time: the transforms make rounding dearer than elsewhere
constexpr long FORWARD_TILES = 28;   // a block: two register tiles of rows; its 36 streams stay in the second-level cache
constexpr long EVEN_BLOCKS = 2;      // blocks a thread from which cutting along them leaves no thread idle for long

// The forward's workspace, prepared weights first; the same for every number of images.
template <class T>
struct WinogradForwardWorkspace : Layout {
    long padded_c, tile_stride, product_stride;  // channels; from one point's numbers to the next point's
    Shared<T> weights;                           // transformed: [panel][36][padded C][PANEL]
    Private<T> tiles, products;                  // of a block, transformed: [36][tile][padded C], [36][tile][PANEL]
    WinogradForwardWorkspace(const ConvShape& s, int threads) : Layout(threads) {
        padded_c = round_up(s.c, LANES<T>);
        tile_stride = FORWARD_TILES * padded_c + SKEW;
        product_stride = FORWARD_TILES * PANEL<T> + SKEW;
        weights = share<T>(round_up(s.f, PANEL<T>) * POINTS * padded_c);
        tiles = own<T>(POINTS * tile_stride);
        products = own<T>(POINTS * product_stride);
    }
};

template <class T>
static void conv_prepare_winograd(const Team& team, const ConvShape& s, const T* w, std::byte* workspace) {
    const WinogradForwardWorkspace<T> space(s, team.threads);
    winograd_weights(team, s, w, space.at(space.weights, workspace), space.padded_c);
}

template <class T>
static void conv_forward_winograd(const Team& team, const ConvShape& s, const T* x, const T* w, const T* bias, bool relu, T* out,
                                  std::byte* workspace) {
    if (w) conv_prepare_winograd(team, s, w, workspace);
    const TileGrid grid(s);
    const WinogradForwardWorkspace<T> space(s, team.threads);
    const long padded_c = space.padded_c, in_stride = space.tile_stride, product_stride = space.product_stride;
    const long panels = ceil_div(s.f, PANEL<T>);
    const T* u = space.at(space.weights, workspace);
    const long blocks = ceil_div(grid.count, FORWARD_TILES);
    // Few tiles: each part makes some filters of all, and transforms for itself.
    const bool by_panels = blocks < EVEN_BLOCKS * team.threads;
    const double nanoseconds = double(grid.count) * POINTS * s.c * s.f / PRODUCTS_PER_NANOSECOND;
    team.split(by_panels ? panels : blocks, nanoseconds, [&](int part, long begin, long end) {
        T* in = space.at(space.tiles, workspace, part);
        T* products = space.at(space.products, workspace, part);
        const long p0 = by_panels ? begin : 0, p1 = by_panels ? end : panels;
        for (long block = by_panels ? 0 : begin; block < (by_panels ? blocks : end); block++) {
            const long t0 = block * FORWARD_TILES, tiles = minimum(FORWARD_TILES, grid.count - t0);
            for (long t = 0; t < tiles; t++)
                transform_input_tile(s, grid, x, t0 + t, 0, s.c, in + t * padded_c, in_stride, [](long c) { return c; });
            for (long p = p0; p < p1; p++) {
                for (long xi = 0; xi < POINTS; xi++)
                    for (long t = 0; t < tiles; t += TILE_ROWS)
                        for (long c = 0; c < s.c; c += CHANNEL_BLOCK)
                            Tiles<T>::rows(minimum(TILE_ROWS, tiles - t), s.f - p * PANEL<T>)(
                                in + xi * in_stride + t * padded_c + c, padded_c, 1, minimum(CHANNEL_BLOCK, s.c - c), 0,
                                u + ((p * POINTS + xi) * padded_c + c) * PANEL<T>, products + xi * product_stride + t * PANEL<T>,
                                PANEL<T>, PANEL<T>, nullptr, c == 0 ? STORE : ADD);
                for (int v = 0; v < TILE_VECTORS; v++) {
                    const long f = p * PANEL<T> + v * LANES<T>;
                    if (f >= s.f) continue;
                    const Vector<T> shift = load_channels(bias, f, s.f);
                    for (long t = 0; t < tiles; t++)
                        transform_output_tile(s, grid, products + t * PANEL<T> + v * LANES<T>, product_stride, t0 + t, f, shift, relu,
                                              out);
                }
            }
        }
    });
}

template <class T>
struct WinogradDataWorkspace : Layout {
    Shared<T> weights;          // turned
    Shared<std::byte> forward;  // a WinogradForwardWorkspace
    WinogradDataWorkspace(const ConvShape& s, int threads) : Layout(threads) {
        weights = share<T>(s.r * s.s * s.c * s.f);
        forward = share<std::byte>(long(WinogradForwardWorkspace<T>(turned(s), threads).bytes()));
    }
};

template <class T>
static void conv_backward_data_winograd(const Team& team, const ConvShape& s, const T* dout, const T* w, T* dx, std::byte* workspace) {
    const WinogradDataWorkspace<T> space(s, team.threads);
    T* turned_weights = space.at(space.weights, workspace);
    turn_weights(team, s, w, turned_weights);
    conv_forward_winograd<T>(team, turned(s), dout, turned_weights, nullptr, false, dx, space.at(space.forward, workspace));
}

constexpr long WEIGHT_TILES = 32, WEIGHT_TILES_BY_CHANNELS = 64;  // of a block; more where the sums come and go with every block
constexpr long SUMS_CACHE = 1 << 20;                              // bytes of the second-level cache that the sums of dw may fill
constexpr long EVEN_CHANNEL_PANELS = 2;                           // vectors of channels a thread from which they can be cut

// How the weight gradient is cut, and its workspace. Each part sums 36 matrices [C][F]: over its own tiles; or, where those would not
// stay in the second-level cache, over all tiles for its own channels, in larger blocks. Channels lie in panels of a vector, so that
// the rank-1 kernel reads them in order.
template <class T>
struct WinogradWeightsWorkspace : Layout {
    bool by_channels;
    long tiles;                                       // of a block
    long c_part;                                      // channels of a part, padded
    long padded_f, in_stride, up_stride, sum_stride;  // filters; from one point's numbers to the next point's
    Private<T> in, up, sums;                          // transformed tiles of x and of dout; the matrices
    WinogradWeightsWorkspace(const ConvShape& s, int threads) : Layout(threads) {
        const long c_panels = ceil_div(s.c, LANES<T>);
        padded_f = round_up(s.f, PANEL<T>);
        const long sums_bytes = POINTS * c_panels * LANES<T> * padded_f * long(sizeof(T));
        by_channels = c_panels >= EVEN_CHANNEL_PANELS * threads && sums_bytes > SUMS_CACHE;
        tiles = by_channels ? WEIGHT_TILES_BY_CHANNELS : WEIGHT_TILES;
        c_part = (by_channels ? ceil_div(c_panels, threads) : c_panels) * LANES<T>;
        in_stride = tiles * c_part + SKEW;
        up_stride = tiles * padded_f + SKEW;
        sum_stride = c_part * padded_f + SKEW;
        in = own<T>(POINTS * in_stride);
        up = own<T>(POINTS * up_stride);
        sums = own<T>(POINTS * sum_stride);
    }
};

// One tile of the upstream gradient for all filters, into panels [panel][tile][PANEL] of each point.
template <class T>
PELLUCID_INLINE void transform_upstream_tile(const ConvShape& s, const TileGrid& grid, const T* dout, long t, long tile, long tiles,
                                             T* to, long point_stride) {
    const long n = grid.image(t), top = grid.top(t), left = grid.left(t);
    const T* pixel[TILE][TILE];
    for (int i = 0; i < TILE; i++)
        for (int j = 0; j < TILE; j++)
            pixel[i][j] = top + i < s.oh && left + j < s.ow ? dout + ((n * s.oh + top + i) * s.ow + left + j) * s.f : nullptr;
    for (long f = 0; f < s.f; f += LANES<T>) {
        Vector<T> half[WINDOW][TILE], in[TILE], y[WINDOW];
        PELLUCID_UNROLL for (int j = 0; j < TILE; j++) {
            PELLUCID_UNROLL for (int i = 0; i < TILE; i++) in[i] = load_channels(pixel[i][j], f, s.f);
            Transforms<T>::upstream(in, y);
            PELLUCID_UNROLL for (int i = 0; i < WINDOW; i++) half[i][j] = y[i];
        }
        T* points = to + f / PANEL<T> * tiles * PANEL<T> + tile * PANEL<T> + f % PANEL<T>;
        PELLUCID_UNROLL for (int i = 0; i < WINDOW; i++) {
            Transforms<T>::upstream(half[i], y);
            PELLUCID_UNROLL for (int j = 0; j < WINDOW; j++) store(points + (i * WINDOW + j) * point_stride, y[j]);
        }
    }
}

// dw: every part transforms what it sums; the sums are transformed back once, those of several parts added in order.
template <class T>
static void conv_backward_weights_winograd(const Team& team, const ConvShape& s, const T* x, const T* dout, T* dw,
                                           std::byte* workspace) {
    const TileGrid grid(s);
    const WinogradWeightsWorkspace<T> space(s, team.threads);
    const long blocks = ceil_div(grid.count, space.tiles), lanes = LANES<T>, f_panels = space.padded_f / PANEL<T>;
    const int parts = int(space.by_channels ? ceil_div(s.c, space.c_part) : minimum(team.threads, blocks));
    const int summed = space.by_channels ? 1 : parts;  // parts that hold sums of the same channel
    constexpr long rows = OUTER_ROWS < LANES<T> ? OUTER_ROWS : LANES<T>;
    team.each(parts, [&](int part) {
        T* in = space.at(space.in, workspace, part);
        T* up = space.at(space.up, workspace, part);
        T* sums = space.at(space.sums, workspace, part);
        zero(in, POINTS * space.in_stride);
        zero(up, POINTS * space.up_stride);
        const long first = space.by_channels ? 0 : blocks * part / parts,
                   last = space.by_channels ? blocks : blocks * (part + 1) / parts;
        const long c_begin = space.by_channels ? part * space.c_part : 0, c_end = minimum(s.c, c_begin + space.c_part);
        for (long block = first; block < last; block++) {
            const long t0 = block * space.tiles, tiles = minimum(space.tiles, grid.count - t0);
            for (long t = 0; t < tiles; t++) {
                transform_input_tile(s, grid, x, t0 + t, c_begin, c_end, in + t * lanes, space.in_stride,
                                     [&](long c) { return (c - c_begin) / lanes * space.tiles * lanes; });
                transform_upstream_tile(s, grid, dout, t0 + t, t, space.tiles, up, space.up_stride);
            }
            for (long xi = 0; xi < POINTS; xi++)
                for (long p = 0; p < f_panels; p++)
                    for (long c0 = 0; c0 < c_end - c_begin; c0 += lanes) {
                        const long remaining = minimum(lanes, c_end - c_begin - c0);
                        for (long c = 0; c < remaining; c += rows)
                            Tiles<T>::outer(minimum(rows, remaining - c), s.f - p * PANEL<T>)(
                                in + xi * space.in_stride + c0 * space.tiles + c, lanes, 1, tiles, 0,
                                up + xi * space.up_stride + p * space.tiles * PANEL<T>,
                                sums + xi * space.sum_stride + (c0 + c) * space.padded_f + p * PANEL<T>, space.padded_f, PANEL<T>,
                                block > first);
                    }
        }
    });
    const long stride = space.template stride<T>();
    team.split(s.c, double(s.c) * s.f * summed * GRADIENT_TRANSFORM_NANOSECONDS, [&](int, long begin, long end) {
        for (long c = begin; c < end; c++) {
            const T* sums = space.at(space.sums, workspace, c / space.c_part) + c % space.c_part * space.padded_f;
            for (long f = 0; f < s.f; f += lanes) {
                Vector<T> half[3][WINDOW], in[WINDOW], y[3];
                for (int j = 0; j < WINDOW; j++) {
                    for (int i = 0; i < WINDOW; i++) {
                        in[i] = Vector<T>{};
                        for (int part = 0; part < summed; part++)
                            in[i] += load(sums + part * stride + (i * WINDOW + j) * space.sum_stride + f);
                    }
                    Transforms<T>::weight_gradient(in, y);
                    for (int i = 0; i < 3; i++) half[i][j] = y[i];
                }
                for (int i = 0; i < 3; i++) {
                    Transforms<T>::weight_gradient(half[i], y);
                    for (int j = 0; j < 3; j++) {
                        T* place = dw + ((i * 3 + j) * s.c + c) * s.f + f;
                        if (s.f - f >= lanes) store(place, y[j]);
                        else store_some(place, y[j], s.f - f);
                    }
                }
            }
        }
    });
}

// Bytes that any of the three passes needs.
template <class T>
static size_t conv_workspace_winograd(const ConvShape& s, int threads) {
    const size_t forward = WinogradForwardWorkspace<T>(s, threads).bytes(), data = WinogradDataWorkspace<T>(s, threads).bytes();
    return larger_of(larger_of(forward, data), WinogradWeightsWorkspace<T>(s, threads).bytes());
}

}  // namespace pellucid::PELLUCID_ISA
