"""Code that does not run to the end: it does not load, it crashes, its time is over (CR)."""

import re

from pellucid.checker.asking.named.record import Named

__all__ = ["CRASHES", "meaning_of"]

SIGNATURE = (
    "It takes other arguments than the course's function of this name: another course's or another year's? "
    "Then this is no mistake of the function; give it the name and the arguments of its own course, or check it with gradcheck."
)
SCALAR = (
    "int(), float() and item() take one number: np.where and np.nonzero return arrays, with several places where values tie. "
    "Take one place, np.argmax(window), and np.unravel_index for its row and column."
)
UNPACK = (
    "The line unpacks another number of values than there are: compare it with what the forward puts into its cache, or "
    "with the shape that the array has."
)
SHAPES = "Two shapes do not fit: print both, and say of each axis what it counts (samples, features, rows, columns)."
IN_PLACE = "An input is changed in place: work on a copy, x.copy()."
KEY = "The dictionary lacks this key: use config.get(key, default) or setdefault."
RAISES = "The function raises this exception; the report quotes it, with its line."

CRASHES = (
    Named(
        "CR101",
        "file-does-not-load",
        "the file cannot be loaded",
        "Nothing in the file can run before this is fixed.",
        "def f(x)                 # a colon is missing",
        "def f(x):",
        "The exception is raised while the file is imported.",
    ),
    Named(
        "CR102",
        "died",
        "the process ended",
        "The code ran out of its time or its memory, or ended the process.",
        "while True:\n    pass",
        "for _ in range(steps):\n    ...",
        "The worker that ran it was ended; the report says why.",
    ),
    Named(
        "CR103",
        "not-in-time",
        "it could not be judged in time",
        "The machine was busy: the code may be correct. Check it again, or with a longer --timeout.",
        "pellucid check layers.py",
        "pellucid check layers.py --timeout 60",
        "The time was over while other programs used the processor.",
    ),
    Named(
        "CR104",
        "keyword-not-taken",
        "a class lacks a keyword",
        "The course makes the object with this keyword; other editions use other names.",
        "def __init__(self, hidden_dim): ...",
        "def __init__(self, hidden_dims): ...",
        "Every failing case stops at the constructor; `--edition` asks for another year.",
    ),
    Named(
        "CR105",
        "not-judged",
        "the checker could not judge it",
        "What the function returned led the checker into an error of its own.",
        "return Strange()         # an object that answers to everything",
        "return dx, dw, db        # arrays",
        "The report quotes the checker's error.",
    ),
    Named(
        "CR201",
        "crash",
        "an exception",
        "The function raises an exception that says what is wrong.",
        "return undefined_name",
        "return dx",
        RAISES,
    ),
    Named(
        "CR202",
        "crash",
        "other arguments than it is called with",
        SIGNATURE,
        "def adam(w, dw, m, v, t): ...",
        "def adam(w, dw, config=None): ...",
        RAISES,
    ),
    Named(
        "CR203",
        "crash",
        "one number is taken of an array with several",
        SCALAR,
        "row = int(np.where(window == window.max())[0])",
        "row, column = np.unravel_index(np.argmax(window), window.shape)",
        RAISES,
    ),
    Named(
        "CR204",
        "crash",
        "another number of values than is unpacked",
        UNPACK,
        "x, w = cache             # the forward stored x, w, b",
        "x, w, b = cache",
        RAISES,
    ),
    Named(
        "CR205",
        "crash",
        "two shapes do not fit",
        SHAPES,
        "dx = dout @ w            # (N, M) and (D, M)",
        "dx = dout @ w.T",
        RAISES,
    ),
    Named("CR206", "crash", "an input is changed in place", IN_PLACE, "x[x < 0] = 0", "out = np.maximum(x, 0)", RAISES),
    Named(
        "CR207",
        "crash",
        "a dictionary lacks a key",
        KEY,
        "v = config['velocity']",
        "v = config.get('velocity', np.zeros_like(w))",
        RAISES,
    ),
)

# What exceptions usually mean, by their type and message.
MEANING = (
    (
        r"missing \d+ required positional argument|takes (from )?\d+ .*positional arguments? but|unexpected keyword",
        "CR202",
    ),
    (r"TypeError: .*'dict'|IndexError: only integers, slices|TypeError: string indices", "CR202"),
    (r"can be converted to Python scalars|can only convert an array of size 1", "CR203"),
    (r"too many values to unpack|not enough values to unpack", "CR204"),
    (r"could not be broadcast|not aligned|mismatch in its core dimension|shape-mismatch|shapes .* mismatch", "CR205"),
    (r"read-only", "CR206"),
    (r"KeyError", "CR207"),
)


def meaning_of(exception: str) -> Named | None:
    """Return what an exception usually means, by its type and message; None for one that says enough itself.

    >>> meaning_of("KeyError: 'velocity'").code
    'CR207'
    """
    code = next((code for pattern, code in MEANING if re.search(pattern, exception)), None)
    return next((each for each in CRASHES if each.code == code), None)
