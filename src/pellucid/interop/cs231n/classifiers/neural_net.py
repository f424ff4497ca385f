"""`cs231n.classifiers.neural_net`: the network with one hidden layer of assignment 1, until 2020; later years use `fc_net`."""

from typing import Any

import numpy as np

from pellucid.interop.cs231n import layer_utils, layers
from pellucid.interop.cs231n.classifiers.fc_net import affine_params
from pellucid.shapes import Array

__all__ = ["TwoLayerNet"]


class TwoLayerNet:
    """affine - ReLU - affine - softmax, with its own training; params W1, b1, W2, b2, weights from `np.random.randn`."""

    def __init__(self, input_size: int, hidden_size: int, output_size: int, std: float = 1e-4) -> None:
        self.params = affine_params([input_size, hidden_size, output_size], std, np.float64)

    def loss(self, X: Array, y: Array | None = None, reg: float = 0.0) -> Any:
        """Return scores (N, C) if y is None, otherwise the loss with reg * sum(W**2), and the gradients by name."""
        p = self.params
        hidden, first = layer_utils.affine_relu_forward(X, p["W1"], p["b1"])
        scores, second = layers.affine_forward(hidden, p["W2"], p["b2"])
        if y is None:
            return scores
        loss, dscores = layers.softmax_loss(scores, y)
        gradients: dict[str, Array] = {}
        dhidden, gradients["W2"], gradients["b2"] = layers.affine_backward(dscores, second)
        _, gradients["W1"], gradients["b1"] = layer_utils.affine_relu_backward(dhidden, first)
        for name in ("W1", "W2"):
            loss += reg * float(np.sum(p[name] ** 2))
            gradients[name] = gradients[name] + 2 * reg * p[name]
        return loss, gradients

    def train(
        self,
        X: Array,
        y: Array,
        X_val: Array,
        y_val: Array,
        learning_rate: float = 1e-3,
        learning_rate_decay: float = 0.95,
        reg: float = 5e-6,
        num_iters: int = 100,
        batch_size: int = 200,
        verbose: bool = False,
    ) -> dict[str, list[float]]:
        """Make `num_iters` steps of gradient descent; return loss_history, and accuracies after each epoch.

        Batches are drawn from `np.random` with replacement; the rate is multiplied by the decay after each epoch.
        """
        epoch = max(len(X) // batch_size, 1)
        history: dict[str, list[float]] = {"loss_history": [], "train_acc_history": [], "val_acc_history": []}
        for step in range(num_iters):
            drawn = np.random.choice(len(X), batch_size)  # noqa: NPY002 (the course's draws)
            loss, gradients = self.loss(X[drawn], y[drawn], reg)
            history["loss_history"].append(loss)
            for name, gradient in gradients.items():
                self.params[name] = self.params[name] - learning_rate * gradient
            if verbose and step % 100 == 0:
                print(f"iteration {step} / {num_iters}: loss {loss:f}")
            if step % epoch == 0:
                history["train_acc_history"].append(float(np.mean(self.predict(X[drawn]) == y[drawn])))
                history["val_acc_history"].append(float(np.mean(self.predict(X_val) == y_val)))
                learning_rate *= learning_rate_decay
        return history

    def predict(self, X: Array) -> Array:
        """Return the class with the largest score for each row."""
        return np.argmax(self.loss(X), axis=1)
