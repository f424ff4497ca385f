"""Layers that try to get out while they are probed: with attributes, array functions, properties, metaclasses and generators."""

import pytest

import pellucid

ATTEMPTS = """
import itertools
import numpy as np

CANARY = {canary!r}


def touch():
    try:
        with open(CANARY, "w") as file:
            file.write("escaped")
    except Exception:
        pass
    try:
        import os
        os.system("touch " + CANARY)
    except Exception:
        pass
    try:
        os.kill(os.getppid(), 9)
    except Exception:
        pass


class AnswersAll:
    def __init__(self, n):
        self.w = np.ones(n)

    def __getattr__(self, name):
        touch()
        return lambda *args: self

    def forward(self, x):
        return x * self.w

    def backward(self, g):
        return self


class Liar(np.ndarray):
    def __array_ufunc__(self, *args, **keywords):
        touch()
        return np.zeros(10**7)

    def __array_function__(self, *args, **keywords):
        touch()
        return True

    @property
    def shape(self):
        touch()
        return (10**9,)

    @property
    def dtype(self):
        touch()
        return np.dtype(object)


class ReturnsLiars:
    def forward(self, x):
        self.x = x
        return np.tanh(x).view(Liar)

    def backward(self, g):
        return (g * 0).view(Liar)


class Properties:
    def forward(self, x):
        self.x = x
        return np.exp(x)

    @property
    def dx(self):
        touch()
        raise SystemExit

    @property
    def __dict__(self):
        touch()
        return {{str(i): self for i in range(10**5)}}

    def backward(self, g):
        return [[g]] * 10**5


class Meta(type):
    def __call__(cls, *args):
        touch()
        return super().__call__(*args)

    def __instancecheck__(cls, one):
        touch()
        return True


class OfMeta(metaclass=Meta):
    def forward(self, x):
        return x**2

    def backward(self, g):
        one = []
        one.append(one)
        return one


class Generates:
    def forward(self, x):
        return (x for _ in itertools.count())

    def backward(self, g):
        touch()
        yield from itertools.repeat(g)


class Copies:
    def __init__(self, n):
        self.w = np.ones(n)

    def __deepcopy__(self, memo):
        touch()
        return self

    def __eq__(self, other):
        touch()
        return True

    def __array__(self, *args, **keywords):
        touch()
        return np.ones((10**4, 10**4))

    def forward(self, x):
        return self

    def backward(self, g):
        return self


class Waits:
    def forward(self, x):
        while len(x) == 3:
            pass
        return np.sin(x) * 3

    def backward(self, g):
        return g
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("escapes")
    path = folder / "attempts.py"
    path.write_text(ATTEMPTS.format(canary=str(folder / "canary")), encoding="utf-8")
    return pellucid.check(path, timeout=1.0, memory=1.0), folder / "canary"


def test_nothing_gets_out(report):
    result, canary = report
    assert not canary.exists()
    assert "the checker's own error" not in result.error


def test_no_attempt_is_called_correct(report):
    result, _ = report
    verdicts = {row.name: row.verdict for row in result.units}
    assert not {name for name, verdict in verdicts.items() if name.endswith(".backward") and verdict == "correct"}, (
        verdicts
    )
