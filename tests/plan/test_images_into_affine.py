"""A plan of a network whose affine layer reads an image, with no `Flatten` between them.

A native plan holds images channels last. Behind a `Flatten` it reads the rows of the weight in that order; without one it does
not, and computes another function than the network.
"""

import pytest
from tests.network_checks import check_inference_plan, check_training_plan
from tests.plan.networks import IMAGES_INTO_AFFINE, OF_LAYERS, network

from pellucid.kernels import NATIVE, native_build
from pellucid.layers import REFERENCE

each_network = pytest.mark.parametrize("name", sorted(IMAGES_INTO_AFFINE))
each_check = pytest.mark.parametrize("check", [check_training_plan, check_inference_plan])


def test_there_are_such_networks():
    assert IMAGES_INTO_AFFINE


@each_network
@each_check
def test_with_the_reference(check, name):
    check(network(*OF_LAYERS[name]), REFERENCE)


@pytest.mark.skipif(not native_build().available, reason="the compiled module is not built")
@pytest.mark.xfail(strict=True, reason="rows of the weight are read in another order than the image's entries lie")
@each_network
@each_check
def test_with_the_kernels(check, name):
    check(network(*OF_LAYERS[name]), NATIVE)
