"""Tests of `lowering`: one flat list of operations, consistent with itself and with the arrays it names."""

import numpy as np
from hypothesis import given

from pellucid.nets import (
    Affine,
    BatchNorm,
    Conv,
    Description,
    Dropout,
    Function,
    MaxPool,
    Network,
    ReLU,
    Residual,
    lower,
)

from .random_networks import cases, examples


@given(case=cases)
@examples(80)
def test_each_operation_reads_values_already_written_and_writes_its_own(case):
    program = lower(case.layers, case.input_shape)
    for place, operation in enumerate(program.operations):
        assert operation.number == place
        assert operation.output == place + 1
        assert all(0 <= value < operation.output for value in operation.inputs)
    read = {value for operation in program.operations for value in operation.inputs}
    assert read == set(range(len(program.operations))), "a value that nothing reads would get no gradient"


@given(case=cases)
@examples(80)
def test_every_array_belongs_to_one_operation(case):
    program = lower(case.layers, case.input_shape)
    assert [name for operation in program.operations for name in operation.params] == list(program.params)
    assert [name for operation in program.operations for name in operation.state] == list(program.state)
    names = [operation.name for operation in program.operations]
    assert len(set(names)) == len(names)
    for operation in program.operations:
        assert all(name.startswith(operation.name + ".") for name in (*operation.params, *operation.state))


@given(case=cases)
@examples(50)
def test_the_number_of_parameters_is_that_of_their_arrays(case):
    net = case.network()
    counted = sum(int(np.prod(parameter.shape)) for parameter in net.program.params.values())
    assert net.params.flat.size == counted == sum(array.size for array in net.params.values())


@given(case=cases)
@examples(50)
def test_lowering_twice_gives_the_same_operations(case):
    assert lower(case.layers, case.input_shape).operations == lower(case.layers, case.input_shape).operations


def test_names_count_each_kind_in_the_order_written_also_within_branches():
    layers = [Affine(4), Residual([Affine(4), ReLU(), Residual([ReLU()])], [Affine(4)]), ReLU(), Affine(2)]
    names = [operation.name for operation in lower(layers, (4,)).operations]
    assert names == ["affine1", "affine2", "relu1", "relu2", "residual2", "affine3", "residual1", "relu3", "affine4"]


def test_a_residual_reads_the_ends_of_its_branches():
    program = lower([ReLU(), Residual([ReLU(), ReLU()]), Residual([ReLU()], [ReLU()])], (4,))
    assert [operation.inputs for operation in program.operations] == [(0,), (1,), (2,), (3, 1), (4,), (4,), (5, 6)]
    assert [operation.kind for operation in program.operations] == [*["relu"] * 3, "add", "relu", "relu", "add"]


def test_options_and_decay_reach_the_operation():
    conv, norm, drop, pool = lower(
        [Conv(2, (3, 2), stride=2, pad=(1, 0)), BatchNorm(1e-3, 0.7), Dropout(keep=0.25), MaxPool(2, 1)], (3, 8, 8)
    ).operations
    assert dict(conv.options) == {"stride": (2, 2), "pad": (1, 0)}
    assert dict(norm.options) == {"eps": 1e-3}
    assert norm.decay == 0.7
    assert dict(drop.options) == {"keep": 0.25}
    assert dict(pool.options) == {"size": (2, 2), "stride": (1, 1)}


def test_names_differ_whatever_a_function_is_called():
    layers = [Function(lambda x: (x, None), lambda dout, cache: dout, name="relu1"), *[ReLU()] * 11]
    names = [operation.name for operation in lower(layers, (4,)).operations]
    assert len(set(names)) == len(names)


TABLE = """\
layer       output shape  parameters  multiply-adds
---------------------------------------------------
input       (1, 4, 6)
conv1       (4, 4, 6)             40            864
batchnorm1  (4, 4, 6)              8
relu1       (4, 4, 6)
maxpool1    (4, 2, 3)
affine1     (1000,)           25,000         24,000
relu2       (1000,)
residual1   (1000,)
---------------------------------------------------
total                         25,048         24,864"""


def test_describe_is_a_table():
    layers = [Conv(4, 3, pad=1), BatchNorm(), ReLU(), MaxPool(2), Affine(1000), Residual([ReLU()])]
    net = Network(layers, (1, 4, 6))
    assert net.describe() == TABLE
    assert repr(net) == f"Network of 7 operations, 25,048 parameters\n{TABLE}"


@given(case=cases)
@examples(30)
def test_describe_has_a_line_for_each_operation_with_its_shape(case):
    net = case.network()
    lines = net.describe().splitlines()[3:-2]
    for line, operation in zip(lines, net.program.operations, strict=True):
        assert line.startswith(operation.name + " ")
        assert str(operation.shape) in line


def test_a_subclass_is_named_as_its_parent_and_a_new_layer_by_its_class():
    """A network of a subclassed layer keeps the names of its parameters."""

    class OwnAffine(Affine):
        pass

    class Twice(Description):
        def lowered(self, shape):
            return ReLU().lowered(shape)

    program = lower([OwnAffine(3), Twice(), Affine(2)], (4,))
    assert [operation.name for operation in program.operations] == ["affine1", "twice1", "affine2"]
