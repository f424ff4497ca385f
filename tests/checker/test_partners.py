"""Of a pair, a pack may know one function alone: its partner is judged as any layer is."""

import pellucid
from pellucid.checker.judging.verdicts import Failure

TIME_FIRST = """import numpy as np
def rnn_forward(x, h0, Wx, Wh, b):
    states = [h0]
    for step in x:
        states.append(np.tanh(step @ Wx + states[-1] @ Wh + b))
    return np.stack(states[1:]), (x, states, Wx, Wh)
"""
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


def test_a_derivative_behind_a_flag_is_judged(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(
        "import numpy as np\ndef nonlin(x, deriv=False):\n    if deriv:\n        return x * (1 + x)\n"
        "    return 1 / (1 + np.exp(-x))\n"
    )
    assert {row.name: row.verdict for row in pellucid.check(path).all} == {
        "nonlin": "correct", "nonlin(deriv=True)": "wrong",
    }  # fmt: skip


def test_a_course_s_function_with_time_first_is_another_layout(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(TIME_FIRST)
    (row,) = pellucid.check(path, pack="cs231n-a3").all
    assert row.verdict == "convention"
    assert "another layout" in row.conventions[0]["title"]


def test_no_number_is_given_where_shapes_differ():
    assert str(Failure("a batch", "db", float("inf"))) == "it has another shape, or values that are not finite"
    assert (
        str(Failure("a batch", "db", 1e6))
        == "largest error 1e6 times the largest value: probably diverging or uninitialized"
    )
