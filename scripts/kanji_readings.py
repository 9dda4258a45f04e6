"""Learn how kanji are read in names, from names with their readings.

    pip install japanese-personal-name-dataset
    python3 scripts/kanji_readings.py > crates/cleanup/src/normalize/name/kanji.txt

A name of one kanji tells a reading; in a longer one, whatever the known readings of the others leave is another, if two names or
more agree. The table has facts of the language only: single kanji and their readings in Latin letters, long vowels short.
"""
import csv
import importlib.util
import pathlib
from collections import Counter, defaultdict

TABLE = """あa いi うu えe おo かka きki くku けke こko さsa しshi すsu せse そso たta ちchi つtsu てte とto なna にni ぬnu ねne のno はha ひhi ふfu へhe ほho
まma みmi むmu めme もmo やya ゆyu よyo らra りri るru れre ろro わwa をo がga ぎgi ぐgu げge ごgo ざza じji ずzu ぜze ぞzo だda ぢji づzu でde どdo ばba びbi ぶbu べbe ぼbo
ぱpa ぴpi ぷpu ぺpe ぽpo んn""".split()
KANA = {entry[0]: entry[1:] for entry in TABLE}


def romaji(word):
    text, double = "", False
    for kana in word:
        if kana == "っ":
            double = True
        elif kana in "ゃゅょ":
            vowel = {"ゃ": "a", "ゅ": "u", "ょ": "o"}[kana]
            text = text[:-1] + ("" if text[:-1].endswith(("sh", "ch", "j")) else "y") + vowel
        elif kana in KANA:
            syllable = KANA[kana]
            text += (syllable[0] if double else "") + syllable
            double = False
        else:
            return ""
    return text.replace("ou", "o").replace("oo", "o").replace("uu", "u")


def names():
    folder = pathlib.Path(importlib.util.find_spec("japanese_personal_name_dataset").origin).parent / "dataset"
    for row in csv.reader(open(folder / "last_name_org.csv", encoding="utf-8")):
        yield row[0], row[2]
    for file in ("first_name_man_org.csv", "first_name_woman_org.csv"):
        for row in csv.reader(open(folder / file, encoding="utf-8")):
            yield from ((name, row[0]) for name in row[2:])


def is_kanji(text):
    return all("\u3400" <= letter <= "\u9fff" for letter in text)


def learn(known, people):
    told = Counter()
    for name, reading in people:
        for at, letter in enumerate(name):
            before = {""}
            for other in name[:at]:
                before = {head + part for head in before for part in known[other] if reading.startswith(head + part)}
            behind = {""}
            for other in reversed(name[at + 1:]):
                behind = {part + tail for tail in behind for part in known[other] if reading.endswith(part + tail)}
            for head in before:
                for tail in behind:
                    middle = reading[len(head):len(reading) - len(tail)]
                    if 0 < len(middle) <= 5 and len(head) + len(tail) < len(reading) and middle[0] not in "ゃゅょっん":
                        told[letter, middle] += 1
    return told


def main():
    people = [(name, reading) for name, reading in names() if is_kanji(name) and len(name) <= 4]
    known = defaultdict(set)
    for name, reading in people:
        if len(name) == 1 and len(reading) <= 5:
            known[name].add(reading)
    for _ in range(2):
        told = learn(known, [person for person in people if len(person[0]) > 1])
        most = Counter()
        for (letter, _), count in told.items():
            most[letter] = max(most[letter], count)
        for (letter, reading), count in told.items():
            # What a few names seem to say of a common kanji is mostly the end of its neighbour's reading.
            if count >= 3 and count * 25 >= most[letter]:
                known[letter].add(reading)
    print("# How kanji are read in names: a kanji, then its readings with long vowels short. Made by scripts/kanji_readings.py from the")
    print("# names of japanese-personal-name-dataset (MIT, (c) 2022 shuheilocale).")
    for letter in sorted(known):
        print(letter, *sorted({romaji(reading) for reading in known[letter]} - {""}))


main()
