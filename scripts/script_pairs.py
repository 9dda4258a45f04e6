"""Make pairs of names in six scripts and in Latin letters, spelled by other libraries than the product's (any_ascii).

    pip install transliterate PyICU korean_romanizer Unidecode
    python3 scripts/script_pairs.py > crates/cleanup/src/normalize/name/script_pairs.csv

Cyrillic and Greek are spelled by `transliterate`, Hangul by `korean_romanizer`, Devanagari by ICU with the marks taken off.
Arabic and Hebrew leave vowels out, which no library can add: each second of their names is spelled as passports do (the second
column below), each other one by `Unidecode`. The names are combined at random with a fixed seed.
"""
import csv
import random
import re
import sys
import unicodedata

import icu
from korean_romanizer.romanizer import Romanizer
from transliterate import translit
from unidecode import unidecode

NAMES = {
    "Cyrillic": ("Иван Мария Сергей Ольга Дмитрий Наталья Алексей Юлия Михаил Екатерина Андрей Светлана Владимир Ксения Фёдор Жанна Яна Григорий Тимур Элина",
                 "Петров Иванова Щербаков Кузнецов Волкова Соколов Морозов Захаров Цветаев Чернышёв Жуков Хворостов Юдин Яковлев Егоров Гусев Белов Фролов Мельник Шевченко"),
    "Greek": ("Γιώργος Μαρία Νίκος Ελένη Δημήτρης Κατερίνα Παναγιώτης Σοφία Χρήστος Αγγελική Θανάσης Ξένια Ιωάννης Ευαγγελία Στέφανος Φωτεινή Βασίλης Ζωή Κώστας Ουρανία",
              "Παπαδόπουλος Νικολάου Γεωργίου Δημητρίου Οικονόμου Βλάχος Ξανθόπουλος Χατζής Μακρής Καραγιάννης Αντωνίου Θεοδώρου Σαμαράς Ψαράς Ζέρβας Λάμπρου Φίλιππου Μπούρας Ρήγας Καλογήρου"),
    "Hangul": ("민수 지은 서연 준호 하늘 은영 동현 수빈 태희 영희 철수 미경 재욱 혜진 상민 유리 경호 나래 성우 보라",
               "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍"),
    "Devanagari": ("अनिता राजेश सुनीता अमित प्रिया विकास दीपक नेहा संजय कविता मनोज पूजा रोहन शालिनी गौरव आशा किरण मोहन लक्ष्मी विजय",
                   "शर्मा वर्मा गुप्ता सिंह पटेल मेहता जोशी मिश्रा यादव कुमार अग्रवाल चौधरी त्रिपाठी देसाई कपूर नायर भट्ट पांडे राव सक्सेना"),
    "Arabic": ("محمد:Mohammed علي:Ali فاطمة:Fatima حسن:Hassan خالد:Khaled مريم:Maryam يوسف:Youssef ليلى:Layla عمر:Omar سارة:Sara أحمد:Ahmed زينب:Zainab كريم:Karim نور:Nour طارق:Tariq هدى:Huda سمير:Samir رانيا:Rania جمال:Jamal سلمى:Salma",
               "حداد:Haddad منصور:Mansour الفارسي:Al-Farsi خوري:Khoury ناصر:Nasser صالح:Saleh إبراهيم:Ibrahim عثمان:Othman شاهين:Shaheen بركات:Barakat رحمان:Rahman قاسم:Qasim جابر:Jaber زيدان:Zidane سليمان:Suleiman داود:Dawood فرح:Farah مراد:Murad حبيب:Habib درويش:Darwish"),
    "Hebrew": ("דוד:David שרה:Sarah יוסף:Yosef רחל:Rachel משה:Moshe מרים:Miriam אברהם:Avraham לאה:Leah דניאל:Daniel נועה:Noa יעקב:Yaakov תמר:Tamar איתן:Eitan חנה:Hannah רון:Ron מיכל:Michal גיל:Gil דנה:Dana עומר:Omer שירה:Shira",
               "כהן:Cohen לוי:Levi מזרחי:Mizrahi פרץ:Peretz ביטון:Biton דהן:Dahan אברהם:Avraham פרידמן:Friedman שפירא:Shapira גבאי:Gabai ברק:Barak אזולאי:Azoulay קליין:Klein רוזן:Rosen שלום:Shalom נחום:Nahum סגל:Segal וייס:Weiss גולן:Golan צור:Tzur"),
}


def ascii_only(text):
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[^A-Za-z ]", "", text)


ICU = icu.Transliterator.createInstance("Devanagari-Latin; Latin-ASCII")
SPELL = {
    "Cyrillic": lambda word: translit(word, "ru", reversed=True),
    "Greek": lambda word: translit(word, "el", reversed=True),
    "Hangul": lambda word: Romanizer(word).romanize(),
    "Devanagari": ICU.transliterate,
    "Arabic": unidecode,
    "Hebrew": unidecode,
}


def main():
    dice = random.Random(17)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["native", "latin", "label", "script"])
    for script, (given, family) in NAMES.items():
        def entry(word, at):
            native, _, passport = word.partition(":")
            return native, ascii_only(passport if passport and at % 2 == 0 else SPELL[script](native)).title()
        givens = [entry(word, at) for at, word in enumerate(given.split())]
        families = [entry(word, at) for at, word in enumerate(family.split())]
        people = dice.sample([(g, f) for g in givens for f in families], 120)
        for (g, f) in people:
            native = f[0] + g[0] if script == "Hangul" else f"{g[0]} {f[0]}"
            out.writerow([native, f"{g[1]} {f[1]}", 1, script])
            other = dice.choice([o for o in givens if o != g])
            third = f if dice.random() < 0.5 else dice.choice([o for o in families if o != f])
            out.writerow([native, f"{other[1]} {third[1]}", 0, script])


main()
