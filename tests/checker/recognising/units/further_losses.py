# unit: kl_divergence | KL | correct
# unit: KLDivLoss | KL | wrong | average/batch/times/log-prob
# unit: vae_kl | KL | wrong | factor/derivative/times
# unit: weighted_cross_entropy | softmax cross-entropy | correct
# unit: smooth_ce | softmax cross-entropy | wrong | add up to 1
# unit: masked_ce | softmax cross-entropy | wrong | not 0 at/some/divided/times
# unit: temporal_softmax_loss | softmax cross-entropy | correct
# unit: focal_loss | focal | correct
# unit: CosineLoss | cosine | correct
# unit: triplet_loss | triplet | wrong | sign
# unit: l2_regularization | L2 | wrong | 2 times/factor
# unit: l1_penalty | L1 | correct
import numpy as np


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def kl_divergence(p, q):
    loss = np.sum(p * np.log(p / q)) / p.shape[0]
    return loss, -p / q / p.shape[0]


class KLDivLoss:
    def forward(self, log_q, target):
        self.target = target
        return (target * (np.log(target) - log_q)).sum() / len(target)

    def backward(self):
        return -self.target  # here


def vae_kl(mu, logvar):
    kl = -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))
    dmu = mu
    dlogvar = np.exp(logvar) - 1
    return kl, dmu, dlogvar  # here


def weighted_cross_entropy(logits, labels, weights):
    p = softmax(logits)
    n = len(labels)
    w = weights[labels]
    loss = -(w * np.log(p[np.arange(n), labels])).sum() / w.sum()
    d = p.copy()
    d[np.arange(n), labels] -= 1
    return loss, d * w[:, None] / w.sum()


def smooth_ce(scores, y, smoothing=0.2):
    n, c = scores.shape
    target = np.full((n, c), smoothing)
    target[np.arange(n), y] = 1 - smoothing
    p = softmax(scores)
    loss = -(target * np.log(p)).sum() / n
    return loss, (p * target.sum(axis=1, keepdims=True) - target) / n


def masked_ce(x, y, ignore_index=-1):
    keep = y != ignore_index
    p = softmax(x)
    safe = np.where(keep, y, 0)
    loss = -(np.log(p[np.arange(len(y)), safe]) * keep).sum() / keep.sum()
    d = p.copy()
    d[np.arange(len(y)), safe] -= 1
    return loss, d / keep.sum()  # here


def temporal_softmax_loss(x, y, mask):
    N, T, V = x.shape
    p = softmax(x.reshape(N * T, V))
    m, t = mask.reshape(-1), y.reshape(-1)
    loss = -np.sum(m * np.log(p[np.arange(N * T), t])) / N
    d = p.copy()
    d[np.arange(N * T), t] -= 1
    return loss, (d * m[:, None] / N).reshape(N, T, V)


def focal_loss(p, y, gamma=2.0, alpha=0.25):
    pt = np.where(y == 1, p, 1 - p)
    a = np.where(y == 1, alpha, 1 - alpha)
    loss = (-a * (1 - pt) ** gamma * np.log(pt)).mean()
    dpt = a * (gamma * (1 - pt) ** (gamma - 1) * np.log(pt) - (1 - pt) ** gamma / pt)
    return loss, np.where(y == 1, dpt, -dpt) / len(p)


class CosineLoss:
    def forward(self, x, y):
        self.x, self.y = x, y
        self.nx, self.ny = np.linalg.norm(x, axis=1, keepdims=True), np.linalg.norm(y, axis=1, keepdims=True)
        self.cos = (x * y).sum(axis=1, keepdims=True) / (self.nx * self.ny)
        return (1 - self.cos).mean()

    def backward(self):
        return -(self.y / (self.nx * self.ny) - self.cos * self.x / self.nx**2) / len(self.x)


def triplet_loss(anchor, positive, negative, margin=0.5):
    near, far = anchor - positive, anchor - negative
    each = np.maximum(0, (near**2).sum(1) - (far**2).sum(1) + margin)
    on = (each > 0)[:, None]
    loss = each.mean()
    n = len(anchor)
    da = 2 * (near - far) * on / n
    dp = -2 * near * on / n
    dn = -2 * far * on / n  # here
    return loss, da, dp, dn


def l2_regularization(W, lam):
    loss = 0.5 * lam * np.sum(W * W)
    grad = 2 * lam * W  # here
    return loss, grad


def l1_penalty(w, strength=0.01):
    return strength * np.abs(w).sum(), strength * np.sign(w)
