"""`cs231n.classifiers.k_nearest_neighbor`: the class of the training points that are nearest, by Euclidean distance."""

import numpy as np

from pellucid.shapes import Array

__all__ = ["KNearestNeighbor"]


class KNearestNeighbor:
    """Remembers the training points; predicts what most of the k nearest are."""

    def train(self, X: Array, y: Array) -> None:
        """Remember points (N, D) and their classes (N,)."""
        self.X_train, self.y_train = X, y

    def predict(self, X: Array, k: int = 1, num_loops: int = 0) -> Array:
        """Return the class of each point (M, D); num_loops says which of the three ways computes the distances."""
        ways = (self.compute_distances_no_loops, self.compute_distances_one_loop, self.compute_distances_two_loops)
        if num_loops not in (0, 1, 2):
            raise ValueError(f"Invalid value {num_loops} for num_loops")
        return self.predict_labels(ways[num_loops](X), k=k)

    def compute_distances_two_loops(self, X: Array) -> Array:
        """Return the distances (M, N), one pair of points after the other."""
        distances = np.zeros((len(X), len(self.X_train)))
        for i in range(len(X)):
            for j in range(len(self.X_train)):
                distances[i, j] = np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2))
        return distances

    def compute_distances_one_loop(self, X: Array) -> Array:
        """Return the distances (M, N), one row after the other."""
        distances = np.zeros((len(X), len(self.X_train)))
        for i in range(len(X)):
            distances[i] = np.sqrt(np.sum((self.X_train - X[i]) ** 2, axis=1))
        return distances

    def compute_distances_no_loops(self, X: Array) -> Array:
        """Return the distances (M, N) by one product of matrices: |a - b|^2 = |a|^2 - 2 a b + |b|^2."""
        squares = np.sum(X**2, axis=1)[:, None] - 2 * (X @ self.X_train.T) + np.sum(self.X_train**2, axis=1)
        return np.sqrt(np.maximum(squares, 0))  # rounding may leave less than 0

    def predict_labels(self, dists: Array, k: int = 1) -> Array:
        """Return the class that most of the k nearest have, the smaller of two that are as frequent."""
        predicted = np.zeros(len(dists), dtype=np.asarray(self.y_train).dtype)
        for i, row in enumerate(dists):
            nearest = np.asarray(self.y_train)[np.argsort(row)[:k]]
            classes, counts = np.unique(nearest, return_counts=True)
            predicted[i] = classes[np.argmax(counts)]
        return predicted
