"""Linear classifiers and their training, on the reference losses."""

import numpy as np


class LinearClassifier:
    def __init__(self):
        self.W = None

    def train(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, verbose=False):
        N, D = X.shape
        C = np.max(y) + 1
        if self.W is None:
            self.W = 0.001 * np.random.randn(D, C)
        loss_history = []
        for it in range(num_iters):
            drawn = np.random.choice(N, batch_size)
            X_batch = X[drawn]
            y_batch = y[drawn]
            loss, grad = self.loss(X_batch, y_batch, reg)
            loss_history.append(loss)
            self.W = self.W - learning_rate * grad
        return loss_history

    def predict(self, X):
        scores = X @ self.W
        y_pred = np.argmax(scores, axis=1)
        return y_pred


class LinearSVM(LinearClassifier):
    def loss(self, X_batch, y_batch, reg):
        return svm_loss_vectorized(self.W, X_batch, y_batch, reg)


class Softmax(LinearClassifier):
    def loss(self, X_batch, y_batch, reg):
        return softmax_loss_vectorized(self.W, X_batch, y_batch, reg)
