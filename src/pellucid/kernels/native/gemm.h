// Matrix products from the micro-kernels of tiles.h.
//
// k is cut into blocks of K_BLOCK: each block is summed in registers and added to the result, so that rounding does not grow with
// the length of one running sum. Each thread packs what it multiplies just before it does, so a panel's block never leaves its cache.
#pragma once
#include "panels.h"

namespace pellucid::PELLUCID_ISA {

constexpr long ROW_CHUNK = 12 * TILE_ROWS;  // rows of a, one block of k long, that stay in the second-level cache beside a panel

// Whether rows so far apart fall on the same few places of the first-level cache and drive each other out. Then they are copied
// together once and used for all panels.
template <class T>
static bool worth_gathering(long stride, long panels) {
    return stride * long(sizeof(T)) % 2048 == 0 && panels > 1;
}

// What a part of a product is to do: rows m0..m1 and panels p0..p1 of the result, summed over k0..k1.
struct ProductPart {
    long m0, m1, p0, p1, k0, k1;
};

// How a product is cut into parts: into runs of panels; of rows where there are few panels; or of k where the result is small beside
// what it is summed over. Then each thread has its own part of both factors, forward, backward and in the update, and only sums are
// exchanged.
struct ProductCut {
    enum Along { ROWS, PANELS, SUMS } along;
    long count;  // of what is cut
    long room;   // numbers of workspace for each part
    long held;   // panels packed at a time: the rows of b are read in longer pieces
    bool gather;
};

constexpr long PANEL_GROUP = 4, MOST_SUMS = 1 << 16;

template <class T>
static ProductCut cut_of(const Team& team, long m, long k, long n, long lda, double work) {
    const int threads = team.threads;
    const long panels = ceil_div(n, PANEL<T>), block = least(most(k, 1), K_BLOCK);
    const bool sums = team.parts_of(k, work) > 1 && m * n <= MOST_SUMS && k >= threads * K_BLOCK && k >= 4 * m && m >= TILE_ROWS;
    const bool by_panels = panels >= 4 * threads || m < TILE_ROWS * threads;
    ProductCut cut{ProductCut::ROWS, m, 0, 0, false};
    if (by_panels) cut.along = ProductCut::PANELS, cut.count = panels;
    if (sums) cut.along = ProductCut::SUMS, cut.count = k;
    cut.gather = worth_gathering<T>(lda, panels);
    cut.held = m <= ROW_CHUNK ? least(panels, PANEL_GROUP) : panels;
    cut.room = cut.held * block * PANEL<T> + (cut.gather ? ROW_CHUNK * APART<T> : 0) + (sums ? round_up(m * n, LANES<T>) : 0);
    return cut;
}

// out (+)= a part of a b, where pack(p0, p1, k0, k1, to) packs a block of panels of b.
template <class T, class Pack>
static void multiply_part(const ProductPart& part, const ProductCut& cut, long n, const T* a, long lda, const Pack& pack, const T* bias,
                          bool relu, T* out, T* packed) {
    T* gathered = packed + cut.held * least(most(part.k1, 1), K_BLOCK) * PANEL<T>;
    const EvenTiles chunk(part.m1 - part.m0, ROW_CHUNK);
    long k0 = part.k0;
    do {
        const long k1 = least(part.k1, k0 + K_BLOCK);
        const bool first = k0 == part.k0, last = k1 == part.k1;
        const int finish = (first ? STORE : ADD) | (relu && last ? RELU : STORE);
        for (long q = 0; q < chunk.tiles; q++) {
            const long i0 = part.m0 + chunk.begin(q), i1 = part.m0 + chunk.begin(q + 1);
            if (cut.gather)
                for (long i = i0; i < i1; i++) copy(gathered + (i - i0) * APART<T>, a + i * lda + k0, k1 - k0);
            const T* from = cut.gather ? gathered : a + i0 * lda + k0;
            const long stride = cut.gather ? APART<T> : lda;
            const EvenTiles tile(i1 - i0, TILE_ROWS);
            for (long p = part.p0; p < part.p1; p++) {
                if (q == 0 && (p - part.p0) % cut.held == 0) pack(p, least(p + cut.held, part.p1), k0, k1, packed);
                const T* panel = packed + (p - part.p0) % cut.held * (k1 - k0) * PANEL<T>;
                const long columns = least(PANEL<T>, n - p * PANEL<T>);
                T padded_bias[PANEL<T>] = {};
                if (bias && first) copy(padded_bias, bias + p * PANEL<T>, columns);
                for (long r = 0; r < tile.tiles; r++) {
                    const long i = tile.begin(r), rows = tile.begin(r + 1) - i;
                    Tiles<T>::rows(rows, columns)(from + i * stride, stride, 1, k1 - k0, 0, panel, out + (i0 + i) * n + p * PANEL<T>, n,
                                                  columns, bias && first ? padded_bias : nullptr, finish);
                }
            }
        }
        k0 = k1;
    } while (k0 < part.k1);
}

// out += sums of the other parts, in their order.
template <class T>
static void add_sums(long count, int parts, long room, const T* sums, bool relu, T* out) {
    for (long i = 0; i < count; i += LANES<T>) {
        const long here = least(LANES<T>, count - i);
        const bool whole = here == LANES<T>;
        Vector<T> total = load_run(out + i, here, whole);
        for (int t = 1; t < parts; t++) total += load(sums + t * room + i);
        if (relu) total = rectified<T>(total);
        store_run(out + i, total, here, whole);
    }
}

// out [m][n] = a [m][k] b + bias.
template <class T, class Pack>
static void multiply_by(const Team& team, long m, long k, long n, const T* a, long lda, const Pack& pack, const T* bias, bool relu,
                        T* out, T* workspace) {
    if (m == 0 || n == 0) return;
    const double work = double(m) * n * k / 40;
    const ProductCut cut = cut_of<T>(team, m, k, n, lda, work);
    const ProductPart all{0, m, 0, ceil_div(n, PANEL<T>), 0, k};
    if (cut.along == ProductCut::SUMS) {
        const long sums = cut.room - round_up(m * n, LANES<T>);  // where a part's sums lie in its workspace
        team.each(team.threads, [&](int t) {
            ProductPart part = all;
            part.k0 = k * t / team.threads, part.k1 = k * (t + 1) / team.threads;
            T* space = workspace + t * cut.room;
            multiply_part(part, cut, n, a, lda, pack, t == 0 ? bias : nullptr, false, t == 0 ? out : space + sums, space);
        });
        add_sums(m * n, team.threads, cut.room, workspace + sums, relu, out);
        return;
    }
    team.split(cut.count, work, [&](int t, long begin, long end) {
        ProductPart part = all;
        if (cut.along == ProductCut::PANELS) part.p0 = begin, part.p1 = end;
        else part.m0 = begin, part.m1 = end;
        multiply_part(part, cut, n, a, lda, pack, bias, relu, out, workspace + t * cut.room);
    });
}

// to (+)= from, at most a panel's columns.
template <class T>
PELLUCID_INLINE void put_row(T* to, const T* from, long columns, bool add) {
    PELLUCID_UNROLL for (int v = 0; v < TILE_VECTORS; v++) {
        const long here = columns - v * LANES<T>;
        const Vector<T> x = load(from + v * LANES<T>);
        if (here >= LANES<T>) store(to + v * LANES<T>, add ? load(to + v * LANES<T>) + x : x);
        else if (here > 0) store_some(to + v * LANES<T>, add ? load_some(to + v * LANES<T>, here) + x : x, here);
    }
}

constexpr long STRIP = 48;  // columns of a that `multiply_outer` copies together: whole cache lines, four tiles

// Numbers of workspace that any of the three products of these sizes needs.
template <class T>
static long multiply_workspace(long m, long k, long n, int threads) {
    const long block = least(most(k, 1), K_BLOCK), panels = round_up(n, PANEL<T>);
    const long sums = round_up(least(m * n, MOST_SUMS), LANES<T>);  // fewer rows may be cut along k where all are not
    const long rows =
        threads * ((m > ROW_CHUNK ? panels : least(panels, PANEL_GROUP * PANEL<T>)) * block + ROW_CHUNK * APART<T> + sums);
    return most(rows, panels * most(k, 1) + threads * block * STRIP);
}

template <class T>
static void multiply(const Team& team, long m, long k, long n, const T* a, long lda, const T* b, long pixels, const T* bias, bool relu,
                     T* out, T* workspace) {
    const RowOrder order{k / pixels, pixels};
    const auto pack = [=](long p0, long p1, long k0, long k1, T* to) { pack_panels(b, k0, k1, n, p0, p1, to, order); };
    multiply_by(team, m, k, n, a, lda, pack, bias, relu, out, workspace);
}

template <class T>
static void multiply_transposed(const Team& team, long m, long k, long n, const T* a, const T* b, long pixels, T* out, T* workspace) {
    const RowOrder order{n / pixels, pixels};
    const auto pack = [=](long p0, long p1, long k0, long k1, T* to) { pack_panels_transposed(b, k, k0, k1, n, p0, p1, to, order); };
    multiply_by(team, m, k, n, a, k, pack, static_cast<const T*>(nullptr), false, out, workspace);
}

// A strip of a's columns is copied together, whole cache lines at a time, and meets all panels of b. Where the rows of out lie in
// another order, a tile is finished apart and its rows are put where they belong.
template <class T>
static void multiply_outer(const Team& team, long m, long k, long n, const T* a, const T* b, long pixels, T* out, T* workspace) {
    if (m == 0 || n == 0) return;
    const RowOrder order{m / pixels, pixels};
    const long panels = ceil_div(n, PANEL<T>), block = least(most(k, 1), K_BLOCK), strips = ceil_div(m, STRIP);
    T* gathered_space = workspace + panels * PANEL<T> * most(k, 1);
    team.split(panels, double(k) * n / 4,
               [&](int, long begin, long end) { pack_panels(b, 0, k, n, begin, end, workspace + begin * k * PANEL<T>); });
    team.split(strips, double(m) * n * k / 40, [&](int t, long begin, long end) {
        T* gathered = gathered_space + t * block * STRIP;
        T apart[OUTER_ROWS * PANEL<T>];
        for (long s = begin; s < end; s++) {
            const long i0 = s * STRIP, width = least(STRIP, m - i0);
            const EvenTiles tile(width, OUTER_ROWS);
            for (long k0 = 0; k0 < most(k, 1); k0 += K_BLOCK) {
                const long length = least(K_BLOCK, k - k0);
                for (long j = 0; j < length; j++) copy_padded(gathered + j * STRIP, a + (k0 + j) * m + i0, width);
                for (long r = 0; r < tile.tiles; r++) {
                    const long i = tile.begin(r), rows = tile.begin(r + 1) - i;
                    for (long p = 0; p < panels; p++) {
                        const long columns = least(PANEL<T>, n - p * PANEL<T>);
                        T* place = out + p * PANEL<T>;
                        const auto sums = Tiles<T>::outer(rows, columns);
                        const T* panel = workspace + (p * k + k0) * PANEL<T>;
                        if (pixels == 1) {
                            sums(gathered + i, STRIP, 1, length, 0, panel, place + (i0 + i) * n, n, columns, k0 > 0);
                            continue;
                        }
                        sums(gathered + i, STRIP, 1, length, 0, panel, apart, PANEL<T>, PANEL<T>, false);
                        RowWalk walk(order, i0 + i);
                        for (long row = 0; row < rows; row++) put_row(place + walk.next() * n, apart + row * PANEL<T>, columns, k0 > 0);
                    }
                }
            }
        }
    });
}

// The columns' sums over rows r0..r1, each run of 256 rows summed by itself; VECTORS columns of vectors at a time.
template <class T, int VECTORS>
static void sum_columns(long r0, long r1, long n, const T* a, long j, T* out) {
    using V = Vector<T>;
    const auto get = [=](const T* row, int v) __attribute__((always_inline)) {
        const long here = n - j - v * LANES<T>;
        return load_run(row + v * LANES<T>, here, here >= LANES<T>);
    };
    V total[VECTORS] = {};
    for (long block = r0; block < r1; block += 256) {
        V sum[VECTORS] = {};
        for (long i = block; i < least(r1, block + 256); i++)
            PELLUCID_UNROLL for (int v = 0; v < VECTORS; v++) sum[v] += get(a + i * n + j, v);
        PELLUCID_UNROLL for (int v = 0; v < VECTORS; v++) total[v] += sum[v];
    }
    PELLUCID_UNROLL for (int v = 0; v < VECTORS; v++) store(out + j + v * LANES<T>, total[v]);
}

// out [n] = the sums of the columns of a [m][n]. Parts are runs of rows, as where a was made; their sums are added in order.
template <class T>
static void column_sums(const Team& team, long m, long n, const T* a, T* out, T* workspace) {
    const long padded = round_up(n, LANES<T>);
    const int parts = team.parts_of(m, double(m) * n / 4);
    team.each(parts, [&](int t) {
        const long r0 = m * t / parts, r1 = m * (t + 1) / parts;
        T* sums = workspace + t * padded;
        long j = 0;
        for (; j + 4 * LANES<T> <= padded; j += 4 * LANES<T>) sum_columns<T, 4>(r0, r1, n, a, j, sums);
        for (; j < padded; j += LANES<T>) sum_columns<T, 1>(r0, r1, n, a, j, sums);
    });
    copy(out, workspace, n);
    add_sums(n, parts, padded, workspace, false, out);
}

}  // namespace pellucid::PELLUCID_ISA
