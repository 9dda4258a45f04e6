#!/usr/bin/env python3
"""Fits the weights of the duplicate matcher (crates/cleanup/src/duplicates/weights.csv) on a labelled list.

    cargo run --release --example cleanup_bench -- DIR --signals > pairs.csv
    python3 scripts/fit_weights.py pairs.csv > crates/cleanup/src/duplicates/weights.csv

A row of pairs.csv is one pair that the matcher compares: two ids, whether they are one person, two locales, signals.
What is said of lists whose names were never seen comes from a split by locale, which share hardly a name: fitted on the
first half, judged on the second, and the other way about. That is printed to stderr. The weights shipped are fitted on all;
`pairs.csv HK,TW,SG,MY` fits on those locales alone, to judge the others by `cleanup_bench DIR --only VN,US,JP,TH`; with the pairs
of `--signals halves`, `even` fits on half of the people.
Needs numpy and scikit-learn; logistic regression, so that the score is a probability.
"""

import csv
import sys

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

HALVES = ({"VN", "US", "JP", "TH"}, {"HK", "TW", "SG", "MY"})
STRENGTH = 3.0
# What the list never shows weighs as what is nearest to it: a name that is missing says as little as one that cannot be compared.
STAND_IN = {"name_missing": "name_unknown"}
# Hardly anybody in the list has two numbers, so that two numbers weigh as two people. People do: one address and one name outweigh that.
REASONED = {"email-phone": 3.0}


def read(path):
    """Pairs as a matrix of 0 and 1 (pairs x signals), labels, locales, and the names of the signals."""
    with open(path, newline="", encoding="utf-8") as rows:
        pairs = [(int(same), {one, two}, signals.split()) for _, _, same, one, two, signals in csv.reader(rows)]
    words = sorted({word for _, _, signals in pairs for word in signals})
    column = {word: at for at, word in enumerate(words)}
    matrix = np.zeros((len(pairs), len(words)), dtype=np.float32)
    for row, (_, _, signals) in enumerate(pairs):
        matrix[row, [column[word] for word in signals]] = 1
    return matrix, np.array([same for same, _, _ in pairs]), [locales for _, locales, _ in pairs], words


def fit(matrix, same):
    return LogisticRegression(C=STRENGTH, max_iter=3000).fit(matrix, same)


def judge(name, model, matrix, same):
    score = model.predict_proba(matrix)[:, 1]
    order = np.argsort(-score)
    right = np.cumsum(same[order])
    said = np.arange(1, len(order) + 1)
    pure = np.nonzero(right / said >= 0.999)[0]
    best = int(pure[-1]) if len(pure) else 0
    wrong = ((score >= 0.5) != same).sum()
    print(
        f"{name}: {len(same)} pairs, {same.sum()} of one person, {wrong} on the wrong side of .5; "
        f"precision .999 down to score {score[order[best]]:.4f}, recall of compared pairs {right[best] / same.sum():.4f}",
        file=sys.stderr,
    )


def main():
    matrix, same, locales, words = read(sys.argv[1])
    halves = [np.array([pair <= half for pair in locales]) for half in HALVES]
    # A list by halves of its people (`--signals halves`) has no locales.
    for learnt, judged in (halves, halves[::-1]) if all(half.any() for half in halves) else ():
        judge("names never seen", fit(matrix[learnt], same[learnt]), matrix[judged], same[judged])
    if len(sys.argv) > 2:
        some = np.array([pair <= set(sys.argv[2].split(",")) for pair in locales])
        matrix, same = matrix[some], same[some]
    model = fit(matrix, same)
    judge("all, as fitted", model, matrix, same)
    print("# Log odds that two contacts are one person, a signal a row; `none` is where a pair without any begins.")
    print(f"# Fitted by scripts/fit_weights.py (scikit-learn {sklearn.__version__}, C = {STRENGTH}) on {len(same)} pairs of a list made by")
    print("# a generator: what it says of lists of other making is not known. docs/matching.md has the figures.")
    print(f"none,{model.intercept_[0]:.4f}")
    weights = dict(zip(words, model.coef_[0]))
    for word, other in STAND_IN.items():
        weights.setdefault(word, weights[other])
    weights.update(REASONED)
    for word, weight in sorted(weights.items()):
        print(f"{word},{weight:.4f}")


if __name__ == "__main__":
    main()
