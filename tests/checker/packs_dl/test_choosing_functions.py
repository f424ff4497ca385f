"""Which function of the pack a name stands for, and files with places for code that are still empty."""

import numpy as np
import pytest

from pellucid.checker import check
from pellucid.checker.running.worker import gaps, outline

from .files import judgeable

MEANT = {
    "def forward_propagation(X, parameters):\n    return A2, cache": "planar_forward_propagation",
    "def forward_propagation(x, theta):\n    return theta * x": "checking_forward_propagation",
    "def forward_propagation(X, parameters):\n    Z3 = W3 @ A2 + b3\n    W3 = parameters['W3']\n    return Z3": None,
    "def forward_propagation(X, parameters):\n    Z1 = tf.add(X, 1)\n    return Z1": None,
    "def backward_propagation(parameters, cache, X, Y):\n    return grads": "planar_backward_propagation",
    "def backward_propagation(x, theta):\n    return x": "checking_backward_propagation",
    "def backward_propagation(X, Y, cache):\n    return gradients": None,
    "def predict(w, b, X):\n    return Y": "logistic_predict",
    "def predict(parameters, X):\n    return p": "planar_predict",
    "def predict(X, y, parameters):\n    return p": None,
    "def optimize(w, b, X, Y, num_iterations, learning_rate, print_cost=False):\n    return p": "optimize",
    "def optimize(X, Y, a_prev, parameters, learning_rate=0.01):\n    return loss": None,
    "def initialize_parameters(n_x, n_h, n_y):\n    return p": "initialize_parameters",
    "def initialize_parameters(n_a, n_x, n_y):\n    return p": None,
    "def initialize_parameters():\n    return p": None,
    "def update_parameters(parameters, grads, learning_rate=1.2):\n    return p": "update_parameters",
    "def update_parameters(parameters, gradients, lr):\n    parameters['Wax'] += -lr * gradients['dWax']": None,
    "def compute_cost(AL, Y):\n    return cost": "compute_cost",
    "def compute_cost(Z3, Y):\n    return cost": None,
}
SOFTMAX = "def softmax(x):\n    e = np.exp(x - np.max(x))\n    return e / e.sum(axis=0)\n"


@pytest.mark.parametrize("text", MEANT)
def test_a_name_stands_for_what_its_arguments_and_lines_say(text):
    chosen = [function.name for function in judgeable(text)[0].values()]
    assert chosen == [name for name in [MEANT[text]] if name]


def test_a_softmax_of_columns_is_what_its_file_says():
    function = judgeable(SOFTMAX)[0]["softmax"]
    kinds = {
        more: function.meaning(judgeable(SOFTMAX + more)[2]).get("softmax-of-columns", "convention")
        for more in ("", "def L1(yhat, y): return 0\n", "def rnn_cell_forward(xt, a_prev, parameters): return 0\n")
    }
    assert list(kinds.values()) == ["convention", "unwanted", "usual"]


def test_an_update_of_two_layers_is_judged_on_two_layers():
    text = "def update_parameters(parameters, grads, learning_rate):\n    W2 = parameters['W2']\n    b2 = parameters['b2']\n    return 0\n"
    two = judgeable(text)
    more = judgeable(text + "def linear_forward(A, W, b): return 0\n")
    draw = np.random.default_rng(0)
    assert [len(one[0]["update_parameters"].cases(draw, one[2])) for one in (two, more)] == [2, 5]


GAP = """import numpy as np
from dnn_utils import relu, relu_backward, sigmoid, sigmoid_backward


def linear_forward(A, W, b):
    # YOUR CODE STARTS HERE
    Z = W @ A + b
    # YOUR CODE ENDS HERE
    return Z, (A, W, b)


def linear_activation_forward(A_prev, W, b, activation):
    if activation == "sigmoid":
        # YOUR CODE STARTS HERE

        # YOUR CODE ENDS HERE
    elif activation == "relu":
        # YOUR CODE STARTS HERE
        # YOUR CODE ENDS HERE
    return A, (linear_cache, activation_cache)


def L_model_forward(X, parameters):
    A, caches, L = X, [], len(parameters) // 2
    for l in range(1, L):
        A, cache = linear_activation_forward(A, parameters["W" + str(l)], parameters["b" + str(l)], "relu")
        caches.append(cache)
    AL, cache = linear_activation_forward(A, parameters["W" + str(L)], parameters["b" + str(L)], "sigmoid")
    return AL, [*caches, cache]


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    ### START CODE HERE ### (3 lines)
    dW = None
    db = None
    dA_prev = None
    ### END CODE HERE ###
    return dA_prev, dW, db


def linear_activation_backward(dA, cache, activation):
    linear_cache, activation_cache = cache
    dZ = {"relu": relu_backward, "sigmoid": sigmoid_backward}[activation](dA, activation_cache)
    return linear_backward(dZ, linear_cache)


def update_parameters(params, grads, learning_rate):
    parameters = params.copy()
    # YOUR CODE STARTS HERE
    # YOUR CODE ENDS HERE
    return parameters


def initialize_with_zeros(dim):
    return np.zeros((dim, 1)), 0.0
"""
WANTED = {
    "linear_forward": "correct",
    "linear_activation_forward": "missing",
    "L_model_forward": "correct",
    "linear_backward": "missing",
    "linear_activation_backward": "correct",
    "update_parameters": "missing",
    "initialize_with_zeros": "correct",
}


def test_a_file_with_empty_places_is_judged_by_what_is_written(tmp_path):
    path = tmp_path / "deep.py"
    path.write_text(GAP, encoding="utf-8")
    report = check(path, pack="deeplearning-ai", allow_weak_sandbox=True)
    assert {one.name: one.verdict for one in report.functions} == WANTED
    missing = {hazard.id for one in report.functions for hazard in one.hazards}
    assert missing == {"layers-missing"}  # dnn_utils is handed out by the course: its absence is no hazard


def test_empty_places_are_filled_in_their_lines():
    text = gaps.filled(GAP)
    assert len(text.splitlines()) == len(GAP.splitlines())
    compile(text, "<filled>", "exec")
    changed = [(a, b) for a, b in zip(GAP.splitlines(), text.splitlines(), strict=True) if a != b]
    assert changed == [("        # YOUR CODE STARTS HERE", "        pass  # YOUR CODE STARTS HERE")] * 2
    found = {one["name"]: (one["has_gap"], one["is_unwritten"]) for one in outline.outline(GAP)["defined"]}
    assert found["linear_forward"] == (False, False)
    assert found["linear_backward"] == found["update_parameters"] == (True, True)


def test_code_is_no_empty_place():
    written = "def f(x):\n    # YOUR CODE STARTS HERE\n    y = np.sum(x, axis=None)\n    # YOUR CODE ENDS HERE\n    z = None\n    return y\n"
    assert outline.outline(written)["defined"][0]["is_unwritten"] is False
    assert gaps.filled("if x:\n    y = 1\n") == "if x:\n    y = 1\n"


FLOAT = """import numpy as np


def conv_single_step(a_slice_prev, W, b):
    return np.sum(a_slice_prev * W) + float(b)
"""


def test_float_of_an_array_of_one_number_is_judged_as_it_was_meant(tmp_path):
    """The course's own form, which NumPy refuses since 2.4: correct, with a hazard where this NumPy refuses it."""
    path = tmp_path / "conv.py"
    path.write_text(FLOAT, encoding="utf-8")
    (report,) = check(path, pack="deeplearning-ai", allow_weak_sandbox=True).functions
    assert report.verdict == "correct"
    assert {hazard.id for hazard in report.hazards} <= {"array-to-number"}
