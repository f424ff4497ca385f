import numpy as np

# ---------------------------------------------------------------
# layers.py   (everything as one-liners where I could)
# ---------------------------------------------------------------

def affine_forward(x, w, b):
    N = x.shape[0]
    D = int(np.prod(x.shape[1:]))
    out = np.dot(x.reshape(N, D), w) + b[np.newaxis, :]
    cache = {"x": x, "w": w}
    return out, cache


def affine_backward(dout, cache):
    x, w = cache["x"], cache["w"]
    X2 = x.reshape(x.shape[0], w.shape[0])
    return np.dot(dout, w.T).reshape(*x.shape), np.dot(X2.T, dout), np.sum(dout, 0)


def relu_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, x


def relu_backward(dout, cache):
    x = cache
    # a signal only gets through a neuron that was on
    on = np.logical_and(x > 0, dout > 0)
    return dout * on


def svm_loss(x, y):
    N = x.shape[0]
    right = x[np.arange(N), y].reshape(-1, 1)
    hinge = np.clip(x - right + 1.0, 0, None)
    hinge[np.arange(N), y] = 0
    loss = hinge.sum() / N
    dx = (hinge > 0).astype(x.dtype)
    dx[np.arange(N), y] = -dx.sum(axis=1)
    return loss, dx / N


def sgd(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    return w - config["learning_rate"] * dw, config
