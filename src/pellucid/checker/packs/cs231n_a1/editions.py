"""What differs between the editions of assignment 1: the regularization, and the form of the two-layer network.

Facts taken from the assignment's pages and notebooks: in 2016 the loss adds 0.5 * reg * sum(W^2); from 2017 on the linear classifiers add
reg * sum(W^2), and so does `TwoLayerNet` until 2020. Since 2021 the network takes reg when it is made, and adds the half again.
"""

from collections.abc import Mapping

from pellucid.checker.asking.pack import Options

__all__ = ["is_older_net", "linear_meaning", "net_meaning"]

WITH_HALF, WITHOUT_HALF = "reg-with-half", "reg-without-half"


def linear_meaning(options: Options) -> Mapping[str, str]:
    """Accept the half silently in the edition whose starter code has it; otherwise either form is accepted, and named."""
    return {WITH_HALF: "usual"} if options.edition == 2016 else {}


def is_older_net(options: Options) -> bool:
    """Say whether the two-layer network is that of the editions until 2020, which trains itself."""
    return "TwoLayerNet.train" in options.docstrings


def net_meaning(options: Options) -> Mapping[str, str]:
    """Say what the regularization of the two-layer network is: the older form's depends on the edition."""
    if not is_older_net(options) or options.edition == 2016:
        return {WITHOUT_HALF: "unwanted"}
    return {WITHOUT_HALF: "required"} if options.edition and options.edition <= 2020 else {}
