"""The built-in table: 344 penguins of three species, with numbers, categories, a date and missing values.

Source: Gorman, Williams & Fraser 2014, PLoS ONE 9(3): e90081; CC0; see PENGUINS.md in this folder.
"""

from importlib import resources

from pellucid.data.tables.delimited import read_delimited
from pellucid.data.tables.table import DataTable

__all__ = ["PENGUINS", "load_penguins"]

PENGUINS = "penguins"  # the name of the built-in table


def load_penguins() -> DataTable:
    """Return all 344 penguins: species, island, bill, flipper, body mass, sex and the date of the egg.

    >>> load_penguins().names[:3]
    ('species', 'island', 'bill_length_mm')
    """
    with resources.as_file(resources.files("pellucid.data.tables") / "penguins.csv") as path:
        return read_delimited(path)
