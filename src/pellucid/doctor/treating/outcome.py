"""TreatmentResult: what treating has shown, in every form in which it is shown."""

from dataclasses import dataclass
from typing import Any

from pellucid.doctor.treating.pictures import curves_of
from pellucid.doctor.treating.result import TreatmentRecord
from pellucid.doctor.treating.telling import as_body, as_document, as_lines
from pellucid.style import page

__all__ = ["TreatmentResult"]


@dataclass(frozen=True)
class TreatmentResult(TreatmentRecord):
    """What was tried, what it brought, and the settings that helped; `print` it."""

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON holds it; null where a number is not finite."""
        return as_document(self)

    def to_html(self, name: str = "", command: str = "") -> str:
        """Return a page with both curves that needs nothing outside it. command: as in `telling.as_lines`."""
        title = f"Treating the run {name}".rstrip()
        return page(title, as_body(self, title, command))

    def plot(self) -> Any:
        """Return a Matplotlib figure of the run as it is and as treated. Raises ShapeError where nothing was tried."""
        return curves_of(self)

    def __str__(self) -> str:
        """Return what was tried and what to change, in lines."""
        return as_lines(self)
