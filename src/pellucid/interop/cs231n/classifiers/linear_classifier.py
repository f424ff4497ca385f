"""`cs231n.classifiers.linear_classifier`: linear classifiers trained by stochastic gradient descent.

A star import includes the losses, as the notebooks expect.
"""

import numpy as np

from pellucid.interop.cs231n.classifiers import linear_svm, softmax
from pellucid.interop.cs231n.classifiers.linear_svm import *  # noqa: F403
from pellucid.interop.cs231n.classifiers.softmax import *  # noqa: F403
from pellucid.shapes import Array

__all__ = [*linear_svm.__all__, *softmax.__all__, "LinearClassifier", "LinearSVM", "Softmax"]


class LinearClassifier:
    """Scores X W; a subclass says which loss. W (D, C) is None before training."""

    def __init__(self) -> None:
        self.W: Array | None = None

    def train(
        self,
        X: Array,
        y: Array,
        learning_rate: float = 1e-3,
        reg: float = 1e-5,
        num_iters: int = 100,
        batch_size: int = 200,
        verbose: bool = False,
    ) -> list[float]:
        """Make `num_iters` steps on batches drawn with replacement from `np.random`; return the loss of each."""
        if self.W is None:
            self.W = 0.001 * np.random.randn(X.shape[1], int(np.max(y)) + 1)  # noqa: NPY002 (the course's draws)
        history = []
        for step in range(num_iters):
            drawn = np.random.choice(len(X), batch_size)  # noqa: NPY002
            loss, gradient = self.loss(X[drawn], y[drawn], reg)
            history.append(loss)
            self.W = self.W - learning_rate * gradient
            if verbose and step % 100 == 0:
                print(f"iteration {step} / {num_iters}: loss {loss:f}")
        return history

    def predict(self, X: Array) -> Array:
        """Return the class with the largest score for each row."""
        return np.argmax(X @ self.W, axis=1)

    def loss(self, X_batch: Array, y_batch: Array, reg: float) -> tuple[float, Array]:
        """Return the loss and dW; a subclass computes them."""
        raise NotImplementedError("LinearClassifier has no loss of its own; use LinearSVM or Softmax")

    def save(self, fname: str) -> None:
        """Write W to a `.npy` file."""
        np.save(fname, np.asarray(self.W), allow_pickle=False)

    def load(self, fname: str) -> None:
        """Read W from a `.npy` file."""
        self.W = np.load(fname, allow_pickle=False)


class LinearSVM(LinearClassifier):
    """With the multiclass hinge loss."""

    def loss(self, X_batch: Array, y_batch: Array, reg: float) -> tuple[float, Array]:
        """Return the loss and dW."""
        return linear_svm.svm_loss_vectorized(self.W, X_batch, y_batch, reg)  # type: ignore[arg-type]


class Softmax(LinearClassifier):
    """With the cross-entropy."""

    def loss(self, X_batch: Array, y_batch: Array, reg: float) -> tuple[float, Array]:
        """Return the loss and dW."""
        return softmax.softmax_loss_vectorized(self.W, X_batch, y_batch, reg)  # type: ignore[arg-type]
