"""Wrong only for some inputs, or after other calls (IN): what the failing cases name by themselves, with examples."""

from pellucid.checker.asking.named.record import Named

__all__ = ["INPUTS"]

INPUTS = (
    Named(
        "IN101",
        "state-between-calls",
        "state leaks from one call to the next",
        "Calls share an array, a mask or a cache: a buffer that is used again, a variable of the module, a default argument.",
        "MASK = np.empty((2, 3))\ndef dropout(x):\n    MASK[:] = rng.random(x.shape) < keep",
        "def dropout(x):\n    mask = rng.random(x.shape) < keep\n    return x * mask / keep, mask",
        "Each call is correct by itself. Forward A, forward B, then backward A is wrong: the cases with two calls in a row fail.",
    ),
    Named(
        "IN102",
        "needs-contiguous",
        "correct only for contiguous arrays",
        "The code relies on strides or on a flat order, which a transposed or sliced array does not have.",
        "rows = x.ravel('K').reshape(N, -1)",
        "rows = x.reshape(N, -1)",
        "The same numbers in another memory order give another answer: np.asfortranarray(x), x[:, ::2].",
    ),
    Named(
        "IN103",
        "small-numbers-overflow",
        "a position or a count is stored in a small integer type",
        "np.uint8 holds at most 255, np.int8 127; larger numbers wrap around without a word.",
        "winner = np.argmax(x, axis=1).astype(np.uint8)",
        "winner = np.argmax(x, axis=1)",
        "Every small case is correct; one with more than 255 positions is not.",
    ),
    Named(
        "IN104",
        "cancellation",
        "precision is lost for values far from 0",
        "The variance as mean(x^2) - mean(x)^2 subtracts two numbers that agree in all but their last digits.",
        "var = (x**2).mean(axis=0) - x.mean(axis=0)**2",
        "var = ((x - x.mean(axis=0))**2).mean(axis=0)",
        "It is correct near 0 and loses digits where the mean is large compared with the spread: add 1e6 to every x.",
    ),
    Named(
        "IN105",
        "zero-taken-for-a-mark",
        "0 is used as a marker",
        "An output of 0 does not say why it is 0: dropped, or 0 to begin with.",
        "mask = out != 0",
        "mask = rng.random(x.shape) < keep   # kept in the cache",
        "It is wrong only where inputs are exactly 0.",
    ),
    Named(
        "AC213",
        "fails-at-0",
        "wrong only where an input is exactly 0",
        "The function has a kink at 0: any slope between those on both sides is accepted there, and NaN is not.",
        "dx = dout * np.maximum(x, 0) / x",
        "dx = dout * (x > 0)",
        "Inputs that are drawn at random are never 0; after another ReLU many are.",
    ),
    Named(
        "PL251",
        "fails-at-ties",
        "it fails where several inputs tie for the maximum",
        "After a ReLU many windows hold several zeros: choose one of the winners, or share the gradient.",
        "row, column = np.where(window == window.max())",
        "row, column = np.unravel_index(np.argmax(window), window.shape)",
        "Windows with one largest input are correct; the cases with equal maxima fail.",
    ),
)
