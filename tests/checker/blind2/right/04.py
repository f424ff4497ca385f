"""Row by row, plain Python loops, no broadcasting to get lost in."""
import numpy as np


def affine_forward(x, w, b):
    out = np.empty((x.shape[0], w.shape[1]), dtype=x.dtype)
    for n, example in enumerate(x):
        out[n] = b
        for d, value in enumerate(example.flat):
            out[n] += value * w[d]
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    dx, dw, db = np.empty_like(x), np.zeros_like(w), np.zeros_like(b)
    for n in range(len(x)):
        dx[n] = np.array([row @ dout[n] for row in w]).reshape(x[n].shape)
        dw += np.outer(x[n], dout[n])
        db += dout[n]
    return dx, dw, db


def relu_forward(x):
    out = np.array([v if v > 0 else 0 for v in x.flat], dtype=x.dtype).reshape(x.shape)
    return out, x


def relu_backward(dout, cache):
    return np.array([g if v > 0 else 0 for g, v in zip(dout.flat, cache.flat)], dtype=dout.dtype).reshape(dout.shape)


def softmax_loss(x, y):
    loss, dx = 0.0, np.zeros_like(x)
    for n, scores in enumerate(x):
        biggest = max(scores)
        weights = [np.exp(s - biggest) for s in scores]
        total = sum(weights)
        loss += np.log(total) - (scores[y[n]] - biggest)
        dx[n] = [w / total for w in weights]
        dx[n, y[n]] -= 1
    return loss / len(x), dx / len(x)


def svm_loss(x, y):
    loss, dx = 0.0, np.zeros_like(x)
    for n, scores in enumerate(x):
        others = [k for k in range(len(scores)) if k != y[n]]
        for k in others:
            violation = 1 + scores[k] - scores[y[n]]
            if violation > 0:
                loss += violation
                dx[n, k] += 1
                dx[n, y[n]] -= 1
    return loss / len(x), dx / len(x)


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    out, cache = np.empty_like(x), []
    for n, row in enumerate(x):
        mean = sum(row) / len(row)
        spread = np.sqrt(sum((v - mean) ** 2 for v in row) / len(row) + eps)
        unit = (row - mean) / spread
        out[n] = gamma * unit + beta
        cache.append((unit, spread, gamma))
    return out, cache


def layernorm_backward(dout, cache):
    dx = np.empty_like(dout)
    dgamma, dbeta = np.zeros(dout.shape[1], dout.dtype), np.zeros(dout.shape[1], dout.dtype)
    for n, (unit, spread, gamma) in enumerate(cache):
        g = gamma * dout[n]
        dx[n] = (g - g.mean() - unit * (g @ unit) / len(g)) / spread
        dgamma += dout[n] * unit
        dbeta += dout[n]
    return dx, dgamma, dbeta


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, keep = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    D = x.shape[1]
    rm = np.array(bn_param.get("running_mean", np.zeros(D)), dtype=x.dtype)
    rv = np.array(bn_param.get("running_var", np.zeros(D)), dtype=x.dtype)
    out, cache = np.empty_like(x), []
    for d in range(D):
        column = x[:, d]
        if bn_param["mode"] == "train":
            mean = column.mean()
            var = ((column - mean) ** 2).mean()
            rm[d] = keep * rm[d] + (1 - keep) * mean
            rv[d] = keep * rv[d] + (1 - keep) * var
        else:
            mean, var = rm[d], rv[d]
        spread = np.sqrt(var + eps)
        unit = (column - mean) / spread
        out[:, d] = gamma[d] * unit + beta[d]
        cache.append((unit, spread, gamma[d]))
    bn_param["running_mean"], bn_param["running_var"] = rm, rv
    return out, cache


def batchnorm_backward(dout, cache):
    dx = np.empty_like(dout)
    dgamma, dbeta = np.empty(len(cache), dout.dtype), np.empty(len(cache), dout.dtype)
    for d, (unit, spread, scale) in enumerate(cache):
        g = dout[:, d]
        dgamma[d], dbeta[d] = g @ unit, g.sum()
        dx[:, d] = scale / spread * (g - g.mean() - unit * (g @ unit) / len(g))
    return dx, dgamma, dbeta


def max_pool_forward_naive(x, pool_param):
    h, w, s = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    N, C, H, W = x.shape
    out = np.empty((N, C, (H - h) // s + 1, (W - w) // s + 1), dtype=x.dtype)
    winners = {}
    for n, c, i, j in np.ndindex(out.shape):
        cells = [(x[n, c, a, b], -a, -b) for a in range(i * s, i * s + h) for b in range(j * s, j * s + w)]
        value, a, b = max(cells)
        out[n, c, i, j] = value
        winners[n, c, i, j] = n, c, -a, -b
    return out, (winners, x.shape)


def max_pool_backward_naive(dout, cache):
    winners, shape = cache
    dx = np.zeros(shape, dtype=dout.dtype)
    for spot, source in winners.items():
        dx[source] += dout[spot]
    return dx


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, R, S = w.shape
    out = np.zeros((N, F, (H + 2 * p - R) // s + 1, (W + 2 * p - S) // s + 1), dtype=x.dtype)
    for n, f, i, j in np.ndindex(out.shape):
        total = b[f]
        for r in range(R):
            for q in range(S):
                a, c = i * s + r - p, j * s + q - p
                if 0 <= a < H and 0 <= c < W:          # outside is zero anyway
                    total = total + x[n, :, a, c] @ w[f, :, r, q]
        out[n, f, i, j] = total
    return out, (x, w, s, p)


def conv_backward_naive(dout, cache):
    x, w, s, p = cache
    N, C, H, W = x.shape
    F, _, R, S = w.shape
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros(F, dtype=w.dtype)
    for n, f, i, j in np.ndindex(dout.shape):
        g = dout[n, f, i, j]
        db[f] += g
        for r in range(R):
            for q in range(S):
                a, c = i * s + r - p, j * s + q - p
                if 0 <= a < H and 0 <= c < W:
                    dx[n, :, a, c] += g * w[f, :, r, q]
                    dw[f, :, r, q] += g * x[n, :, a, c]
    return dx, dw, db
