import math

import numpy as np


def svm_loss(x, y):
    N, C = x.shape
    loss = 0.0
    dx = np.zeros_like(x)
    for i in range(N):
        correct = x[i, y[i]]
        for j in range(C):
            if j == y[i]:
                continue
            margin = x[i, j] - correct + 1.0
            if margin > 0:
                loss += margin
                dx[i, j] += 1.0
                dx[i, y[i]] -= 1.0
    loss /= N
    dx /= N
    return loss, dx


def softmax_loss(x, y):
    N, C = x.shape
    losses = []
    dx = []
    for scores, label in zip(x, y):
        top = max(scores)
        e = [math.exp(s - top) for s in scores]
        z = math.fsum(e)
        losses.append(math.log(z) + top - scores[label])
        dx.append([(e[k] / z - (1 if k == label else 0)) / N for k in range(C)])
    return sum(losses) / N, np.array(dx)
