"""k-nearest neighbours, in the plainest form."""

import numpy as np


class KNearestNeighbor:
    def train(self, X, y):
        self.X_train = X
        self.y_train = y

    def compute_distances_two_loops(self, X):
        dists = np.zeros((X.shape[0], self.X_train.shape[0]))
        for i in range(X.shape[0]):
            for j in range(self.X_train.shape[0]):
                difference = X[i] - self.X_train[j]
                dists[i, j] = np.sqrt(np.sum(difference**2))
        return dists

    def compute_distances_one_loop(self, X):
        dists = np.zeros((X.shape[0], self.X_train.shape[0]))
        for i in range(X.shape[0]):
            differences = self.X_train - X[i]
            dists[i] = np.sqrt(np.sum(differences**2, axis=1))
        return dists

    def compute_distances_no_loops(self, X):
        of_tests = np.sum(X**2, axis=1)[:, None]
        of_training = np.sum(self.X_train**2, axis=1)
        products = X @ self.X_train.T
        squares = of_tests + of_training - 2 * products
        dists = np.sqrt(np.maximum(squares, 0))
        return dists

    def predict_labels(self, dists, k=1):
        y_pred = np.zeros(dists.shape[0], dtype=self.y_train.dtype)
        for i in range(dists.shape[0]):
            nearest = np.argsort(dists[i])[:k]
            closest_y = self.y_train[nearest]
            counts = np.bincount(closest_y)
            y_pred[i] = np.argmax(counts)
        return y_pred
