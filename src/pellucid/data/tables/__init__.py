"""Tables: rows of numbers, categories and dates, read from files and frames, and made into network inputs.

What lives here: reading (CSV, TSV, Parquet, DataFrames, structured arrays), the kind of each column, missing values, the inputs
made of each column (`TablePreparation`), the split. What does not: what the target means (`targets`), networks and training.

Reading order: column, table, reading, text; then prepared_columns, preparation, splits.
"""

from pellucid.data.tables.column import Column, ColumnKind
from pellucid.data.tables.penguins import load_penguins
from pellucid.data.tables.preparation import ColumnReport, TablePreparation
from pellucid.data.tables.reading import is_table, read_table
from pellucid.data.tables.splits import TablePart, TableSplits, inferred_task, table_splits
from pellucid.data.tables.table import DataTable

__all__ = [
    "Column",
    "ColumnKind",
    "ColumnReport",
    "DataTable",
    "TablePart",
    "TablePreparation",
    "TableSplits",
    "inferred_task",
    "is_table",
    "load_penguins",
    "read_table",
    "table_splits",
]
