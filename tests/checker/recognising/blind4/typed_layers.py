from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Optional

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class LinearGrads(NamedTuple):
    x: Array
    w: Array
    b: Array


@dataclass
class Linear:
    w: Array  # (out, in)
    b: Array  # (out,)
    _x: Optional[Array] = field(default=None, repr=False)

    def __call__(self, x: Array) -> Array:
        self._x = x
        return x @ self.w.T + self.b

    def grad(self, dy: Array) -> LinearGrads:
        return LinearGrads(x=dy @ self.w, w=dy.T @ self._x, b=dy.sum(axis=0))


@dataclass
class ParametricReLU:
    """One slope a channel; images are (N, C, H, W)."""

    slope: Array
    dslope: Optional[Array] = None

    def forward(self, x: Array) -> Array:
        self._x = x
        a = self.slope[None, :, None, None]
        return np.maximum(x, 0) + a * np.minimum(x, 0)

    def backward(self, dy: Array) -> Array:
        a = self.slope[None, :, None, None]
        self.dslope = (dy * np.minimum(self._x, 0)).sum(axis=(0, 2, 3))
        return np.where(self._x > 0, dy, a * dy)


@dataclass
class GroupNorm:
    gamma: Array
    beta: Array
    groups: int = 2
    eps: float = 1e-5

    def forward(self, x: Array) -> Array:
        n, c, h, w = x.shape
        g = x.reshape(n, self.groups, -1)
        mean = g.mean(axis=2, keepdims=True)
        self._inv = 1.0 / np.sqrt(g.var(axis=2, keepdims=True) + self.eps)
        self._hat = ((g - mean) * self._inv).reshape(x.shape)
        return self._hat * self.gamma[:, None, None] + self.beta[:, None, None]

    def backward(self, dy: Array) -> tuple[Array, Array, Array]:
        n = dy.shape[0]
        dgamma = np.einsum("nchw,nchw->c", dy, self._hat)
        dbeta = np.einsum("nchw->c", dy)
        d = (dy * self.gamma[:, None, None]).reshape(n, self.groups, -1)
        hat = self._hat.reshape(n, self.groups, -1)
        dx = self._inv * (d - d.mean(2, keepdims=True) - hat * (d * hat).mean(2, keepdims=True))
        return dx.reshape(dy.shape), dgamma, dbeta


@dataclass
class InstanceNorm:
    """Each image's each channel gets mean 0 and variance 1; nothing is learned."""

    eps: float = 1e-5

    def forward(self, x: Array) -> Array:
        mean = x.mean(axis=(2, 3), keepdims=True)
        var = x.var(axis=(2, 3), keepdims=True)
        self._std = np.sqrt(var + self.eps)
        self._y = (x - mean) / self._std
        return self._y

    def backward(self, dy: Array) -> Array:
        m1 = dy.mean(axis=(2, 3), keepdims=True)
        m2 = (dy * self._y).mean(axis=(0, 2, 3), keepdims=True)
        return (dy - m1 - self._y * m2) / self._std


@dataclass
class WeightNormLinear:
    """w = g * v / |v|, one length for each output."""

    v: Array  # (out, in)
    g: Array  # (out,)

    def forward(self, x: Array) -> Array:
        self._x = x
        self._len = np.sqrt((self.v**2).sum(axis=1, keepdims=True))
        self._dir = self.v / self._len
        return x @ (self.g[:, None] * self._dir).T

    def backward(self, dy: Array) -> Array:
        dw = dy.T @ self._x
        self.dg = (dw * self._dir).sum(axis=1)
        self.dv = self.g[:, None] / self._len * dw
        return dy @ (self.g[:, None] * self._dir)


@dataclass
class Conv1d:
    w: Array  # (out, in, k)
    b: Array  # (out,)
    pad: int = 1

    def forward(self, x: Array) -> Array:
        self._xp = np.pad(x, ((0, 0), (0, 0), (self.pad, self.pad)))
        k = self.w.shape[2]
        length = self._xp.shape[2] - k + 1
        out = sum(np.einsum("ncl,oc->nol", self._xp[:, :, i : i + length], self.w[:, :, i]) for i in range(k))
        return out + self.b[:, None]

    def backward(self, dy: Array) -> Array:
        length = dy.shape[2]
        dxp = np.zeros_like(self._xp)
        self.dw = np.zeros_like(self.w)
        for i in range(self.w.shape[2]):
            self.dw[:, :, i] = np.einsum("nol,ncl->oc", dy, self._xp[:, :, i : i + length])
            dxp[:, :, i : i + length] += np.einsum("nol,oc->ncl", dy, self.w[:, :, i])
        self.db = dy.sum(axis=(0, 2))
        return dxp[:, :, : dxp.shape[2] - 2 * self.pad]


@dataclass
class SqueezeExcite:
    """Scales channels by a gate that sees their averages."""

    w1: Array  # (channels, squeezed)
    w2: Array  # (squeezed, channels)

    def forward(self, x: Array) -> Array:
        self._x = x
        self._s = x.mean(axis=(2, 3))
        self._h = np.maximum(self._s @ self.w1, 0)
        self._gate = 1 / (1 + np.exp(-(self._h @ self.w2)))
        return x * self._gate[:, :, None, None]

    def backward(self, dy: Array) -> Array:
        dgate = (dy * self._x).sum(axis=(2, 3))
        dz = dgate * self._gate * (1 - self._gate)
        dh = (dz @ self.w2.T) * (self._h > 0)
        self.dw2 = self._h.T @ dz
        self.dw1 = self._s.T @ dh
        ds = dh @ self.w1.T
        area = self._x.shape[2] * self._x.shape[3]
        return dy * self._gate[:, :, None, None] + ds[:, :, None, None] / area
