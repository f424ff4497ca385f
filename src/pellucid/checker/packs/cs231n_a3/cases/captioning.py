"""Cases for the captioning network: the loss with the gradient of every parameter, and captions that it makes."""

from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case, ref
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.cs231n_a2.cases.layers import Maker
from pellucid.checker.packs.cs231n_a3.cases.purposes import assert_has

__all__ = ["CAPTIONING"]

Generator = np.random.Generator
WORDS = {"<NULL>": 0, "<START>": 1, "<END>": 2, "a": 3, "cat": 4, "sits": 5, "here": 6}
GATES = {"rnn": 1, "lstm": 4}
D, W, H, V = 5, 4, 3, len(WORDS)  # of features, word vectors, state, vocabulary


def _parameters(draw: Generator, cell: str, w: int = W, h: int = H) -> dict[str, Any]:
    shapes = {
        "W_embed": (V, w), "W_proj": (D, h), "b_proj": (h,), "Wx": (w, GATES[cell] * h), "Wh": (h, GATES[cell] * h),
        "b": (GATES[cell] * h,), "W_vocab": (h, V), "b_vocab": (V,),
    }  # fmt: skip
    return {name: 0.7 * draw.normal(size=shape) for name, shape in shapes.items()}


def _case(
    name: str, cell: str, values: dict[str, Any], parameters: dict[str, Any], then: list[Any], outputs: Any, *tags: str
) -> Case:
    sizes = {"input_dim": D, "wordvec_dim": parameters["W_embed"].shape[1], "hidden_dim": len(parameters["Wh"])}
    keywords = {**sizes, "cell_type": cell, "dtype": {"dtype": "float64"}}
    new = {"do": "new", "class": "CaptioningRNN", "args": [ref("words")], "keywords": keywords, "as": "model"}
    put = [{"do": "set", "path": ["model", "params", key], "value": ref(key)} for key in parameters]
    return Case(name, {"words": WORDS, **values, **parameters}, [new, *put, *then], outputs, frozenset(tags))


def captioning(draw: Generator, options: Options) -> list[Case]:
    """`CaptioningRNN.loss`, with both cells."""
    captions = np.array([[1, 3, 4, 5, 2], [1, 4, 6, 2, 0], [1, 3, 2, 0, 0]])
    full = np.array([[1, 3, 4, 2], [1, 4, 5, 2]])
    loss = {
        "do": "method", "of": ["model"], "method": "loss", "args": [ref("features"), ref("captions")],
        "unpack": ["loss", "grads"],
    }  # fmt: skip

    def case(name: str, cell: str, captions: Any, *tags: str, w: int = W, h: int = H) -> Case:
        parameters = _parameters(draw, cell, w, h)
        outputs = {"loss": ["loss"], **{f"grads {key}": ["grads", key] for key in parameters}}
        values = {"features": draw.normal(size=(len(captions), D)), "captions": captions}
        return _case(name, cell, values, parameters, [loss], outputs, cell, *tags)

    cases = [
        case("rnn, captions of three lengths", "rnn", captions, "null words"),
        case("rnn, full captions", "rnn", full),
        case("rnn, one caption", "rnn", captions[1:2], "null words"),
        case("rnn, word vectors as long as the state", "rnn", captions, w=4, h=4),
        case("lstm, captions of three lengths", "lstm", captions, "null words"),
        case("lstm, full captions", "lstm", full),
    ]
    assert_has((one.name, one.values, one.tags) for one in cases)
    return cases


def sampling(draw: Generator, options: Options) -> list[Case]:
    """`CaptioningRNN.sample`: the likeliest word of each step, for images that get different captions."""

    def case(name: str, cell: str, n: int, length: int) -> Case:
        sample = {
            "do": "method", "of": ["model"], "method": "sample", "args": [ref("features")],
            "keywords": {"max_length": length}, "unpack": ["captions"],
        }  # fmt: skip
        parameters = {key: 2 * value for key, value in _parameters(draw, cell, 6, 8).items()}
        values = {"features": draw.normal(size=(n, D))}
        return _case(name, cell, values, parameters, [sample], {"captions": ["captions"]}, cell)

    return [
        case("rnn, 6 images, 7 words", "rnn", 6, 7),
        case("rnn, one image", "rnn", 1, 5),
        case("rnn, one word", "rnn", 5, 1),
        case("lstm, 6 images, 7 words", "lstm", 6, 7),
    ]


CAPTIONING: dict[str, Maker] = {"CaptioningRNN": captioning, "CaptioningRNN.sample": sampling}
