# unit: rnn_forward | RNN over time | correct
# unit: ElmanRNN | RNN over time | wrong | later steps
# unit: lstm_sequence_forward | LSTM over time | wrong | cell
# unit: GRULayer | GRU over time | wrong | reset gate
# unit: LSTM | LSTM over time | correct
# unit: rnn_network_forward | RNN over time | correct
# unit: lstm_network_forward | LSTM over time | correct
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - np.max(x, axis=0))
    return e / e.sum(axis=0)


def rnn_cell(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_forward(x, h0, Wx, Wh, b):
    h, hs, caches = h0, [], []
    for t in range(x.shape[1]):
        h, cache = rnn_cell(x[:, t], h, Wx, Wh, b)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), caches


def rnn_backward(dh, caches):
    x, h0, Wx, Wh, _ = caches[0]
    dx = np.zeros((dh.shape[0], dh.shape[1], x.shape[1]))
    dWx, dWh, db, carried = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(Wh.shape[0]), np.zeros_like(h0)
    for t in reversed(range(dh.shape[1])):
        x, prev, _, _, h = caches[t]
        da = (dh[:, t] + carried) * (1 - h**2)
        dx[:, t], carried = da @ Wx.T, da @ Wh.T
        dWx += x.T @ da
        dWh += prev.T @ da
        db += da.sum(axis=0)
    return dx, carried, dWx, dWh, db


class ElmanRNN:
    def __init__(self, input_size, hidden_size, output_size):
        self.Wxh = np.random.randn(hidden_size, input_size) * 0.1
        self.Whh = np.random.randn(hidden_size, hidden_size) * 0.1
        self.Why = np.random.randn(output_size, hidden_size) * 0.1
        self.bh, self.by = np.zeros((hidden_size, 1)), np.zeros((output_size, 1))

    def forward(self, inputs):
        h = np.zeros((self.Whh.shape[0], 1))
        self.inputs, self.hs, ys = inputs, {-1: h}, []
        for t, x in enumerate(inputs):
            h = np.tanh(self.Wxh @ x + self.Whh @ h + self.bh)
            self.hs[t] = h
            ys.append(self.Why @ h + self.by)
        return ys

    def backward(self, dys):
        self.dWxh, self.dWhh, self.dWhy = np.zeros_like(self.Wxh), np.zeros_like(self.Whh), np.zeros_like(self.Why)
        self.dbh, self.dby = np.zeros_like(self.bh), np.zeros_like(self.by)
        dxs = []
        for t in reversed(range(len(self.inputs))):
            self.dWhy += dys[t] @ self.hs[t].T
            self.dby += dys[t]
            raw = (1 - self.hs[t] ** 2) * (self.Why.T @ dys[t])  # here
            self.dWxh += raw @ self.inputs[t].T
            self.dWhh += raw @ self.hs[t - 1].T
            self.dbh += raw
            dxs.insert(0, self.Wxh.T @ raw)
        return dxs


def lstm_sequence_forward(x, h0, Wx, Wh, b):
    H = h0.shape[1]
    h, c, hs, cache = h0, np.zeros_like(h0), [], []
    for t in range(x.shape[1]):
        a = x[:, t] @ Wx + h @ Wh + b
        i, f, o, g = sigmoid(a[:, :H]), sigmoid(a[:, H : 2 * H]), sigmoid(a[:, 2 * H : 3 * H]), np.tanh(a[:, 3 * H :])
        cache.append((x[:, t], h, c, i, f, o, g))
        c = f * c + i * g
        h = o * np.tanh(c)
        hs.append(h)
    return np.stack(hs, axis=1), (cache, Wx, Wh)


def lstm_sequence_backward(dout, saved):
    cache, Wx, Wh = saved
    N, T, H = dout.shape
    dx, dh = np.zeros((N, T, Wx.shape[0])), np.zeros((N, H))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(4 * H)
    for t in range(T - 1, -1, -1):
        x, h, c, i, f, o, g = cache[t]
        tc = np.tanh(f * c + i * g)
        dh = dh + dout[:, t]
        dc = dh * o * (1 - tc**2)  # here
        da = np.hstack([dc * g * i * (1 - i), dc * c * f * (1 - f), dh * tc * o * (1 - o), dc * i * (1 - g**2)])
        dWx, dWh, db = dWx + x.T @ da, dWh + h.T @ da, db + da.sum(axis=0)
        dx[:, t], dh = da @ Wx.T, da @ Wh.T
    return dx, dh, dWx, dWh, db


class GRULayer:
    def __init__(self, n_in, n_hidden):
        self.W_z, self.U_z, self.b_z = np.random.randn(n_in, n_hidden), np.random.randn(n_hidden, n_hidden), np.zeros(n_hidden)
        self.W_r, self.U_r, self.b_r = np.random.randn(n_in, n_hidden), np.random.randn(n_hidden, n_hidden), np.zeros(n_hidden)
        self.W_h, self.U_h, self.b_h = np.random.randn(n_in, n_hidden), np.random.randn(n_hidden, n_hidden), np.zeros(n_hidden)

    def forward(self, xs):
        h = np.zeros((xs.shape[1], self.b_z.size))
        for x in xs:
            z = sigmoid(x @ self.W_z + h @ self.U_z + self.b_z)
            n = np.tanh(x @ self.W_h + h @ self.U_h + self.b_h)  # here
            h = (1 - z) * h + z * n
        return h


class LSTM:
    def __init__(self, input_dim, hidden_dim):
        self.D, self.H = input_dim, hidden_dim
        self.W = np.random.randn(input_dim + hidden_dim, 4 * hidden_dim) * 0.1
        self.b = np.zeros(4 * hidden_dim)

    def forward(self, x):
        N, T, D = x.shape
        h, c = np.zeros((N, self.H)), np.zeros((N, self.H))
        self.cache, out = [], np.zeros((N, T, self.H))
        for t in range(T):
            z = np.concatenate([x[:, t], h], axis=1)
            i, f, g, o = np.split(z @ self.W + self.b, 4, axis=1)
            i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
            self.cache.append((z, i, f, g, o, c, f * c + i * g))
            c = f * c + i * g
            out[:, t] = h = o * np.tanh(c)
        return out

    def backward(self, dout):
        N, T, H = dout.shape
        self.dW, self.db, dx = np.zeros_like(self.W), np.zeros_like(self.b), np.zeros((N, T, self.D))
        dh, dc = np.zeros((N, H)), np.zeros((N, H))
        for t in range(T - 1, -1, -1):
            z, i, f, g, o, c, new = self.cache[t]
            dh, tc = dh + dout[:, t], np.tanh(new)
            dc = dc + dh * o * (1 - tc**2)
            da = np.hstack([dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g**2), dh * tc * o * (1 - o)])
            self.dW += z.T @ da
            self.db += da.sum(axis=0)
            dz = da @ self.W.T
            dx[:, t], dh, dc = dz[:, : self.D], dz[:, self.D :], dc * f
        return dx


def one_step(xt, before, weights):
    now = np.tanh(weights["Wax"] @ xt + weights["Waa"] @ before + weights["ba"])
    return now, softmax(weights["Wya"] @ now + weights["by"]), (now, before, xt, weights)


def rnn_network_forward(x, a0, parameters):
    n_x, m, T = x.shape
    a, y = np.zeros((a0.shape[0], m, T)), np.zeros((parameters["Wya"].shape[0], m, T))
    now, kept = a0, []
    for t in range(T):
        now, y[:, :, t], cache = one_step(x[:, :, t], now, parameters)
        a[:, :, t] = now
        kept.append(cache)
    return a, y, (kept, x)


def gated_step(xt, before, cell, weights):
    both = np.concatenate([before, xt])
    f, i, o = (sigmoid(weights["W" + g] @ both + weights["b" + g]) for g in "fio")
    cell = f * cell + i * np.tanh(weights["Wc"] @ both + weights["bc"])
    return o * np.tanh(cell), cell


def lstm_network_forward(x, a0, Wf, bf, Wi, bi, Wc, bc, Wo, bo):
    weights = {"Wf": Wf, "bf": bf, "Wi": Wi, "bi": bi, "Wc": Wc, "bc": bc, "Wo": Wo, "bo": bo}
    a, cell, every = a0, np.zeros_like(a0), []
    for t in range(x.shape[2]):
        a, cell = gated_step(x[:, :, t], a, cell, weights)
        every.append(a)
    return np.stack(every, axis=2)
