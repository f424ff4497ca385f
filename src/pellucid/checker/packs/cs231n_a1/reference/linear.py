"""The losses of linear classifiers with regularization, in loops and at once."""

import numpy as np


def svm_loss_naive(W, X, y, reg):
    N, C = X.shape[0], W.shape[1]
    loss = 0.0
    dW = np.zeros_like(W)
    for i in range(N):
        scores = X[i] @ W
        for j in range(C):
            if j == y[i]:
                continue
            margin = scores[j] - scores[y[i]] + 1.0
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss = loss / N
    dW = dW / N
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW


def svm_loss_vectorized(W, X, y, reg):
    N, C = X.shape[0], W.shape[1]
    scores = X @ W
    correct = scores[np.arange(N), y][:, None]
    margins = np.maximum(0, scores - correct + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins)
    counted = (margins > 0).astype(X.dtype)
    counted[np.arange(N), y] -= np.sum(counted, axis=1)
    dW = X.T @ counted
    loss = loss / N
    dW = dW / N
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW


def softmax_loss_naive(W, X, y, reg):
    N, C = X.shape[0], W.shape[1]
    loss = 0.0
    dW = np.zeros_like(W)
    for i in range(N):
        scores = X[i] @ W
        shifted = scores - np.max(scores)
        total = np.sum(np.exp(shifted))
        probs = np.exp(shifted) / total
        loss -= shifted[y[i]] - np.log(total)
        for j in range(C):
            dscore = probs[j]
            if j == y[i]:
                dscore -= 1
            dW[:, j] += dscore * X[i]
    loss = loss / N
    dW = dW / N
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    N, C = X.shape[0], W.shape[1]
    scores = X @ W
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    total = np.sum(np.exp(shifted), axis=1, keepdims=True)
    probs = np.exp(shifted) / total
    log_probs = shifted - np.log(total)
    loss = -np.sum(log_probs[np.arange(N), y])
    dscores = probs.copy()
    dscores[np.arange(N), y] -= 1
    dW = X.T @ dscores
    loss = loss / N
    dW = dW / N
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW
