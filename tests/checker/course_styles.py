"""Solutions of assignments 1 and 3 in styles that the references do not have: right ones, and wrong ones with their mistake.

RIGHT: style -> (pack, source). WRONG: style -> (pack, function, id of the mistake, source). A source defines what it needs.
"""

A1, A3 = "cs231n-a1", "cs231n-a3"

RIGHT = {
    "distances with norm and lists": (A1, """
class KNearestNeighbor(object):
    def __init__(self):
        pass
    def train(self, X, y):
        self.X_train, self.y_train = X, y
    def compute_distances_two_loops(self, X):
        return np.array([[np.linalg.norm(a - b) for b in self.X_train] for a in X])
    def compute_distances_one_loop(self, X):
        rows = []
        for a in X:
            rows.append(np.sqrt(((self.X_train - a[np.newaxis]) ** 2).sum(1)))
        return np.stack(rows)
    def compute_distances_no_loops(self, X):
        xy = np.dot(X, self.X_train.transpose())
        return np.sqrt(np.clip(-2 * xy + np.square(self.X_train).sum(1) + np.square(X).sum(1)[:, np.newaxis], 0, None))
    def predict_labels(self, dists, k=1):
        out = []
        for row in dists:
            labels = list(self.y_train[np.argpartition(row, k - 1)[:k]])
            out.append(max(sorted(set(labels)), key=labels.count))
        return np.array(out)
"""),
    "distances by einsum and a vote at once": (A1, """
class KNearestNeighbor:
    def train(self, X, y):
        self.X_train = X
        self.y_train = y
    def compute_distances_no_loops(self, X):
        a, b = np.einsum("md,md->m", X, X), np.einsum("nd,nd->n", self.X_train, self.X_train)
        s = a.reshape(-1, 1) + b.reshape(1, -1) - 2 * np.einsum("md,nd->mn", X, self.X_train)
        s[s < 0] = 0
        return s ** 0.5
    def predict_labels(self, dists, k=1):
        nearest = self.y_train[dists.argsort(axis=1)[:, :k]]
        classes = np.unique(self.y_train)
        votes = np.array([(nearest == c).sum(axis=1) for c in classes])
        return classes[votes.argmax(axis=0)].astype(float)
"""),
    "svm in loops, the correct class at the end": (A1, """
def svm_loss_naive(W, X, y, reg):
    loss, dW = 0, 0 * W
    for xi, yi in zip(X, y):
        s = np.dot(W.T, xi)
        bad = 0
        for j, sj in enumerate(s):
            if j != yi and sj - s[yi] + 1 > 0:
                loss = loss + sj - s[yi] + 1
                dW[:, j] = dW[:, j] + xi
                bad += 1
        dW[:, yi] = dW[:, yi] - bad * xi
    n = float(len(y))
    return loss / n + reg * (W ** 2).sum(), dW / n + reg * 2 * W
"""),
    "svm at once, with a mask": (A1, """
def svm_loss_vectorized(W, X, y, reg):
    n = X.shape[0]
    s = X.dot(W)
    m = s - s[range(n), y].reshape(n, 1) + 1
    m[range(n), y] = 0
    m = np.where(m > 0, m, 0)
    loss = m.sum() / n + reg * np.square(W).sum()
    k = np.zeros_like(m)
    k[m > 0] = 1
    k[range(n), y] = -k.sum(1)
    return loss, (k.T @ X).T / n + 2 * reg * W
"""),
    "svm, mean first and 0.5": (A1, """
def svm_loss_vectorized(W, X, y, reg):
    s = X @ W
    margin = np.clip(s - np.take_along_axis(s, y[:, None], 1) + 1.0, 0, None)
    np.put_along_axis(margin, y[:, None], 0.0, 1)
    loss = np.mean(margin.sum(axis=1)) + 0.5 * reg * np.linalg.norm(W) ** 2
    g = np.sign(margin)
    np.put_along_axis(g, y[:, None], -g.sum(axis=1, keepdims=True), 1)
    dW = X.T @ (g / len(y))
    return loss, dW + reg * W
"""),
    "softmax in loops, without a shift": (A1, """
def softmax_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = np.zeros(W.shape)
    for i in range(X.shape[0]):
        e = np.exp(X[i].dot(W))
        p = e / sum(e)
        loss += -np.log(p[y[i]])
        for c in range(W.shape[1]):
            dW[:, c] += X[i] * (p[c] - (1 if c == y[i] else 0))
    loss /= X.shape[0]
    dW /= X.shape[0]
    return loss + reg * np.sum(W * W), dW + 2 * reg * W
"""),
    "softmax at once, one-hot": (A1, """
def softmax_loss_vectorized(W, X, y, reg):
    N = len(X)
    Z = X @ W
    Z -= Z.max(axis=1)[:, None]
    P = np.exp(Z)
    P /= P.sum(axis=1)[:, None]
    onehot = np.eye(W.shape[1])[y]
    loss = -(onehot * np.log(P + 1e-300)).sum() / N + reg * (W * W).sum()
    return loss, X.T.dot(P - onehot) / N + 2 * reg * W
"""),
    "softmax by logaddexp and 0.5": (A1, """
def softmax_loss_vectorized(W, X, y, reg):
    Z = X @ W
    logZ = np.logaddexp.reduce(Z, axis=1)
    loss = np.mean(logZ - Z[np.arange(len(y)), y])
    D = np.exp(Z - logZ[:, None])
    D[np.arange(len(y)), y] -= 1
    return loss + reg / 2 * np.sum(W ** 2), X.T @ D / len(y) + reg * W
"""),
    "training in place": (A1, """
class LinearClassifier:
    def __init__(self):
        self.W = None
    def train(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, verbose=False):
        n, d = X.shape
        if self.W is None:
            self.W = np.random.normal(0, 0.001, (d, y.max() + 1))
        history = []
        while len(history) < num_iters:
            pick = np.random.randint(0, n, size=batch_size)
            loss, g = self.loss(X[pick, :], y[pick], reg)
            history += [loss]
            self.W -= g * learning_rate
        return history
    def predict(self, X):
        return (X @ self.W).argmax(1)
class LinearSVM(LinearClassifier):
    def loss(self, X_batch, y_batch, reg):
        s = X_batch @ self.W
        n = len(y_batch)
        m = np.maximum(0, s - s[np.arange(n), y_batch][:, None] + 1)
        m[np.arange(n), y_batch] = 0
        k = (m > 0) * 1.0
        k[np.arange(n), y_batch] = -k.sum(1)
        return m.sum() / n + reg * (self.W ** 2).sum(), X_batch.T @ k / n + 2 * reg * self.W
class Softmax(LinearClassifier):
    pass
"""),
    "the older two-layer net, without 0.5, drawn without replacement where it can": (A1, """
class TwoLayerNet(object):
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {"W1": np.random.randn(input_size, hidden_size) * std, "b1": np.zeros(hidden_size),
                       "W2": np.random.randn(hidden_size, output_size) * std, "b2": np.zeros((output_size,))}
    def loss(self, X, y=None, reg=0.0):
        p = self.params
        a = X @ p["W1"] + p["b1"]
        h = a * (a > 0)
        s = h @ p["W2"] + p["b2"]
        if y is None:
            return s
        n = len(X)
        s = s - s.max(1, keepdims=True)
        prob = np.exp(s) / np.exp(s).sum(1, keepdims=True)
        loss = -np.log(prob[np.arange(n), y]).sum() / n
        loss += reg * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))
        prob[np.arange(n), y] -= 1
        prob /= n
        da = prob @ p["W2"].T
        da[a <= 0] = 0
        grads = dict(W2=h.T @ prob + 2 * reg * p["W2"], b2=prob.sum(0), W1=X.T @ da + 2 * reg * p["W1"], b1=da.sum(0))
        return loss, grads
    def train(self, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95, reg=5e-6, num_iters=100, batch_size=200, verbose=False):
        losses, t, v = [], [], []
        n = X.shape[0]
        for i in range(num_iters):
            ids = np.random.choice(np.arange(n), size=batch_size, replace=batch_size > n)
            loss, grads = self.loss(X[ids], y[ids], reg=reg)
            losses.append(loss)
            for k in grads:
                self.params[k] += -learning_rate * grads[k]
        return {"loss_history": losses, "train_acc_history": t, "val_acc_history": v}
    def predict(self, X):
        h = np.maximum(0, X.dot(self.params["W1"]) + self.params["b1"])
        return np.argmax(h.dot(self.params["W2"]) + self.params["b2"], axis=1)
"""),
    "the newer two-layer net": (A1, """
class TwoLayerNet(object):
    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.params, self.reg = {}, reg
        self.params["W1"] = np.random.normal(scale=weight_scale, size=(input_dim, hidden_dim))
        self.params["W2"] = np.random.normal(scale=weight_scale, size=(hidden_dim, num_classes))
        self.params.update(b1=np.zeros(hidden_dim), b2=np.zeros(num_classes))
    def loss(self, X, y=None):
        W1, b1, W2, b2 = [self.params[k] for k in ("W1", "b1", "W2", "b2")]
        flat = np.reshape(X, (X.shape[0], -1))
        h = np.clip(flat @ W1 + b1, 0, None)
        s = h @ W2 + b2
        if y is None:
            return s
        e = np.exp(s - s.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        loss = -np.mean(np.log(p[np.arange(len(y)), y])) + self.reg / 2 * ((W1 ** 2).sum() + (W2 ** 2).sum())
        d = (p - np.eye(p.shape[1])[y]) / len(y)
        dh = np.where(h > 0, d @ W2.T, 0)
        return loss, {"W1": flat.T @ dh + self.reg * W1, "b1": dh.sum(0), "W2": h.T @ d + self.reg * W2, "b2": d.sum(0)}
"""),
    "rnn with a joined weight matrix": (A3, """
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    xh = np.hstack([x, prev_h])
    out = np.tanh(xh.dot(np.vstack([Wx, Wh])) + b[None, :])
    return out, dict(xh=xh, Wx=Wx, Wh=Wh, out=out)
def rnn_step_backward(dnext_h, cache):
    D = cache["Wx"].shape[0]
    g = dnext_h - dnext_h * cache["out"] ** 2
    dxh = g @ np.vstack([cache["Wx"], cache["Wh"]]).T
    dW = cache["xh"].T @ g
    return dxh[:, :D], dxh[:, D:], dW[:D], dW[D:], g.sum(0)
"""),
    "rnn with lists and swapped axes": (A3, """
def step(x, h, Wx, Wh, b):
    return np.tanh(x @ Wx + h @ Wh + b)
def rnn_forward(x, h0, Wx, Wh, b):
    states = [h0]
    for xt in x.swapaxes(0, 1):
        states.append(step(xt, states[-1], Wx, Wh, b))
    return np.stack(states[1:], axis=1), (x, states, Wx, Wh)
def rnn_backward(dh, cache):
    x, states, Wx, Wh = cache
    carried = 0
    das = []
    for t in range(dh.shape[1])[::-1]:
        da = (dh[:, t] + carried) * (1 - states[t + 1] ** 2)
        carried = da @ Wh.T
        das.insert(0, da)
    das = np.stack(das, axis=1)
    prev = np.stack(states[:-1], axis=1)
    dWx, dWh = np.einsum("ntd,nth->dh", x, das), np.einsum("ntk,nth->kh", prev, das)
    return das @ Wx.T, carried, dWx, dWh, das.sum(axis=(0, 1))
"""),
    "embedding by one-hot": (A3, """
def word_embedding_forward(x, W):
    hot = np.eye(W.shape[0], dtype=W.dtype)[x]
    return hot @ W, hot
def word_embedding_backward(dout, hot):
    return np.einsum("ntv,ntd->vd", hot, dout)
"""),
    "embedding by loops": (A3, """
def word_embedding_forward(x, W):
    out = np.empty(x.shape + (W.shape[1],), W.dtype)
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            out[n, t] = W[x[n, t]]
    return out, (x, W.shape)
def word_embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape, dout.dtype)
    for word, row in zip(x.ravel(), dout.reshape(-1, shape[1])):
        dW[word] += row
    return dW
"""),
    "lstm step by split": (A3, """
def sig(z):
    return 1.0 / (1.0 + np.exp(-z))
def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    zi, zf, zo, zg = np.split(x.dot(Wx) + prev_h.dot(Wh) + b, 4, axis=1)
    i, f, o, g = sig(zi), sig(zf), sig(zo), np.tanh(zg)
    c = f * prev_c + i * g
    tc = np.tanh(c)
    return o * tc, c, (x, prev_h, prev_c, Wx, Wh, (i, f, o, g), tc)
def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, (i, f, o, g), tc = cache
    d = dnext_c + dnext_h * o * (1 - tc * tc)
    dz = np.hstack((d * g * i * (1 - i), d * prev_c * f * (1 - f), dnext_h * tc * o * (1 - o), d * i * (1 - g ** 2)))
    return dz.dot(Wx.T), dz.dot(Wh.T), d * f, x.T.dot(dz), prev_h.T.dot(dz), dz.sum(axis=0)
"""),
    "lstm in one loop, without steps": (A3, """
def s(z):
    return np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))
def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h, c, saved, hs = h0, np.zeros((N, H), x.dtype), [], np.zeros((N, T, H), x.dtype)
    for t in range(T):
        A = x[:, t].dot(Wx) + h.dot(Wh) + b
        G = [s(A[:, :H]), s(A[:, H:2 * H]), s(A[:, 2 * H:3 * H]), np.tanh(A[:, 3 * H:])]
        new = G[1] * c + G[0] * G[3]
        saved.append((h, c, G, new))
        c = new
        h = hs[:, t] = G[2] * np.tanh(c)
    return hs, (x, Wx, Wh, saved)
def lstm_backward(dh, cache):
    x, Wx, Wh, saved = cache
    dx = np.zeros(x.shape, dh.dtype)
    dWx, dWh, db = 0, 0, 0
    back_h, back_c = 0, 0
    for t in range(x.shape[1] - 1, -1, -1):
        h, c, (i, f, o, g), new = saved[t]
        up = dh[:, t] + back_h
        dc = back_c + up * o * (1 - np.tanh(new) ** 2)
        dA = np.concatenate((dc * g * i * (1 - i), dc * c * f * (1 - f), up * np.tanh(new) * o * (1 - o), dc * i * (1 - g * g)), 1)
        dx[:, t], back_h, back_c = dA @ Wx.T, dA @ Wh.T, dc * f
        dWx, dWh, db = dWx + x[:, t].T @ dA, dWh + h.T @ dA, db + dA.sum(0)
    return dx, back_h, dWx, dWh, db
"""),
    "affine over time by einsum": (A3, """
def temporal_affine_forward(x, w, b):
    return np.einsum("ntd,dm->ntm", x, w) + b, (x, w)
def temporal_affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, np.tensordot(x, dout, axes=([0, 1], [0, 1])), dout.sum((0, 1))
"""),
    "masked loss without reshaping": (A3, """
def temporal_softmax_loss(x, y, mask, verbose=False):
    z = x - x.max(axis=-1, keepdims=True)
    lp = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    picked = np.take_along_axis(lp, y[..., None], axis=-1)[..., 0]
    loss = -(picked * mask).sum() / x.shape[0]
    hot = np.arange(x.shape[-1]) == y[..., None]
    return loss, (np.exp(lp) - hot) * mask[..., None] / x.shape[0]
"""),
    "captioning by hand, plain cell and lstm": (A3, """
class CaptioningRNN(object):
    def __init__(self, word_to_idx, input_dim=512, wordvec_dim=128, hidden_dim=128, cell_type="rnn", dtype=np.float32):
        self.cell_type, self._null, self._start = cell_type, word_to_idx["<NULL>"], word_to_idx["<START>"]
        self.params = {}
    def loss(self, features, captions):
        q = self.params
        ins, outs = captions[:, :-1], captions[:, 1:]
        h0 = features.dot(q["W_proj"]) + q["b_proj"]
        e, ce = word_embedding_forward(ins, q["W_embed"])
        go, back = {"rnn": (rnn_forward, rnn_backward), "lstm": (lstm_forward, lstm_backward)}[self.cell_type]
        h, ch = go(e, h0, q["Wx"], q["Wh"], q["b"])
        sc, cs = temporal_affine_forward(h, q["W_vocab"], q["b_vocab"])
        loss, d = temporal_softmax_loss(sc, outs, outs != self._null)
        g = {}
        d, g["W_vocab"], g["b_vocab"] = temporal_affine_backward(d, cs)
        d, d0, g["Wx"], g["Wh"], g["b"] = back(d, ch)
        g["W_embed"] = word_embedding_backward(d, ce)
        g["W_proj"], g["b_proj"] = features.T.dot(d0), d0.sum(0)
        return loss, g
    def sample(self, features, max_length=30):
        q = self.params
        state = [features @ q["W_proj"] + q["b_proj"]]
        if self.cell_type == "lstm":
            state.append(np.zeros(state[0].shape))
        step = rnn_step_forward if self.cell_type == "rnn" else lstm_step_forward
        word, said = np.full(len(features), self._start), []
        for _ in range(max_length):
            state = list(step(q["W_embed"][word], *state, q["Wx"], q["Wh"], q["b"]))[:-1]
            word = (state[0] @ q["W_vocab"] + q["b_vocab"]).argmax(axis=1)
            said.append(word)
        return np.array(said).T
"""),
}  # fmt: skip

KNN = """
class KNearestNeighbor(object):
    def train(self, X, y):
        self.X_train = X
        self.y_train = y
"""
WRONG = {
    "labels: Counter": (A1, "KNearestNeighbor.predict_labels", "nearest-wins-ties", KNN + """
    def predict_labels(self, dists, k=1):
        from collections import Counter
        return np.array([Counter(self.y_train[np.argsort(d)[:k]]).most_common()[0][0] for d in dists])
"""),
    "labels: all of the sorted ones": (A1, "KNearestNeighbor.predict_labels", "every-point-votes", KNN + """
    def predict_labels(self, dists, k=1):
        order = np.argsort(dists, axis=1)
        votes = self.y_train[order]
        return np.array([np.bincount(v).argmax() for v in votes])
"""),
    "distances: no root, by a list": (A1, "KNearestNeighbor.compute_distances_one_loop", "root-missing", KNN + """
    def compute_distances_one_loop(self, X):
        return np.vstack([np.square(self.X_train - row).sum(axis=1) for row in X])
"""),
    "distances: one product too few": (A1, "KNearestNeighbor.compute_distances_no_loops", "factor-2-missing", KNN + """
    def compute_distances_no_loops(self, X):
        m = X.dot(self.X_train.T)
        te = np.square(X).sum(axis=1, keepdims=True)
        tr = np.square(self.X_train).sum(axis=1)
        return np.sqrt(np.abs(te - m + tr))
"""),
    "svm: the correct class's row is forgotten": (A1, "svm_loss_vectorized", "svm-right-class-gradient", """
def svm_loss_vectorized(W, X, y, reg):
    n = len(X)
    s = X.dot(W)
    m = np.maximum(s - s[np.arange(n), y].reshape(-1, 1) + 1, 0)
    m[np.arange(n), y] = 0
    dW = np.dot(X.T, (m > 0).astype(float)) / n
    return m.sum() / n + reg * np.sum(W * W), dW + 2 * reg * W
"""),
    "svm: the correct class is counted, 0.5": (A1, "svm_loss_naive", "svm-right-class-counted", """
def svm_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    for i in range(X.shape[0]):
        s = X[i].dot(W)
        for j in range(W.shape[1]):
            m = s[j] - s[y[i]] + 1
            if m > 0:
                loss += m
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    return loss / len(X) + 0.5 * reg * np.sum(W * W), dW / len(X) + reg * W
"""),
    "softmax: sums, not means": (A1, "softmax_loss_vectorized", "loss-not-averaged", """
def softmax_loss_vectorized(W, X, y, reg):
    s = X @ W
    s -= s.max(axis=1, keepdims=True)
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(y)), y]).sum() + reg * np.sum(W ** 2)
    p[np.arange(len(y)), y] -= 1
    return loss, X.T @ p + 2 * reg * W
"""),
    "softmax: no regularization in dW": (A1, "softmax_loss_naive", "reg-gradient-missing", """
def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    for x, c in zip(X, y):
        s = x @ W
        p = np.exp(s - s.max())
        p /= p.sum()
        loss -= np.log(p[c])
        p[c] -= 1
        dW += np.outer(x, p)
    return loss / len(X) + reg * np.sum(W * W), dW / len(X)
"""),
    "two-layer net: ReLU not in the backward": (A1, "TwoLayerNet", "relu-not-in-backward", """
class TwoLayerNet(object):
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {"W1": std * np.random.randn(input_size, hidden_size), "b1": np.zeros(hidden_size),
                       "W2": std * np.random.randn(hidden_size, output_size), "b2": np.zeros(output_size)}
    def loss(self, X, y=None, reg=0.0):
        p, n = self.params, len(X)
        h = np.maximum(0, X @ p["W1"] + p["b1"])
        s = h @ p["W2"] + p["b2"]
        if y is None:
            return s
        e = np.exp(s - s.max(1, keepdims=True))
        q = e / e.sum(1, keepdims=True)
        loss = -np.log(q[range(n), y]).mean() + reg * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))
        q[range(n), y] -= 1
        q /= n
        dh = q @ p["W2"].T
        return loss, {"W2": h.T @ q + 2 * reg * p["W2"], "b2": q.sum(0), "W1": X.T @ dh + 2 * reg * p["W1"], "b1": dh.sum(0)}
    def train(self, *args, **kwargs):
        raise NotImplementedError
"""),
    "rnn step: slope of what goes into tanh": (A3, "rnn_step_backward", "tanh-slope-of-the-sum", """
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    z = x @ Wx + prev_h @ Wh + b
    return np.tanh(z), (x, prev_h, Wx, Wh, z)
def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, z = cache
    g = dnext_h * (1 - np.square(z))
    return g @ Wx.T, g @ Wh.T, x.T @ g, prev_h.T @ g, g.sum(0)
"""),
    "rnn: nothing through time": (A3, "rnn_backward", "gradient-not-through-time", """
def rnn_forward(x, h0, Wx, Wh, b):
    hs = [h0]
    for t in range(x.shape[1]):
        hs.append(np.tanh(x[:, t] @ Wx + hs[-1] @ Wh + b))
    return np.stack(hs[1:], 1), (x, hs, Wx, Wh)
def rnn_backward(dh, cache):
    x, hs, Wx, Wh = cache
    dx, dWx, dWh, db = np.zeros(x.shape), 0, 0, 0
    for t in reversed(range(x.shape[1])):
        g = dh[:, t] * (1 - hs[t + 1] ** 2)
        dx[:, t] = g @ Wx.T
        dWx, dWh, db = dWx + x[:, t].T @ g, dWh + hs[t].T @ g, db + g.sum(0)
        dh0 = g @ Wh.T
    return dx, dh0, dWx, dWh, db
"""),
    "rnn: dWh of the last step seen": (A3, "rnn_backward", "weight-gradients-overwritten", """
def rnn_forward(x, h0, Wx, Wh, b):
    hs = [h0]
    for t in range(x.shape[1]):
        hs.append(np.tanh(x[:, t] @ Wx + hs[-1] @ Wh + b))
    return np.stack(hs[1:], 1), (x, hs, Wx, Wh)
def rnn_backward(dh, cache):
    x, hs, Wx, Wh = cache
    dx, dWx, dWh, db, back = np.zeros(x.shape), 0, 0, 0, 0
    for t in reversed(range(x.shape[1])):
        g = (dh[:, t] + back) * (1 - hs[t + 1] ** 2)
        dx[:, t], back = g @ Wx.T, g @ Wh.T
        dWx, dWh, db = dWx + x[:, t].T @ g, hs[t].T @ g, db + g.sum(0)
    return dx, back, dWx, dWh, db
"""),
    "embedding: = in a loop over captions": (A3, "word_embedding_backward", "repeated-words-lost", """
def word_embedding_forward(x, W):
    return W[x], (x, W)
def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros(W.shape)
    for n in range(x.shape[0]):
        for t in range(x.shape[1]):
            dW[x[n, t]] = dout[n, t]
    return dW
"""),
    "lstm: i, f, g, o": (A3, "lstm_step_forward", "gates-in-another-order", """
def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    z = np.split(x @ Wx + prev_h @ Wh + b, 4, axis=1)
    i, f, o = [1 / (1 + np.exp(-z[k])) for k in (0, 1, 3)]
    g = np.tanh(z[2])
    c = f * prev_c + i * g
    return o * np.tanh(c), c, None
"""),
    "masked loss: the gradient forgets the mask": (A3, "temporal_softmax_loss", "mask-ignored-in-gradient", """
def temporal_softmax_loss(x, y, mask, verbose=False):
    z = x - x.max(axis=-1, keepdims=True)
    lp = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    loss = -(np.take_along_axis(lp, y[..., None], -1)[..., 0] * mask).sum() / len(x)
    return loss, (np.exp(lp) - (np.arange(x.shape[-1]) == y[..., None])) / len(x)
"""),
    "captioning: every <NULL> counts": (A3, "CaptioningRNN", "null-words-counted", """
class CaptioningRNN(object):
    def __init__(self, word_to_idx, input_dim=512, wordvec_dim=128, hidden_dim=128, cell_type="rnn", dtype=np.float32):
        self.cell_type, self.params = cell_type, {}
    def loss(self, features, captions):
        q = self.params
        ins, outs = captions[:, :-1], captions[:, 1:]
        e, ce = word_embedding_forward(ins, q["W_embed"])
        h0 = features.dot(q["W_proj"]) + q["b_proj"]
        go, back = (rnn_forward, rnn_backward) if self.cell_type == "rnn" else (lstm_forward, lstm_backward)
        h, ch = go(e, h0, q["Wx"], q["Wh"], q["b"])
        sc, cs = temporal_affine_forward(h, q["W_vocab"], q["b_vocab"])
        loss, d = temporal_softmax_loss(sc, outs, np.ones_like(outs))
        g = {}
        d, g["W_vocab"], g["b_vocab"] = temporal_affine_backward(d, cs)
        d, d0, g["Wx"], g["Wh"], g["b"] = back(d, ch)
        g["W_embed"] = word_embedding_backward(d, ce)
        g["W_proj"], g["b_proj"] = features.T.dot(d0), d0.sum(0)
        return loss, g
"""),
}  # fmt: skip
