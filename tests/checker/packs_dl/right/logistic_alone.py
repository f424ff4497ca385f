import numpy as np


def propagate(w, b, X, Y):
    A = sigmoid(w.T @ X + b)
    cost = np.mean(-np.log(np.where(Y == 1, A, 1 - A)))
    return {"dw": X @ (A - Y).T / X.shape[1], "db": np.mean(A - Y)}, cost


def predict(w, b, X):
    predictions = []
    for z in (w.T @ X + b)[0]:
        predictions.append(1 if z > 0 else 0)
    return np.array([predictions])
