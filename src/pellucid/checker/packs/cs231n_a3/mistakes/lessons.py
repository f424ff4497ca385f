"""The lessons that several mistakes of recurrent layers teach."""

__all__ = ["CELL", "GATES", "SHARED", "TANH", "THROUGH_TIME"]

TANH = "tanh's slope is 1 - tanh(a)^2: one minus the square of its output."
SHARED = "Every step uses the same weights, so their gradients are sums over the steps."
THROUGH_TIME = (
    "The state of a step goes into the output of that step and into the next step: its gradient is the sum of both."
)
GATES = "a holds the input, forget and output gate and the candidate, in this order: i, f, o, g. Gates use sigmoid, the candidate tanh."
CELL = "next_c is used twice: by the next step, and through tanh by next_h. Its gradient is the sum of both."
