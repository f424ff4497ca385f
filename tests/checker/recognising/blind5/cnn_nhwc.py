"""Convolutional layers for images of shape (n, h, w, c)."""
from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Optional, Tuple

import numpy as np


class LayerBase(ABC):
    @property
    def weights(self) -> Optional[Tuple[np.ndarray, np.ndarray]]:
        return None

    @property
    def gradients(self) -> Optional[Tuple[np.ndarray, np.ndarray]]:
        return None

    @abstractmethod
    def forward_pass(self, a_prev: np.ndarray, training: bool) -> np.ndarray:
        pass

    @abstractmethod
    def backward_pass(self, da_curr: np.ndarray) -> np.ndarray:
        pass


class ConvolutionLayer(LayerBase):
    def __init__(self, w: np.ndarray, b: np.ndarray, padding: str = "valid", stride: int = 1):
        """
        :param w - 4D tensor with shape (h_f, w_f, c, n_f)
        :param b - 1D tensor with shape (n_f,)
        """
        self._w, self._b = w, b
        self._padding = padding
        self._stride = stride
        self._dw, self._db = None, None
        self._a_prev = None

    @classmethod
    def initialize(cls, filters: int, kernel_shape: Tuple[int, int, int], padding: str = "valid", stride: int = 1):
        w = np.random.randn(*kernel_shape, filters) * 0.1
        return cls(w=w, b=np.zeros(filters), padding=padding, stride=stride)

    @property
    def weights(self):
        return self._w, self._b

    @property
    def gradients(self):
        return self._dw, self._db

    def forward_pass(self, a_prev: np.ndarray, training: bool = True) -> np.ndarray:
        self._a_prev = np.array(a_prev, copy=True)
        n, h_in, w_in, _ = a_prev.shape
        h_f, w_f, _, n_f = self._w.shape
        h_out = (h_in - h_f) // self._stride + 1
        w_out = (w_in - w_f) // self._stride + 1
        output = np.zeros((n, h_out, w_out, n_f))
        for i in range(h_out):
            for j in range(w_out):
                y, x = i * self._stride, j * self._stride
                patch = a_prev[:, y:y + h_f, x:x + w_f, :, np.newaxis]
                output[:, i, j, :] = np.sum(patch * self._w[np.newaxis], axis=(1, 2, 3))
        return output + self._b

    def backward_pass(self, da_curr: np.ndarray) -> np.ndarray:
        _, h_out, w_out, _ = da_curr.shape
        h_f, w_f, _, n_f = self._w.shape
        output = np.zeros_like(self._a_prev)
        self._db = da_curr.sum(axis=(0, 1, 2))
        self._dw = np.zeros_like(self._w)
        for i in range(h_out):
            for j in range(w_out):
                y, x = i * self._stride, j * self._stride
                g = da_curr[:, i:i + 1, j:j + 1, np.newaxis, :]
                output[:, y:y + h_f, x:x + w_f, :] += np.sum(self._w[np.newaxis] * g, axis=4)
                self._dw += np.sum(self._a_prev[:, y:y + h_f, x:x + w_f, :, np.newaxis] * g, axis=0)
        return output


class AveragePoolLayer(LayerBase):
    def __init__(self, pool_size: int = 2, stride: int = 2):
        self._size, self._stride, self._shape = pool_size, stride, None

    def forward_pass(self, a_prev: np.ndarray, training: bool = True) -> np.ndarray:
        self._shape = a_prev.shape
        n, h_in, w_in, c = a_prev.shape
        h_out = 1 + (h_in - self._size) // self._stride
        w_out = 1 + (w_in - self._size) // self._stride
        output = np.zeros((n, h_out, w_out, c))
        for i in range(h_out):
            for j in range(w_out):
                y, x = i * self._stride, j * self._stride
                output[:, i, j, :] = np.mean(a_prev[:, y:y + self._size, x:x + self._size, :], axis=(1, 2))
        return output

    def backward_pass(self, da_curr: np.ndarray) -> np.ndarray:
        output = np.zeros(self._shape)
        _, h_out, w_out, _ = da_curr.shape
        for i in range(h_out):
            for j in range(w_out):
                y, x = i * self._stride, j * self._stride
                output[:, y:y + self._size, x:x + self._size, :] += da_curr[:, i:i + 1, j:j + 1, :]
        return output


class MaxPoolLayer(LayerBase):
    def __init__(self, pool_size: int = 2, stride: int = 2):
        self._size, self._stride = pool_size, stride
        self._a, self._cache = None, {}

    def forward_pass(self, a_prev: np.ndarray, training: bool = True) -> np.ndarray:
        self._a = np.array(a_prev, copy=True)
        n, h_in, w_in, c = a_prev.shape
        h_out = 1 + (h_in - self._size) // self._stride
        w_out = 1 + (w_in - self._size) // self._stride
        output = np.zeros((n, h_out, w_out, c))
        for i in range(h_out):
            for j in range(w_out):
                y, x = i * self._stride, j * self._stride
                window = a_prev[:, y:y + self._size, x:x + self._size, :]
                self._save_mask(window, (i, j))
                output[:, i, j, :] = np.max(window, axis=(1, 2))
        return output

    def backward_pass(self, da_curr: np.ndarray) -> np.ndarray:
        output = np.zeros_like(self._a)
        _, h_out, w_out, _ = da_curr.shape
        for i in range(h_out):
            for j in range(w_out):
                y, x = i * self._stride, j * self._stride
                output[:, y:y + self._size, x:x + self._size, :] += \
                    da_curr[:, i:i + 1, j:j + 1, :] * self._cache[(i, j)]
        return output

    def _save_mask(self, window: np.ndarray, cords: Tuple[int, int]) -> None:
        mask = np.zeros_like(window)
        n, h, w, c = window.shape
        flat = window.reshape(n, h * w, c)
        idx = np.argmax(flat, axis=1)
        n_idx, c_idx = np.indices((n, c))
        mask.reshape(n, h * w, c)[n_idx, idx, c_idx] = 1
        self._cache[cords] = mask


class FlattenLayer(LayerBase):
    def __init__(self):
        self._shape = ()

    def forward_pass(self, a_prev: np.ndarray, training: bool = True) -> np.ndarray:
        self._shape = a_prev.shape
        return np.ravel(a_prev).reshape(a_prev.shape[0], -1)

    def backward_pass(self, da_curr: np.ndarray) -> np.ndarray:
        return da_curr.reshape(self._shape)


class ChannelNormLayer(LayerBase):
    """Normalizes each channel over the images of a batch and over their pixels."""

    def __init__(self, channels: int, eps: float = 1e-5):
        self._gamma, self._beta, self._eps = np.ones(channels), np.zeros(channels), eps
        self._dgamma, self._dbeta = None, None

    @property
    def weights(self):
        return self._gamma, self._beta

    @property
    def gradients(self):
        return self._dgamma, self._dbeta

    def forward_pass(self, a_prev: np.ndarray, training: bool = True) -> np.ndarray:
        mean = a_prev.mean(axis=(0, 1, 2))
        self._std = np.sqrt(a_prev.var(axis=(0, 1, 2)) + self._eps)
        self._hat = (a_prev - mean) / self._std
        return self._gamma * self._hat + self._beta

    def backward_pass(self, da_curr: np.ndarray) -> np.ndarray:
        m = da_curr.shape[0]
        self._dgamma = np.sum(da_curr * self._hat, axis=(0, 1, 2))
        self._dbeta = np.sum(da_curr, axis=(0, 1, 2))
        d_hat = da_curr * self._gamma
        return (d_hat - d_hat.sum(axis=(0, 1, 2)) / m - self._hat * (d_hat * self._hat).sum(axis=(0, 1, 2)) / m) / self._std


class DropoutLayer(LayerBase):
    def __init__(self, keep_prob: float = 0.8):
        self._keep_prob = keep_prob
        self._mask = None

    def forward_pass(self, a_prev: np.ndarray, training: bool = True) -> np.ndarray:
        if not training:
            return a_prev
        self._mask = np.random.rand(*a_prev.shape) < self._keep_prob
        return a_prev * self._mask

    def backward_pass(self, da_curr: np.ndarray) -> np.ndarray:
        return da_curr * self._mask / self._keep_prob
