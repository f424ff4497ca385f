// The peak of the machine: independent multiply-adds in registers, enough of them to hide their latency.
typedef float vector __attribute__((vector_size(64)));
float fma_loop(long rounds) {
    vector a[14], x, y;
    for (int i = 0; i < 16; i++) x[i] = 0.999f, y[i] = 0.001f;
    for (int k = 0; k < 14; k++)
        for (int i = 0; i < 16; i++) a[k][i] = (float)(i + k);
    for (long r = 0; r < rounds; r++) {
#pragma GCC unroll 14
        for (int k = 0; k < 14; k++) a[k] = a[k] * x + y;
    }
    float sum = 0;
    for (int k = 0; k < 14; k++)
        for (int i = 0; i < 16; i++) sum += a[k][i];
    return sum;
}
long flops_a_round(void) { return 14 * 16 * 2; }
