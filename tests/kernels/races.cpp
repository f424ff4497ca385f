// Several callers at once, each with its own arrays and its own number of threads: built with the thread sanitizer,
// which reports what two threads touch without an order between them. Without it, a lost wake-up hangs and a race shows as a wrong sum.
// Built and run by races.sh.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#include "../../src/pellucid/kernels/native/kernels.h"

namespace pellucid::baseline {
extern const Kernels<float> float_kernels;
}

using namespace pellucid;

static std::atomic<int> wrong{0};

// Counts, in memory that no atomic guards, how often each part was done.
static void count_parts(std::mt19937& random, int calls) {
    for (int call = 0; call < calls; call++) {
        const int parts = 1 + int(random() % 9);
        std::vector<int> done(parts, 0);
        Team{parts, run_on_threads}.each(parts, [&](int t) { done[t]++; });
        for (int t = 0; t < parts; t++) wrong += done[t] != 1;
    }
}

static std::vector<float> normal(std::mt19937& random, long count) {
    std::normal_distribution<float> numbers;
    std::vector<float> values(count);
    for (float& value : values) value = numbers(random);
    return values;
}

// One product and one batch norm of large numbers of parts: the same bits as from one caller alone.
static void run_kernels(std::mt19937& random, int threads, int calls) {
    const Kernels<float>& k = baseline::float_kernels;
    const Team team{threads, run_on_threads};
    const long m = 96, n = 80, inner = 700;
    const auto a = normal(random, m * inner), b = normal(random, inner * n), bias = normal(random, n);
    std::vector<float> out(m * n), first, y(m * n), mean(n), var(n), inv_std(n);
    const auto workspace = [](size_t bytes) { return static_cast<std::byte*>(std::aligned_alloc(64, bytes)); };
    std::byte* of_product = workspace(k.multiply_workspace(m, inner, n, threads));
    std::byte* of_norm = workspace(k.batchnorm_workspace(n, threads));
    for (int call = 0; call < calls; call++) {
        k.multiply(team, m, inner, n, a.data(), inner, b.data(), 1, bias.data(), false, out.data(), of_product);
        k.batchnorm_forward(team, m, n, out.data(), bias.data(), bias.data(), 1e-5f, true, 6.f, y.data(), mean.data(), var.data(),
                            inv_std.data(), of_norm);
        if (first.empty()) first = y;
        wrong += y != first;
    }
    std::free(of_product);
    std::free(of_norm);
}

int main(int count, char** arguments) {
    const int calls = count > 1 ? std::atoi(arguments[1]) : 300;
    std::vector<std::thread> callers;
    for (unsigned seed = 0; seed < 4; seed++)
        callers.emplace_back([=] {
            std::mt19937 random(seed);
            if (seed % 2) count_parts(random, 20 * calls);
            else run_kernels(random, 2 + int(seed), calls);
        });
    for (std::thread& caller : callers) caller.join();
    std::printf("%d wrong\n", wrong.load());
    return wrong != 0;
}
