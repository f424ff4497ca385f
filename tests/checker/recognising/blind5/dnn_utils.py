"""Helper functions of the deep network notebook."""
import numpy as np


def affine_step(A_prev, W, b):
    """
    Linear part of a layer.

    A_prev -- activations of the previous layer, shape (size of previous layer, number of examples)
    W -- weights, shape (size of current layer, size of previous layer)
    b -- bias vector, shape (size of current layer, 1)
    """
    Z = W.dot(A_prev) + b
    cache = (A_prev, W, b)
    return Z, cache


def affine_step_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = np.dot(dZ, A_prev.T) / m
    db = np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


def elu(Z, alpha=1.0):
    A = np.where(Z > 0, Z, alpha * (np.exp(Z) - 1))
    return A, (Z, A, alpha)


def elu_backward(dA, cache):
    Z, A, alpha = cache
    return dA * np.where(Z > 0, 1, A + alpha)


def softplus(Z):
    A = np.log(1 + np.exp(Z))
    cache = Z
    return A, cache


def softplus_backward(dA, cache):
    Z = cache
    return dA / (1 + np.exp(Z))


def softmax_activation(Z):
    T = np.exp(Z - np.max(Z, axis=0, keepdims=True))
    A = T / np.sum(T, axis=0, keepdims=True)
    return A, A


def softmax_activation_backward(dA, cache):
    A = cache
    dZ = A * (dA - np.sum(dA * A, axis=0, keepdims=True))
    return dZ


def tanh_layer_forward(A_prev, W, b):
    Z, linear_cache = affine_step(A_prev, W, b)
    A = np.tanh(Z)
    return A, (linear_cache, A)


def tanh_layer_backward(dA, cache):
    linear_cache, A = cache
    A_prev, W, b = linear_cache
    m = A_prev.shape[1]
    dZ = dA * (1 - np.power(A, 2))
    dW = np.dot(dZ, A_prev.T) / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


def inverted_dropout(A, keep_prob=0.8):
    D = np.random.rand(*A.shape) < keep_prob
    A = A * D / keep_prob
    return A, (D, keep_prob)


def inverted_dropout_backward(dA, cache):
    D, keep_prob = cache
    return dA * D / keep_prob


def cross_entropy_cost(AL, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m


def cross_entropy_cost_backward(AL, Y):
    m = Y.shape[1]
    return (np.divide(Y, AL) - np.divide(1 - Y, 1 - AL)) / m


def update_with_momentum(parameters, grads, v, beta=0.9, learning_rate=0.01):
    L = len(parameters) // 2
    for l in range(1, L + 1):
        v["dW" + str(l)] = beta * v["dW" + str(l)] + (1 - beta) * grads["dW" + str(l)]
        v["db" + str(l)] = beta * v["db" + str(l)] + (1 - beta) * grads["db" + str(l)]
        parameters["W" + str(l)] = parameters["W" + str(l)] - learning_rate * v["dW" + str(l)]
        parameters["b" + str(l)] = parameters["b" + str(l)] - learning_rate * v["db" + str(l)]
    return parameters, v
