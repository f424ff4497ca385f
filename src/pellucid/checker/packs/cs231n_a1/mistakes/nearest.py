"""Known mistakes in k-nearest neighbours: the distances in three ways, and the vote."""

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.mistakes.writing import Changes, mistake

__all__ = ["NEAREST"]

CLASS = "KNearestNeighbor"
EUCLID = "The distance of two points is sqrt(sum((a - b)^2)), summed over their features."
EXPANDED = "|a - b|^2 = |a|^2 + |b|^2 - 2 a b: two columns of squares, and one product of matrices."


def _root(*changes: Changes) -> Known:
    return mistake("KN301 root-missing", "the square root is missing", "dists holds squared distances: the neighbours are the same, the distances are not.", *changes, lesson=EUCLID, nudge="How far apart are (0, 0) and (3, 4)?", formula="sqrt(sum((a - b)^2))")  # fmt: skip


def _manhattan(*changes: Changes) -> Known:
    return mistake("KN302 sum-of-absolute-differences", "L1 distance", "The absolute differences are summed; the course asks for the Euclidean distance.", *changes, lesson=EUCLID, nudge="How far apart are (0, 0) and (3, 4)?", formula="sqrt(sum((a - b)^2))")  # fmt: skip


def _square_of_sum(*changes: Changes) -> Known:
    return mistake("KN303 square-of-the-sum", "the square of the sum, not the sum of squares", "Differences of opposite signs cancel before they are squared.", *changes, lesson=EUCLID, nudge="How far apart are (0, 1) and (1, 0)?", formula="sum((a - b)^2)")  # fmt: skip


def _mean(*changes: Changes) -> Known:
    return mistake("KN304 mean-over-features", "a mean over the features", "The squares are averaged where they should be summed.", *changes, lesson=EUCLID, nudge="Does the distance grow with the number of features?", formula="sqrt(sum((a - b)^2))")  # fmt: skip


def _plus(*changes: Changes) -> Known:
    return mistake("KN305 points-added", "the points are added", "The sum of the two points is squared, not their difference.", *changes, lesson=EUCLID, nudge="How far is a point from itself?", formula="sum((a - b)^2)")  # fmt: skip


LOOP_ROOT = "np.sqrt(np.sum(difference**2))"
ROW_ROOT = "np.sqrt(np.sum(differences**2, axis=1))"
NEAREST = {
    f"{CLASS}.compute_distances_two_loops": [
        _root((LOOP_ROOT, "np.sum(difference**2)")),
        _manhattan((LOOP_ROOT, "np.sum(np.abs(difference))")),
        _square_of_sum((LOOP_ROOT, "np.sqrt(np.sum(difference) ** 2)")),
        _mean((LOOP_ROOT, "np.sqrt(np.mean(difference**2))")),
        _plus(("X[i] - self.X_train[j]", "X[i] + self.X_train[j]")),
        mistake("KN306 wrong-training-point", "one training point for a whole row", "The training point is chosen by the number of the test, not by j.", ("self.X_train[j]", "self.X_train[i % self.X_train.shape[0]]"), nudge="Which index walks over the training points?", formula="dists[i, j] = |X[i] - X_train[j]|"),
        mistake("KN307 root-of-each-difference", "a root of each square", "The root of each single square is its absolute value: sum first, then take the root.", (LOOP_ROOT, "np.sum(np.sqrt(np.abs(difference)))"), lesson=EUCLID, nudge="What is sqrt(d**2)?", formula="sqrt(sum((a - b)^2))"),
    ],
    f"{CLASS}.compute_distances_one_loop": [
        _root((ROW_ROOT, "np.sum(differences**2, axis=1)")),
        _manhattan((ROW_ROOT, "np.sum(np.abs(differences), axis=1)")),
        _square_of_sum((ROW_ROOT, "np.sqrt(np.sum(differences, axis=1) ** 2)")),
        _mean((ROW_ROOT, "np.sqrt(np.mean(differences**2, axis=1))")),
        _plus(("self.X_train - X[i]", "self.X_train + X[i]")),
        mistake("KN308 one-sum-for-all-points", "the sum has no axis", "One number is summed over all training points, and fills the whole row.", (ROW_ROOT, "np.sqrt(np.sum(differences**2))"), nudge="How many numbers should the sum give?", formula="sum over axis=1"),
        mistake("KN309 sum-over-points", "the sum runs over the points", "axis=0 sums over the training points; what is left is one number for each feature.", (ROW_ROOT, "np.sqrt(np.sum(differences**2, axis=0))"), nudge="What are the two axes of X_train - X[i]?", formula="sum over axis=1"),
        mistake("KN310 columns-filled", "columns are filled, not rows", "The distances of test i belong in row i.", ("dists[i] =", "dists[:, i] ="), nudge="What is the shape of dists?", formula="dists[i] = ..."),
    ],
    f"{CLASS}.compute_distances_no_loops": [
        _root(("np.sqrt(np.maximum(squares, 0))", "squares")),
        mistake("KN321 factor-2-missing", "the 2 of the product is missing", "The mixed term is 2 a b.", ("- 2 * products", "- products"), lesson=EXPANDED, nudge="What is (a - b)^2, multiplied out?", formula="|a|^2 + |b|^2 - 2 a b"),
        mistake("KN322 product-added", "the product has the wrong sign", "The mixed term is subtracted.", ("- 2 * products", "+ 2 * products"), lesson=EXPANDED, nudge="How far is a point from itself?", formula="|a|^2 + |b|^2 - 2 a b"),
        mistake("KN323 test-squares-missing", "the squares of the tests are missing", "Every row lacks |a|^2: the order of the neighbours is the same, the distances are not.", ("of_tests + of_training", "of_training"), lesson=EXPANDED, nudge="Which of the three terms is missing?", formula="|a|^2 + |b|^2 - 2 a b"),
        mistake("KN324 training-squares-missing", "the squares of the training points are missing", "Every column lacks |b|^2.", ("of_tests + of_training", "of_tests"), lesson=EXPANDED, nudge="Which of the three terms is missing?", formula="|a|^2 + |b|^2 - 2 a b"),
        mistake("KN325 squares-exchanged", "the two columns of squares are exchanged", "The tests' squares belong to the rows, the training points' to the columns.", [("[:, None]", ""), ("np.sum(self.X_train**2, axis=1)", "np.sum(self.X_train**2, axis=1)[:, None]")], ("[:, None]", ""), lesson=EXPANDED, nudge="Which of the two needs keepdims=True?", formula="(M, 1) + (N,) - (M, N)"),
        mistake("KN326 product-transposed", "the product is transposed", "Rows are tests: X X_train^T.", ("X @ self.X_train.T", "self.X_train @ X.T"), nudge="What is the shape of dists?", formula="X @ X_train.T"),
        mistake("KN327 one-square-for-all", "the squares are summed over everything", "A sum without an axis gives one number for all points.", ("np.sum(X**2, axis=1)[:, None]", "np.sum(X**2)"), ("np.sum(self.X_train**2, axis=1)", "np.sum(self.X_train**2)"), lesson=EXPANDED, nudge="How many numbers should each of the sums give?", formula="sum over axis=1"),
        mistake("KN328 dists-transposed", "the distances are transposed", "dists has a row for each test.", ("return dists", "return dists.T"), nudge="What is the shape of dists?", formula="dists[i, j] = |X[i] - X_train[j]|"),
    ],
    f"{CLASS}.predict_labels": [
        mistake("KN331 farthest", "the farthest points vote", "argsort sorts from small to large: the first k are the nearest.", ("np.argsort(dists[i])[:k]", "np.argsort(-dists[i])[:k]"), ("np.argsort(dists[i])[:k]", "np.argsort(dists[i])[-k:]"), nudge="Does argsort start with the smallest?", formula="np.argsort(dists[i])[:k]"),
        mistake("KN332 every-point-votes", "every point votes", "The sorted indices are not cut off at k.", ("np.argsort(dists[i])[:k]", "np.argsort(dists[i])"), nudge="How many neighbours vote?", formula="np.argsort(dists[i])[:k]"),
        mistake("KN333 k-ignored", "one neighbour decides, whatever k is", "k is not used.", ("np.argsort(dists[i])[:k]", "np.argsort(dists[i])[:1]"), nudge="How many neighbours vote?", formula="np.argsort(dists[i])[:k]"),
        mistake("KN334 nearest-left-out", "the nearest point does not vote", "Counting starts at 0.", ("np.argsort(dists[i])[:k]", "np.argsort(dists[i])[1 : k + 1]"), nudge="Which index has the nearest point?", formula="np.argsort(dists[i])[:k]"),
        mistake("KN335 k-plus-1", "k + 1 points vote", "A slice [:k] has k entries.", ("[:k]", "[: k + 1]"), nudge="How many entries has x[:3]?", formula="np.argsort(dists[i])[:k]"),
        mistake("KN336 not-sorted", "the first k points vote", "The distances are not sorted.", ("np.argsort(dists[i])[:k]", "np.arange(k)"), nudge="What does the vote depend on?", formula="np.argsort(dists[i])[:k]"),
        mistake("KN337 larger-label-wins", "ties go to the larger label", "Of the classes with the most votes the smallest label wins.", ("np.argmax(counts)", "len(counts) - 1 - np.argmax(counts[::-1])"), nudge="Two classes have the same number of votes: which one is returned?", formula="np.argmax(np.bincount(closest_y))"),
        mistake("KN338 nearest-wins-ties", "ties go to the nearest point's label", "Of the classes with the most votes the smallest label wins; Counter.most_common returns the one that it saw first.", ("np.argmax(counts)", "next(label for label in closest_y if counts[label] == counts.max())"), nudge="Two classes have the same number of votes: which one is returned?", formula="np.argmax(np.bincount(closest_y))"),
        mistake("KN339 last-wins-ties", "ties go to the farthest point's label", "Of the classes with the most votes the smallest label wins.", ("np.argmax(counts)", "next(label for label in closest_y[::-1] if counts[label] == counts.max())"), nudge="Two classes have the same number of votes: which one is returned?", formula="np.argmax(np.bincount(closest_y))"),
        mistake("KN340 mean-of-labels", "the mean of the labels", "Labels are names, not quantities: count them.", ("np.argmax(counts)", "np.round(np.mean(closest_y))"), ("np.argmax(counts)", "np.mean(closest_y)"), ("np.argmax(counts)", "np.median(closest_y)"), nudge="What lies between a cat and a truck?", formula="np.argmax(np.bincount(closest_y))"),
        mistake("KN341 number-of-votes", "the number of votes is returned", "max gives how many votes the winner has; argmax gives who won.", ("np.argmax(counts)", "np.max(counts)"), nudge="max or argmax?", formula="np.argmax(np.bincount(closest_y))"),
        mistake("KN342 indices-vote", "the indices vote, not their labels", "The labels of the nearest points are y_train[indices].", ("closest_y = self.y_train[nearest]", "closest_y = nearest"), nudge="What does argsort return?", formula="closest_y = y_train[np.argsort(dists[i])[:k]]"),
        mistake("KN343 column-read", "a column is read, not a row", "Row i has the distances of test i.", ("np.argsort(dists[i])", "np.argsort(dists[:, i])"), nudge="What is the shape of dists?", formula="dists[i]"),
        mistake("KN344 first-row-for-all", "every test gets the first one's neighbours", "The index i is not used.", ("np.argsort(dists[i])", "np.argsort(dists[0])"), nudge="What changes from one test to the next?", formula="dists[i]"),
    ],
}  # fmt: skip
