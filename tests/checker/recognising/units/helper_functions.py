# unit: linear_forward | linear | correct
# unit: sigmoid_forward | sigmoid | correct
# unit: relu | relu | wrong | compar/sign/mask
# unit: softmax | softmax | correct
# unit: compute_cost | bce | correct
# unit: batch_norm_forward | batchnorm | wrong | mean
# unit: conv_forward | conv | correct
# unit: pool_forward | maxpool | correct
import numpy as np


def linear_forward(A_prev, W, b):
    Z = W @ A_prev + b
    cache = {"A_prev": A_prev, "W": W}
    return Z, cache


def linear_backward(dZ, cache):
    A_prev, W = cache["A_prev"], cache["W"]
    m = A_prev.shape[1]
    dW = dZ @ A_prev.T / m
    db = dZ.sum(axis=1, keepdims=True) / m
    dA_prev = W.T @ dZ
    return dA_prev, dW, db


def sigmoid_forward(Z):
    A = 1 / (1 + np.exp(-Z))
    return A, Z


def sigmoid_backward(dA, cache):
    s = 1 / (1 + np.exp(-cache))
    return dA * s * (1 - s)


def relu(Z):
    return np.maximum(0, Z), Z


def relu_backward(dA, activation_cache):
    dZ = np.array(dA, copy=True)
    dZ[activation_cache >= 0] = 0  # here
    return dZ


def softmax(Z):
    e = np.exp(Z - Z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


def compute_cost(AL, Y):
    m = Y.shape[1]
    cost = -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m
    return np.squeeze(cost)


def batch_norm_forward(Z, gamma, beta, eps=1e-8):
    mu = Z.mean(axis=1, keepdims=True)
    var = Z.var(axis=1, keepdims=True)
    Z_norm = (Z - mu) / np.sqrt(var + eps)
    return gamma * Z_norm + beta, (Z_norm, gamma, var, eps)


def batch_norm_backward(dout, cache):
    Z_norm, gamma, var, eps = cache
    dgamma = np.sum(dout * Z_norm, axis=1, keepdims=True)
    dbeta = np.sum(dout, axis=1, keepdims=True)
    g = dout * gamma
    dZ = (g - Z_norm * np.mean(g * Z_norm, axis=1, keepdims=True)) / np.sqrt(var + eps)  # here
    return dZ, dgamma, dbeta


def zero_pad(X, pad):
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)))


def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    m, n_H_prev, n_W_prev, n_C_prev = A_prev.shape
    f, f, n_C_prev, n_C = W.shape
    n_H = (n_H_prev - f + 2 * pad) // stride + 1
    n_W = (n_W_prev - f + 2 * pad) // stride + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    A_pad = zero_pad(A_prev, pad)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                part = A_pad[i, h * stride : h * stride + f, w * stride : w * stride + f, :]
                for c in range(n_C):
                    Z[i, h, w, c] = np.sum(part * W[:, :, :, c]) + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)


def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    stride, pad = hparameters["stride"], hparameters["pad"]
    f = W.shape[0]
    m, n_H, n_W, n_C = dZ.shape
    A_pad = zero_pad(A_prev, pad)
    dA_pad, dW = np.zeros_like(A_pad), np.zeros_like(W)
    db = dZ.sum(axis=(0, 1, 2)).reshape(1, 1, 1, n_C)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                top, left = h * stride, w * stride
                for c in range(n_C):
                    dA_pad[i, top : top + f, left : left + f] += W[:, :, :, c] * dZ[i, h, w, c]
                    dW[:, :, :, c] += A_pad[i, top : top + f, left : left + f] * dZ[i, h, w, c]
    H, K = A_prev.shape[1:3]
    return dA_pad[:, pad : pad + H, pad : pad + K, :], dW, db


def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    m, H_prev, W_prev, n_C = A_prev.shape
    H, W = 1 + (H_prev - f) // stride, 1 + (W_prev - f) // stride
    A = np.zeros((m, H, W, n_C))
    for h in range(H):
        for w in range(W):
            part = A_prev[:, h * stride : h * stride + f, w * stride : w * stride + f, :]
            A[:, h, w, :] = part.max(axis=(1, 2)) if mode == "max" else part.mean(axis=(1, 2))
    return A, (A_prev, hparameters)


def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    m, H, W, n_C = dA.shape
    dA_prev = np.zeros_like(A_prev)
    for i in range(m):
        for h in range(H):
            for w in range(W):
                for c in range(n_C):
                    top, left = h * stride, w * stride
                    if mode == "max":
                        part = A_prev[i, top : top + f, left : left + f, c]
                        dA_prev[i, top : top + f, left : left + f, c] += (part == part.max()) * dA[i, h, w, c]
                    else:
                        dA_prev[i, top : top + f, left : left + f, c] += dA[i, h, w, c] / f**2
    return dA_prev
