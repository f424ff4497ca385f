// The Python side of the kernels: every array's type, shape and contiguity is checked here, and sizes against each other, so that
// no call from Python can read or write where it should not. Arrays come dense: images [N][H][W][C], weights [R][S][C][F].
// The shims in pellucid/kernels/*.py turn logical arrays of any strides into these.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "kernels.h"

namespace nb = nanobind;
using namespace pellucid;

#define PELLUCID_DECLARE(isa)                     \
    namespace pellucid::isa {                     \
    extern const Kernels<float> float_kernels;    \
    extern const Kernels<double> double_kernels;  \
    }
PELLUCID_DECLARE(baseline)
#if defined(PELLUCID_X86)
PELLUCID_DECLARE(avx2)
PELLUCID_DECLARE(avx512)
#endif

namespace {

struct InstructionSet {
    const char* name;
    bool available;
    const Kernels<float>* floats;
    const Kernels<double>* doubles;
};

std::vector<InstructionSet> instruction_sets() {
    std::vector<InstructionSet> sets;
#if defined(PELLUCID_X86)
    __builtin_cpu_init();
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    sets.push_back({"avx512", avx512, &avx512::float_kernels, &avx512::double_kernels});
    sets.push_back({"avx2", avx2, &avx2::float_kernels, &avx2::double_kernels});
#endif
    sets.push_back({"baseline", true, &baseline::float_kernels, &baseline::double_kernels});
    return sets;
}

// The widest set the processor has, or the one PELLUCID_ISA names.
InstructionSet choose() {
    const char* asked = std::getenv("PELLUCID_ISA");
    for (const InstructionSet& set : instruction_sets()) {
        if (asked && *asked && std::string(asked) != set.name) continue;
        if (set.available) return set;
        if (asked && *asked) throw nb::import_error(("PELLUCID_ISA: this processor has no " + std::string(asked)).c_str());
    }
    throw nb::import_error(("PELLUCID_ISA must be avx512, avx2 or baseline; it is " + std::string(asked)).c_str());
}

InstructionSet chosen;

template <class T>
const Kernels<T>& kernels() {
    if constexpr (sizeof(T) == 4) return *chosen.floats;
    else return *chosen.doubles;
}

template <class T>
using In = nb::ndarray<const T, nb::c_contig, nb::device::cpu>;
template <class T>
using Out = nb::ndarray<T, nb::c_contig, nb::device::cpu>;

void require(bool holds, const char* what) {
    if (!holds) throw nb::value_error(what);
}

template <class Array>
void require_shape(const Array& array, std::initializer_list<long> shape, const char* name) {
    bool same = array.ndim() == shape.size();
    size_t axis = 0;
    for (long size : shape) same = same && long(array.shape(axis++)) == size;
    if (!same) throw nb::value_error((std::string(name) + " has the wrong shape").c_str());
}

// Vector loads reach any address, but the language wants a number on a multiple of its size.
template <class... Arrays>
void require_aligned(const Arrays&... arrays) {
    const bool all = ((reinterpret_cast<uintptr_t>(arrays.data()) % sizeof(*arrays.data()) == 0) && ...);
    require(all, "arrays must be aligned to the size of their numbers");
}

Team team_of(int threads) {
    require(threads >= 1 && threads <= 1024, "threads must lie in 1..1024");
    return Team{threads, run_on_threads};
}

// Memory that a kernel needs for the length of one call. Each Python thread keeps its own, as large as it has needed so far.
template <class T>
T* workspace(long count) {
    struct Memory {
        void* start = nullptr;
        size_t bytes = 0;
        ~Memory() { std::free(start); }
    };
    static thread_local Memory memory;
    const size_t needed = (size_t(count < 1 ? 1 : count) * sizeof(T) + 127) / 64 * 64;
    if (needed > memory.bytes) {
        std::free(memory.start);
        memory.start = std::aligned_alloc(64, needed);
        memory.bytes = memory.start ? needed : 0;
        if (!memory.start) throw std::bad_alloc();
    }
    return static_cast<T*>(memory.start);
}

// Runs a kernel with the interpreter's lock released.
template <class Job>
auto unlocked(const Job& job) {
    nb::gil_scoped_release release;
    return job();
}

template <class T>
void affine_forward(In<T> x, In<T> w, In<T> b, bool relu, Out<T> out, int threads) {
    require_aligned(x, w, b, out);
    require(x.ndim() == 2 && w.ndim() == 2, "x and w must be matrices");
    const long n = x.shape(0), d = x.shape(1), m = w.shape(1);
    require_shape(w, {d, m}, "w");
    require_shape(b, {m}, "b");
    require_shape(out, {n, m}, "out");
    const Team team = team_of(threads);
    T* space = workspace<T>(kernels<T>().multiply_workspace(n, d, m));
    unlocked([&] { kernels<T>().multiply(team, n, d, m, x.data(), d, w.data(), b.data(), relu, out.data(), space); });
}

template <class T>
void affine_backward(In<T> dout, In<T> x, In<T> w, Out<T> dx, Out<T> dw, Out<T> db, int threads) {
    require_aligned(dout, x, w, dx, dw, db);
    require(x.ndim() == 2 && w.ndim() == 2, "x and w must be matrices");
    const long n = x.shape(0), d = x.shape(1), m = w.shape(1);
    require_shape(w, {d, m}, "w");
    require_shape(dout, {n, m}, "dout");
    require_shape(dx, {n, d}, "dx");
    require_shape(dw, {d, m}, "dw");
    require_shape(db, {m}, "db");
    const Team team = team_of(threads);
    const Kernels<T>& k = kernels<T>();
    const long by_data = k.multiply_workspace(n, m, d), by_weights = k.multiply_workspace(d, n, m);
    T* space = workspace<T>(by_data > by_weights ? by_data : by_weights);
    unlocked([&] {
        k.multiply_transposed(team, n, m, d, dout.data(), w.data(), dx.data(), space);
        k.multiply_outer(team, d, n, m, x.data(), dout.data(), dw.data(), space);
        k.column_sums(team, n, m, dout.data(), db.data());
    });
}

// images (n, h, w, c), window (r, s), places (n, oh, ow, f)
ConvShape conv_shape(const std::vector<long>& images, const std::vector<long>& weights, const std::vector<long>& places,
                     const std::vector<long>& stride, const std::vector<long>& pad) {
    require(images.size() == 4 && weights.size() == 4 && places.size() == 4 && stride.size() == 2 && pad.size() == 2,
            "a convolution takes 4-dimensional arrays and pairs for stride and pad");
    const ConvShape s{images[0],  images[1], images[2], images[3], weights[3], weights[0], weights[1],
                      stride[0],  stride[1], pad[0],    pad[1],    places[1],  places[2]};
    require(weights[2] == s.c && places[3] == s.f && places[0] == s.n, "images, weights and places must agree in N, C and F");
    require(s.c > 0 && s.f > 0 && s.r > 0 && s.s > 0, "there must be channels, filters and taps");
    constexpr long LIMIT = 1 << 20;  // far from where sizes would overflow
    require(s.stride_h > 0 && s.stride_w > 0 && s.pad_h >= 0 && s.pad_w >= 0, "stride must be positive, pad not negative");
    require(s.stride_h < LIMIT && s.stride_w < LIMIT && s.pad_h < LIMIT && s.pad_w < LIMIT, "stride and pad must be below 2**20");
    require(s.h + 2 * s.pad_h >= s.r && s.w + 2 * s.pad_w >= s.s, "the window must fit into the padded image");
    require(s.oh == 1 + (s.h + 2 * s.pad_h - s.r) / s.stride_h && s.ow == 1 + (s.w + 2 * s.pad_w - s.s) / s.stride_w,
            "places must be as many as windows fit");
    return s;
}

template <class Array>
std::vector<long> shape_of(const Array& array) {
    std::vector<long> shape;
    for (size_t axis = 0; axis < array.ndim(); axis++) shape.push_back(long(array.shape(axis)));
    return shape;
}

ConvAlgorithm algorithm_of(bool winograd, const ConvShape& s) {
    require(!winograd || (s.r == 3 && s.s == 3 && s.stride_h == 1 && s.stride_w == 1 && s.pad_h <= 2 && s.pad_w <= 2),
            "Winograd is for 3x3 windows of stride 1 and pad 0 to 2");
    return winograd ? ConvAlgorithm::winograd : ConvAlgorithm::direct;
}

template <class T>
void conv_forward(In<T> x, In<T> w, In<T> b, std::vector<long> stride, std::vector<long> pad, bool relu, bool winograd, Out<T> out,
                  int threads) {
    require_aligned(x, w, b, out);
    const ConvShape s = conv_shape(shape_of(x), shape_of(w), shape_of(out), stride, pad);
    require_shape(b, {s.f}, "b");
    const ConvAlgorithm how = algorithm_of(winograd, s);
    const Team team = team_of(threads);
    if (s.n == 0) return;
    T* space = workspace<T>(kernels<T>().conv_workspace(how, s, threads));
    unlocked([&] { kernels<T>().conv_forward(team, how, s, x.data(), w.data(), b.data(), relu, out.data(), space); });
}

template <class T>
void conv_backward(In<T> dout, In<T> x, In<T> w, std::vector<long> stride, std::vector<long> pad, bool winograd, Out<T> dx, Out<T> dw,
                   Out<T> db, int threads) {
    require_aligned(dout, x, w, dx, dw, db);
    const ConvShape s = conv_shape(shape_of(x), shape_of(w), shape_of(dout), stride, pad);
    require_shape(dx, {s.n, s.h, s.w, s.c}, "dx");
    require_shape(dw, {s.r, s.s, s.c, s.f}, "dw");
    require_shape(db, {s.f}, "db");
    const ConvAlgorithm how = algorithm_of(winograd, s);
    const Team team = team_of(threads);
    const Kernels<T>& k = kernels<T>();
    T* space = workspace<T>(k.conv_workspace(how, s, threads));
    unlocked([&] {
        if (s.n == 0) {
            for (long i = 0; i < long(dw.size()); i++) dw.data()[i] = 0;
        } else {
            k.conv_backward_data(team, how, s, dout.data(), w.data(), dx.data(), space);
            k.conv_backward_weights(team, how, s, x.data(), dout.data(), dw.data(), space);
        }
        k.column_sums(team, s.n * s.oh * s.ow, s.f, dout.data(), db.data());
    });
}

template <class T>
void batchnorm_forward(In<T> x, In<T> gamma, In<T> beta, double eps, bool relu, Out<T> out, Out<T> mean, Out<T> var, Out<T> inv_std,
                       int threads) {
    require_aligned(x, gamma, beta, out, mean, var, inv_std);
    require(x.ndim() == 2 && x.shape(0) > 0, "x must be a matrix of at least one row");
    const long rows = x.shape(0), c = x.shape(1);
    require_shape(out, {rows, c}, "out");
    for (const auto& array : {gamma, beta}) require_shape(array, {c}, "gamma or beta");
    for (const auto& array : {mean, var, inv_std}) require_shape(array, {c}, "mean, var or inv_std");
    const Team team = team_of(threads);
    double* space = workspace<double>(kernels<T>().batchnorm_workspace(c, threads));
    unlocked([&] {
        kernels<T>().batchnorm_forward(team, rows, c, x.data(), gamma.data(), beta.data(), T(eps), relu, out.data(), mean.data(),
                                       var.data(), inv_std.data(), space);
    });
}

template <class T>
void batchnorm_backward(In<T> dout, In<T> x, In<T> gamma, In<T> beta, In<T> mean, In<T> inv_std, bool relu, Out<T> dx, Out<T> dgamma,
                        Out<T> dbeta, int threads) {
    require_aligned(dout, x, gamma, beta, mean, inv_std, dx, dgamma, dbeta);
    require(x.ndim() == 2 && x.shape(0) > 0, "x must be a matrix of at least one row");
    const long rows = x.shape(0), c = x.shape(1);
    require_shape(dout, {rows, c}, "dout");
    require_shape(dx, {rows, c}, "dx");
    for (const auto& array : {gamma, beta, mean, inv_std}) require_shape(array, {c}, "gamma, beta, mean or inv_std");
    for (const auto& array : {dgamma, dbeta}) require_shape(array, {c}, "dgamma or dbeta");
    const Team team = team_of(threads);
    double* space = workspace<double>(kernels<T>().batchnorm_workspace(c, threads));
    unlocked([&] {
        kernels<T>().batchnorm_backward(team, rows, c, x.data(), dout.data(), gamma.data(), beta.data(), mean.data(), inv_std.data(),
                                        relu, dx.data(), dgamma.data(), dbeta.data(), space);
    });
}

PoolShape pool_shape(const std::vector<long>& images, const std::vector<long>& places, const std::vector<long>& size,
                     const std::vector<long>& stride) {
    require(images.size() == 4 && places.size() == 4 && size.size() == 2 && stride.size() == 2,
            "pooling takes 4-dimensional arrays and pairs for size and stride");
    const PoolShape s{images[0], images[1], images[2], images[3], size[0], size[1], stride[0], stride[1], places[1], places[2]};
    require(s.r > 0 && s.s > 0 && s.r <= 256 && s.s <= 256 && s.r * s.s <= 256 && s.stride_h > 0 && s.stride_w > 0,
            "the window must hold 1 to 256 entries, the stride be positive");
    require(s.h >= s.r && s.w >= s.s && places[0] == s.n && places[3] == s.c && s.oh == 1 + (s.h - s.r) / s.stride_h &&
                s.ow == 1 + (s.w - s.s) / s.stride_w,
            "places must be as many as windows fit");
    return s;
}

template <class T>
void maxpool_forward(In<T> x, std::vector<long> size, std::vector<long> stride, Out<T> out, Out<uint8_t> winner, int threads) {
    require_aligned(x, out);
    const PoolShape s = pool_shape(shape_of(x), shape_of(out), size, stride);
    require_shape(winner, {s.n, s.oh, s.ow, s.c}, "winner");
    const Team team = team_of(threads);
    unlocked([&] { kernels<T>().maxpool_forward(team, s, x.data(), out.data(), winner.data()); });
}

template <class T>
void maxpool_backward(In<T> dout, In<uint8_t> winner, std::vector<long> size, std::vector<long> stride, Out<T> dx, int threads) {
    require_aligned(dout, dx);
    const PoolShape s = pool_shape(shape_of(dx), shape_of(dout), size, stride);
    require_shape(winner, {s.n, s.oh, s.ow, s.c}, "winner");
    const Team team = team_of(threads);
    unlocked([&] { kernels<T>().maxpool_backward(team, s, dout.data(), winner.data(), dx.data()); });
}

template <class T>
void relu_forward(In<T> x, Out<T> out, int threads) {
    require_aligned(x, out);
    require(x.size() == out.size(), "x and out must be of one size");
    const Team team = team_of(threads);
    unlocked([&] { kernels<T>().relu_forward(team, long(x.size()), x.data(), out.data()); });
}

template <class T>
void relu_backward(In<T> dout, In<T> out, Out<T> dx, int threads) {
    require_aligned(dout, out, dx);
    require(dout.size() == out.size() && dx.size() == out.size(), "dout, out and dx must be of one size");
    const Team team = team_of(threads);
    unlocked([&] { kernels<T>().relu_backward(team, long(out.size()), out.data(), dout.data(), dx.data()); });
}

template <class T>
double softmax_loss(In<T> scores, In<int64_t> labels, double smoothing, In<double> shares, Out<T> dscores, int threads) {
    require_aligned(scores, labels, shares, dscores);
    require(scores.ndim() == 2 && scores.shape(1) > 0, "scores must be a matrix of at least one column");
    const long rows = scores.shape(0), classes = scores.shape(1);
    require_shape(labels, {rows}, "labels");
    require_shape(shares, {rows}, "shares");
    require_shape(dscores, {rows, classes}, "dscores");
    const Team team = team_of(threads);
    return unlocked([&] {
        return kernels<T>().softmax_loss(team, rows, classes, scores.data(), labels.data(), smoothing, shares.data(), dscores.data());
    });
}

template <class T>
void adam(Out<T> w, In<T> dw, Out<T> m, Out<T> v, double rate, double root_correction, double beta1, double beta2, double eps,
          double shrink, int threads) {
    require_aligned(w, dw, m, v);
    require(w.size() == dw.size() && w.size() == m.size() && w.size() == v.size(), "w, dw, m and v must be of one size");
    const Team team = team_of(threads);
    unlocked([&] {
        kernels<T>().adam(team, long(w.size()), w.data(), dw.data(), m.data(), v.data(), rate, root_correction, beta1, beta2, eps,
                          shrink);
    });
}

std::string compiler() {
#if defined(__clang__)
    return "clang " __clang_version__;
#elif defined(__GNUC__)
    return "gcc " __VERSION__;
#else
    return "unknown";
#endif
}

template <class T>
void define(nb::module_& module) {
    // noconvert: an array of another type or order is refused, never copied in silence (an output would be lost).
    const auto in = [](const char* name) { return nb::arg(name).noconvert(); };
    module.def("affine_forward", &affine_forward<T>, in("x"), in("w"), in("b"), in("relu"), in("out"), in("threads"));
    module.def("affine_backward", &affine_backward<T>, in("dout"), in("x"), in("w"), in("dx"), in("dw"), in("db"), in("threads"));
    module.def("conv_forward", &conv_forward<T>, in("x"), in("w"), in("b"), nb::arg("stride"), nb::arg("pad"), in("relu"),
               in("winograd"), in("out"), in("threads"));
    module.def("conv_backward", &conv_backward<T>, in("dout"), in("x"), in("w"), nb::arg("stride"), nb::arg("pad"), in("winograd"),
               in("dx"), in("dw"), in("db"), in("threads"));
    module.def("batchnorm_forward", &batchnorm_forward<T>, in("x"), in("gamma"), in("beta"), nb::arg("eps"), in("relu"), in("out"),
               in("mean"), in("var"), in("inv_std"), in("threads"));
    module.def("batchnorm_backward", &batchnorm_backward<T>, in("dout"), in("x"), in("gamma"), in("beta"), in("mean"), in("inv_std"),
               in("relu"), in("dx"), in("dgamma"), in("dbeta"), in("threads"));
    module.def("maxpool_forward", &maxpool_forward<T>, in("x"), nb::arg("size"), nb::arg("stride"), in("out"), in("winner"),
               in("threads"));
    module.def("maxpool_backward", &maxpool_backward<T>, in("dout"), in("winner"), nb::arg("size"), nb::arg("stride"), in("dx"),
               in("threads"));
    module.def("relu_forward", &relu_forward<T>, in("x"), in("out"), in("threads"));
    module.def("relu_backward", &relu_backward<T>, in("dout"), in("out"), in("dx"), in("threads"));
    module.def("softmax_loss", &softmax_loss<T>, in("scores"), in("labels"), nb::arg("smoothing"), in("shares"), in("dscores"),
               in("threads"));
    module.def("adam", &adam<T>, in("w"), in("dw"), in("m"), in("v"), nb::arg("rate"), nb::arg("root_correction"), nb::arg("beta1"),
               nb::arg("beta2"), nb::arg("eps"), nb::arg("shrink"), in("threads"));
}

}  // namespace

NB_MODULE(_native, module) {
    chosen = choose();
    define<float>(module);
    define<double>(module);
    module.def("instruction_set", [] { return std::string(chosen.name); }, "The instruction set in use.");
    module.def(
        "instruction_sets",
        [] {
            std::vector<std::string> names;
            for (const InstructionSet& set : instruction_sets())
                if (set.available) names.push_back(set.name);
            return names;
        },
        "Those this processor has, widest first.");
    module.def("compiler", &compiler, "The compiler that built this module.");
    module.def("available_cores", &available_cores, "Cores that this process may use, by its affinity.");
}
