"""The colours, by what they are for: on light pages those of Okabe & Ito, which colour-blind readers can tell apart.

On dark pages each has a lighter form. Text (`ink`, `quiet`, `good`, `bad`, `doubt`, `link`) has a contrast of at least 4.5 to 1
against `paper` and `raised`, lines and marks at least 3 to 1 (WCAG 2, AA).
"""

from collections.abc import Mapping

__all__ = ["DARK", "LIGHT", "SERIES", "contrast", "css_variables"]

LIGHT: Mapping[str, str] = {
    "paper": "#ffffff",
    "raised": "#f4f5f7",  # boxes, code
    "line": "#d8dbe0",
    "ink": "#1c1e21",
    "quiet": "#5a6069",
    "blue": "#0072b2",
    "vermilion": "#d55e00",
    "green": "#008a62",
    "purple": "#b5598f",
    "orange": "#b57a00",
    "sky": "#2f8fc4",
    "grey": "#7d838c",
    "good": "#13703a",
    "bad": "#b3261e",
    "doubt": "#7d5a00",
    "link": "#005a9c",
}
DARK: Mapping[str, str] = {
    "paper": "#15171a",
    "raised": "#20242a",
    "line": "#3a4049",
    "ink": "#e8eaed",
    "quiet": "#a6adb8",
    "blue": "#4da3e0",
    "vermilion": "#f08043",
    "green": "#35c297",
    "purple": "#e29bc2",
    "orange": "#efb73e",
    "sky": "#8fd0f5",
    "grey": "#8b929c",
    "good": "#6fd08c",
    "bad": "#ff8a80",
    "doubt": "#f0c05a",
    "link": "#7ab8f0",
}
SERIES = tuple(LIGHT[name] for name in ("blue", "vermilion", "green", "purple", "orange", "sky", "ink"))


def css_variables() -> str:
    """Return the palette as CSS: the light one, and the dark one where the reader's system asks for it."""
    light, dark = (
        "".join(f"--{name}:{colour};" for name, colour in colours.items())
        + "".join(f"--{name}-rgb:{_channels(colours[name])};" for name in ("blue", "vermilion"))
        for colours in (LIGHT, DARK)
    )
    return f":root{{color-scheme:light dark;{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours (#rrggbb), from 1 to 21: WCAG 2's ratio of relative luminances."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    linear = []
    for start in (1, 3, 5):
        value = int(colour[start : start + 2], 16) / 255
        linear.append(value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> str:
    return " ".join(str(int(colour[start : start + 2], 16)) for start in (1, 3, 5))
