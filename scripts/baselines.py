#!/usr/bin/env python3
"""Runs recordlinkage and Splink on a labelled list of contacts, to set beside the bench `matching`. Not part of the tests.

    python3 scripts/baselines.py DIR        # DIR holds contacts.jsonl and truth.csv, or these as .xz, as for the bench

Needs pandas, recordlinkage and splink. Both get the same columns, folded by simple rules (digits of the phone, lower-case e-mail,
lower-case letters of the name), as somebody would give them who knows nothing of phone plans and scripts. The scores are
of pairs, and of the threshold that suits the labels best, which nobody has outside a test: an upper bound for both.
"""

import json
import lzma
import re
import sys
import time
import unicodedata
from collections import Counter
from pathlib import Path

import pandas
import recordlinkage
import splink
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink import comparison_library as compare

COLUMNS = ["name", "phone", "email", "birthday", "odoo", "company", "location"]


def folded(contact):
    """One contact as the columns of COLUMNS; None for what is empty."""
    name = unicodedata.normalize("NFKD", contact["display_name"]).lower()
    name = " ".join(sorted(re.findall(r"\w+", "".join(c for c in name if not unicodedata.combining(c)))))
    phone = re.sub(r"\D", "", unicodedata.normalize("NFKC", contact["phone_number"] or contact["whatsapp_id"]))[-8:]
    values = [
        "" if "#" in contact["display_name"] else name,
        phone if len(phone) >= 7 else "",
        contact["email"].strip(" <>;,.").lower(),
        contact["birthday"],
        contact["odooContactID"],
        contact["company_name"].lower(),
        contact["location"].lower(),
    ]
    return dict(zip(COLUMNS, (value or None for value in values)))


def unpacked(directory, name):
    plain = directory / name
    return open(plain, encoding="utf-8") if plain.exists() else lzma.open(f"{plain}.xz", "rt", encoding="utf-8")


def read(directory):
    with unpacked(directory, "truth.csv") as rows:
        truth = pandas.read_csv(rows, dtype=str).set_index("contact_id")["entity_id"]
    with unpacked(directory, "contacts.jsonl") as lines:
        rows = [{"id": contact["id"], **folded(contact)} for contact in map(json.loads, lines)]
    table = pandas.DataFrame(rows).set_index("id")
    return table, truth, sum(n * (n - 1) // 2 for n in Counter(truth).values())


def best(name, scored, truth, all_pairs):
    """Prints the best F1 over all thresholds. scored: (score, id, id)."""
    scored = sorted(scored, key=lambda row: -row[0])
    right, top = 0, (0.0, 0.0, 0.0, 0.0)
    for said, (score, one, two) in enumerate(scored, 1):
        right += truth[one] == truth[two]
        last = said == len(scored) or scored[said][0] != score
        f1 = 2 * right / (said + all_pairs)
        if last and f1 > top[0]:
            top = (f1, right / said, right / all_pairs, score)
    print(f"{name}: F1 {top[0]:.4f} P {top[1]:.4f} R {top[2]:.4f} from score {top[3]:.3f} on")


def with_recordlinkage(table, truth, all_pairs):
    # recordlinkage pairs on what is not there, too: each column is blocked on the rows that have it.
    pairs = None
    for column in present(table, ["phone", "email", "odoo", "name", "birthday"]):
        filled = table[table[column].notna()]
        found = recordlinkage.Index().block(column).index(filled)
        sizes = filled[column].map(filled[column].value_counts())
        few = set(sizes[sizes <= 8].index)
        found = found[[one in few and two in few for one, two in found]]
        pairs = found if pairs is None else pairs.union(found)
    features = recordlinkage.Compare()
    for column in present(table, ["phone", "odoo", "birthday"]):
        features.exact(column, column, missing_value=0, label=column)
    for column in present(table, ["name", "email", "company", "location"]):
        features.string(column, column, method="jarowinkler", threshold=0.9, missing_value=0, label=column)
    vectors = features.compute(pairs, table)
    model = recordlinkage.ECMClassifier(binarize=0.5)
    model.fit(vectors)
    scores = model.prob(vectors)
    rows = [(score, one, two) for (one, two), score in scores.items()]
    best(f"recordlinkage {recordlinkage.__version__}, ECM", rows, truth, all_pairs)


def with_splink(table, truth, all_pairs):
    blocking = present(table, ["phone", "email", "odoo", "name", "birthday"])
    levels = {
        "name": compare.JaroWinklerAtThresholds("name", [0.95, 0.85]),
        "phone": compare.LevenshteinAtThresholds("phone", [1]),
        "email": compare.JaroWinklerAtThresholds("email", [0.95, 0.9]),
        "birthday": compare.LevenshteinAtThresholds("birthday", [1]),
        "odoo": compare.ExactMatch("odoo"),
        "company": compare.JaroWinklerAtThresholds("company", [0.9]),
        "location": compare.JaroWinklerAtThresholds("location", [0.95, 0.88]),
    }
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="id",
        blocking_rules_to_generate_predictions=[block_on(column) for column in blocking],
        comparisons=[levels[column] for column in present(table, list(levels))],
    )
    few = table.copy()
    for column in blocking:
        sizes = few[column].map(few[column].value_counts())
        few.loc[sizes > 8, column] = None
    linker = Linker(DuckDBAPI().register(few.reset_index()), settings)
    strong = [block_on(column) for column in present(table, ["phone", "email", "birthday", "name"])]
    linker.training.estimate_probability_two_random_records_match(strong[:2], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6)
    for rule in strong[:2]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.01).as_pandas_dataframe()
    rows = list(zip(found.match_weight, found.id_l, found.id_r))
    best(f"splink {splink.__version__}", rows, truth, all_pairs)


def present(table, columns):
    """The columns that hold something in this list."""
    return [column for column in columns if table[column].notna().any()]


def main():
    table, truth, all_pairs = read(Path(sys.argv[1]))
    for method in with_recordlinkage, with_splink:
        started = time.monotonic()
        method(table, truth, all_pairs)
        print(f"  in {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main()
