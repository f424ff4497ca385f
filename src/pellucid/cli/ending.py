"""How a command ends when it fails."""

import sys
from typing import NoReturn

__all__ = ["fail"]


def fail(message: str, code: int) -> NoReturn:
    """Print a one-line message on stderr, and exit with a code."""
    print(f"pellucid: {message}", file=sys.stderr)
    sys.exit(code)
