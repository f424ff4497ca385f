"""Every number that an ailment compares with, and where it comes from.

"Healthy" and "sick" are the ranges that `bench/doctor.py` measures over healthy trainings (every optimizer, several sizes, images,
tables, regression) and over trainings made sick on purpose, three seeds each.
"""

__all__ = [
    "ACCUMULATED",
    "AGREEMENT",
    "AGREEMENT_LOST",
    "BACK_UPDATES",
    "BEYOND_CHANCE",
    "BOUNDED_LOSS",
    "BY_CHANCE",
    "BY_HEART",
    "BY_HEART_ACCURACY",
    "CHANCE_IS_LOW",
    "CHANCE_LEAVES_ROOM",
    "CLASSES_APART",
    "CLEARLY_RELATED",
    "CLIPPED",
    "COLLAPSED",
    "COLUMNS_APART",
    "CONSTANT_COLUMNS",
    "DEAD_UNITS",
    "DECAYED",
    "EDGE",
    "ENOUGH_STEPS",
    "EQUAL_UNITS",
    "EXPLODED",
    "FAR_COLUMN",
    "FEW_ROWS",
    "FEW_STEPS",
    "FOUND_RARE",
    "GAP",
    "HARDLY_LEARNED",
    "HIGH_MOMENTUM",
    "IMBALANCED",
    "JUMP",
    "JUMPED_BACK",
    "JUMP_UPDATES",
    "KILLED_RATE",
    "KILLED_SHARE",
    "LARGE_SCORES",
    "LEAKED_BYTES",
    "LEFT_TO_GAIN",
    "LINEAR",
    "LOSSES_APART",
    "LOSS_JUMPED",
    "LOSS_ROSE",
    "MEANS_APART",
    "MIXED",
    "MODES_APART",
    "NARROW",
    "NEIGHBOURS_FROM",
    "NOISE",
    "NO_BETTER_THAN_CHANCE",
    "ONE_CLASS",
    "POORLY_LEARNED",
    "REPEATED_ROWS",
    "RESCALED_HELPS",
    "ROUNDED",
    "SAME_BATCHES",
    "SATURATED",
    "SCALED_APART",
    "SHARED_ROWS",
    "SOFTMAX",
    "SOMEWHAT_APART",
    "SOMEWHAT_SCALED",
    "STEADY_GROWTH",
    "STRONG_DROPOUT",
    "TARGET_SPREADS",
    "TINY_BATCH",
    "TINY_BATCH_LEARNED",
    "TOO_SMALL_LEARNED",
    "TRIAL_LEARNS",
    "UNSCALED",
    "VANISHED",
    "WAS_GOOD",
]

# --- how much was learned ---------------------------------------------------------------------------------------------------
POORLY_LEARNED = 0.5  # of the constant prediction's loss: less was removed
TOO_SMALL_LEARNED = 0.8
TINY_BATCH_LEARNED = 0.6
HARDLY_LEARNED = 0.1
TRIAL_LEARNS = 0.5  # a trial that ends below this times the loss it is compared with shows a cure
BY_HEART = 0.2  # of the loss is left after 300 steps on 32 rows
BY_HEART_ACCURACY = 0.8  # in training, from which labels were learned by heart
WAS_GOOD = 0.3  # of the constant prediction's loss was removed in the best epoch
COLLAPSED = 0.5  # of what the best epoch had removed is left
LOSS_ROSE = 1.3  # last validation loss over the lowest
LOSSES_APART = 10.0  # validation loss over training loss, of numbers
GAP = 0.15  # accuracy in training above that in validation
NO_BETTER_THAN_CHANCE = 0.05  # accuracy above the largest class's share

# --- settings ---------------------------------------------------------------------------------------------------------------
KILLED_RATE = 0.01  # of the base rate
KILLED_SHARE = 0.5  # of the steps
HIGH_MOMENTUM = 0.98
CLIPPED = 10.0  # times the limit: the middle gradient
ENOUGH_STEPS = 10  # of a run, before its length is judged
FEW_STEPS = 100
STRONG_DROPOUT = 0.6
TINY_BATCH = 4  # rows
NARROW = 0.25  # units of the narrowest layer over outputs

# --- vitals -----------------------------------------------------------------------------------------------------------------
EDGE = 0.02  # of the range of a sigmoid or tanh, at each end, counts as saturated
SATURATED = 0.8  # of a layer's outputs; healthy 0.03 to 0.17, sick 0.99
DEAD_UNITS = 0.7  # of a rectified layer's units, 0 for all of 16 rows; healthy 0 to 0.20, sick 0.78 to 1
VANISHED = (
    3e-3  # gradient over weights in the first layer, over that in the last; healthy 0.02 to 0.7, sick 5e-6 to 1e-4
)
EXPLODED = 1e3  # length of all gradients; healthy 0.7 to 67, sick 6e2 to 1e33
EQUAL_UNITS = 0.9  # of a layer's units that have another's weights
LARGE_SCORES = 100.0  # spread of a classifier's scores; healthy 0.6 to 12, sick 235
DECAYED = 0.5  # what is left of the weights' length at the end
ROUNDED = 1e-5  # a step relative to the weights that float32 may round away
MIXED = 1e-3  # relative difference of outputs that should be equal
MODES_APART = 3.0  # loss in evaluation over training mode, on the same rows
ACCUMULATED = 2.0  # gradient of a step over that of its batch
SAME_BATCHES = 5  # sampled batches, before anything is said of them
ONE_CLASS = 0.8  # of a batch's rows
JUMP = 0.1  # of the weights' length, between two epochs
JUMP_UPDATES = 10.0  # times the change that a step makes
JUMPED_BACK = 0.5  # of the distance from the beginning is left
BACK_UPDATES = 3.0
LOSS_JUMPED = 1.2  # loss after a jump over that before
LEAKED_BYTES = 32 * 2**20  # by which memory grew in the second half of a run
STEADY_GROWTH = 0.5  # of the growth on the whole, in every interval
BOUNDED_LOSS = 0.1  # of ln(classes): the least cross-entropy that bounded scores allow

# --- data -------------------------------------------------------------------------------------------------------------------
UNSCALED = 5.0  # root mean square of the inputs; healthy 0.5 to 7.8 (then the trial decides), sick 108 to 1,800
COLUMNS_APART = 100.0  # largest over median spread of columns; healthy 1 to 2, sick 5,300
CONSTANT_COLUMNS = 0.99  # share of columns without spread
TARGET_SPREADS = (0.05, 10.0)
SHARED_ROWS = 0.1  # of the validation rows that are training rows
REPEATED_ROWS = 0.25  # of the shared rows repeat within training: then they are shared by chance
IMBALANCED = 0.9  # share of the largest class; healthy 0.10 to 0.77, sick 0.95
FOUND_RARE = 0.5  # recall of the classes other than the largest, together
LEFT_TO_GAIN = 0.5  # of the errors that answering the largest class makes are still made
SCALED_APART = (
    3.0  # median ratio of columns' spreads, between the parts, either way; healthy 0.98 to 1.07, sick 1/16, 76
)
MEANS_APART = 2.0  # median distance of columns' means, in training spreads; healthy 0.02 to 0.16, sick 81
SOMEWHAT_SCALED = 1.25  # the same, from which on the number of rows decides; healthy 0.98 to 1.07
SOMEWHAT_APART = 0.5  # the same; healthy 0.02 to 0.16
FAR_COLUMN = 100.0  # a column of validation over the root mean square of the training inputs
RESCALED_HELPS = 2 / 3  # of the validation loss is left with the training part's means and spreads
BEYOND_CHANCE = 6.0  # standard errors of a column's mean or spread
CLASSES_APART = 0.1  # share of validation rows whose class the training part lacks
BY_CHANCE = 3.0  # standard errors above chance: less is chance
CLEARLY_RELATED = 6.0  # more is no chance
CHANCE_LEAVES_ROOM = (
    0.8  # agreement of neighbours by chance: above, labels that belong and labels that do not look alike
)
CHANCE_IS_LOW = 0.3  # many classes: inputs that say anything would show it
AGREEMENT = 0.2  # of neighbours, above chance: labels follow from inputs (digits 0.85)
AGREEMENT_LOST = 0.25  # of it, in the part whose labels are wrong
NOISE = 0.15  # by which neighbours agree less in training than in validation
NEIGHBOURS_FROM = 100  # rows of either part: fewer say little
FEW_ROWS = 15  # of each class

# --- kinds of layers --------------------------------------------------------------------------------------------------------
SOFTMAX = ("softmax", "channel_softmax")
LINEAR = ("affine", "conv", "flatten", "batchnorm", "dropout", "avgpool", "global_avgpool", "reshape", "scale_shift")
