"""A page that needs nothing outside it."""

from functools import cache
from pathlib import Path

from pellucid.style.markup import text
from pellucid.style.palette import css_variables

__all__ = ["page"]


def page(title: str, body: str) -> str:
    """Return a page with the one stylesheet; `body` is HTML whose text is escaped already."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"<title>{text(title)}</title><style>{stylesheet()}</style></head><body><main>\n{body}\n</main></body></html>\n"
    )


@cache
def stylesheet() -> str:
    """Return the rules of `page.css` after the colours that they name."""
    return css_variables() + "\n" + Path(__file__).with_name("page.css").read_text(encoding="utf-8")
