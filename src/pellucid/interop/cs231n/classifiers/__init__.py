"""`cs231n.classifiers`: the networks of assignment 2."""

from pellucid.interop.cs231n.classifiers.cnn import ThreeLayerConvNet
from pellucid.interop.cs231n.classifiers.fc_net import FullyConnectedNet, TwoLayerNet

__all__ = ["FullyConnectedNet", "ThreeLayerConvNet", "TwoLayerNet"]
