"""Text of others, made harmless for a terminal: its codes, halves of surrogate pairs, text that runs backwards."""

__all__ = ["printable", "printable_lines"]


def printable(text: str) -> str:
    """Return text on one line; characters that cannot be seen are written out, such as \\x1b."""
    return text if text.isprintable() else "".join(" " if c in "\n\t" else _visible(c) for c in text)


def printable_lines(text: str) -> str:
    """Return text with its lines and tabs; other characters that cannot be seen are written out."""
    return text if text.isprintable() else "".join(c if c in "\n\t" else _visible(c) for c in text)


def _visible(character: str) -> str:
    """Return a character, written out if it cannot be seen."""
    return character if character.isprintable() else character.encode("unicode_escape").decode()
