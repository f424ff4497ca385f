"""Tests of `pellucid.shapes`: what is let through, and the words of what is refused."""

import re

import numpy as np
import pytest

from pellucid.shapes import ShapeError, check_dtypes, check_labels, check_pair, check_shapes


def zeros(*shape, dtype=np.float64):
    return np.zeros(shape, dtype)


def refuses(message):
    return pytest.raises(ShapeError, match="^" + re.escape(message) + "$")


def test_sizes_are_returned_by_letter():
    sizes = check_shapes("f", x=(zeros(2, 3, 4, 5), "N C H W"), w=(zeros(7, 3, 1, 2), "F C HH WW"))
    assert sizes == {"N": 2, "C": 3, "H": 4, "W": 5, "F": 7, "HH": 1, "WW": 2}


def test_a_shape_error_is_a_value_error():
    assert issubclass(ShapeError, ValueError)


def test_three_dots_let_further_axes_through():
    assert check_shapes("f", x=(zeros(2, 3, 4), "N ..."))["N"] == 2
    assert check_shapes("f", x=(zeros(2), "N ..."))["N"] == 2
    assert check_shapes("f", x=(zeros(), "...")) == {}


def test_a_number_stands_for_itself():
    check_shapes("f", x=(zeros(2, 3), "2 3"))
    with refuses("f: x must have shape (2, 3); got (2, 4)"):
        check_shapes("f", x=(zeros(2, 4), "2 3"))


def test_a_size_that_disagrees_is_explained():
    with refuses("norm: gamma must have shape (D,) = (4,) because x is (8, 4); got (3,)"):
        check_shapes("norm", x=(zeros(8, 4), "N D"), gamma=(zeros(3), "D"))


def test_a_number_needs_no_explanation():
    with refuses("f: dout must have shape (3, 3); got (3, 4)"):
        check_shapes("f", dout=(zeros(3, 4), "3 3"))


@pytest.mark.parametrize("shape", [(), (2,), (2, 3, 4)])
def test_the_number_of_axes_counts(shape):
    with refuses(f"f: x must have shape (N, D); got {shape}"):
        check_shapes("f", x=(zeros(*shape), "N D"))


def test_too_few_axes_before_the_dots():
    with refuses("f: x must have shape (N, C, ...); got (2,)"):
        check_shapes("f", x=(zeros(2), "N C ..."))


@pytest.mark.parametrize(
    "dtype", [np.int64, np.bool_, np.float16, np.complex128, object, np.dtype(np.float32).newbyteorder()]
)
def test_other_dtypes_are_refused(dtype):
    with refuses(f"f: x must be float32 or float64; got {np.dtype(dtype)}"):
        check_dtypes("f", x=zeros(2, dtype=dtype))


def test_dtypes_must_not_mix():
    with refuses("f: w must be float32 like x; got float64"):
        check_dtypes("f", x=zeros(2, dtype=np.float32), w=zeros(2))
    with refuses("f: w must be float64 like x; got float32"):
        check_shapes("f", x=(zeros(2), "N"), w=(zeros(2, dtype=np.float32), "N"))


@pytest.mark.parametrize(("value", "kind"), [([1.0], "list"), (1.0, "float"), (None, "NoneType")])
def test_only_arrays_are_arrays(value, kind):
    with refuses(f"f: x must be a NumPy array; got {kind}"):
        check_dtypes("f", x=value)
    with refuses(f"f: x must be a NumPy array; got {kind}"):
        check_shapes("f", x=(value, "N"))


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.int32])
def test_labels_from_0_to_the_last_class_are_right(dtype):
    check_labels("f", np.array([0, 2, 1], dtype), 3, 3)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], "f: labels must be an array of whole numbers; got list"),
        (np.array([0.0, 1.0]), "f: labels must be an array of whole numbers; got float64"),
        (np.array([True, False]), "f: labels must be an array of whole numbers; got bool"),
        (np.array([0]), "f: labels must have shape (N,) = (2,), one for each row; got (1,)"),
        (np.array([[0], [1]]), "f: labels must have shape (N,) = (2,), one for each row; got (2, 1)"),
        (np.array([0, 3]), "f: labels must lie in 0..2 for 3 classes; row 1 is 3"),
        (np.array([-1, 0]), "f: labels must lie in 0..2 for 3 classes; row 0 is -1"),
    ],
)
def test_wrong_labels(labels, message):
    with refuses(message):
        check_labels("f", labels, 2, 3)


@pytest.mark.parametrize(
    ("value", "both"), [(3, (3, 3)), ((1, 2), (1, 2)), (np.int64(2), (2, 2)), ((np.int32(1), 4), (1, 4))]
)
def test_pair_reads_one_number_or_two(value, both):
    read = check_pair("f", "stride", value, minimum=1)
    assert read == both
    assert all(type(n) is int for n in read)


@pytest.mark.parametrize("value", [1.0, "1", None, (1,), (1, 2, 3), (1, 2.0), True, (1, False), [1, 2]])
def test_pair_refuses_what_is_no_whole_number(value):
    with refuses(f"f: stride must be a whole number or a pair of them; got {value!r}"):
        check_pair("f", "stride", value, minimum=1)


@pytest.mark.parametrize("value", [0, -1, (1, 0), (0, 1)])
def test_pair_refuses_what_is_too_small(value):
    with refuses(f"f: stride must be at least 1; got {value!r}"):
        check_pair("f", "stride", value, minimum=1)
    assert check_pair("f", "pad", 0, minimum=0) == (0, 0)
