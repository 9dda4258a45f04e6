#!/usr/bin/env python3
"""Fits the weights of the duplicate matcher (crates/cleanup/src/duplicates/weights.csv) on labelled lists.

    cargo bench --bench matching -- --signals DIR > NAME.csv          # one file a list
    python3 scripts/fit_weights.py NAME.csv... > crates/cleanup/src/duplicates/weights.csv
    python3 scripts/fit_weights.py NAME.csv... --without NAME > unseen.csv   # weights that never saw the list; for --weights
    python3 scripts/fit_weights.py NAME.csv... --half NAME=even > half.csv   # of the list, half of its people only

A row is one pair that the matcher compares: two ids, whether they are one person, locale and half of the people of both, and
signals; a signal with `=` has a value, which the matcher learnt from the list without labels. Logistic regression with a strong
penalty: what holds in one list only must not decide in another. A list weighs by the root of its size, the organisations less
than a third of that, because contacts are people. The penalty flattens the score, so that it is stretched again at the end.
Needs numpy, scipy and scikit-learn.
"""

import argparse
import csv
import math
import sys
from pathlib import Path

import numpy as np
import sklearn
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

PENALTY = 0.1
FAIR_SIZE = 20_000
WEIGHT_OF_LIST = {"dedupe_chicago": 0.3}
# Ids are in one list only, and the penalty would make them weak; one id is one account. No list has the others.
REASONED = {"odoo": 9.0, "channel_id": 9.0, "birthday_half": 0.3, "extension_other": -3.0}
# What the lists hardly show weighs as what is nearest to it: a missing name says as little as one that cannot be compared.
STAND_IN = {"name_missing": "name_unknown", "phone_hub": "phone_local", "email_hub": "role_email"}


def read(path, half):
    """The pairs of a list: a dictionary of signals and a label each."""
    pairs = []
    with open(path, newline="", encoding="utf-8") as rows:
        for _, _, same, one, two, signals in csv.reader(rows):
            if half and not (one.endswith("/" + half) and two.endswith("/" + half)):
                continue
            words = (word.partition("=") for word in signals.split())
            pairs.append(({name: float(value or 1) for name, _, value in words}, int(same)))
    return pairs


def matrix(pairs, columns):
    cells = [(row, columns[word], value) for row, (words, _) in enumerate(pairs) for word, value in words.items()]
    rows, places, values = zip(*cells)
    return csr_matrix((values, (rows, places)), shape=(len(pairs), len(columns)))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("lists", nargs="+", type=Path)
    arguments.add_argument("--without", action="append", default=[], metavar="NAME")
    arguments.add_argument("--half", metavar="NAME=even|odd")
    given = arguments.parse_args()
    halved, _, half = (given.half or "").partition("=")
    names = {path.stem: path for path in given.lists}
    unknown = [name for name in [*given.without, *filter(None, [halved])] if name not in names]
    if unknown:
        sys.exit(f"no list {', '.join(unknown)} is given; there are {', '.join(names)}")
    lists = {
        name: read(path, half if name == halved else None) for name, path in names.items() if name not in given.without
    }
    words = sorted({word for pairs in lists.values() for signals, _ in pairs for word in signals})
    columns = {word: at for at, word in enumerate(words)}
    table = vstack([matrix(pairs, columns) for pairs in lists.values()])
    same = np.array([label for pairs in lists.values() for _, label in pairs])
    weights = np.concatenate([
        np.full(len(pairs), WEIGHT_OF_LIST.get(name, 1.0) * math.sqrt(FAIR_SIZE / len(pairs)))
        for name, pairs in lists.items()
    ])
    model = LogisticRegression(C=PENALTY, max_iter=1000, tol=1e-3).fit(table, same, sample_weight=weights)
    odds = model.decision_function(table).reshape(-1, 1)
    stretch = LogisticRegression(C=1000, max_iter=1000).fit(odds, same, sample_weight=weights)
    factor, shift = stretch.coef_[0][0], stretch.intercept_[0]
    fitted = {word: weight * factor for word, weight in zip(words, model.coef_[0])} | REASONED
    for word, other in STAND_IN.items():
        fitted.setdefault(word, fitted.get(other, 0.0))
    parts = [f"{name} ({half} people)" if name == halved else name for name in sorted(lists)]
    print("# Log odds that two contacts are one person, a signal a row; `none` is where a pair without any begins.")
    print(f"# Fitted by scripts/fit_weights.py (scikit-learn {sklearn.__version__}) on {len(same)} pairs of {', '.join(parts)}.")
    print(f"none,{model.intercept_[0] * factor + shift:.4f}")
    for word, weight in sorted(fitted.items()):
        print(f"{word},{weight:.4f}")


if __name__ == "__main__":
    main()
