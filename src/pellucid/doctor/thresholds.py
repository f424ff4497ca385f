"""Every number that an ailment compares with, and where it comes from.

"Healthy" and "sick" are the ranges that `bench/doctor.py` measures over healthy trainings (every optimizer, several sizes, images,
tables, regression) and over trainings made sick on purpose, three seeds each.
"""

__all__ = [
    "BY_CHANCE",
    "CLASSES_APART",
    "CLEARLY_RELATED",
    "COLUMNS_APART",
    "CONSTANT_COLUMNS",
    "DEAD_UNITS",
    "DECAYED",
    "EDGE",
    "EQUAL_UNITS",
    "FOUND_RARE",
    "HARDLY_LEARNED",
    "IMBALANCED",
    "MEANS_APART",
    "NO_BETTER_THAN_CHANCE",
    "POORLY_LEARNED",
    "REPEATED_ROWS",
    "SCALED_APART",
    "SHARED_ROWS",
    "TRIAL_LEARNS",
    "UNSCALED",
    "VANISHED",
    "VANISHED_ACROSS",
]

# --- how much was learned ---------------------------------------------------------------------------------------------------
POORLY_LEARNED = 0.5  # of the constant prediction's loss: less was removed
HARDLY_LEARNED = 0.1
TRIAL_LEARNS = 0.5  # a trial that ends below this times the loss it is compared with shows a cure

# --- vitals -----------------------------------------------------------------------------------------------------------------
EDGE = 0.02  # of the range of a sigmoid or tanh, at each end, counts as saturated
DEAD_UNITS = 0.7  # of a rectified layer's units, 0 for all of 32 rows
VANISHED = 1e-4  # gradient relative to weights in the first layer, over that in the last
VANISHED_ACROSS = 1e-3  # spread of scores over rows, relative to their size
EQUAL_UNITS = 0.9  # of a layer's units that have another's weights

# --- data -------------------------------------------------------------------------------------------------------------------
UNSCALED = 5.0  # root mean square of the inputs
COLUMNS_APART = 100.0  # largest over median spread of columns
SHARED_ROWS = 0.1  # of the validation rows that are training rows
REPEATED_ROWS = 0.25  # of the training rows repeat one before: then rows are shared by chance
IMBALANCED = 0.9  # share of the largest class
FOUND_RARE = 0.5  # recall of the classes other than the largest, together
SCALED_APART = 3.0  # median ratio of the spreads of columns, validation over training, either way
MEANS_APART = 2.0  # median distance of the means of columns, in spreads of the training part
CLASSES_APART = 0.1  # share of validation rows whose class the training part lacks
BY_CHANCE = 3.0  # standard errors above chance: less is chance
CLEARLY_RELATED = 6.0  # more is no chance
CONSTANT_COLUMNS = 0.99  # share of columns without spread
NO_BETTER_THAN_CHANCE = 0.05  # accuracy above the largest class's share
DECAYED = 0.5  # what is left of the weights' length at the end
