"""What a reader should know of each full run beside its numbers; written after the run, and for one verdict.

A run that comes to another verdict is shown without the remark that no longer fits.
"""

__all__ = ["remark_on"]

REMARKS: dict[str, tuple[str, str]] = {
    "init-scale": (
        "holds",
        "With batch norm 4 to 7 more of the 20 scales train. It does not make the scale irrelevant: the best accuracy still "
        "falls from 0.71 to 0.33 as the weights shrink, and at the one scale that suits a plain network (0.15) the plain network "
        "is better. The gradient of the first layer spans 5.5 decades instead of 28. That the layers of one network would have "
        "more equal gradients is not so before the first step.",
    ),
    "depth": (
        "undecided",
        "The five-layer network reaches 100 % at fewer scales, which holds by itself. Over all settings the difference is about "
        "the 5 % that was to matter, and ten seeds cannot say on which side of it. The numbers depend on the grid: where most "
        "settings are hopeless for both, shares lie close together.",
    ),
    "learning-rate": (
        "does not hold",
        "Two of three parts hold: below the rates that learn there are over four dead decades, and a range test tells sound "
        "from broken at once. What fails is likeness at 1e-6: after 200 steps the sound network's loss has already moved by 0.02, "
        "twice what was allowed beforehand. Steps that small act in proportion, so at 1e-7 it would be about 0.002; the rate and "
        "the limit stay as they were written.",
    ),
    "eps-place": (
        "holds",
        "The error of the misplaced eps grows threefold from 1 to 16 layers, nearly all of it between 8 and 16. It does not matter "
        "for accuracy at 1e-5; at 0.1 ten seeds cannot say. After 200 steps the two networks' scores differ by a fifth of their "
        "size and more from eps 1e-3 on, as those of any two networks do that once differed a little: no harm by itself.",
    ),
    "batch-size": (
        "holds",
        "Up to a batch of 64. From 64 to 256 training accuracy falls again, with and without batch norm, since six epochs are "
        "then 24 steps. Part of the slope is not batch norm's: without it accuracy rises by 0.023 for each doubling, less than "
        "half as much. With batch norm it rises as much when each batch is judged by its own statistics, so running averages that "
        "lag are not the reason. At the small end batch norm is much worse for training; in validation it is worse at 2 and "
        "better from 16.",
    ),
    "layer-norm": (
        "does not hold",
        "What fails is the part on images: batch norm is better by 0.012, an interval wholly below the 0.02 that was to matter (it "
        "is above 0: the direction is the claim's). The two other parts are open. Layer norm adds 0.05 less at batch 100 than at "
        "5, where it helps most; batch norm's own gain, the control, did not change either, so 200 steps judged on validation do "
        "not show dependence on the batch well. The gain from hidden size 5 to 100 comes from size 5, where layer norm is worse; "
        "at 100 both reach 96 %.",
    ),
    "dropout": (
        "does not hold",
        "The gap closes because training accuracy falls (2,000 samples: 98 to 86 %), not because validation accuracy rises: it is "
        "0.32 at every keep on 500 samples and 0.38 on 2,000. With so few samples, so few epochs and no search for a learning rate "
        "of its own, dropout only slows down fitting here; on larger networks and longer runs it may do more. That both kinds are "
        "the same in expectation holds.",
    ),
    "optimisers": (
        "does not hold",
        "Adam is ahead of SGD and momentum, but AdaGrad and RMSProp at their own best rates are ahead of Adam, by about 0.03 of "
        "mean accuracy: this is 100 steps on 1,000 samples, the start of training, where AdaGrad's ever smaller steps cost "
        "nothing yet. A study over many epochs could order them otherwise. Rates were equally many for all, and the best lies "
        "inside the range for each rule.",
    ),
    "norms": (
        "undecided",
        "At batch 64 batch norm is ahead of the three others by 0.02 to 0.025, above 0 in each interval and about the 0.02 that "
        "was to matter. That group norm wins at batch 2 is not seen: there no norm at all is as good as any, since five epochs of "
        "1,000 samples are 2,500 steps at batch 2 and 80 at batch 64. Only these two batch sizes were run.",
    ),
    "conv-speed": (
        "holds",
        "It holds for the compiled kernels. NumPy's matrix products alone stay short of it, at 608 and 342 times. PyTorch's "
        "forward is twice as fast as ours here and its backward equal: the images come in (N, C, H, W) memory, which our functions "
        "first lay out channels last; in a network they lie so already, and the benchmark compares the two there.",
    ),
    "bias-decay": (
        "holds",
        "At every strength up to the one at which training accuracy falls below one half. Eleven seeds, because the run was "
        "planned for twenty and cut for time before a result was looked at.",
    ),
    "bn-regularises": (
        "undecided",
        "The lead is early and passes: 0.022 at a training loss of 1 (0.010 to 0.035), 0.008 at 0.5 and -0.002 at 0.2, and the "
        "mean of the three, fixed beforehand, has an interval that just includes 0. Validation accuracy on 1,000 samples moves "
        "by 0.015 by chance alone, so more seeds and more validation samples would be needed to decide.",
    ),
}


def remark_on(study: str, verdict: str) -> str:
    """Return the remark on a study's run, nothing where there is none for this verdict."""
    fits, text = REMARKS.get(study, ("", ""))
    return text if fits == verdict else ""
