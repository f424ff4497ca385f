"""Of a pair, a pack may know one function alone: its partner is judged as any layer is."""

import pellucid
from pellucid.checker.judging.verdicts import Failure

PAIR = """import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def sigmoid_prime(z):
    return sigmoid(z) * ({one} - sigmoid(z))
"""


def verdicts_of(tmp_path, one):
    path = tmp_path / "net.py"
    path.write_text(PAIR.format(one=one))
    return {row.name: row.verdict for row in pellucid.check(path, pack="deeplearning-ai").all}


def test_the_derivative_beside_a_function_of_a_pack_is_judged(tmp_path):
    assert verdicts_of(tmp_path, 2) == {"sigmoid": "correct", "sigmoid_prime": "wrong"}


def test_a_correct_derivative_beside_a_function_of_a_pack_is_correct(tmp_path):
    assert verdicts_of(tmp_path, 1) == {"sigmoid": "correct", "sigmoid_prime": "correct"}


def test_no_number_is_given_where_shapes_differ():
    assert str(Failure("a batch", "db", float("inf"))) == "it has another shape, or values that are not finite"
    assert (
        str(Failure("a batch", "db", 1e6))
        == "largest error 1e6 times the largest value: probably diverging or uninitialized"
    )
