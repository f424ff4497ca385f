"""Tables are read as a person would read them: numbers, dates and categories; what is unclear is refused with its place."""

import datetime

import numpy as np
import pytest

from pellucid.data import DataError, load_npz, read_table
from pellucid.data.tables import ColumnKind, is_table


@pytest.fixture
def csv_file(tmp_path):
    def write(content, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def values_of(table):
    return {column.name: column.plain().tolist() for column in table.columns}


def test_numbers_categories_dates_and_missing_values(csv_file):
    table = read_table(csv_file("n,c,d,m\n1,x,2024-03-31,NA\n-2.5e1,,2024-04-01 06:30,4\n,y,?,n/a\n"))
    assert [column.kind for column in table.columns] == ["number", "category", "date", "number"]
    found = values_of(table)
    np.testing.assert_array_equal(found["n"], [1, -25, np.nan])
    assert found["c"] == ["x", None, "y"]
    assert found["d"] == [datetime.datetime(2024, 3, 31), datetime.datetime(2024, 4, 1, 6, 30), None]
    np.testing.assert_array_equal(found["m"], [np.nan, 4, np.nan])


def test_quotes_hold_delimiters_line_ends_and_quotes(csv_file):
    table = read_table(csv_file('a,b\r\n1,"x, y"\r\n\r\n2,"say ""hi""\r\nto me"\r\n3,z\r\n'))
    assert values_of(table)["b"] == ["x, y", 'say "hi"\r\nto me', "z"]
    assert [table.place(row) for row in range(3)] == ["row 0 (line 2)", "row 1 (line 4)", "row 2 (line 6)"]


@pytest.mark.parametrize(
    ("content", "encoding", "note"),
    [
        ("\ufeffa,b\n1,ü\n", "utf-8", ()),
        ("a,b\n1,ü\n", "utf-16", ("read as UTF-16",)),
        ("a,b\n1,ü\n", "cp1252", ("read as Windows-1252, because it is not UTF-8",)),
    ],
)
def test_encodings(csv_file, content, encoding, note):
    table = read_table(csv_file(content, encoding=encoding))
    assert values_of(table) == {"a": [1], "b": ["ü"]}
    assert table.notes == note


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_the_delimiter_is_the_most_frequent_of_the_first_line(csv_file, delimiter, word):
    table = read_table(csv_file(f'a{delimiter}"b,c,d,e"{delimiter}f\n1{delimiter}x,y{delimiter}3\n'))
    assert values_of(table) == {"a": [1], "b,c,d,e": ["x,y"], "f": [3]}
    assert table.notes == (f"delimiter: {word}",)


def test_a_tsv_file_is_split_at_tabs_alone(csv_file):
    assert values_of(read_table(csv_file("a,b,c\td\n1\t2\n", "table.tsv"))) == {"a,b,c": [1], "d": [2]}


def test_commas_in_numbers_are_decimal_where_the_delimiter_is_another(csv_file):
    table = read_table(csv_file("price;n\n1.234,50;1\n7,25;2\n"))
    assert values_of(table) == {"price": [1234.5, 7.25], "n": [1, 2]}
    assert table.columns[0].note == "decimal comma"
    table = read_table(csv_file('price,n\n"1,234.50",1\n725,2\n'))
    assert values_of(table) == {"price": [1234.5, 725], "n": [1, 2]}
    assert table.columns[0].note == "comma between thousands"


def test_postal_codes_and_truth_values_are_categories(csv_file):
    table = read_table(csv_file("code,t\n00501,TRUE\n10001,false\n"))
    assert values_of(table) == {"code": ["00501", "10001"], "t": ["true", "false"]}


@pytest.mark.parametrize(
    ("written", "note"),
    [
        (("2024-03-31", "2024-12-01"), ""),
        (("31.03.2024", "01.12.2024"), "day.month.year"),
        (("31/03/2024", "01/12/2024"), "day/month/year"),
        (("03/31/2024", "12/01/2024"), "month/day/year"),
        (("2024-03-31T02:00+02:00", "2024-12-01"), ""),
    ],
)
def test_dates_are_read_in_each_way_of_writing_them(csv_file, written, note):
    (column,) = read_table(csv_file("d\n" + "\n".join(written) + "\n")).columns
    assert column.plain().tolist() == [datetime.datetime(2024, 3, 31), datetime.datetime(2024, 12, 1)]
    assert column.note == note


def test_days_that_could_be_months_are_not_guessed(csv_file):
    (column,) = read_table(csv_file("d\n03/04/2024\n05/06/2024\n")).columns
    assert column.kind is ColumnKind.CATEGORY
    assert "which number is the day" in column.problem


def test_rows_of_missing_values_are_rows(csv_file):
    assert len(read_table(csv_file("a,b\n,\n1,2\n\n"))) == 2


def test_the_index_that_pandas_writes_is_left_out_and_reported(csv_file):
    table = read_table(csv_file(",a\n0,4\n1,5\n"))
    assert table.names == ("a",)
    assert "counts the rows" in table.notes[0]
    assert read_table(csv_file("i,a\n0,4\n1,5\n")).names == ("i", "a")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("a,b\n", "has no rows"),
        ("a,a\n1,2\n", 'line 1: two columns are called "a"'),
        ("a,,c\n1,2,3\n", "line 1: column 2 has no name"),
        ("1.5,2\n3,4\n", "line 1 must name the columns; got numbers"),
        ("a,b\n1,2\n\n3\n", "line 4 has 1 fields, and the first line names 2 columns"),
        ('a,b\n1,"2\n3,4\n', "line 2: unexpected end of data; check the quotes"),
        ('a,b\n1,2\n3,"4"x\n', "line 3: .* check the quotes"),
        (b"a,b\n1,\x81\n", "byte 6 is neither UTF-8 nor Windows-1252"),
    ],
)
def test_a_damaged_file_is_refused_by_its_line(csv_file, content, message):
    with pytest.raises(DataError, match=rf"^table\.csv: .*{message}"):
        read_table(csv_file(content))


def test_kinds_are_obeyed_and_a_value_that_does_not_fit_is_named(csv_file):
    path = csv_file("year,age,t\n2020,1,01\n2021,x,02\n")
    assert values_of(read_table(path, kinds={"year": "category"}))["year"] == ["2020", "2021"]
    assert values_of(read_table(path, kinds={"t": "number"}))["t"] == [1, 2]
    with pytest.raises(DataError, match=r'^table\.csv: column "age": row 1 \(line 3\): expected a number; got \'x\''):
        read_table(path, kinds={"age": "number"})
    with pytest.raises(DataError, match='there is no column "yaer"; did you mean "year"'):
        read_table(path, kinds={"yaer": "number"})
    with pytest.raises(DataError, match="must be one of number, category, date; got 'int'"):
        read_table(path, kinds={"age": "int"})


def test_structured_arrays_dicts_and_lists_of_rows():
    kinds = zip("abcde", ("i4", "f4", "U3", "?", "M8[D]"), strict=True)
    array = np.array([(1, 2.5, "x", True, "2024-01-01")], dtype=list(kinds))
    day = datetime.datetime(2024, 1, 1)
    expected = {"a": [1], "b": [2.5], "c": ["x"], "d": ["true"], "e": [day]}
    assert values_of(read_table(array)) == expected
    assert values_of(read_table({"a": 1, "b": 2.5, "c": "x", "d": True, "e": day})) == expected
    assert (
        values_of(read_table({"a": np.array([1]), "b": [2.5], "c": ("x",), "d": [True], "e": [day.date()]})) == expected
    )
    assert values_of(read_table([{"a": 1, "b": 2.5, "c": "x", "d": True, "e": day}])) == expected
    np.testing.assert_array_equal(read_table([{"a": 1}, {"b": "y"}]).columns[0].plain(), [1, np.nan])


def test_frames_and_parquet_through_narwhals(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    day = datetime.date(2024, 1, 1)
    frame = pyarrow.table({"n": [1, None], "f": [0.5, 1.5], "b": [True, None], "s": [None, "x"], "d": [day, None]})
    parquet.write_table(frame, tmp_path / "frame.parquet")
    for table in (read_table(frame), read_table(tmp_path / "frame.parquet")):
        found = values_of(table)
        np.testing.assert_array_equal(found.pop("n"), [1, np.nan])
        assert found == {
            "f": [0.5, 1.5],
            "b": ["true", None],
            "s": [None, "x"],
            "d": [datetime.datetime(2024, 1, 1), None],
        }
    with pytest.raises(DataError, match=r'column "l": a table holds numbers, text and dates; got List'):
        read_table(pyarrow.table({"l": [[1], [2]]}))
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"^broken\.parquet: not a readable Parquet file"):
        read_table(tmp_path / "broken.parquet")


@pytest.mark.parametrize("source", [5, [1, 2], np.zeros((3, 2)), [], None])
def test_what_is_no_table_is_refused(source):
    assert not is_table(source)
    with pytest.raises(DataError, match="read_table: expected a path of"):
        read_table(source)


def test_columns_of_different_lengths_and_unknown_files(tmp_path):
    with pytest.raises(DataError, match='"a" has 2 rows, "b" has 1'):
        read_table({"a": [1, 2], "b": [1]})
    with pytest.raises(DataError, match=r"none\.csv: no such file"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "book.xlsx").write_bytes(b"x")
    with pytest.raises(DataError, match=r"book\.xlsx: a table is read from \.csv, \.tsv, \.parquet files"):
        read_table(tmp_path / "book.xlsx")


@pytest.mark.parametrize("name", ["a.csv", "a.npz"])
def test_a_folder_in_the_place_of_a_file_is_named_as_one(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(DataError, match=rf"{name}: a folder, not a plain file"):
        (load_npz if name.endswith(".npz") else read_table)(tmp_path / name)
