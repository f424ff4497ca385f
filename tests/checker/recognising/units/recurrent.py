# unit: rnn_step | rnn | correct
# unit: lstm_step_forward | lstm | correct
# unit: LSTMCell | lstm | wrong | forget/columns/block
# unit: GRUCell | gru | correct
# unit: RNNCell | rnn | wrong | square/factor/derivative/power
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def rnn_step(x, h_prev, Wx, Wh, b):
    h = np.tanh(x @ Wx + h_prev @ Wh + b)
    return h, (x, h_prev, Wx, Wh, h)


def rnn_step_backward(dh, cache):
    x, h_prev, Wx, Wh, h = cache
    da = dh * (1 - h * h)
    return da @ Wx.T, da @ Wh.T, x.T @ da, h_prev.T @ da, da.sum(0)


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o = sigmoid(a[:, :H]), sigmoid(a[:, H : 2 * H]), sigmoid(a[:, 2 * H : 3 * H])
    g = np.tanh(a[:, 3 * H :])
    c = f * prev_c + i * g
    h = o * np.tanh(c)
    return h, c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, c = cache
    t = np.tanh(c)
    dc = dnext_c + dnext_h * o * (1 - t**2)
    di, df, do, dg = dc * g, dc * prev_c, dnext_h * t, dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


class LSTMCell:
    def __init__(self, input_size, hidden_size):
        self.Wx = np.random.randn(input_size, 4 * hidden_size) * 0.3
        self.Wh = np.random.randn(hidden_size, 4 * hidden_size) * 0.3
        self.b = np.zeros(4 * hidden_size)

    def forward(self, x, h, c):
        z = x @ self.Wx + h @ self.Wh + self.b
        i, f, g, o = np.split(z, 4, axis=1)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        c_next = f * c + i * g
        h_next = o * np.tanh(c_next)
        self.cache = (x, h, c, i, f, g, o, c_next)
        return h_next, c_next

    def backward(self, dh, dc):
        x, h, c, i, f, g, o, c_next = self.cache
        t = np.tanh(c_next)
        dc = dc + dh * o * (1 - t**2)
        di = dc * g * i * (1 - i)
        df = dc * c * f  # here
        dg = dc * i * (1 - g**2)
        do = dh * t * o * (1 - o)
        dz = np.concatenate([di, df, dg, do], axis=1)
        self.dWx, self.dWh, self.db = x.T @ dz, h.T @ dz, dz.sum(0)
        return dz @ self.Wx.T, dz @ self.Wh.T, dc * f


class GRUCell:
    def __init__(self, input_size, hidden_size):
        D, H = input_size, hidden_size
        self.Wz, self.Uz, self.bz = np.random.randn(D, H), np.random.randn(H, H), np.zeros(H)
        self.Wr, self.Ur, self.br = np.random.randn(D, H), np.random.randn(H, H), np.zeros(H)
        self.Wh, self.Uh, self.bh = np.random.randn(D, H), np.random.randn(H, H), np.zeros(H)

    def forward(self, x, h):
        z = sigmoid(x @ self.Wz + h @ self.Uz + self.bz)
        r = sigmoid(x @ self.Wr + h @ self.Ur + self.br)
        n = np.tanh(x @ self.Wh + (r * h) @ self.Uh + self.bh)
        self.saved = x, h, z, r, n
        return (1 - z) * h + z * n

    def backward(self, dout):
        x, h, z, r, n = self.saved
        dn = dout * z * (1 - n**2)
        dz = dout * (n - h) * z * (1 - z)
        drh = dn @ self.Uh.T
        dr = drh * h * r * (1 - r)
        dh = dout * (1 - z) + drh * r + dz @ self.Uz.T + dr @ self.Ur.T
        dx = dz @ self.Wz.T + dr @ self.Wr.T + dn @ self.Wh.T
        self.dWz, self.dWr, self.dWh = x.T @ dz, x.T @ dr, x.T @ dn
        self.dUz, self.dUr, self.dUh = h.T @ dz, h.T @ dr, (r * h).T @ dn
        self.dbz, self.dbr, self.dbh = dz.sum(0), dr.sum(0), dn.sum(0)
        return dx, dh


class RNNCell:
    def __init__(self, n_in, n_hidden):
        self.W_xh = np.random.randn(n_in, n_hidden) * 0.1
        self.W_hh = np.random.randn(n_hidden, n_hidden) * 0.1
        self.b_h = np.zeros(n_hidden)

    def forward(self, x, h):
        self.x, self.h = x, h
        self.out = np.tanh(x @ self.W_xh + h @ self.W_hh + self.b_h)
        return self.out

    def backward(self, grad):
        local = grad * (1 - self.out)  # here
        self.dW_xh, self.dW_hh, self.db_h = self.x.T @ local, self.h.T @ local, local.sum(0)
        return local @ self.W_xh.T, local @ self.W_hh.T
