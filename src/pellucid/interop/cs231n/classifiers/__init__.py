"""`cs231n.classifiers`: the classifiers of assignment 1 and the networks of assignment 2."""

from pellucid.interop.cs231n.classifiers.cnn import ThreeLayerConvNet
from pellucid.interop.cs231n.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from pellucid.interop.cs231n.classifiers.k_nearest_neighbor import KNearestNeighbor
from pellucid.interop.cs231n.classifiers.linear_classifier import LinearClassifier, LinearSVM, Softmax

__all__ = [
    "FullyConnectedNet",
    "KNearestNeighbor",
    "LinearClassifier",
    "LinearSVM",
    "Softmax",
    "ThreeLayerConvNet",
    "TwoLayerNet",
]
