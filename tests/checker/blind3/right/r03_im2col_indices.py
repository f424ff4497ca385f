import numpy as np


def get_im2col_indices(x_shape, field_height, field_width, padding=1, stride=1):
    N, C, H, W = x_shape
    out_height = int((H + 2 * padding - field_height) / stride + 1)
    out_width = int((W + 2 * padding - field_width) / stride + 1)
    i0 = np.tile(np.repeat(np.arange(field_height), field_width), C)
    i1 = stride * np.repeat(np.arange(out_height), out_width)
    j0 = np.tile(np.arange(field_width), field_height * C)
    j1 = stride * np.tile(np.arange(out_width), out_height)
    i = i0.reshape(-1, 1) + i1.reshape(1, -1)
    j = j0.reshape(-1, 1) + j1.reshape(1, -1)
    k = np.repeat(np.arange(C), field_height * field_width).reshape(-1, 1)
    return k, i, j, out_height, out_width


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    F, C, HH, WW = w.shape
    k, i, j, oh, ow = get_im2col_indices(x.shape, HH, WW, pad, stride)
    x_padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    cols = x_padded[:, k, i, j].transpose(1, 2, 0).reshape(C * HH * WW, -1)
    res = w.reshape(F, -1).dot(cols) + b.reshape(-1, 1)
    out = res.reshape(F, oh, ow, x.shape[0]).transpose(3, 0, 1, 2)
    return out, (x.shape, w, conv_param, cols)


def conv_backward_naive(dout, cache):
    x_shape, w, conv_param, cols = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x_shape
    F, _, HH, WW = w.shape
    k, i, j, _, _ = get_im2col_indices(x_shape, HH, WW, pad, stride)
    d = dout.transpose(1, 2, 3, 0).reshape(F, -1)
    dcols = w.reshape(F, -1).T.dot(d).reshape(C * HH * WW, -1, N).transpose(2, 0, 1)
    dxp = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=dout.dtype)
    np.add.at(dxp, (slice(None), k, i, j), dcols)
    dx = dxp[:, :, pad:-pad, pad:-pad] if pad > 0 else dxp
    return dx, d.dot(cols.T).reshape(w.shape), dout.sum(axis=(0, 2, 3))


def max_pool_forward_naive(x, pool_param):
    N, C, H, W = x.shape
    ph, pw, st = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    split = x.reshape(N * C, 1, H, W)
    k, i, j, oh, ow = get_im2col_indices(split.shape, ph, pw, padding=0, stride=st)
    cols = split[:, k, i, j].transpose(1, 2, 0).reshape(ph * pw, -1)
    arg = np.argmax(cols, axis=0)
    out = cols[arg, range(arg.size)].reshape(oh, ow, N, C).transpose(2, 3, 0, 1)
    return out, (x.shape, cols.shape, arg, pool_param)


def max_pool_backward_naive(dout, cache):
    (N, C, H, W), cols_shape, arg, pool_param = cache
    ph, pw, st = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    k, i, j, oh, ow = get_im2col_indices((N * C, 1, H, W), ph, pw, padding=0, stride=st)
    dcols = np.zeros(cols_shape)
    dcols[arg, range(arg.size)] = dout.transpose(2, 3, 0, 1).ravel()
    dx = np.zeros((N * C, 1, H, W))
    np.add.at(dx, (slice(None), k, i, j), dcols.reshape(ph * pw, -1, N * C).transpose(2, 0, 1))
    return dx.reshape(N, C, H, W)
