"""What the course compiles with Cython, in plain NumPy: a submission comes without the built extension."""

import numpy as np


def im2col_cython(x, field_height, field_width, padding, stride):
    """Windows of x (N, C, H, W) as columns: (C * field_height * field_width, out_h * out_w * N)."""
    N, C, H, W = x.shape
    out_h = (H + 2 * padding - field_height) // stride + 1
    out_w = (W + 2 * padding - field_width) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    cols = np.zeros((C, field_height, field_width, out_h, out_w, N), dtype=x.dtype)
    for i in range(field_height):
        for j in range(field_width):
            window = padded[:, :, i : i + stride * out_h : stride, j : j + stride * out_w : stride]
            cols[:, i, j] = window.transpose(1, 2, 3, 0)
    return cols.reshape(C * field_height * field_width, out_h * out_w * N)


def col2im_cython(cols, N, C, H, W, field_height, field_width, padding, stride):
    """The images (N, C, H, W) that the entries of the columns sum to."""
    out_h = (H + 2 * padding - field_height) // stride + 1
    out_w = (W + 2 * padding - field_width) // stride + 1
    windows = cols.reshape(C, field_height, field_width, out_h, out_w, N).transpose(0, 1, 2, 5, 3, 4)
    return col2im_6d_cython(windows, N, C, H, W, field_height, field_width, padding, stride)


def col2im_6d_cython(cols, N, C, H, W, HH, WW, pad, stride):
    """The same from an array (C, HH, WW, N, out_h, out_w)."""
    out_h, out_w = cols.shape[4:]
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    for i in range(HH):
        for j in range(WW):
            rows, columns = slice(i, i + stride * out_h, stride), slice(j, j + stride * out_w, stride)
            padded[:, :, rows, columns] += cols[:, i, j].transpose(1, 0, 2, 3)
    return padded[:, :, pad : pad + H, pad : pad + W]
