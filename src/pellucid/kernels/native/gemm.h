// Matrix products from the micro-kernels of tiles.h.
//
// k is cut into blocks of K_BLOCK: each block is summed in registers and added to the result, so that rounding does not grow with
// the length of one running sum. Each thread packs what it multiplies just before it does, so a panel's block never leaves its cache.
#pragma once
#include "panels.h"
#include "workspace.h"

namespace pellucid::PELLUCID_ISA {

constexpr long ROW_CHUNK = 12 * TILE_ROWS;  // rows of a, one block of k long, that stay in the second-level cache together with a panel
constexpr long PANEL_GROUP = 4;             // panels packed at a time where rows are few: the rows of b are read in longer pieces
constexpr long MAXIMUM_SUMS = 1 << 16;      // numbers of a result that k may be cut for: each part's sums stay in its cache
constexpr long MINIMUM_DEPTH = 4;           // and how many times longer than the rows k must be for that to save any reading
constexpr long EVEN_PANELS = 4;             // panels a thread from which cutting along them leaves no thread idle for long
constexpr long GATHERED_COLUMNS = 48;       // of a that `multiply_outer` copies together: whole cache lines, four tiles
constexpr long SET_BYTES = 2048;            // addresses a multiple of this apart share one place in eight of the first-level cache
constexpr long SUM_ROWS = 256;              // that are summed by themselves, so that rounding does not grow with the number of rows

// Whether rows so far apart fall on the same few places of the first-level cache and drive each other out. Then they are copied
// into one block once and used for all panels.
template <class T>
static bool worth_gathering(long stride, long panels) {
    return stride * long(sizeof(T)) % SET_BYTES == 0 && panels > 1;
}

// What a part of a product is to do: rows m0..m1 and panels p0..p1 of the result, summed over k0..k1.
struct ProductPart {
    long m0, m1, p0, p1, k0, k1;
};

// How a product is cut into parts: into runs of panels; of rows where there are few panels; or of k where the result is small and
// k is long. Then each thread has its own part of both factors, forward, backward and in the update, and only sums are exchanged.
enum class Along { rows, panels, sums };

static Along cut_along(const Team& team, long m, long k, long n, long panels, double nanoseconds) {
    const long threads = team.threads;
    const bool small_result = m * n <= MAXIMUM_SUMS && k >= threads * K_BLOCK && k >= MINIMUM_DEPTH * m && m >= TILE_ROWS;
    if (small_result && team.parts_of(k, nanoseconds) > 1) return Along::sums;
    return panels >= EVEN_PANELS * threads || m < TILE_ROWS * threads ? Along::panels : Along::rows;
}

// The workspace of `multiply` and `multiply_transposed`. No array grows where m shrinks, so that what holds a batch holds any part of it.
template <class T>
struct ProductWorkspace : Layout {
    long panels_packed;  // at a time
    Private<T> packed, gathered, sums;
    ProductWorkspace(long m, long k, long n, int threads) : Layout(threads) {
        const long panels = ceil_div(n, PANEL<T>);
        panels_packed = m <= ROW_CHUNK ? minimum(panels, PANEL_GROUP) : panels;
        packed = own<T>(panels_packed * minimum(maximum(k, 1), K_BLOCK) * PANEL<T>);
        gathered = own<T>(ROW_CHUNK * APART<T>);
        sums = own<T>(round_up(minimum(m * n, MAXIMUM_SUMS), LANES<T>));
    }
};

// out (+)= a part of a b, where pack(p0, p1, k0, k1, to) packs a block of panels of b, so many at a time; `gathered` is null where rows
// of a need not be copied together.
template <class T, class Pack>
static void multiply_part(const ProductPart& part, long panels_packed, long n, const T* a, long lda, const Pack& pack, const T* bias,
                          bool relu, T* out, T* packed, T* gathered) {
    const EvenTiles chunk(part.m1 - part.m0, ROW_CHUNK);
    long k0 = part.k0;
    do {
        const long k1 = minimum(part.k1, k0 + K_BLOCK);
        const bool first = k0 == part.k0, last = k1 == part.k1;
        const int finish = (first ? STORE : ADD) | (relu && last ? RELU : STORE);
        for (long q = 0; q < chunk.tiles; q++) {
            const long i0 = part.m0 + chunk.begin(q), i1 = part.m0 + chunk.begin(q + 1);
            if (gathered)
                for (long i = i0; i < i1; i++) copy(gathered + (i - i0) * APART<T>, a + i * lda + k0, k1 - k0);
            const T* from = gathered ? gathered : a + i0 * lda + k0;
            const long stride = gathered ? APART<T> : lda;
            const EvenTiles tile(i1 - i0, TILE_ROWS);
            for (long p = part.p0; p < part.p1; p++) {
                if (q == 0 && (p - part.p0) % panels_packed == 0) pack(p, minimum(p + panels_packed, part.p1), k0, k1, packed);
                const T* panel = packed + (p - part.p0) % panels_packed * (k1 - k0) * PANEL<T>;
                const long columns = minimum(PANEL<T>, n - p * PANEL<T>);
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

// out += sums of the other parts, which lie `stride` apart, in their order.
template <class T>
static void add_sums(long count, int parts, long stride, const T* sums, bool relu, T* out) {
    for (long i = 0; i < count; i += LANES<T>) {
        const long remaining = minimum(LANES<T>, count - i);
        const bool whole = remaining == LANES<T>;
        Vector<T> total = load_run(out + i, remaining, whole);
        for (int t = 1; t < parts; t++) total += load(sums + t * stride + i);
        if (relu) total = rectified<T>(total);
        store_run(out + i, total, remaining, whole);
    }
}

// out [m][n] = a [m][k] b + bias.
template <class T, class Pack>
static void multiply_by(const Team& team, long m, long k, long n, const T* a, long lda, const Pack& pack, const T* bias, bool relu,
                        T* out, std::byte* workspace) {
    if (m == 0 || n == 0) return;
    const double nanoseconds = double(m) * n * k / PRODUCTS_PER_NANOSECOND;
    const long panels = ceil_div(n, PANEL<T>);
    const ProductWorkspace<T> space(m, k, n, team.threads);
    const Along along = cut_along(team, m, k, n, panels, nanoseconds);
    const bool gather = worth_gathering<T>(lda, panels);
    const auto multiply = [&](int t, const ProductPart& part, const T* added, bool rectify, T* to) {
        multiply_part(part, space.panels_packed, n, a, lda, pack, added, rectify, to, space.at(space.packed, workspace, t),
                      gather ? space.at(space.gathered, workspace, t) : nullptr);
    };
    if (along == Along::sums) {
        team.each(team.threads, [&](int t) {
            const ProductPart part{0, m, 0, panels, k * t / team.threads, k * (t + 1) / team.threads};
            if (t == 0) multiply(t, part, bias, false, out);
            else multiply(t, part, nullptr, false, space.at(space.sums, workspace, t));
        });
        add_sums(m * n, team.threads, space.template stride<T>(), space.at(space.sums, workspace, 0), relu, out);
        return;
    }
    team.split(along == Along::panels ? panels : m, nanoseconds, [&](int t, long begin, long end) {
        ProductPart part{0, m, 0, panels, 0, k};
        if (along == Along::panels) part.p0 = begin, part.p1 = end;
        else part.m0 = begin, part.m1 = end;
        multiply(t, part, bias, relu, out);
    });
}

// to (+)= from, at most a panel's columns.
template <class T>
PELLUCID_INLINE void put_row(T* to, const T* from, long columns, bool add) {
    PELLUCID_UNROLL for (int v = 0; v < TILE_VECTORS; v++) {
        const long remaining = columns - v * LANES<T>;
        const Vector<T> x = load(from + v * LANES<T>);
        if (remaining >= LANES<T>) store(to + v * LANES<T>, add ? load(to + v * LANES<T>) + x : x);
        else if (remaining > 0) store_some(to + v * LANES<T>, add ? load_some(to + v * LANES<T>, remaining) + x : x, remaining);
    }
}

template <class T>
static void multiply(const Team& team, long m, long k, long n, const T* a, long lda, const T* b, long pixels, const T* bias, bool relu,
                     T* out, std::byte* workspace) {
    const RowOrder order{k / pixels, pixels};
    const auto pack = [=](long p0, long p1, long k0, long k1, T* to) { pack_panels(b, k0, k1, n, p0, p1, to, order); };
    multiply_by(team, m, k, n, a, lda, pack, bias, relu, out, workspace);
}

template <class T>
static void multiply_transposed(const Team& team, long m, long k, long n, const T* a, const T* b, long pixels, T* out,
                                std::byte* workspace) {
    const RowOrder order{n / pixels, pixels};
    const auto pack = [=](long p0, long p1, long k0, long k1, T* to) { pack_panels_transposed(b, k, k0, k1, n, p0, p1, to, order); };
    multiply_by(team, m, k, n, a, k, pack, static_cast<const T*>(nullptr), false, out, workspace);
}

template <class T>
static size_t multiply_workspace(long m, long k, long n, int threads) {
    return ProductWorkspace<T>(m, k, n, threads).bytes();
}

// The workspace of `multiply_outer`: all of b, packed, and columns of a.
template <class T>
struct OuterWorkspace : Layout {
    Shared<T> packed;
    Private<T> gathered;
    OuterWorkspace(long k, long n, int threads) : Layout(threads) {
        packed = share<T>(round_up(n, PANEL<T>) * maximum(k, 1));
        gathered = own<T>(minimum(maximum(k, 1), K_BLOCK) * GATHERED_COLUMNS);
    }
};

template <class T>
static size_t multiply_outer_workspace(long k, long n, int threads) {
    return OuterWorkspace<T>(k, n, threads).bytes();
}

// A strip of a's columns is copied together, whole cache lines at a time, and meets all panels of b. Where the rows of out lie in
// another order, a tile is finished apart and its rows are put where they belong.
template <class T>
static void multiply_outer(const Team& team, long m, long k, long n, const T* a, const T* b, long pixels, T* out,
                           std::byte* workspace) {
    if (m == 0 || n == 0) return;
    const RowOrder order{m / pixels, pixels};
    const long panels = ceil_div(n, PANEL<T>), strips = ceil_div(m, GATHERED_COLUMNS);
    const OuterWorkspace<T> space(k, n, team.threads);
    T* packed = space.at(space.packed, workspace);
    team.split(panels, double(k) * n / COPIES_PER_NANOSECOND,
               [&](int, long begin, long end) { pack_panels(b, 0, k, n, begin, end, packed + begin * k * PANEL<T>); });
    team.split(strips, double(m) * n * k / PRODUCTS_PER_NANOSECOND, [&](int t, long begin, long end) {
        T* gathered = space.at(space.gathered, workspace, t);
        T apart[OUTER_ROWS * PANEL<T>];
        for (long s = begin; s < end; s++) {
            const long i0 = s * GATHERED_COLUMNS, width = minimum(GATHERED_COLUMNS, m - i0);
            const EvenTiles tile(width, OUTER_ROWS);
            for (long k0 = 0; k0 < maximum(k, 1); k0 += K_BLOCK) {
                const long length = minimum(K_BLOCK, k - k0);
                for (long j = 0; j < length; j++) copy_padded(gathered + j * GATHERED_COLUMNS, a + (k0 + j) * m + i0, width);
                for (long r = 0; r < tile.tiles; r++) {
                    const long i = tile.begin(r), rows = tile.begin(r + 1) - i;
                    for (long p = 0; p < panels; p++) {
                        const long columns = minimum(PANEL<T>, n - p * PANEL<T>);
                        T* place = out + p * PANEL<T>;
                        const auto sums = Tiles<T>::outer(rows, columns);
                        const T* panel = packed + (p * k + k0) * PANEL<T>;
                        if (pixels == 1) {
                            sums(gathered + i, GATHERED_COLUMNS, 1, length, 0, panel, place + (i0 + i) * n, n, columns, k0 > 0);
                            continue;
                        }
                        sums(gathered + i, GATHERED_COLUMNS, 1, length, 0, panel, apart, PANEL<T>, PANEL<T>, false);
                        RowWalk walk(order, i0 + i);
                        for (long row = 0; row < rows; row++) put_row(place + walk.next() * n, apart + row * PANEL<T>, columns, k0 > 0);
                    }
                }
            }
        }
    });
}

// The columns' sums over rows r0..r1, each run of SUM_ROWS summed by itself; VECTORS columns of vectors at a time.
template <class T, int VECTORS>
static void sum_columns(long r0, long r1, long n, const T* a, long j, T* out) {
    using V = Vector<T>;
    const auto get = [=](const T* row, int v) __attribute__((always_inline)) {
        const long remaining = n - j - v * LANES<T>;
        return load_run(row + v * LANES<T>, remaining, remaining >= LANES<T>);
    };
    V total[VECTORS] = {};
    for (long block = r0; block < r1; block += SUM_ROWS) {
        V sum[VECTORS] = {};
        for (long i = block; i < minimum(r1, block + SUM_ROWS); i++)
            PELLUCID_UNROLL for (int v = 0; v < VECTORS; v++) sum[v] += get(a + i * n + j, v);
        PELLUCID_UNROLL for (int v = 0; v < VECTORS; v++) total[v] += sum[v];
    }
    PELLUCID_UNROLL for (int v = 0; v < VECTORS; v++) store(out + j + v * LANES<T>, total[v]);
}

template <class T>
struct ColumnSumsWorkspace : Layout {
    Private<T> sums;
    ColumnSumsWorkspace(long n, int threads) : Layout(threads) { sums = own<T>(round_up(n, LANES<T>)); }
};

template <class T>
static size_t column_sums_workspace(long n, int threads) {
    return ColumnSumsWorkspace<T>(n, threads).bytes();
}

// out [n] = the sums of the columns of a [m][n]. Parts are runs of rows, as where a was made; their sums are added in order.
template <class T>
static void column_sums(const Team& team, long m, long n, const T* a, T* out, std::byte* workspace) {
    const ColumnSumsWorkspace<T> space(n, team.threads);
    const int parts = team.parts_of(m, double(m) * n / COPIES_PER_NANOSECOND);
    team.each(parts, [&](int t) {
        const long r0 = m * t / parts, r1 = m * (t + 1) / parts;
        T* sums = space.at(space.sums, workspace, t);
        long j = 0;
        for (; j + 4 * LANES<T> <= round_up(n, LANES<T>); j += 4 * LANES<T>) sum_columns<T, 4>(r0, r1, n, a, j, sums);
        for (; j < n; j += LANES<T>) sum_columns<T, 1>(r0, r1, n, a, j, sums);
    });
    copy(out, space.at(space.sums, workspace, 0), n);
    add_sums(n, parts, space.template stride<T>(), space.at(space.sums, workspace, 0), false, out);
}

}  // namespace pellucid::PELLUCID_ISA
