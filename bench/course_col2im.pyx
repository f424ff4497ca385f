# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""col2im: the loop for which the course compiles an extension."""


def add_windows(double[:, :, :, :, :, ::1] windows, double[:, :, :, ::1] padded, int stride):
    """Add windows (C, HH, WW, N, H', W') to padded images (N, C, H, W), in place."""
    cdef Py_ssize_t n, c, r, s, i, j
    for n in range(windows.shape[3]):
        for c in range(windows.shape[0]):
            for r in range(windows.shape[1]):
                for s in range(windows.shape[2]):
                    for i in range(windows.shape[4]):
                        for j in range(windows.shape[5]):
                            padded[n, c, i * stride + r, j * stride + s] += windows[c, r, s, n, i, j]
