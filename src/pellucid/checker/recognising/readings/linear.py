"""Products with a matrix, rows of a table, and changes of shape."""

from collections.abc import Iterator

import numpy as np

from pellucid.checker.recognising.form import Hints, LayerForm, Reading, Role, Sizes, Values, names

__all__ = ["forms"]

CALLED = names("linear", "affine", "dense", "^fc", "fullyconn", "inner", "^lin")


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of linear layers, embedding and flattening."""
    size = {"in": s.d, "out": s.m, "batch": s.n}
    rows, columns, one = Role("x", ((s.n, s.d),)), Role("x", ((s.d, s.n),)), Role("x", ((s.d,),))
    bias, tall = Role("b", ((s.m,), (1, s.m)), "weights"), Role("b", ((s.m, 1), (s.m,)), "weights")
    w, wt = Role("w", ((s.d, s.m),), "weights"), Role("w", ((s.m, s.d),), "weights")
    table = Role("table", ((s.d + 2, s.m),), "weights")
    found = [
        LayerForm("linear layer", "a sample in each row", (rows, w, bias), _plain, CALLED, size),
        LayerForm("linear layer", "a sample in each column", (columns, wt, tall), _columns, CALLED, size),
        LayerForm(
            "linear layer", "a sample in each row, weights of shape (out, in)", (rows, wt, bias), _turned, CALLED, size
        ),
        LayerForm("linear layer without bias", "a sample in each row", (rows, w), _no_bias, CALLED, size),
        LayerForm(
            "linear layer without bias", "a sample in each column", (columns, wt), _no_bias_columns, CALLED, size
        ),
        LayerForm(
            "linear layer without bias",
            "a sample in each row, weights of shape (out, in)",
            (rows, wt),
            _no_bias_turned,
            CALLED,
            size,
        ),
        LayerForm("linear layer", "one sample", (one, w, bias), _plain, CALLED, size, batch_axis=None),
        LayerForm(
            "linear layer",
            "one sample, weights of shape (out, in)",
            (one, wt, bias),
            _turned,
            CALLED,
            size,
            batch_axis=None,
        ),
        LayerForm(
            "matrix product",
            "",
            (Role("a", ((s.n, s.d),)), Role("b", ((s.d, s.m),), "weights")),
            _product,
            names("matmul", "^mm$", "^dot"),
            size,
        ),
        LayerForm(
            "embedding",
            "",
            (Role("ids", ((s.n, 3), (s.n,)), "ids"), table),
            _embedding,
            "emb",
            {"vocabulary": s.d + 2, "dim": s.m, "classes": s.d + 2},
        ),
        LayerForm("flatten", "", (Role("x", ((s.n, s.c, s.h, s.w),)),), _flatten, names("flat", "reshape"), size),
    ]
    for operation, kind in ((np.add, "add"), (np.multiply, "mul"), (np.subtract, "sub")):
        pair = (Role("a", ((s.n, s.d),)), Role("b", ((s.n, s.d),), "weights"))
        found.append(
            LayerForm(
                {"add": "sum", "mul": "product of each number", "sub": "difference"}[kind],
                "",
                pair,
                _both(operation),
                f"^{kind}",
                size,
            )
        )
    return found


def _both(operation: np.ufunc):  # type: ignore[no-untyped-def]
    def read(v: Values, h: Hints) -> Iterator[Reading]:
        yield Reading((operation(v["a"], v["b"]),))

    return read


def _plain(v: Values, h: Hints) -> Iterator[Reading]:
    yield Reading((v["x"] @ v["w"] + v["b"].ravel(),))


def _columns(v: Values, h: Hints) -> Iterator[Reading]:
    yield Reading((v["w"] @ v["x"] + v["b"].reshape(-1, 1),))


def _turned(v: Values, h: Hints) -> Iterator[Reading]:
    yield Reading((v["x"] @ v["w"].T + v["b"].ravel(),))


def _no_bias(v: Values, h: Hints) -> Iterator[Reading]:
    yield Reading((v["x"] @ v["w"],))


def _no_bias_columns(v: Values, h: Hints) -> Iterator[Reading]:
    yield Reading((v["w"] @ v["x"],))


def _no_bias_turned(v: Values, h: Hints) -> Iterator[Reading]:
    yield Reading((v["x"] @ v["w"].T,))


def _product(v: Values, h: Hints) -> Iterator[Reading]:
    yield Reading((v["a"] @ v["b"],))


def _embedding(v: Values, h: Hints) -> Iterator[Reading]:
    yield Reading((v["table"][v["ids"]],))


def _flatten(v: Values, h: Hints) -> Iterator[Reading]:
    x = v["x"]
    yield Reading((x.reshape(len(x), -1),), ("an image in each row",))
    yield Reading((x.reshape(len(x), -1).T,), ("an image in each column",))
