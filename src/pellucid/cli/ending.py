"""How a command ends that cannot do what it was asked."""

import sys

__all__ = ["fail"]


def fail(message: str, code: int) -> None:
    """Say what is wrong in one line on stderr, and leave with an exit code."""
    print(f"pellucid: {message}", file=sys.stderr)
    sys.exit(code)
