"""Causes that the failing cases of this course's functions name by themselves."""

from pellucid.checker.asking.pack import Telltale

__all__ = ["MODE_NOT_SET_BACK", "TIES", "divides_by_gamma"]

MODE_NOT_SET_BACK = Telltale(
    "after scores",
    "mode-not-set-back",
    "training after a test pass is wrong",
    "A first training pass is correct, one after a test pass is not: the mode that was set for scoring is not set back.",
    "Call loss(X), then loss(X, y): which mode do the layers have?",
    0.85,
    "NT302",
)
TIES = Telltale(
    "ties",
    "fails-at-ties",
    "fails where several inputs tie for the maximum",
    "It is correct where each window has one largest input. After a ReLU many windows hold several zeros: choose one of the "
    "winners, np.argmax(window), or share the gradient.",
    "Try a window of zeros: how many places does your code find?",
    0.9,
    "PL251",
)


def divides_by_gamma(code: str) -> Telltale:
    """Return the telltale of a normalization layer: something is recovered from its output by dividing by gamma."""
    return Telltale(
        "gamma of 0",
        "divides-by-gamma",
        "the code divides by gamma",
        "It is wrong only where a gamma is 0: something is recovered from the output by dividing by gamma. Keep it in the cache.",
        "What is (out - beta) / gamma where gamma is 0?",
        0.8,
        code,
    )
