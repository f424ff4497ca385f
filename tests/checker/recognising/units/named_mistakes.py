# unit: Squash | none | wrong | ** 2
# unit: SlowElu | elu | wrong | alpha
# unit: BlockMax | maxpool | wrong | exchanged/in place of
# unit: Cell | none | wrong | new
# unit: BatchNorm2d | batchnorm | wrong | axis
# unit: gate_forward | none | wrong | dout
# unit: huber_cost | huber | wrong | delta
# unit: dense_columns_forward | linear | wrong | shape[1]/shape[-1]
# unit: MeanOverTime | none | wrong | shape
# unit: scale2_forward | none | wrong | b/2
# unit: Thin | dropout | wrong | scal/keep
# unit: fast_gelu | gelu | wrong | 0.044715
# unit: MeanPool | avgpool | wrong | window/k
# unit: two_slips_forward | none | wrong | ** 2/squared/r**2
import numpy as np


class Squash:
    def __init__(self, c=1.5):
        self.c = c

    def forward(self, x):
        self.x = x
        return x / (self.c + np.abs(x))

    def backward(self, dy):
        return dy * self.c / (self.c + np.abs(self.x))  # here


class SlowElu:
    def __init__(self, alpha=0.7):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * (np.exp(x) - 1))

    def backward(self, dy):
        slope = np.exp(self.x)  # here
        return np.where(self.x > 0, dy, dy * slope)


class BlockMax:
    """Windows that do not overlap; remembers the place of each maximum as one number."""

    def __init__(self, size=2):
        self.size = size

    def forward(self, x):
        k = self.size
        n, c, h, w = x.shape
        self.shape = x.shape
        out = np.zeros((n, c, h // k, w // k))
        self.place = np.zeros(out.shape, dtype=int)
        for i in range(h // k):
            for j in range(w // k):
                block = x[:, :, i * k : i * k + k, j * k : j * k + k].reshape(n, c, -1)
                self.place[:, :, i, j] = block.argmax(axis=2)
                out[:, :, i, j] = block.max(axis=2)
        return out

    def backward(self, dout):
        dx = np.zeros(self.shape)
        n, c, h, w = dout.shape
        for index in np.ndindex(n, c, h, w):
            right, down = divmod(self.place[index], self.size)  # here
            b, ch, i, j = index
            dx[b, ch, i * self.size + down, j * self.size + right] += dout[index]
        return dx


class Cell:
    """One step of a recurrent net, a state and an input of the same width."""

    def __init__(self, width):
        self.u = np.random.randn(width, width) * 0.5
        self.v = np.random.randn(width, width) * 0.5

    def forward(self, x, old):
        self.x, self.old = x, old
        self.new = np.tanh(x @ self.u + old @ self.v)
        return self.new

    def backward(self, dnew):
        da = dnew * (1 - self.old**2)  # here
        self.du = self.x.T @ da
        self.dv = self.old.T @ da
        return da @ self.u.T, da @ self.v.T


class BatchNorm2d:
    def __init__(self, channels, eps=1e-5):
        self.gamma = np.ones((1, channels, 1, 1))
        self.beta = np.zeros((1, channels, 1, 1))
        self.eps = eps

    def forward(self, x):
        mean = x.mean(axis=(0, 2, 3), keepdims=True)
        var = x.var(axis=(0, 2, 3), keepdims=True)
        self.std = np.sqrt(var + self.eps)
        self.z = (x - mean) / self.std
        return self.gamma * self.z + self.beta

    def backward(self, dout):
        self.dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
        self.dgamma = (dout * self.z).sum(axis=(0, 2, 3), keepdims=True)
        dz = dout * self.gamma
        first = dz.mean(axis=(2, 3), keepdims=True)  # here
        second = (dz * self.z).mean(axis=(0, 2, 3), keepdims=True)
        return (dz - first - self.z * second) / self.std


def gate_forward(x, s):
    g = 1 / (1 + np.exp(-s))
    out = g * x + (1 - g) * np.tanh(x)
    return out, (x, g)


def gate_backward(dout, cache):
    x, g = cache
    t = np.tanh(x)
    ds = dout * (x - t) * g * (1 - g)
    dx = dout * (1 - g) * (1 - t**2)  # here
    return dx, ds


def huber_cost(pred, true, delta=0.6):
    err = pred - true
    small = np.abs(err) <= delta
    cost = np.where(small, 0.5 * err**2, delta * (np.abs(err) - 0.5 * delta)).mean()
    grad = np.where(small, err, np.sign(err)) / err.size  # here
    return cost, grad


def dense_columns_forward(a, w, b):
    z = w @ a + b
    return z, (a, w)


def dense_columns_backward(dz, cache):
    a, w = cache
    m = a.shape[1]
    dw = dz @ a.T / a.shape[0]  # here
    db = dz.sum(axis=1, keepdims=True) / m
    return w.T @ dz, dw, db


class MeanOverTime:
    """The mean of the states of a sequence, (batch, time, width)."""

    def forward(self, h):
        self.shape = h.shape
        return h.mean(axis=1)

    def backward(self, dout):
        return np.repeat(dout[:, None], self.shape[1], axis=1) / self.shape[0]  # here


def scale2_forward(x, a, b):
    t = np.tanh(b * x)
    return a * t, (x, a, b, t)


def scale2_backward(dout, cache):
    x, a, b, t = cache
    dx = dout * a * (1 - t**2)  # here
    da = (dout * t).sum(axis=0)
    db = (dout * a * (1 - t**2) * x).sum(axis=0)
    return dx, da, db


class Thin:
    def __init__(self, p=0.3):
        self.p = p

    def forward(self, x):
        keep = np.random.rand(*x.shape) >= self.p
        self.scaled = keep / self.p  # here
        return x * self.scaled

    def backward(self, dout):
        return dout * self.scaled


def fast_gelu(x):
    inner = 0.7978845608 * (x + 0.44715 * x**3)  # here
    return 0.5 * x * (1 + np.tanh(inner))


def fast_gelu_grad(x):
    t = np.tanh(0.7978845608 * (x + 0.44715 * x**3))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * 0.7978845608 * (1 + 3 * 0.44715 * x**2)


class MeanPool:
    def __init__(self, k=3, s=2):
        self.k, self.s = k, s

    def forward(self, x):
        k, s = self.k, self.s
        n, c, h, w = x.shape
        self.shape = x.shape
        out = np.zeros((n, c, (h - k) // s + 1, (w - k) // s + 1))
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                out[:, :, i, j] = x[:, :, i * s : i * s + k, j * s : j * s + k].sum(axis=(2, 3)) / (s * s)  # here
        return out

    def backward(self, dout):
        k, s = self.k, self.s
        dx = np.zeros(self.shape)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                dx[:, :, i * s : i * s + k, j * s : j * s + k] += dout[:, :, i, j][:, :, None, None] / (s * s)
        return dx


def two_slips_forward(x, a, b):
    r = np.sqrt(a**2 + x**2)
    return b * r, (x, a, b, r)


def two_slips_backward(dout, cache):
    x, a, b, r = cache
    dx = dout * b * x / r**2  # here
    da = (dout * b * a / r).sum(axis=0)
    db = dout.sum(axis=0)  # here
    return dx, da, db
