# unit: linear_forward | linear | wrong | batch/divided by m
# unit: tanh_forward | tanh | wrong | square/power
# unit: initialize_layer | none | correct
# unit: rnn_cell_forward | rnn | wrong | tanh/missing/derivative
# unit: softmax_cost | softmax cross-entropy | correct
import numpy as np


def initialize_layer(n_in, n_out):
    return np.random.randn(n_out, n_in) * 0.01


def linear_forward(A, W, b):
    return np.dot(W, A) + b, (A, W, b)


def linear_backward(dZ, cache):
    A, W, b = cache
    m = A.shape[1]
    dW = np.dot(dZ, A.T) / m
    db = np.sum(dZ, axis=1, keepdims=True)  # here
    return np.dot(W.T, dZ), dW, db


def tanh_forward(Z):
    A = np.tanh(Z)
    return A, A


def tanh_backward(dA, cache):
    A = cache
    return dA * (1 - A)  # here


def rnn_cell_forward(xt, a_prev, parameters):
    Wax, Waa, Wya = parameters["Wax"], parameters["Waa"], parameters["Wya"]
    ba, by = parameters["ba"], parameters["by"]
    a_next = np.tanh(Wax @ xt + Waa @ a_prev + ba)
    z = Wya @ a_next + by
    e = np.exp(z - z.max(axis=0))
    yt_pred = e / e.sum(axis=0)
    return a_next, yt_pred, (a_next, a_prev, xt, parameters)


def rnn_cell_backward(da_next, cache):
    a_next, a_prev, xt, parameters = cache
    Wax, Waa = parameters["Wax"], parameters["Waa"]
    dtanh = da_next  # here
    return {
        "dxt": Wax.T @ dtanh,
        "da_prev": Waa.T @ dtanh,
        "dWax": dtanh @ xt.T,
        "dWaa": dtanh @ a_prev.T,
        "dba": dtanh.sum(axis=1, keepdims=True),
    }


def softmax_cost(Z, Y):
    m = Z.shape[1]
    e = np.exp(Z - Z.max(axis=0))
    P = e / e.sum(axis=0)
    cost = -np.sum(Y * np.log(P)) / m
    return cost, (P - Y) / m
