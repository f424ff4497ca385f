"""The network with one hidden layer, in both forms of the course: until 2020 reg belongs to each call, since then to the network."""

import numpy as np


class TwoLayerNet:
    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.reg = reg
        self.params = {
            "W1": weight_scale * np.random.randn(input_dim, hidden_dim),
            "b1": np.zeros(hidden_dim),
            "W2": weight_scale * np.random.randn(hidden_dim, num_classes),
            "b2": np.zeros(num_classes),
        }

    def loss(self, X, y=None, reg=None):
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        reg = self.reg if reg is None else reg
        N = X.shape[0]
        rows = X.reshape(N, -1)
        hidden = np.maximum(rows @ W1 + b1, 0)
        scores = hidden @ W2 + b2
        if y is None:
            return scores
        shifted = scores - np.max(scores, axis=1, keepdims=True)
        log_probs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
        loss = -np.sum(log_probs[np.arange(N), y]) / N
        loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        dscores = np.exp(log_probs)
        dscores[np.arange(N), y] -= 1
        dscores = dscores / N
        grads = {}
        grads["W2"] = hidden.T @ dscores
        grads["b2"] = np.sum(dscores, axis=0)
        dhidden = dscores @ W2.T
        dhidden = dhidden * (hidden > 0)
        grads["W1"] = rows.T @ dhidden
        grads["b1"] = np.sum(dhidden, axis=0)
        grads["W1"] += reg * W1
        grads["W2"] += reg * W2
        return loss, grads

    def train(
        self,
        X,
        y,
        X_val,
        y_val,
        learning_rate=1e-3,
        learning_rate_decay=0.95,
        reg=5e-6,
        num_iters=100,
        batch_size=200,
        verbose=False,
    ):
        N = X.shape[0]
        epoch = max(N // batch_size, 1)
        loss_history, train_acc_history, val_acc_history = [], [], []
        for it in range(num_iters):
            drawn = np.random.choice(N, batch_size)
            X_batch = X[drawn]
            y_batch = y[drawn]
            loss, grads = self.loss(X_batch, y_batch, reg)
            loss_history.append(loss)
            for name in self.params:
                self.params[name] = self.params[name] - learning_rate * grads[name]
            if it % epoch == 0:
                train_acc_history.append(np.mean(self.predict(X_batch) == y_batch))
                val_acc_history.append(np.mean(self.predict(X_val) == y_val))
                learning_rate *= learning_rate_decay
        return {
            "loss_history": loss_history,
            "train_acc_history": train_acc_history,
            "val_acc_history": val_acc_history,
        }

    def predict(self, X):
        scores = self.loss(X)
        y_pred = np.argmax(scores, axis=1)
        return y_pred
