"""Known mistakes in dropout."""

from pellucid.checker.packs.cs231n_a2.mistakes.writing import convention, mistake

__all__ = ["DROPOUT"]

DROPOUT = {
    "dropout_forward": [
        convention(
            "DO901 dropout-p-drops",
            "p is the probability of dropping",
            "Until 2017 the course's p was the probability of dropping; since 2018 it is the probability of keeping.",
            ("keep = p", "keep = 1 - p"),
        ),
        mistake(
            "DO101 dropout-p-reversed",
            "the meaning of p is reversed",
            "The description of this edition decides whether p is the probability of keeping or of dropping; the code takes it the other way round.",
            ("keep = p", "keep = 1 - p"),
            ("keep = 1 - p", "keep = p"),
            lesson="The course changed the meaning of p in 2018.",
            nudge="At p = 0.3, which share of the entries is 0?",
            formula="mask = (rand < keep) / keep",
        ),
        mistake(
            "DO102 dropout-not-scaled",
            "the entries that are not dropped are not scaled",
            "Without the division by the probability of keeping, training outputs are smaller than test outputs.",
            ("< keep) / keep", "< keep) * 1.0"),
            lesson="Inverted dropout keeps the expected output the same in training and test.",
            nudge="Compare the mean of the output with the mean of the input.",
            formula="out = x * mask / keep",
        ),
        mistake(
            "DO103 dropout-wrong-divisor",
            "scaled by the probability of dropping",
            "The remaining entries are divided by the probability of dropping, not of keeping.",
            ("< keep) / keep", "< keep) / (1 - keep)"),
            lesson="Inverted dropout keeps the expected output the same in training and test.",
            nudge="Is the mean of the output that of the input, at p = 0.3?",
            formula="out = x * mask / keep",
        ),
        mistake(
            "DO104 dropout-floor",
            "scaled by a rounded number",
            "1 / keep is rounded down to an integer.",
            ("< keep) / keep", "< keep) * (1 // keep)"),
            nudge="Try p = 0.75.",
            formula="out = x * mask / keep",
        ),
        mistake(
            "DO105 dropout-multiplied",
            "multiplied by the probability where it should divide",
            "The remaining entries are scaled down, not up.",
            ("< keep) / keep", "< keep) * keep"),
            nudge="Compare the mean of the output with the mean of the input.",
            formula="out = x * mask / keep",
        ),
        mistake(
            "DO106 dropout-vanilla-test",
            "scaled at test time",
            "Inverted dropout scales in training; at test time out is x.",
            ("        out = x\n", "        out = x * keep\n"),
            [("< keep) / keep", "< keep) * 1.0"), ("        out = x\n", "        out = x * keep\n")],
            lesson="Inverted dropout leaves the test pass alone.",
            nudge="What should happen at test time?",
            formula="test: out = x",
        ),
        mistake(
            "DO107 dropout-at-test",
            "entries are dropped at test time",
            "The test pass must be the same every time.",
            ("        out = x\n", "        mask = (np.random.rand(*x.shape) < keep) / keep\n        out = x * mask\n"),
            nudge="Run test mode twice.",
            formula="test: out = x",
        ),
        mistake(
            "DO108 dropout-whole-rows",
            "whole rows are dropped",
            "One draw is made for a whole sample; each entry needs its own.",
            ("np.random.rand(*x.shape)", "np.random.rand(x.shape[0], *[1] * (x.ndim - 1))"),
            nudge="How many random numbers are drawn?",
            formula="mask has the shape of x",
        ),
        mistake(
            "DO109 dropout-whole-columns",
            "the same entries are dropped in every row",
            "One draw is made for all samples; each entry needs its own.",
            ("np.random.rand(*x.shape)", "np.random.rand(*x.shape[1:])"),
            nudge="How many random numbers are drawn?",
            formula="mask has the shape of x",
        ),
        mistake(
            "DO110 dropout-normal-draws",
            "normal draws instead of uniform ones",
            "randn() < p is not true with probability p.",
            ("np.random.rand(", "np.random.randn("),
            nudge="What share of the entries is 0?",
            formula="mask = np.random.rand(*x.shape) < keep",
        ),
    ],
    "dropout_backward": [
        mistake(
            "DO201 dropout-backward-no-mask",
            "the mask is not applied",
            "Gradient flows through entries that were dropped.",
            ("dx = dout * mask", "dx = dout"),
            ("dx = dout * mask", "dx = dout / dropout_param['p']"),
            ("dx = dout * mask", "dx = dout / (1 - dropout_param['p'])"),
            nudge="Which inputs had no influence on out?",
            formula="dx = dout * mask",
        ),
        mistake(
            "DO202 dropout-mask-redrawn",
            "another mask is drawn",
            "The backward drops other entries than the forward did.",
            *(
                ("dx = dout * mask", f"dx = dout * (np.random.rand(*dout.shape) < {p}) / {p}")
                for p in ("dropout_param['p']", "(1 - dropout_param['p'])")
            ),
            nudge="Where does the backward's mask come from?",
            formula="keep the forward's mask in the cache",
        ),
        mistake(
            "DO203 dropout-backward-not-scaled",
            "the gradient is not scaled",
            "The forward divides by the probability of keeping; so must the backward.",
            ("dx = dout * mask", "dx = dout * (mask > 0)"),
            nudge="By what factor does the forward multiply?",
            formula="dx = dout * mask / keep",
        ),
        mistake(
            "DO204 dropout-backward-scaled-twice",
            "the gradient is scaled twice",
            "The mask already holds the division by the probability of keeping.",
            ("dx = dout * mask", "dx = dout * mask / dropout_param['p']"),
            ("dx = dout * mask", "dx = dout * mask / (1 - dropout_param['p'])"),
            ("dx = dout * mask", "dx = dout * mask * dropout_param['p']"),
            nudge="By what factor does the forward multiply?",
            formula="dx = dout * mask",
        ),
    ],
}
