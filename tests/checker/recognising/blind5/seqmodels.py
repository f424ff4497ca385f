"""Recurrent layers over whole sequences; inputs are (T, N, D), time first."""
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class ElmanRNN:
    def __init__(self, input_size, hidden_size):
        s = 1 / np.sqrt(hidden_size)
        self.Wxh = np.random.uniform(-s, s, (input_size, hidden_size))
        self.Whh = np.random.uniform(-s, s, (hidden_size, hidden_size))
        self.bh = np.zeros(hidden_size)

    def forward(self, xs):
        T, N, _ = xs.shape
        self.xs = xs
        self.hs = np.zeros((T + 1, N, len(self.bh)))
        for t in range(T):
            self.hs[t] = np.tanh(xs[t] @ self.Wxh + self.hs[t - 1] @ self.Whh + self.bh)
        return self.hs[:-1]

    def backward(self, dhs):
        self.dWxh, self.dWhh, self.dbh = (np.zeros_like(p) for p in (self.Wxh, self.Whh, self.bh))
        dxs = np.zeros_like(self.xs)
        dnext = np.zeros_like(dhs[0])
        for t in reversed(range(len(dhs))):
            draw = (1 - self.hs[t] ** 2) * (dhs[t] + dnext)
            self.dbh += draw.sum(axis=0)
            self.dWxh += self.xs[t].T @ draw
            self.dWhh += self.hs[t - 1].T @ draw
            dxs[t] = draw @ self.Wxh.T
            dnext = draw @ self.Whh.T
        return dxs


class TanhRNN:
    def __init__(self, input_size, hidden_size):
        self.U = np.random.randn(input_size, hidden_size) * 0.3
        self.V = np.random.randn(hidden_size, hidden_size) * 0.3
        self.c = np.zeros(hidden_size)

    def forward(self, xs):
        self.xs, h = xs, np.zeros((xs.shape[1], len(self.c)))
        self.states = [h]
        for x in xs:
            h = np.tanh(x @ self.U + h @ self.V + self.c)
            self.states.append(h)
        return np.stack(self.states[1:])

    def backward(self, dhs):
        self.dU, self.dV, self.dc = np.zeros_like(self.U), np.zeros_like(self.V), np.zeros_like(self.c)
        dxs, carry = np.zeros_like(self.xs), 0
        for t in range(len(dhs) - 1, -1, -1):
            dz = (dhs[t] + carry) * (1 - self.states[t + 1] ** 2)
            self.dU += self.xs[t].T @ dz
            self.dV += self.states[t + 1].T @ dz
            self.dc += dz.sum(axis=0)
            dxs[t] = dz @ self.U.T
            carry = dz @ self.V.T
        return dxs


def lstm_forward(xs, h0, Wx, Wh, b):
    """Gates in the order input, forget, output, candidate."""
    T, N, _ = xs.shape
    H = h0.shape[1]
    h, c = h0, np.zeros_like(h0)
    hs, cache = np.zeros((T, N, H)), []
    for t in range(T):
        a = xs[t] @ Wx + h @ Wh + b
        i, f, o = (sigmoid(a[:, k * H:(k + 1) * H]) for k in range(3))
        g = np.tanh(a[:, 3 * H:])
        c_new = f * c + i * g
        tc = np.tanh(c_new)
        cache.append((xs[t], h, c, i, f, o, g, tc))
        h, c = o * tc, c_new
        hs[t] = h
    return hs, (cache, Wx, Wh)


def lstm_backward(dhs, cache):
    steps, Wx, Wh = cache
    dxs = []
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wx.shape[1])
    dh, dc = np.zeros_like(dhs[0]), np.zeros_like(dhs[0])
    for t in reversed(range(len(steps))):
        x, h_prev, c_prev, i, f, o, g, tc = steps[t]
        dh = dh + dhs[t]
        dc = dc + dh * o * (1 - tc ** 2)
        da = np.hstack([dc * g * i * (1 - i), dc * c_prev * f * (1 - f), dh * tc * o * (1 - o), dc * i * (1 - g ** 2)])
        dxs.insert(0, da @ Wx.T)
        dWx += x.T @ da
        dWh += h_prev.T @ da
        db += da.sum(axis=0)
        dh, dc = da @ Wh.T, dc * f
    return np.array(dxs), dh, dWx, dWh, db


class PeekLSTMCell:
    """One step of an LSTM; the forget gate comes first."""

    def __init__(self, input_size, hidden_size):
        self.W = np.random.randn(input_size + hidden_size, 4 * hidden_size) * 0.3
        self.b = np.zeros(4 * hidden_size)

    def forward(self, x, h, c):
        self.z = np.concatenate([x, h], axis=1)
        f, i, g, o = np.split(self.z @ self.W + self.b, 4, axis=1)
        self.f, self.i, self.g, self.o = sigmoid(f), sigmoid(i), np.tanh(g), sigmoid(o)
        self.c_old, self.c_new = c, self.f * c + self.i * self.g
        return self.o * np.tanh(self.c_new), self.c_new

    def backward(self, dh, dc):
        t = np.tanh(self.c_new)
        dc = dc + dh * self.o * (1 - t ** 2)
        df, di, dg, do = dc * self.c_old, dc * self.g, dc * self.f, dh * t
        da = np.concatenate([
            df * self.f * (1 - self.f), di * self.i * (1 - self.i), dg * (1 - self.g ** 2), do * self.o * (1 - self.o),
        ], axis=1)
        self.dW, self.db = self.z.T @ da, da.sum(axis=0)
        dz = da @ self.W.T
        D = self.z.shape[1] - dh.shape[1]
        return dz[:, :D], dz[:, D:], dc * self.f


def gru_step(x, h, W, U, b):
    H = h.shape[1]
    r = sigmoid(x @ W[:, :H] + h @ U[:, :H] + b[:H])
    z = sigmoid(x @ W[:, H:2 * H] + h @ U[:, H:2 * H] + b[H:2 * H])
    n = np.tanh(x @ W[:, 2 * H:] + (r * h) @ U[:, 2 * H:] + b[2 * H:])
    return (1 - z) * h + z * n, (x, h, r, z, n, W, U)


def gru_step_backward(dh_new, cache):
    x, h, r, z, n, W, U = cache
    H = h.shape[1]
    dn = dh_new * z * (1 - n ** 2)
    dz = dh_new * (n - h) * z * (1 - z)
    drh = dn @ U[:, 2 * H:].T
    dr = drh * h * r * (1 - r)
    da = np.concatenate([dr, dz, dn], axis=1)
    dx, dW, db = da @ W.T, x.T @ da, da.sum(axis=0)
    dU = np.concatenate([h.T @ dr, h.T @ dz, (r * h).T @ dn], axis=1)
    dh = dh_new * (1 - z) + drh * r + dr @ U[:, :H].T + dz @ U[:, H:2 * H].T
    return dx, dh, dW, dU, db


def gru_cell(x, h, W, U, b):
    H = h.shape[1]
    r = sigmoid(x @ W[:, :H] + h @ U[:, :H] + b[:H])
    z = sigmoid(x @ W[:, H:2 * H] + h @ U[:, H:2 * H] + b[H:2 * H])
    n = np.tanh(x @ W[:, 2 * H:] + (r * h) @ U[:, 2 * H:] + b[2 * H:])
    return z * h + (1 - z) * n, (x, h, r, z, n, W, U)


def gru_cell_backward(dh_new, cache):
    x, h, r, z, n, W, U = cache
    H = h.shape[1]
    dn = dh_new * (1 - z) * (1 - n ** 2)
    dz = dh_new * (h - n) * z * (1 - z)
    drh = dn @ U[:, 2 * H:].T
    dr = drh * h * r * (1 - r)
    da = np.concatenate([dr, dz, dn], axis=1)
    dx, dW, db = da @ W.T, x.T @ da, da.sum(axis=0)
    dU = np.concatenate([h.T @ dr, h.T @ dz, (r * h).T @ dn], axis=1)
    dh = dh_new * z + drh + dr @ U[:, :H].T + dz @ U[:, H:2 * H].T
    return dx, dh, dW, dU, db
