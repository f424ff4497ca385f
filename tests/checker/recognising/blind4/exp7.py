import numpy as np


# --- radial basis -----------------------------------------------------------
def rbf(x, c, b):
    d = x[:, None, :] - c[None]
    r2 = (d ** 2).sum(-1)
    y = np.exp(-b * r2)
    return y, (d, r2, y, b)


def rbf_back(g, ca):
    d, r2, y, b = ca
    gy = g * y
    db = -(gy * r2).sum(0)
    t = -2 * (gy * b)[:, :, None] * d
    return t.sum(1), -t.sum(0), db


# --- bilinear score, A is (k, m, n) --------------------------------------------
def bil(x, z, A):
    y = np.einsum('im,kmn,in->ik', x, A, z)
    return y, (x, z, A)


def bil_back(g, ca):
    x, z, A = ca
    gx = np.einsum('ik,kmn,in->im', g, A, z)
    gz = np.einsum('ik,kmn,im->in', g, A, x)
    gA = np.einsum('ik,im,in->kmn', g, x, z)
    return gx, gz, gA


# --- ring filter: y[t] = sum_s w[s] x[t - s mod T] -----------------------------
def ring(x, w):
    y = np.zeros_like(x)
    for s in range(len(w)):
        y += w[s] * np.roll(x, s, axis=1)
    return y, (x, w)


def ring_back(g, ca):
    x, w = ca
    gx = np.zeros_like(x)
    gw = np.zeros_like(w)
    for s in range(len(w)):
        gx += w[s] * np.roll(g, s, axis=1)
        gw[s] = (g * np.roll(x, s, axis=1)).sum()
    return gx, gw


# --- a*tanh(b*x), a and b one number a column ------------------------------------
def stanh(x, a, b):
    t = np.tanh(b * x)
    return a * t, (x, a, b, t)


def stanh_back(g, ca):
    x, a, b, t = ca
    gx = g * a * (1 - t ** 2)
    ga = (g * t).sum(0)
    gb = (g * a * (1 - t) * x).sum(0)
    return gx, ga, gb


# --- losses: value and gradient at once --------------------------------------------
def logcosh(p, t):
    e = p - t
    v = np.logaddexp(e, -e) - np.log(2)
    return v.mean(), np.tanh(e) / e.size


def kl_std(mu, lv):
    """KL(N(mu, exp(lv)) || N(0, 1)), summed over latents, averaged over rows"""
    n = mu.shape[0]
    v = 0.5 * (np.exp(lv) + mu ** 2 - 1 - lv).sum() / n
    return v, mu / n, 0.5 * (np.exp(lv) - 1) / n


def triplet(a, p, q, m=1.0):
    dp = ((a - p) ** 2).sum(1)
    dq = ((a - q) ** 2).sum(1)
    v = dp - dq + m
    on = (v > 0)[:, None] / len(a)
    ga = 2 * (q - p) * on
    gp = -(a - p) * on
    gq = 2 * (a - q) * on
    return np.maximum(v, 0).mean(), ga, gp, gq


def focal(z, y, gam=2.0):
    p = 1 / (1 + np.exp(-z))
    pt = np.where(y == 1, p, 1 - p)
    v = -((1 - pt) ** gam) * np.log(pt)
    s = np.where(y == 1, 1, -1)
    dz = -s * (1 - pt) ** (gam + 1)
    return v.sum(), dz
