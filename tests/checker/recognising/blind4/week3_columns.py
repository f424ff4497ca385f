# Week 3: examples are the columns of every matrix
import numpy as np


def linear_fwd(A, W, b):
    Z = np.dot(W, A) + b
    cache = {"A": A, "W": W, "b": b}
    return Z, cache


def linear_bwd(dZ, cache):
    A, W = cache["A"], cache["W"]
    m = A.shape[1]
    dW = (1 / m) * np.dot(dZ, A.T)
    db = (1 / m) * np.sum(dZ, axis=1, keepdims=True)
    dA = np.dot(W.T, dZ)
    return dA, dW, db


def softmax_columns_fwd(Z):
    T = np.exp(Z - Z.max(axis=0, keepdims=True))
    A = T / T.sum(axis=0, keepdims=True)
    return A, {"A": A}


def softmax_columns_bwd(dA, cache):
    A = cache["A"]
    return A * (dA - np.sum(dA * A, axis=0, keepdims=True))


def rnn_cell_fwd(xt, a_prev, parameters):
    Waa, Wax, ba = parameters["Waa"], parameters["Wax"], parameters["ba"]
    a_next = np.tanh(np.dot(Wax, xt) + np.dot(Waa, a_prev) + ba)
    return a_next, (a_next, a_prev, xt, parameters)


def rnn_cell_bwd(da_next, cache):
    (a_next, a_prev, xt, parameters) = cache
    Waa, Wax = parameters["Waa"], parameters["Wax"]
    dtanh = (1 - a_prev**2) * da_next
    gradients = {
        "dxt": np.dot(Wax.T, dtanh),
        "dWax": np.dot(dtanh, xt.T),
        "da_prev": np.dot(Waa.T, dtanh),
        "dWaa": np.dot(dtanh, a_prev.T),
        "dba": np.sum(dtanh, axis=1, keepdims=True),
    }
    return gradients


def norm_fwd(Z, gamma, beta, eps=1e-8):
    mu = np.mean(Z, axis=1, keepdims=True)
    var = np.mean((Z - mu) ** 2, axis=1, keepdims=True)
    Znorm = (Z - mu) / np.sqrt(var + eps)
    cache = {"Z": Z, "Znorm": Znorm, "var": var, "gamma": gamma, "eps": eps}
    return gamma * Znorm + beta, cache


def norm_bwd(dout, cache):
    Znorm, var, gamma, eps = cache["Znorm"], cache["var"], cache["gamma"], cache["eps"]
    m = cache["Z"].shape[0]
    dbeta = np.sum(dout, axis=1, keepdims=True)
    dgamma = np.sum(dout * Znorm, axis=1, keepdims=True)
    dZ = gamma / np.sqrt(var + eps) * (dout - dbeta / m - Znorm * dgamma / m)
    return dZ, dgamma, dbeta


def dropout_fwd(A, keep_prob=0.8):
    D = np.random.rand(*A.shape) < keep_prob
    return A * D / keep_prob, {"D": D, "keep_prob": keep_prob}


def dropout_bwd(dA, cache):
    return dA * cache["D"] / cache["keep_prob"]


def logistic_cost(AL, Y):
    m = Y.shape[1]
    return float(-np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m)


def logistic_cost_backward(AL, Y):
    m = Y.shape[1]
    return -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL)) / m


def update_with_adam(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    for key in parameters:
        v["d" + key] = beta1 * v["d" + key] + (1 - beta1) * grads["d" + key]
        s["d" + key] = beta2 * s["d" + key] + (1 - beta2) * grads["d" + key] ** 2
        v_hat = v["d" + key] / (1 - beta2**t)
        s_hat = s["d" + key] / (1 - beta2**t)
        parameters[key] = parameters[key] - learning_rate * v_hat / (np.sqrt(s_hat) + epsilon)
    return parameters, v, s
