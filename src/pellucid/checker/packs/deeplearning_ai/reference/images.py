"""Course 4, convolution and pooling step by step: images (m, n_H, n_W, n_C), filters (f, f, n_C_prev, n_C)."""

import numpy as np


def zero_pad(X, pad):
    X_pad = np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    return X_pad


def conv_single_step(a_slice_prev, W, b):
    s = a_slice_prev * W
    Z = np.sum(s) + float(b[0, 0, 0])
    return Z


def conv_forward(A_prev, W, b, hparameters):
    m, n_H_prev, n_W_prev, n_C_prev = A_prev.shape
    f, f, n_C_prev, n_C = W.shape
    stride, pad = hparameters["stride"], hparameters["pad"]
    n_H = int((n_H_prev - f + 2 * pad) / stride) + 1
    n_W = int((n_W_prev - f + 2 * pad) / stride) + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    A_prev_pad = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    for h in range(n_H):
        vert_start = h * stride
        vert_end = vert_start + f
        for w in range(n_W):
            horiz_start = w * stride
            horiz_end = horiz_start + f
            a_slice_prev = A_prev_pad[:, vert_start:vert_end, horiz_start:horiz_end, :]
            Z[:, h, w, :] = np.tensordot(a_slice_prev, W, axes=((1, 2, 3), (0, 1, 2))) + b[0, 0, 0, :]
    return Z, (A_prev, W, b, hparameters)


def pool_forward(A_prev, hparameters, mode="max"):
    m, n_H_prev, n_W_prev, n_C_prev = A_prev.shape
    f, stride = hparameters["f"], hparameters["stride"]
    n_H = int(1 + (n_H_prev - f) / stride)
    n_W = int(1 + (n_W_prev - f) / stride)
    A = np.zeros((m, n_H, n_W, n_C_prev))
    for h in range(n_H):
        vert_start = h * stride
        vert_end = vert_start + f
        for w in range(n_W):
            horiz_start = w * stride
            horiz_end = horiz_start + f
            a_slice_prev = A_prev[:, vert_start:vert_end, horiz_start:horiz_end, :]
            if mode == "max":
                A[:, h, w, :] = np.max(a_slice_prev, axis=(1, 2))
            elif mode == "average":
                A[:, h, w, :] = np.mean(a_slice_prev, axis=(1, 2))
    return A, (A_prev, hparameters)


def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    m, n_H_prev, n_W_prev, n_C_prev = A_prev.shape
    f, f, n_C_prev, n_C = W.shape
    stride, pad = hparameters["stride"], hparameters["pad"]
    m, n_H, n_W, n_C = dZ.shape
    dW = np.zeros(W.shape)
    db = np.zeros(b.shape)
    A_prev_pad = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    dA_prev_pad = np.zeros(A_prev_pad.shape)
    for h in range(n_H):
        vert_start = h * stride
        vert_end = vert_start + f
        for w in range(n_W):
            horiz_start = w * stride
            horiz_end = horiz_start + f
            a_slice = A_prev_pad[:, vert_start:vert_end, horiz_start:horiz_end, :]
            part = dZ[:, h, w, :]
            dA_prev_pad[:, vert_start:vert_end, horiz_start:horiz_end, :] += np.tensordot(part, W, axes=((1,), (3,)))
            dW += np.tensordot(a_slice, part, axes=((0,), (0,)))
            db += np.sum(part, axis=0).reshape(b.shape)
    dA_prev = dA_prev_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev, :]
    return dA_prev, dW, db


def create_mask_from_window(x):
    mask = x == np.max(x)
    return mask


def distribute_value(dz, shape):
    n_H, n_W = shape
    average = dz / (n_H * n_W)
    a = np.ones(shape) * average
    return a


def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    m, n_H, n_W, n_C = dA.shape
    dA_prev = np.zeros(A_prev.shape)
    for h in range(n_H):
        vert_start = h * stride
        vert_end = vert_start + f
        for w in range(n_W):
            horiz_start = w * stride
            horiz_end = horiz_start + f
            part = dA[:, h : h + 1, w : w + 1, :]
            if mode == "max":
                a_slice = A_prev[:, vert_start:vert_end, horiz_start:horiz_end, :]
                mask = a_slice == np.max(a_slice, axis=(1, 2), keepdims=True)
                dA_prev[:, vert_start:vert_end, horiz_start:horiz_end, :] += mask * part
            elif mode == "average":
                share = np.ones((1, f, f, 1)) / (f * f)
                dA_prev[:, vert_start:vert_end, horiz_start:horiz_end, :] += share * part
    return dA_prev
