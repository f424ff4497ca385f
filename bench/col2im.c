// col2im: adds the columns of an im2col matrix back to the padded image, as a compiled course solution does.
// cols [c][r][s][n][oh][ow], image [n][c][h][w] (padded), zeroed by the caller.
#define DEFINE(NAME, T)                                                                                                     \
    void NAME(const T* restrict cols, T* restrict image, long n, long c, long h, long w, long r, long s, long oh, long ow,  \
              long stride) {                                                                                                \
        for (long in = 0; in < n; in++)                                                                                     \
            for (long ic = 0; ic < c; ic++)                                                                                 \
                for (long ir = 0; ir < r; ir++)                                                                             \
                    for (long is = 0; is < s; is++)                                                                         \
                        for (long y = 0; y < oh; y++)                                                                       \
                            for (long x = 0; x < ow; x++)                                                                   \
                                image[((in * c + ic) * h + y * stride + ir) * w + x * stride + is] +=                       \
                                    cols[((((ic * r + ir) * s + is) * n + in) * oh + y) * ow + x];                          \
    }
DEFINE(col2im_float32, float)
DEFINE(col2im_float64, double)
