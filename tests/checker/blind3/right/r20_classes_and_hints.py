from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]


@dataclass
class Affine:
    w: Array
    b: Array
    x: Array | None = None

    def __call__(self, x: Array) -> Array:
        self.x = x
        return x.reshape(x.shape[0], -1) @ self.w + self.b

    def backward(self, dout: Array) -> tuple[Array, Array, Array]:
        assert self.x is not None
        flat = self.x.reshape(self.x.shape[0], -1)
        return (dout @ self.w.T).reshape(self.x.shape), flat.T @ dout, dout.sum(axis=0)


class ReLU:
    def __call__(self, x: Array) -> Array:
        self.kept = x > 0
        return np.maximum(x, 0)

    def backward(self, dout: Array) -> Array:
        dx = dout.copy()
        dx[~self.kept] = 0
        return dx


class Conv:
    def __init__(self, w: Array, b: Array, stride: int, pad: int) -> None:
        self.w, self.b, self.stride, self.pad = w, b, stride, pad

    def spots(self, shape: tuple[int, ...]):
        for i in range((shape[2] - self.w.shape[2]) // self.stride + 1):
            for j in range((shape[3] - self.w.shape[3]) // self.stride + 1):
                top, left = i * self.stride, j * self.stride
                yield i, j, np.s_[:, :, top : top + self.w.shape[2], left : left + self.w.shape[3]]

    def __call__(self, x: Array) -> Array:
        p = self.pad
        self.x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        columns = {(i, j): np.tensordot(self.x[at], self.w, ([1, 2, 3], [1, 2, 3])) for i, j, at in self.spots(self.x.shape)}
        rows = 1 + max(i for i, _ in columns)
        cols = 1 + max(j for _, j in columns)
        out = np.stack([np.stack([columns[i, j] for j in range(cols)], -1) for i in range(rows)], -2)
        return out + self.b[:, None, None]

    def backward(self, dout: Array) -> tuple[Array, Array, Array]:
        dx, dw = np.zeros_like(self.x), np.zeros_like(self.w)
        for i, j, at in self.spots(self.x.shape):
            g = dout[:, :, i, j]
            dw += np.tensordot(g, self.x[at], (0, 0))
            dx[at] += np.tensordot(g, self.w, 1)
        p = self.pad
        return dx[:, :, p : dx.shape[2] - p, p : dx.shape[3] - p], dw, dout.sum(axis=(0, 2, 3))


def affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, Affine]:
    layer = Affine(w, b)
    return layer(x), layer


def affine_backward(dout: Array, cache: Affine) -> tuple[Array, Array, Array]:
    return cache.backward(dout)


def relu_forward(x: Array) -> tuple[Array, ReLU]:
    layer = ReLU()
    return layer(x), layer


def relu_backward(dout: Array, cache: ReLU) -> Array:
    return cache.backward(dout)


def conv_forward_naive(x: Array, w: Array, b: Array, conv_param: dict[str, int]) -> tuple[Array, Conv]:
    layer = Conv(w, b, conv_param["stride"], conv_param["pad"])
    return layer(x), layer


def conv_backward_naive(dout: Array, cache: Conv) -> tuple[Array, Array, Array]:
    return cache.backward(dout)


def affine_relu_forward(x: Array, w: Array, b: Array) -> tuple[Array, list]:
    layers = [Affine(w, b), ReLU()]
    for layer in layers:
        x = layer(x)
    return x, layers


def affine_relu_backward(dout: Array, cache: list) -> tuple[Array, Array, Array]:
    affine, relu = cache
    return affine.backward(relu.backward(dout))
