"""What readers share: layers and values are kept apart by what they are, not by where they lay in memory."""

import gc

import numpy as np
import pytest

from pellucid.interop.assembly import Assembly
from pellucid.interop.constants import NoLayerError, ReadConstant
from pellucid.interop.values import ReadValue, Values
from pellucid.nets import Input, Tanh


def test_a_layer_that_was_given_up_leaves_no_arrays_to_a_later_one():
    """Its identity is not given again, though nothing else holds it."""
    assembly, seen = Assembly("load"), set()
    for _ in range(50):
        layer = Tanh()
        seen.add(id(layer))
        assembly.call(layer, [Input((3,))], lambda operation: {})
        del layer
        gc.collect()
    assert len(seen) == 50


def test_arithmetic_on_a_value_that_is_gone_is_not_joined_with_a_new_one():
    values, source = Values(Assembly("load")), ReadValue(Input((3,)), (3,))
    for number in range(1, 30):
        made = values.arithmetic(source, ReadConstant(np.array(float(number))), ReadConstant(np.zeros(())))
        del made
        gc.collect()
    assert len(values.scaled_from) == 29


def test_rows_in_another_order_are_laid_out_where_no_affine_layer_reads_them():
    values, image = Values(Assembly("load")), Input((2, 3, 4))
    turned = values.transposed(ReadValue(image, image.shape), (1, 2, 0))
    row = values.reshaped(turned, (24,))
    assert row.places
    assert values.row(row) is image  # an affine layer's rows are turned instead
    net = values.assembly.network([image], [values.layer(Tanh(), row).node], np.float64)
    x = np.random.default_rng(0).standard_normal((5, 2, 3, 4))
    np.testing.assert_allclose(net.predict(x), np.tanh(x.transpose(0, 2, 3, 1).reshape(5, -1)), rtol=1e-12)


@pytest.mark.parametrize("order", [(1, 2, 0), (2, 0, 1)])
def test_a_part_of_a_turned_value_is_the_part_of_the_axis_that_stands_there(order):
    values, image = Values(Assembly("load")), Input((2, 3, 4))
    turned = values.transposed(ReadValue(image, image.shape), order)
    part = values.sliced(turned, 0, 1, turned.shape[0])
    net = values.assembly.network([image], [values.node(part)], np.float64)
    x = np.random.default_rng(0).standard_normal((5, 2, 3, 4))
    np.testing.assert_array_equal(net.predict(x), x.transpose(0, *(axis + 1 for axis in order))[:, 1:])


def test_a_sum_over_samples_is_refused():
    values, row = Values(Assembly("load")), Input((3,))
    with pytest.raises(NoLayerError, match="over samples"):
        values.averaged(ReadValue(row, (3,)), [-1], (3,))
