# unit: conv1d_forward | 1-D convolution | correct
# unit: Conv1D | 1-D convolution | wrong | += dcols
# unit: ConvTranspose2d | transposed convolution | correct
# unit: transposed_conv1d | transposed convolution | correct
# unit: DepthwiseConv2D | depthwise | wrong | gradient of b is
# unit: dilated_conv1d | dilated convolution | correct
# unit: positional_encoding | positional encoding | correct
# unit: sinusoidal_pe | positional encoding | wrong | different rates
# unit: PositionalEmbedding | positional encoding | wrong | gradient of table
import numpy as np


def conv1d_forward(x, w, b, stride, pad):
    n, c, length = x.shape
    f, _, k = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad)))
    steps = (length + 2 * pad - k) // stride + 1
    out = np.zeros((n, f, steps))
    for i in range(steps):
        part = xp[:, :, i * stride : i * stride + k]
        out[:, :, i] = np.tensordot(part, w, axes=([1, 2], [1, 2])) + b
    return out, (x, w, stride, pad)


def conv1d_backward(dout, cache):
    x, w, stride, pad = cache
    k = w.shape[2]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        part = slice(i * stride, i * stride + k)
        dw += np.einsum("nf,nck->fck", dout[:, :, i], xp[:, :, part])
        dxp[:, :, part] += np.einsum("nf,fck->nck", dout[:, :, i], w)
    return dxp[:, :, pad : xp.shape[2] - pad], dw, dout.sum(axis=(0, 2))


class Conv1D:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1):
        self.k, self.s = kernel_size, stride
        self.W = np.random.randn(kernel_size, in_channels, out_channels) * 0.1
        self.b = np.zeros(out_channels)

    def forward(self, x):
        self.x = x
        n, length, c = x.shape
        steps = (length - self.k) // self.s + 1
        self.cols = np.stack([x[:, i * self.s : i * self.s + self.k].reshape(n, -1) for i in range(steps)], axis=1)
        return self.cols @ self.W.reshape(-1, self.W.shape[-1]) + self.b

    def backward(self, dout):
        n, steps, f = dout.shape
        self.dW = np.einsum("nsk,nsf->kf", self.cols, dout).reshape(self.W.shape)
        self.db = dout.sum(axis=(0, 1))
        dx = np.zeros_like(self.x)
        dcols = (dout @ self.W.reshape(-1, f).T).reshape(n, steps, self.k, -1)
        for i in range(steps):
            dx[:, i * self.s : i * self.s + self.k] = dcols[:, i]  # here
        return dx


class ConvTranspose2d:
    def __init__(self, in_channels, out_channels, kernel_size, stride=2, padding=0):
        self.k, self.stride, self.padding = kernel_size, stride, padding
        self.weight = np.random.randn(in_channels, out_channels, kernel_size, kernel_size) * 0.1
        self.bias = np.zeros(out_channels)

    def forward(self, x):
        self.x = x
        n, c, h, w = x.shape
        s, k, p = self.stride, self.k, self.padding
        full = np.zeros((n, self.bias.size, (h - 1) * s + k, (w - 1) * s + k))
        for i in range(h):
            for j in range(w):
                full[:, :, i * s : i * s + k, j * s : j * s + k] += np.tensordot(x[:, :, i, j], self.weight, axes=1)
        return full[:, :, p : full.shape[2] - p, p : full.shape[3] - p] + self.bias[:, None, None]

    def backward(self, grad):
        s, k, p = self.stride, self.k, self.padding
        g = np.pad(grad, ((0, 0), (0, 0), (p, p), (p, p)))
        self.dbias = grad.sum(axis=(0, 2, 3))
        self.dweight, dx = np.zeros_like(self.weight), np.zeros_like(self.x)
        for i in range(self.x.shape[2]):
            for j in range(self.x.shape[3]):
                part = g[:, :, i * s : i * s + k, j * s : j * s + k]
                self.dweight += np.tensordot(self.x[:, :, i, j], part, axes=([0], [0]))
                dx[:, :, i, j] = np.tensordot(part, self.weight, axes=([1, 2, 3], [1, 2, 3]))
        return dx


def transposed_conv1d(x, w, stride):
    n, c, length = x.shape
    out = np.zeros((n, w.shape[1], (length - 1) * stride + w.shape[2]))
    for i in range(length):
        out[:, :, i * stride : i * stride + w.shape[2]] += np.einsum("nc,cfk->nfk", x[:, :, i], w)
    return out


class DepthwiseConv2D:
    def __init__(self, channels, kernel_size):
        self.w = np.random.randn(channels, kernel_size, kernel_size) * 0.1
        self.b = np.zeros(channels)

    def forward(self, x):
        self.x, k = x, self.w.shape[1]
        h, w = x.shape[2] - k + 1, x.shape[3] - k + 1
        out = np.zeros((*x.shape[:2], h, w))
        for i in range(k):
            for j in range(k):
                out += x[:, :, i : i + h, j : j + w] * self.w[:, i, j][:, None, None]
        return out + self.b[:, None, None]

    def backward(self, dout):
        k, (h, w) = self.w.shape[1], dout.shape[2:]
        dx, self.dw = np.zeros_like(self.x), np.zeros_like(self.w)
        for i in range(k):
            for j in range(k):
                self.dw[:, i, j] = (dout * self.x[:, :, i : i + h, j : j + w]).sum(axis=(0, 2, 3))
                dx[:, :, i : i + h, j : j + w] += dout * self.w[:, i, j][:, None, None]
        self.db = dout.mean(axis=(0, 2, 3))  # here
        return dx


def dilated_conv1d(x, w, b, dilation=2):
    n, c, length = x.shape
    k = w.shape[2]
    steps = length - dilation * (k - 1)
    return sum(np.einsum("ncl,fc->nfl", x[:, :, i * dilation : i * dilation + steps], w[:, :, i]) for i in range(k)) + b[:, None]


def positional_encoding(max_len, d_model):
    pos = np.arange(max_len)[:, None]
    rate = 1 / 10000 ** (np.arange(0, d_model, 2) / d_model)
    pe = np.zeros((max_len, d_model))
    pe[:, 0::2], pe[:, 1::2] = np.sin(pos * rate), np.cos(pos * rate)
    return pe[None]


def sinusoidal_pe(seq_len, dim):
    angles = np.arange(seq_len)[:, None] / 10000 ** (np.arange(dim) / dim)  # here
    angles[:, 0::2] = np.sin(angles[:, 0::2])
    angles[:, 1::2] = np.cos(angles[:, 1::2])
    return angles


class PositionalEmbedding:
    def __init__(self, max_len, d_model):
        self.table = np.random.randn(max_len, d_model) * 0.02

    def forward(self, x):
        self.t = x.shape[1]
        return x + self.table[: self.t]

    def backward(self, dout):
        self.dtable = np.zeros_like(self.table)
        self.dtable[: self.t] = dout[0]  # here
        return dout
