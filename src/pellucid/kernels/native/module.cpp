// The compiled half of pellucid.kernels. So far it tells what the build and the processor can do; the kernels follow.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <string>

namespace nb = nanobind;

// The widest instruction set, of those the kernels will be built for, that this processor has.
static std::string instruction_set() {
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) return "avx512";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "avx2";
    return "x86-64";
#elif defined(__aarch64__)
    return "neon";
#else
    return "baseline";
#endif
}

static std::string compiler() {
#if defined(__clang__)
    return "clang " __clang_version__;
#elif defined(__GNUC__)
    return "gcc " __VERSION__;
#else
    return "unknown";
#endif
}

NB_MODULE(_native, module) {
    module.def("instruction_set", &instruction_set, "The widest instruction set this processor has.");
    module.def("compiler", &compiler, "The compiler that built this module.");
}
