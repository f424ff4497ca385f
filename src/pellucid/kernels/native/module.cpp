// The compiled module: chooses the instruction set at import, and offers every call of the *calls.h files twice: `bound.NAME(workspace, ...)`
// returns the call bound to its arrays, for a plan; `NAME(...)` makes it at once, for all samples, in the thread's own memory.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "norm_calls.h"
#include "offer.h"

using namespace pellucid;

#define PELLUCID_DECLARE(isa)                    \
    namespace pellucid::isa {                    \
    extern const Kernels<float> float_kernels;   \
    extern const Kernels<double> double_kernels; \
    }
#if defined(PELLUCID_WITH_baseline)
PELLUCID_DECLARE(baseline)
#endif
#if defined(PELLUCID_WITH_avx2)
PELLUCID_DECLARE(avx2)
#endif
#if defined(PELLUCID_WITH_avx512)
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
#if defined(PELLUCID_WITH_avx512) || defined(PELLUCID_WITH_avx2)
    __builtin_cpu_init();
#endif
#if defined(PELLUCID_WITH_avx512)
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512bw");
    sets.push_back({"avx512", avx512, &avx512::float_kernels, &avx512::double_kernels});
#endif
#if defined(PELLUCID_WITH_avx2)
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    sets.push_back({"avx2", avx2, &avx2::float_kernels, &avx2::double_kernels});
#endif
#if defined(PELLUCID_WITH_baseline)
    sets.push_back({"baseline", true, &baseline::float_kernels, &baseline::double_kernels});
#endif
    return sets;
}

// The set PELLUCID_ISA names, where the processor has it, or else the widest it has; binding.py refuses a name that was not followed.
InstructionSet choose() {
    const char* wanted = std::getenv("PELLUCID_ISA");
    std::vector<InstructionSet> sets = instruction_sets();
    sets.erase(std::remove_if(sets.begin(), sets.end(), [](const InstructionSet& set) { return !set.available; }), sets.end());
    for (const InstructionSet& set : sets)
        if (wanted && std::string(wanted) == set.name) return set;
    return sets.front();
}

InstructionSet chosen;

}  // namespace

template <class T>
const Kernels<T>& pellucid::kernels() {
    if constexpr (sizeof(T) == 4) return *chosen.floats;
    else return *chosen.doubles;
}
template const Kernels<float>& pellucid::kernels<float>();
template const Kernels<double>& pellucid::kernels<double>();

namespace {

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
void define(nb::module_& module, nb::module_& bound) {
    // noconvert: an array of another type or order is refused, never copied silently (an output would be lost).
    const auto in = [](const char* name) { return nb::arg(name).noconvert(); };
    const auto maybe = [](const char* name) { return nb::arg(name).noconvert().none(); };
    const nb::arg stride("stride"), pad("pad"), eps("eps"), beta1("beta1"), beta2("beta2");
    offer(module, bound, "affine_forward", &affine_forward<T>, in("x"), in("w"), in("b"), in("pixels"), in("relu"), in("out"),
          in("threads"));
    offer(module, bound, "affine_backward", &affine_backward<T>, in("dout"), in("x"), in("w"), in("pixels"), maybe("dx"), in("dw"),
          in("db"), in("threads"));
    offer(module, bound, "conv_forward", &conv_forward<T>, in("x"), in("w"), in("b"), stride, pad, in("relu"), in("winograd"),
          in("out"), in("threads"));
    offer_bound(bound, "conv_prepare", &conv_prepare<T>, in("x"), in("w"), stride, pad, in("winograd"), in("out"), in("threads"));
    offer_bound(bound, "conv_forward_prepared", &conv_forward_prepared<T>, in("x"), in("w"), in("b"), stride, pad, in("relu"),
                in("winograd"), in("out"), in("threads"));
    offer(module, bound, "conv_backward", &conv_backward<T>, in("dout"), in("x"), in("w"), stride, pad, in("winograd"),
          in("channels_first"), maybe("dx"), in("dw"), in("db"), in("threads"));
    const nb::arg ceiling("ceiling");
    offer(module, bound, "batchnorm_forward", &batchnorm_forward<T>, in("x"), in("gamma"), in("beta"), eps, in("relu"), ceiling,
          in("out"), in("mean"), in("var"), in("inv_std"), in("threads"));
    offer(module, bound, "batchnorm_apply", &batchnorm_apply<T>, in("x"), in("gamma"), in("beta"), in("mean"), in("inv_std"),
          in("relu"), ceiling, in("out"), in("threads"));
    offer(module, bound, "batchnorm_backward", &batchnorm_backward<T>, in("dout"), in("x"), in("gamma"), in("beta"), in("mean"),
          in("inv_std"), in("relu"), ceiling, in("dx"), in("dgamma"), in("dbeta"), in("threads"));
    offer(module, bound, "add", &add<T>, in("a"), in("b"), in("out"), in("threads"));
    offer(module, bound, "relu_forward", &relu_forward<T>, in("x"), in("out"), in("threads"));
    offer(module, bound, "relu_backward", &relu_backward<T>, in("dout"), in("out"), in("dx"), in("threads"));
    offer(module, bound, "softmax_loss", &softmax_loss<T>, in("scores"), in("labels"), nb::arg("smoothing"), in("shares"),
          in("dscores"), in("threads"));
    offer(module, bound, "sum_of_squares", &sum_of_squares<T>, in("x"), in("threads"));
    module.def("adam", &adam<T>, in("w"), in("dw"), in("m"), in("v"), nb::arg("rate"), nb::arg("root_correction"), beta1, beta2, eps,
               nb::arg("shrink"), in("threads"));
    bound.def(
        "adam_update",
        [](nb::object, Out<T> w, In<T> dw, Out<T> m, Out<T> v, double b1, double b2, double e, int threads) {
            return adam_update<T>(Workspace(), w, dw, m, v, b1, b2, e, threads);
        },
        nb::arg("workspace").none(), in("w"), in("dw"), in("m"), in("v"), beta1, beta2, eps, in("threads"));
    nb::class_<AdamCall<T>>(bound, sizeof(T) == 4 ? "AdamFloat32" : "AdamFloat64", "Adam bound to its buffers.")
        .def(
            "__call__",
            [](const AdamCall<T>& call, double rate, double root_correction, double shrink) {
                const WithoutLock released;
                call(rate, root_correction, shrink);
            },
            nb::arg("rate"), nb::arg("root_correction"), nb::arg("shrink"));
}

template <class Result>
void define_bound(nb::module_& module, const char* name) {
    nb::class_<Bound<Result>>(module, name, "A kernel bound to its arrays: call it with the number of samples.")
        .def("__call__", &call<Result>, nb::arg("samples"))
        .def_ro("samples", &Bound<Result>::samples, "How many samples the arrays hold.");
}

// Bytes of workspace, known before there are any arrays.
template <class T>
void define_workspaces(nb::module_& module, const char* type) {
    const auto name = [type](const char* kernel) { return std::string(kernel) + "_workspace_" + type; };
    module.def(name("affine").c_str(), [](long n, long d, long m, int threads) {
        return std::max(affine_forward_workspace<T>(n, d, m, threads), affine_backward_workspace<T>(n, d, m, threads));
    });
    module.def(name("conv").c_str(),
               [](const std::vector<long>& images, const std::vector<long>& weights, const std::vector<long>& places,
                  const std::vector<long>& stride, const std::vector<long>& pad, bool winograd, int threads) {
                   const ConvShape s = conv_shape(images, weights, places, stride, pad);
                   return kernels<T>().conv_workspace(algorithm_of(winograd, s), s, threads);
               });
    module.def(name("batchnorm").c_str(), [](long c, int threads) { return kernels<T>().batchnorm_workspace(c, threads); });
}

// A daemon thread that still runs when the interpreter ends never gives back what it holds (see WithoutLock). nanobind would report
// that as a leak, on the standard error of a program that ended as it should; without such threads, its report stands.
void expect_remains_of_daemon_threads() {
    nb::module_::import_("atexit").attr("register")(nb::cpp_function([] {
        if (nb::cast<int>(nb::module_::import_("threading").attr("active_count")()) > 1) nb::set_leak_warnings(false);
    }));
}

}  // namespace

NB_MODULE(_native, module) {
    chosen = choose();
    expect_remains_of_daemon_threads();
    nb::module_ bound = module.def_submodule("bound", "The calls, bound to their arrays.");
    define_bound<void>(bound, "Bound");
    define_bound<double>(bound, "BoundToNumber");
    define<float>(module, bound);
    define<double>(module, bound);
    define_light_calls(module, bound);
    define_workspaces<float>(module, "float32");
    define_workspaces<double>(module, "float64");
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
