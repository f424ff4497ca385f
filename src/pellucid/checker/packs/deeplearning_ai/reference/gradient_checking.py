"""Course 2, gradient checking: of J = theta x, and of a network of three layers whose sizes the exercise fixes."""

import numpy as np


def checking_forward_propagation(x, theta):
    J = theta * x
    return J


def checking_backward_propagation(x, theta):
    dtheta = x
    return dtheta


def gradient_check(x, theta, epsilon=1e-7, print_msg=False):
    theta_plus = theta + epsilon
    theta_minus = theta - epsilon
    J_plus = theta_plus * x
    J_minus = theta_minus * x
    gradapprox = (J_plus - J_minus) / (2 * epsilon)
    grad = x
    numerator = np.linalg.norm(grad - gradapprox)
    denominator = np.linalg.norm(grad) + np.linalg.norm(gradapprox)
    difference = numerator / denominator
    return difference


def backward_propagation_n(X, Y, cache):
    m = X.shape[1]
    (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3) = cache
    dZ3 = A3 - Y
    dW3 = np.dot(dZ3, A2.T) / m
    db3 = np.sum(dZ3, axis=1, keepdims=True) / m
    dA2 = np.dot(W3.T, dZ3)
    dZ2 = dA2 * (A2 > 0)
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dA1 = np.dot(W2.T, dZ2)
    dZ1 = dA1 * (A1 > 0)
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {
        "dZ3": dZ3, "dW3": dW3, "db3": db3, "dA2": dA2, "dZ2": dZ2, "dW2": dW2, "db2": db2,
        "dA1": dA1, "dZ1": dZ1, "dW1": dW1, "db1": db1,
    }  # fmt: skip


def gradient_check_n(parameters, gradients, X, Y, epsilon=1e-7, print_msg=False):
    names = ["W1", "b1", "W2", "b2", "W3", "b3"]
    values = np.concatenate([parameters[name].reshape(-1, 1) for name in names])
    grad = np.concatenate([gradients["d" + name].reshape(-1, 1) for name in names])
    sizes = np.cumsum([parameters[name].size for name in names])[:-1]

    def cost(vector):
        parts = np.split(vector, sizes)
        W1, b1, W2, b2, W3, b3 = (part.reshape(parameters[name].shape) for name, part in zip(names, parts, strict=True))
        A1 = np.maximum(0, np.dot(W1, X) + b1)
        A2 = np.maximum(0, np.dot(W2, A1) + b2)
        A3 = 1 / (1 + np.exp(-(np.dot(W3, A2) + b3)))
        return -np.sum(Y * np.log(A3) + (1 - Y) * np.log(1 - A3)) / X.shape[1]

    gradapprox = np.zeros_like(values)
    for i in range(len(values)):
        theta_plus = np.copy(values)
        theta_plus[i] = theta_plus[i] + epsilon
        theta_minus = np.copy(values)
        theta_minus[i] = theta_minus[i] - epsilon
        gradapprox[i] = (cost(theta_plus) - cost(theta_minus)) / (2 * epsilon)
    numerator = np.linalg.norm(grad - gradapprox)
    denominator = np.linalg.norm(grad) + np.linalg.norm(gradapprox)
    difference = numerator / denominator
    return difference
