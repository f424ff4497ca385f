// A few kernels of the baseline set against plain loops in double, without Python: for processors that only an emulator has here.
// Built and run by portable.sh.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "../../src/pellucid/kernels/native/kernels.h"

namespace pellucid::baseline {
extern const Kernels<float> float_kernels;
extern const Kernels<double> double_kernels;
}  // namespace pellucid::baseline

using namespace pellucid;

static int wrong = 0;

template <class T>
static std::vector<T> normal(long count, unsigned seed) {
    std::mt19937 generator(seed);
    std::normal_distribution<double> numbers;
    std::vector<T> values(count);
    for (T& value : values) value = T(numbers(generator));
    return values;
}

template <class T>
static void compare(const char* what, const std::vector<T>& found, const std::vector<double>& expected) {
    double largest = 1e-300, error = 0;
    for (size_t i = 0; i < expected.size(); i++) {
        largest = std::fmax(largest, std::fabs(expected[i]));
        const double off = std::fabs(double(found[i]) - expected[i]);
        error = off <= 1e300 ? std::fmax(error, off) : 1e300;  // NaN counts
    }
    const bool good = error / largest <= (sizeof(T) == 4 ? 4e-6 : 1e-12);
    std::printf("%-28s %-6s largest error %.1e of the largest value%s\n", what, sizeof(T) == 4 ? "float" : "double", error / largest,
                good ? "" : "  WRONG");
    wrong += !good;
}

static std::byte* workspace() {
    static std::byte* bytes = static_cast<std::byte*>(std::aligned_alloc(64, 64 << 20));  // more than any call here needs
    return bytes;
}

template <class T>
static void product(const Kernels<T>& k, const Team& team, long m, long inner, long n) {
    const auto a = normal<T>(m * inner, 1), b = normal<T>(inner * n, 2), bias = normal<T>(n, 3);
    std::vector<T> out(m * n);
    std::vector<double> expected(m * n);
    k.multiply(team, m, inner, n, a.data(), inner, b.data(), 1, bias.data(), false, out.data(), workspace());
    for (long i = 0; i < m; i++)
        for (long j = 0; j < n; j++) {
            double sum = bias[j];
            for (long p = 0; p < inner; p++) sum += double(a[i * inner + p]) * double(b[p * n + j]);
            expected[i * n + j] = sum;
        }
    compare("product", out, expected);
}

template <class T>
static void convolution(const Kernels<T>& k, const Team& team, ConvAlgorithm algorithm, const ConvShape& s) {
    const auto x = normal<T>(s.n * s.h * s.w * s.c, 4), w = normal<T>(s.r * s.s * s.c * s.f, 5), bias = normal<T>(s.f, 6);
    const auto dout = normal<T>(s.n * s.oh * s.ow * s.f, 7);
    std::vector<T> out(dout.size()), dx(x.size()), dw(w.size());
    std::vector<double> expected(dout.size()), expected_dx(x.size()), expected_dw(w.size());
    k.conv_forward(team, algorithm, s, x.data(), w.data(), bias.data(), false, out.data(), workspace());
    k.conv_backward_data(team, algorithm, s, dout.data(), w.data(), dx.data(), workspace());
    k.conv_backward_weights(team, algorithm, s, x.data(), dout.data(), dw.data(), workspace());
    for (long n = 0; n < s.n; n++)
        for (long i = 0; i < s.oh; i++)
            for (long j = 0; j < s.ow; j++)
                for (long f = 0; f < s.f; f++) {
                    const long place = ((n * s.oh + i) * s.ow + j) * s.f + f;
                    expected[place] = bias[f];
                    for (long r = 0; r < s.r; r++)
                        for (long q = 0; q < s.s; q++) {
                            const long y = i * s.stride_h + r - s.pad_h, z = j * s.stride_w + q - s.pad_w;
                            if (y < 0 || y >= s.h || z < 0 || z >= s.w) continue;
                            for (long c = 0; c < s.c; c++) {
                                const long pixel = ((n * s.h + y) * s.w + z) * s.c + c, tap = ((r * s.s + q) * s.c + c) * s.f + f;
                                expected[place] += double(x[pixel]) * double(w[tap]);
                                expected_dx[pixel] += double(dout[place]) * double(w[tap]);
                                expected_dw[tap] += double(dout[place]) * double(x[pixel]);
                            }
                        }
                }
    const bool winograd = algorithm == ConvAlgorithm::winograd;
    compare(winograd ? "Winograd, forward" : "convolution, forward", out, expected);
    compare(winograd ? "Winograd, dx" : "convolution, dx", dx, expected_dx);
    compare(winograd ? "Winograd, dw" : "convolution, dw", dw, expected_dw);
}

template <class T>
static void light(const LightKernels<T>& k, const Team& team) {
    const long rows = 37, d = 101;
    auto x = normal<T>(rows * d, 8), gamma = normal<T>(d, 9), beta = normal<T>(d, 10);
    std::vector<T> out(x.size());
    std::vector<double> expected(x.size()), mean(rows), inv_std(rows);
    k.layernorm_forward(team, rows, d, x.data(), gamma.data(), beta.data(), 1e-5, false, out.data(), mean.data(), inv_std.data());
    for (long n = 0; n < rows; n++) {
        double m = 0, v = 0;
        for (long j = 0; j < d; j++) m += double(x[n * d + j]) / d;
        for (long j = 0; j < d; j++) v += (double(x[n * d + j]) - m) * (double(x[n * d + j]) - m) / d;
        for (long j = 0; j < d; j++) expected[n * d + j] = (double(x[n * d + j]) - m) / std::sqrt(v + 1e-5) * gamma[j] + beta[j];
    }
    compare("layer norm", out, expected);
    const auto over = [&](const char* what, auto kernel, auto function) {
        kernel(team, long(x.size()), x.data(), out.data());
        for (size_t i = 0; i < x.size(); i++) expected[i] = function(double(x[i]));
        compare(what, out, expected);
    };
    over("exp", k.exp, [](double v) { return std::exp(v); });
    over("tanh", k.tanh_forward, [](double v) { return std::tanh(v); });
    over("gelu", k.gelu_forward, [](double v) { return v * 0.5 * std::erfc(-v / std::sqrt(2.0)); });
    for (T& value : x) value = value * value + T(1e-3);
    over("log", k.log, [](double v) { return std::log(v); });
}

template <class T>
static void all(const Kernels<T>& k) {
    for (int threads : {1, 3}) {
        const Team team{threads, run_on_threads};
        product(k, team, 37, 301, 65);
        product(k, team, 128, 46, 46);
        convolution(k, team, ConvAlgorithm::direct, {2, 9, 8, 17, 21, 3, 2, 2, 1, 1, 0, 5, 7});
        if (sizeof(T) == 4) convolution(k, team, ConvAlgorithm::winograd, {2, 9, 10, 20, 36, 3, 3, 1, 1, 1, 1, 9, 10});
        light(*k.light, team);
    }
}

int main() {
    all(baseline::float_kernels);
    all(baseline::double_kernels);
    std::printf("%s\n", wrong ? "WRONG" : "all correct");
    return wrong != 0;
}
