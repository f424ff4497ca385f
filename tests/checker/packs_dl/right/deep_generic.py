import numpy as np


def initialize_parameters_deep(layer_dims):
    np.random.seed(1)
    parameters = {}
    for l, (before, after) in enumerate(zip(layer_dims[:-1], layer_dims[1:]), 1):
        parameters[f"W{l}"] = np.random.normal(0, 1, (after, before)) / np.sqrt(before)
        parameters[f"b{l}"] = np.zeros((after, 1))
    return parameters


def linear_forward(A, W, b):
    return W @ A + b, {"A": A, "W": W, "b": b}


def linear_activation_forward(A_prev, W, b, activation):
    Z, linear_cache = linear_forward(A_prev, W, b)
    A = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "relu": lambda z: z * (z > 0)}[activation](Z)
    return A, (linear_cache, Z)


def L_model_forward(X, parameters):
    L, A, caches = len(parameters) // 2, X, []
    for l in range(1, L + 1):
        A, cache = linear_activation_forward(
            A, parameters[f"W{l}"], parameters[f"b{l}"], "relu" if l < L else "sigmoid"
        )
        caches += [cache]
    return A, caches


def compute_cost(AL, Y):
    return float((-Y @ np.log(AL).T - (1 - Y) @ np.log(1 - AL).T).item() / Y.shape[1])


def linear_backward(dZ, cache):
    A, W = cache["A"], cache["W"]
    return np.einsum("ji,jm->im", W, dZ), np.einsum("jm,im->ji", dZ, A) / A.shape[1], dZ.mean(1, keepdims=True)


def linear_activation_backward(dA, cache, activation):
    linear_cache, Z = cache
    if activation == "relu":
        slope = np.where(Z > 0, 1.0, 0.0)
    else:
        s = 1 / (1 + np.exp(-Z))
        slope = s * (1 - s)
    return linear_backward(dA * slope, linear_cache)


def L_model_backward(AL, Y, caches):
    grads, L = {}, len(caches)
    dA = (AL - Y.reshape(AL.shape)) / (AL * (1 - AL))
    for l in range(L, 0, -1):
        dA, grads[f"dW{l}"], grads[f"db{l}"] = linear_activation_backward(
            dA, caches[l - 1], "sigmoid" if l == L else "relu"
        )
        grads[f"dA{l - 1}"] = dA
    return grads


def update_parameters(params, grads, learning_rate):
    return {name: value - learning_rate * grads["d" + name] for name, value in params.items()}
