"""The environment variables that kernels read. A value that is not allowed is an error in one line, never ignored.

    PELLUCID_ISA        avx512, avx2 or baseline: the instruction set; unset, the widest this processor has
    PELLUCID_THREADS    1 to 1024: the number of threads; unset, the cores that this process may use
    PELLUCID_WINOGRAD   0 turns the Winograd form of convolutions off; unset or 1, it is used where it is faster

The Winograd form adds and multiplies the pixels of a tile before it meets a weight. A NaN or infinity in the input or the weights
therefore reaches all outputs of the tiles that read it (up to 8x8 pixels of every filter, not 3x3), and an infinity arrives as NaN;
inputs near the largest float32 overflow earlier. What is not finite in the direct form never becomes finite. Set PELLUCID_WINOGRAD
to 0 to see exactly which outputs a bad pixel reaches.

An empty value counts as unset.
"""

import os

from pellucid.shapes import ShapeError

__all__ = ["check_settings", "instruction_set_setting", "threads_setting", "winograd_setting"]

INSTRUCTION_SETS = ("avx512", "avx2", "baseline")
MAXIMUM_THREADS = 1024  # as the compiled module accepts


def instruction_set_setting() -> str | None:
    """Return PELLUCID_ISA, or None where it is unset. Raises ShapeError for a name that is no instruction set."""
    value = os.environ.get("PELLUCID_ISA")
    if value and value not in INSTRUCTION_SETS:
        raise ShapeError(f"PELLUCID_ISA must be avx512, avx2 or baseline; got {value!r}")
    return value or None


def threads_setting() -> int | None:
    """Return PELLUCID_THREADS, or None where it is unset. Raises ShapeError unless it is a whole number from 1 to 1024."""
    value = os.environ.get("PELLUCID_THREADS")
    if not value:
        return None
    if not value.isdecimal() or not 1 <= int(value) <= MAXIMUM_THREADS:
        raise ShapeError(f"PELLUCID_THREADS must be a whole number from 1 to {MAXIMUM_THREADS}; got {value!r}")
    return int(value)


def winograd_setting() -> bool:
    """Return whether convolutions may use the Winograd form. Raises ShapeError unless PELLUCID_WINOGRAD is 0, 1 or unset."""
    value = os.environ.get("PELLUCID_WINOGRAD")
    if value and value not in ("0", "1"):
        raise ShapeError(f"PELLUCID_WINOGRAD must be 0 or 1; got {value!r}")
    return value != "0"


def check_settings() -> None:
    """Raise ShapeError for the first variable whose value is not allowed."""
    instruction_set_setting()
    threads_setting()
    winograd_setting()
