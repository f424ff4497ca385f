"""What holds for every network that has a bridge to PyTorch or ONNX; each framework is imported where its check runs.

PyTorch and ONNX Runtime compute the network's numbers, and the network comes back from what was written.
"""

import numpy as np
from tests.network_checks import assert_near, batch

from pellucid.nets import Network

TORCH = 1e-9  # of the largest entry, in float64


def check_torch(net: Network) -> None:
    """A float32 network and its module in PyTorch predict the same numbers, and it comes back from the module and its state."""
    import torch

    from pellucid.interop.state_dict import adopt_state_dict, state_dict
    from pellucid.interop.torch import from_torch, to_torch

    x, _ = batch(net, 3)
    module, expected = to_torch(net), net.predict(x)
    with torch.no_grad():
        found = module(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
    again = from_torch(module)
    assert again.layers == net.layers, f"came back as {again.layers}"
    np.testing.assert_array_equal(again.predict(x), expected)
    graph = net.graph
    fresh = Network(net.layers, net.input_shape, seed=5) if graph is None else Network(graph, seed=5)
    state = {key: value.numpy() for key, value in module.state_dict().items()}
    adopt_state_dict(fresh, state)
    np.testing.assert_array_equal(fresh.predict(x), expected)
    assert set(state_dict(net)) == {key for key in state if not key.endswith("num_batches_tracked")}, "other names"


def check_torch_gradients(net: Network, *, tolerance: float = TORCH) -> None:
    """A float64 network in which nothing is random has the loss and the gradients of its module, also the input's."""
    import torch

    from pellucid.interop.state_dict import state_dict
    from pellucid.interop.torch import to_torch

    x, labels = batch(net, 3)
    done = net.training_pass(x, labels)
    module, leaf = to_torch(net).train(), torch.from_numpy(x).requires_grad_()
    loss = torch.nn.functional.cross_entropy(module(leaf), torch.from_numpy(labels))
    loss.backward()
    assert_near(loss.item(), done.loss, tolerance, "the loss")
    assert_near(leaf.grad.numpy(), done.dx, tolerance, "the input's gradient")
    gradients = Network(net.layers, net.input_shape, dtype=net.dtype)
    gradients.params.flat[:] = done.grads.flat  # so that they come by PyTorch's names, in its layout
    found = {name: parameter.grad.numpy() for name, parameter in module.named_parameters()}
    largest = max((float(np.abs(gradient).max()) for gradient in found.values()), default=0)
    for name, gradient in found.items():
        assert_near(state_dict(gradients)[name], gradient, tolerance, name, largest)


def check_onnx(net: Network) -> None:
    """ONNX Runtime computes what a float32 network predicts."""
    import onnxruntime

    from pellucid.interop.onnx import to_onnx

    session = onnxruntime.InferenceSession(to_onnx(net).SerializeToString(), providers=["CPUExecutionProvider"])
    for rows in (1, 3):
        x, _ = batch(net, rows, seed=rows)
        (found,) = session.run(None, {session.get_inputs()[0].name: x})
        assert_near(found, net.predict(x), 1e-5, f"ONNX Runtime's output for {rows} samples")


def learning(net: Network) -> int:
    """How many numbers learn. A number alone is read as a constant, since a factor of dropout is one, too."""
    return sum(net.params[name].size for name in net.params if name not in net.frozen and net.params[name].size > 1)


def check_onnx_read(net: Network) -> None:
    """A network that was written as ONNX is read as one that predicts the same."""
    from pellucid.interop.onnx import load, to_onnx

    back, (x, _) = load(to_onnx(net)), batch(net, 3, seed=3)
    found, expected = learning(back.net), learning(net)
    assert found == expected, f"came back with {found} parameters that learn, expected {expected}"
    assert_near(back.predict(x), net.predict(x), 1e-6, "the prediction of the network that came back")
