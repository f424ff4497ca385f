import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class ElmanRNN:
    """x: (N, T, D) -> all hidden states (N, T, H)"""

    def __init__(self, D, H):
        self.params = {
            "Wx": np.random.randn(D, H) / np.sqrt(D),
            "Wh": np.random.randn(H, H) / np.sqrt(H),
            "b": np.zeros(H),
        }
        self.grads = {}

    def forward(self, x):
        Wx, Wh, b = self.params["Wx"], self.params["Wh"], self.params["b"]
        N, T, _ = x.shape
        self.x = x
        self.h = np.zeros((N, T + 1, len(b)))
        for t in range(T):
            self.h[:, t] = np.tanh(x[:, t] @ Wx + self.h[:, t - 1] @ Wh + b)
        return self.h[:, :T]

    def backward(self, dh):
        Wx, Wh = self.params["Wx"], self.params["Wh"]
        self.grads = {k: np.zeros_like(v) for k, v in self.params.items()}
        dx = np.zeros_like(self.x)
        carry = 0
        for t in range(dh.shape[1] - 1, -1, -1):
            da = (dh[:, t] + carry) * (1 - self.h[:, t] ** 2)
            self.grads["Wx"] += self.x[:, t].T @ da
            self.grads["Wh"] += self.h[:, t - 1].T @ da
            self.grads["b"] += da.sum(0)
            dx[:, t] = da @ Wx.T
            carry = da @ Wh.T
        return dx


class LSTMLayer:
    """x: (N, T, D) -> (N, T, H); gates i, f, g, o"""

    def __init__(self, D, H):
        self.H = H
        self.Wx = np.random.randn(D, 4 * H) / np.sqrt(D)
        self.Wh = np.random.randn(H, 4 * H) / np.sqrt(H)
        self.b = np.zeros(4 * H)

    def forward(self, x):
        N, T, D = x.shape
        h, c = np.zeros((N, self.H)), np.zeros((N, self.H))
        self.steps, out = [], []
        for t in range(T):
            i, f, g, o = np.split(x[:, t] @ self.Wx + h @ self.Wh + self.b, 4, axis=1)
            i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
            c_next = f * c + i * g
            self.steps.append((x[:, t], h, c, i, f, g, o, c_next))
            h, c = o * np.tanh(c_next), c_next
            out.append(h)
        return np.stack(out, axis=1)

    def backward(self, dout):
        self.dWx, self.dWh, self.db = np.zeros_like(self.Wx), np.zeros_like(self.Wh), np.zeros_like(self.b)
        dx = []
        dh_next = dc_next = np.zeros((dout.shape[0], self.H))
        for t in reversed(range(dout.shape[1])):
            x, h, c, i, f, g, o, c_next = self.steps[t]
            dh = dout[:, t]
            tc = np.tanh(c_next)
            dc = dc_next + dh * o * (1 - tc**2)
            da = np.hstack([dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g**2), dh * tc * o * (1 - o)])
            self.dWx += x.T @ da
            self.dWh += h.T @ da
            self.db += da.sum(axis=0)
            dx.insert(0, da @ self.Wx.T)
            dh_next = da @ self.Wh.T
            dc_next = dc * f
        return np.stack(dx, axis=1)


class MinimalGate:
    """One step of a minimal gated unit: a single gate forgets and resets."""

    def __init__(self, D, H):
        self.Wf, self.Uf = np.random.randn(D, H) * 0.4, np.random.randn(H, H) * 0.4
        self.Wn, self.Un = np.random.randn(D, H) * 0.4, np.random.randn(H, H) * 0.4

    def forward(self, x, h):
        self.x, self.h = x, h
        self.f = sigmoid(x @ self.Wf + h @ self.Uf)
        self.n = np.tanh(x @ self.Wn + (self.f * h) @ self.Un)
        return (1 - self.f) * h + self.f * self.n

    def backward(self, dnext):
        dn = dnext * self.f * (1 - self.n**2)
        dfh = dn @ self.Un.T
        df = (dnext * (self.n - self.h) + dfh * self.h) * self.f * (1 - self.f)
        self.dWn, self.dUn = self.x.T @ dn, (self.f * self.h).T @ dn
        self.dWf, self.dUf = self.x.T @ df, self.h.T @ df
        dx = dn @ self.Wn.T + df @ self.Wf.T
        dh = dnext * (1 - self.f) + dfh * self.f + df @ self.Uf.T
        return dx, dh


def gru_step(x, h, p):
    z = sigmoid(x @ p["Wz"] + h @ p["Uz"] + p["bz"])
    r = sigmoid(x @ p["Wr"] + h @ p["Ur"] + p["br"])
    n = np.tanh(x @ p["Wn"] + (r * h) @ p["Un"] + p["bn"])
    return z * h + (1 - z) * n, (x, h, z, r, n, p)


def gru_step_backward(dout, cache):
    x, h, z, r, n, p = cache
    dn = dout * (1 - z) * (1 - n**2)
    dz = dout * (h - n) * z * (1 - z)
    drh = dn @ p["Un"].T
    dr = drh * h * r * (1 - r)
    dx = dn @ p["Wn"].T + dz @ p["Wz"].T + dr @ p["Wr"].T
    dh = drh * r + dz @ p["Uz"].T + dr @ p["Ur"].T
    grads = {}
    for gate, d, left in (("z", dz, h), ("r", dr, h), ("n", dn, r * h)):
        grads["W" + gate] = x.T @ d
        grads["U" + gate] = left.T @ d
        grads["b" + gate] = d.sum(axis=0)
    return dx, dh, grads


class TimeDense:
    """The same weights at every time step."""

    def __init__(self, D, M):
        self.W, self.b = np.random.randn(D, M), np.zeros(M)

    def forward(self, x):
        N, T, D = x.shape
        self.flat = x.reshape(N * T, D)
        return (self.flat @ self.W + self.b).reshape(N, T, -1)

    def backward(self, dout):
        N, T, M = dout.shape
        d = dout.reshape(N * T, M)
        self.dW, self.db = self.flat.T @ d, d.sum(0)
        return (d @ self.W.T).reshape(N, T, -1)
