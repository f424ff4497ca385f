"""Every number that an ailment compares with, and where it comes from.

"measured: healthy a to b, sick c to d": the ranges over the healthy trainings of `bench/doctor.py` (every optimizer, several sizes,
images, tables, regression) and over those made sick on purpose, three seeds each; `python -m bench.doctor --vitals` prints them
beside the thresholds. "reasoned: ..." says why, where no range was measured.
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
    "MISCOUNTED",
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
    "STANDS_STILL",
    "STEADY_GROWTH",
    "STRONG_DROPOUT",
    "TARGET_SPREADS",
    "TINY_BATCH",
    "TINY_BATCH_LEARNED",
    "TOO_SMALL_LEARNED",
    "TRIAL_HELPS",
    "TRIAL_LEARNS",
    "UNSCALED",
    "VANISHED",
    "WAS_GOOD",
]

# --- how much was learned ---------------------------------------------------------------------------------------------------
# of the constant prediction's loss: less was removed; reasoned: then a look is worth its time, and trials decide
POORLY_LEARNED = 0.5
TOO_SMALL_LEARNED = 0.8  # reasoned: a layer that is too narrow still lets some be learned
TINY_BATCH_LEARNED = 0.6  # measured: healthy 0.75 with 16 rows, sick 0.15 to 0.18 with 2
HARDLY_LEARNED = 0.1  # reasoned: what a bias alone learns
# a trial that ends below this times the loss it is compared with shows a cure; reasoned: no chance does that
TRIAL_LEARNS = 0.5
STANDS_STILL = 0.02  # of the loss: a trial that removes less does not move; reasoned: other batches change it as much
# times the loss and a constant prediction's: enough where the run does not move; reasoned: noise in the data may leave no more
TRIAL_HELPS = 0.8
BY_HEART = 0.2  # of the loss is left after 300 steps on 32 rows; reasoned: a network that can leaves nearly nothing
BY_HEART_ACCURACY = 0.8  # in training, from which labels were learned by heart; reasoned: far above chance
WAS_GOOD = 0.3  # of the constant prediction's loss was removed in the best epoch; reasoned: more than a bias learns
COLLAPSED = 0.5  # of what the best epoch had removed is left; reasoned: healthy runs end near their best
LOSS_ROSE = 1.3  # last validation loss over the lowest; reasoned: more than few validation rows explain
# validation loss over training loss, of numbers; reasoned: the ratio is small where rows are many
LOSSES_APART = 10.0
GAP = 0.15  # accuracy in training above that in validation; reasoned: a gap of a few points is usual
NO_BETTER_THAN_CHANCE = 0.05  # accuracy above the largest class's share; reasoned: two standard errors of 400 rows

MISCOUNTED = (
    0.15  # reported accuracy apart from the share of rows answered with their class; the same rows differ by nothing
)

# --- settings ---------------------------------------------------------------------------------------------------------------
KILLED_RATE = 0.01  # of the base rate; reasoned: schedules fall so low in their last tenth only
KILLED_SHARE = 0.5  # of the steps; reasoned: as above
HIGH_MOMENTUM = 0.98  # reasoned: 0.9 to 0.95 is usual, 0.98 adds up 50 steps; the trial decides
# times the limit: the middle gradient; reasoned: usual limits are about the gradient's length; the trial decides
CLIPPED = 10.0
ENOUGH_STEPS = 10  # of a run, before its length is judged; reasoned: fewer were no attempt to train
FEW_STEPS = 100  # reasoned: a small network needs hundreds
STRONG_DROPOUT = 0.6  # reasoned: 0.1 to 0.5 is usual; the trial decides
TINY_BATCH = 4  # rows; reasoned: a variance of four rows is off by half of itself
NARROW = 0.25  # units of the narrowest layer over outputs; reasoned: the trial by heart decides

# --- vitals -----------------------------------------------------------------------------------------------------------------
# of the range of a sigmoid or tanh, at each end, counts as saturated; reasoned: the slope there is below a tenth
EDGE = 0.02
SATURATED = 0.8  # of a layer's outputs; measured: healthy 0.03 to 0.17, sick 0.99
# of a rectified layer's units, 0 for all rows looked at; measured: healthy 0 to 0.20, sick 0.78 to 1
DEAD_UNITS = 0.7
VANISHED = 3e-3  # gradient over weights, first layer over last; measured: healthy 0.02 to 0.7, sick 5e-6 to 1e-4
EXPLODED = 1e3  # length of all gradients; measured: healthy 0.7 to 67, sick 6e2 to 1e33
EQUAL_UNITS = 0.9  # of a layer's units that have another's weights; reasoned: random ones have none
LARGE_SCORES = 100.0  # spread of a classifier's scores; measured: healthy 0.6 to 12, sick 235
DECAYED = 0.5  # what is left of the weights' length at the end; reasoned: healthy weights keep their length or grow
# a step relative to the weights that float32 may round away; reasoned: a hundred units in the last place
ROUNDED = 1e-5
MIXED = 1e-3  # relative difference of outputs that should be equal; reasoned: rounding makes about 1e-6
# loss in evaluation over training mode, on the same rows; reasoned: about 1 where statistics have settled
MODES_APART = 3.0
ACCUMULATED = 2.0  # gradient of a step over that of its batch; reasoned: 1 where gradients are cleared
# sampled batches, before anything is said of them; reasoned: fewer may be equal by chance in small data
SAME_BATCHES = 5
ONE_CLASS = 0.8  # of a batch's rows; reasoned: shuffled batches look like the data
# of the weights' length, between two epochs; measured: sick 1.4; reasoned: a usual step changes 0.01 or less
JUMP = 0.1
JUMP_UPDATES = 10.0  # times the change that a step makes; reasoned: 1 where nothing happens between epochs
JUMPED_BACK = 0.5  # of the distance from the beginning is left; reasoned: 1 where nothing happens
BACK_UPDATES = 3.0  # times the change that a step makes, where weights went back; reasoned: 1 where nothing happens
LOSS_JUMPED = 1.2  # loss after a jump over that before; reasoned: going back to better weights lowers it
LEAKED_BYTES = 32 * 2**20  # by which memory grew in the second half of a run; reasoned: more than allocators keep
# of the growth on the whole, in every interval; reasoned: what is kept once comes in one interval
STEADY_GROWTH = 0.5
# of ln(classes): the least cross-entropy of bounded scores; reasoned: ten classes have 0.63 (sigmoid), 0.35 (tanh)
BOUNDED_LOSS = 0.1

# --- data -------------------------------------------------------------------------------------------------------------------
# root mean square of the inputs; measured: healthy 0.5 to 7.8 (then the trial decides), sick 108 to 1,800
UNSCALED = 5.0
COLUMNS_APART = 100.0  # largest over median spread of columns; measured: healthy 1 to 2, sick 5,300
CONSTANT_COLUMNS = 0.99  # share of columns without spread; reasoned: images have blank corners, not more
TARGET_SPREADS = (0.05, 10.0)  # reasoned: outputs begin at about 1; the trial decides
SHARED_ROWS = 0.1  # of the validation rows that are training rows; reasoned: a tenth of the result is then known
# of the shared rows repeat within training: then they are shared by chance; reasoned: tables repeat in both
REPEATED_ROWS = 0.25
IMBALANCED = 0.8  # share of the largest class; measured: healthy 0.10 to 0.77, sick 0.95
FOUND_RARE = 0.5  # recall of the classes other than the largest, together; reasoned: most of them are found, or not
# of the errors that answering the largest class makes are still made; reasoned: then accuracy shows little
LEFT_TO_GAIN = 0.5
# median ratio of columns' spreads, between the parts; measured: healthy 0.98 to 1.07, sick 1/16, 76
SCALED_APART = 3.0
MEANS_APART = 2.0  # median distance of columns' means, in training spreads; measured: healthy 0.02 to 0.16, sick 81
# the same ratio, from which on the number of rows decides; measured: healthy 0.98 to 1.07, sick 1.5
SOMEWHAT_SCALED = 1.25
SOMEWHAT_APART = 0.5  # the same distance; measured: healthy 0.02 to 0.16, sick 1
# a column of validation over the root mean square of the training inputs; reasoned: no scaling leaves that
FAR_COLUMN = 100.0
# of the validation loss is left with training's statistics; measured: healthy 0.92 to 1.04, sick 0.15 to 0.57
RESCALED_HELPS = 2 / 3
BEYOND_CHANCE = 6.0  # standard errors of a column's mean or spread; reasoned: columns that go together err together
# share of validation rows whose class the training part lacks; reasoned: a rare class may be missed by chance
CLASSES_APART = 0.1
BY_CHANCE = 3.0  # standard errors above chance: less is chance; reasoned: one in a thousand
CLEARLY_RELATED = 6.0  # more is no chance; reasoned: one in a billion
CHANCE_LEAVES_ROOM = 0.8  # agreement of neighbours by chance; reasoned: above, right and wrong labels look alike
CHANCE_IS_LOW = 0.3  # many classes; reasoned: inputs that say anything would show it
AGREEMENT = 0.2  # of neighbours, above chance; reasoned: labels then follow from inputs (digits 0.85)
AGREEMENT_LOST = 0.25  # of it, in the part whose labels are wrong; reasoned: shuffled labels leave none
# by which neighbours agree less in training than in validation; reasoned: more rows make them agree more, not less
NOISE = 0.15
NEIGHBOURS_FROM = 100  # rows of either part; reasoned: fewer say little
FEW_ROWS = 15  # of each class; reasoned: each can be learned by heart

# --- kinds of layers --------------------------------------------------------------------------------------------------------
SOFTMAX = ("softmax", "channel_softmax")
LINEAR = ("affine", "conv", "flatten", "batchnorm", "dropout", "avgpool", "global_avgpool", "reshape", "scale_shift")
