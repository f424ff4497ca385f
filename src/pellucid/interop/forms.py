"""The last guard of what reads the models of others: a call in a form that nobody thought of is refused in one line, too."""

__all__ = ["FORMS", "not_read", "what_is_said"]

FORMS = (TypeError, ValueError, IndexError, KeyError, AttributeError, RuntimeError, AssertionError, ArithmeticError)
LONGEST = 120  # characters of another error


def not_read(error: BaseException) -> str:
    """Return what a refusal says of an error of a strange call."""
    return f"it has a form that is not read ({what_is_said(error)})"


def what_is_said(error: BaseException) -> str:
    """Return an error's message in one line, cut short; its type where it says nothing."""
    return " ".join(str(error).split())[:LONGEST] or type(error).__name__
