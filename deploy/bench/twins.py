"""A made-up customer base in which it is known who is who: duplicates as real bases have them, and traps (pure).

It was written before the scorer, from what keeps happening where people are registered by hand in several systems:
a letter mistyped, a name in the other script, names in another order, the patronymic left out or an initial in its
place, a new surname after marriage, a new telephone, a second address, an address abbreviated or without its flat.
The traps are those that a careless merge falls into: one telephone for a whole family, fathers and sons of one given
name at one address, brothers and sisters, owners who followed one another, people of the same name elsewhere,
a firm and its director, firms of the same name, firms of one business centre.
"""

# ruff: noqa: RUF001, S311 -- both scripts are what this module is about; nothing here is secret.
from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from crm_core import names


def words_of(text: str) -> tuple[str, ...]:
    """Part a list of words."""
    return tuple(text.split())


MALE = words_of(
    """
    Александр Сергей Андрей Дмитрий Алексей Иван Владимир Николай Михаил Евгений Павел Юрий Виктор Олег Игорь
    Анатолий Константин Пётр Роман Илья Денис Максим Антон Фёдор Григорий Руслан Тимур Рашид Валерий Валентин
    Степан Борис
    """
)
FEMALE = words_of(
    """
    Елена Ольга Наталья Татьяна Ирина Светлана Анна Мария Людмила Екатерина Галина Марина Надежда Юлия
    Валентина Нина Любовь Вера Лариса Алла Евгения Александра Дарья Ксения Полина Зинаида Раиса Алина Алиса
    Инна Жанна Валерия
    """
)
ROOTS = words_of(
    """
    Абрам Агафон Аким Анис Арсен Архип Балаш Барыш Бел Берез Бобр Богат Болот Боярин Брага Буран Быстр Вавил
    Верши Волк Ворон Гавр Гончар Горш Гребен Гуля Давыд Дани Дергач Добр Дорон Дроз Дьяк Ерёма Жар Жди Журавл
    Забор Зайц Звяг Зот Зуб Игнат Кабан Калаш Карп Кисел Клим Кожух Комар Конон Кочет Кошк Крав Кудр Кулик
    Лапт Лог Лук Макар Матве Медвед Миш Моисе Назар Наум Ник Овчар Ос Панкр Пахом Пест Пимен Плотник Потап
    Прох Руд Ряб Савел Селезн Сидор Силант Скоробогат Сорок Спирид Стар Сухар Тарас Тере Тимоф Тит Трифон Тур
    Уш Фаде Фили Фома Харит Хрол Чеботар Черн Чуб Шапошник Шесто Щерб Юд Якуш Ярош
    """
)
ENDINGS = ("ов", "ев", "ин", "ский", "енко", "чук")
TOWNS = words_of(
    """
    Заречье Светлогорье Каменка Липки Новополье Озёрск-Малый Приречный Рябиновка Сосногорье Тихвинка Устьинск
    Холмогорье Ясногорка
    """
)
STREETS = words_of(
    """
    Абрикосовая Береговая Весенняя Гвардейская Депутатская Железнодорожная Заводская Инженерная Калинина
    Лесная Московская Набережная Октябрьская Первомайская Рабочая Садовая Театральная Узкая Фабричная Хлебная
    Цветочная Чапаева Школьная Энергетиков Южная Ярославская Гагарина Ленина Мира Пушкина Свободы Строителей
    Толстого Чехова
    """
)
FIRMS = words_of(
    """
    Ромашка Вектор Север Юпитер Гранит Альянс Маяк Прогресс Радуга Техносвет Уют Феникс Хлебодар Эталон
    Меркурий Парус Рассвет Строймаш Теплосеть Колос
    """
)
TRADES = words_of(
    """
    Сервис Торг Плюс Строй Пром Групп Логистика Снаб
    """
)
MISHEARD = "абвгдежзиклмнопрстуфхчшюя"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer as it stands in the base, and who it really is."""

    who: int
    """The same for every record of one person or firm."""
    kind: str
    name: str
    phone: str
    email: str
    tax_number: str
    address: str
    trouble: str = ""
    """What was done to this record, for explaining what was missed."""


@dataclass(frozen=True, slots=True)
class _Home:
    town: str
    street: str
    house: int
    flat: int

    def written(self, rng: random.Random) -> str:
        """Write the address in one of the ways people do."""
        return rng.choice((
            f"г. {self.town}, ул. {self.street}, д. {self.house}, кв. {self.flat}",
            f"{self.town}, {self.street} {self.house}-{self.flat}",
            f"г {self.town} ул {self.street} дом {self.house} квартира {self.flat}",
            f"{self.town}, улица {self.street}, {self.house}, кв.{self.flat}",
        ))  # fmt: skip


@dataclass(slots=True)
class _Town:
    rng: random.Random
    running: int = 0
    people: list[Person] = field(default_factory=list)

    def who(self) -> int:
        self.running += 1
        return self.running

    def home(self) -> _Home:
        rng = self.rng
        return _Home(rng.choice(TOWNS), rng.choice(STREETS), rng.randint(1, 90), rng.randint(1, 120))

    def phone(self) -> str:
        return f"+79{self.rng.randint(10_000_000, 999_999_999):09d}"


def base(people: int, seed: int) -> list[Person]:
    """Return a base of about so many records; the same seed makes the same base."""
    town = _Town(random.Random(seed))
    while len(town.people) < people:
        town.people += list(_firm(town) if town.rng.random() < 0.06 else _household(town))
    town.rng.shuffle(town.people)
    return town.people


# --- people --------------------------------------------------------------------------------------


def _pick(rng: random.Random, words: tuple[str, ...]) -> str:
    """Return a word; the first ones are borne by many, the last by few, as names are."""
    return words[min(int(rng.paretovariate(0.7)) - 1, rng.randrange(len(words)))]


def _surname(rng: random.Random) -> str:
    return rng.choice(ROOTS) + rng.choice(ENDINGS)


def _hers(surname: str) -> str:
    if surname.endswith("ский"):
        return surname[:-2] + "ая"
    return surname + "а" if surname.endswith(("ов", "ев", "ин")) else surname


def _patronymic(father: str, *, woman: bool) -> str:
    if father.endswith("й"):
        stem = father[:-1] + "ев" if not father.endswith("ий") else father[:-2] + "ьев"
    else:
        stem = father.rstrip("ьа") + "ов"
    return stem + ("на" if woman else "ич")


def _household(town: _Town) -> Iterator[Person]:
    rng, home = town.rng, town.home()
    surname, father, his_father = _surname(rng), _pick(rng, MALE), _pick(rng, MALE)
    shared = town.phone() if rng.random() < 0.45 else ""
    members = [f"{surname} {father} {_patronymic(his_father, woman=False)}"]
    draw = rng.random()
    if draw < 0.16:
        maiden = _hers(surname) if rng.random() < 0.8 else _hers(_surname(rng))
        members.append(f"{maiden} {_pick(rng, FEMALE)} {_patronymic(_pick(rng, MALE), woman=True)}")
    elif draw < 0.24:  # a son, every third named after his father
        son = father if rng.random() < 0.35 else _pick(rng, MALE)
        members.append(f"{surname} {son} {_patronymic(father, woman=False)}")
    elif draw < 0.29:  # brother or sister
        woman = rng.random() < 0.5
        given = _pick(rng, FEMALE if woman else MALE)
        last = _hers(surname) if woman else surname
        members.append(f"{last} {given} {_patronymic(his_father, woman=woman)}")
    elif draw < 0.36:  # who lived there before
        members.append(_stranger(rng))
    elif draw < 0.40:  # of the same name elsewhere
        yield from _one(town, members[0], town.home(), "")
    elif draw < 0.70:
        members = [_stranger(rng)]
    given_names: set[str] = set()
    for name in members:
        if name not in given_names:
            given_names.add(name)
            yield from _one(town, name, home, shared)


def _stranger(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return f"{_surname(rng)} {_pick(rng, MALE)} {_patronymic(_pick(rng, MALE), woman=False)}"
    return f"{_hers(_surname(rng))} {_pick(rng, FEMALE)} {_patronymic(_pick(rng, MALE), woman=True)}"


def _one(town: _Town, name: str, home: _Home, shared: str) -> Iterator[Person]:
    rng = town.rng
    own = "" if rng.random() < 0.12 else town.phone()
    person = Person(
        who=town.who(),
        kind="person",
        name=name,
        phone=shared if shared and rng.random() < 0.6 else own,
        email=f"{names.latin(name.split(maxsplit=1)[0]).lower()}{rng.randint(1, 9999)}@example.org"
        if rng.random() < 0.3
        else "",
        tax_number=f"{rng.randint(10**11, 10**12 - 1)}" if rng.random() < 0.12 else "",
        address=home.written(rng),
    )
    yield person
    again = rng.random()
    for _ in range(2 if again < 0.01 else 1 if again < 0.08 else 0):
        yield _again(town, person, home, own)


def _email(rng: random.Random, name: str) -> str:
    return f"{names.latin(name.split(maxsplit=1)[0]).lower()}{rng.randint(1, 9999)}@example.org"


def _again(town: _Town, person: Person, home: _Home, own: str) -> Person:
    """Register somebody a second time."""
    rng = town.rng
    trouble: list[str] = []
    phone, address = person.phone or own, home.written(rng)
    draw = rng.random()
    if draw < 0.30:
        address, trouble = town.home().written(rng), ["moved"]
        phone = phone or town.phone()
    elif draw < 0.55:
        phone, trouble = (town.phone() if rng.random() < 0.8 else ""), ["new telephone"]
    elif draw < 0.57:
        phone, address, trouble = town.phone(), town.home().written(rng), ["moved, new telephone"]
    if rng.random() < 0.06:
        address = address.replace(", кв.", " кв ").split(" кв ")[0].rsplit("-", 1)[0].split(" квартира")[0]
        trouble.append("no flat")
    if rng.random() < 0.08:
        address = _slip(rng, address, address.split()[1])
        trouble.append("slip in the address")
    name = _retold(rng, person.name, trouble)
    return replace(
        person,
        name=name,
        phone=phone,
        email=person.email if rng.random() < 0.6 else "",
        tax_number=person.tax_number if rng.random() < 0.5 else "",
        address=address,
        trouble=", ".join(trouble),
    )


def _retold(rng: random.Random, name: str, trouble: list[str]) -> str:
    surname, given, patronymic = name.split()
    if patronymic.endswith("на") and rng.random() < 0.08:
        surname = _hers(_surname(rng))
        trouble.append("new surname")
    draw = rng.random()
    words = [surname, given, patronymic]
    if draw < 0.14:
        words = [surname, given]
        trouble.append("no patronymic")
    elif draw < 0.20:
        words = [surname, f"{given[0]}.", f"{patronymic[0]}."]
        trouble.append("initials")
    if rng.random() < 0.18:
        words = words[1:] + words[:1]
        trouble.append("other order")
    for _ in range(rng.choices((0, 1, 2), (70, 25, 5))[0]):
        at = rng.randrange(len(words))
        words[at] = _slip(rng, words[at], words[at])
        trouble.append("slip")
    told = " ".join(words)
    if rng.random() < 0.12:
        told = names.latin(told)
        trouble.append("Latin")
    return told.upper() if rng.random() < 0.2 else told


def _slip(rng: random.Random, text: str, word: str) -> str:
    """Mistype one letter of a word within a text."""
    if len(word) < 4:
        return text
    at = rng.randrange(1, len(word) - 1)
    wrong = rng.choice((
        word[:at] + rng.choice(MISHEARD) + word[at + 1 :],
        word[:at] + word[at + 1 :],
        word[:at] + rng.choice(MISHEARD) + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ))  # fmt: skip
    return text.replace(word, wrong, 1)


# --- firms ---------------------------------------------------------------------------------------


def _firm(town: _Town) -> Iterator[Person]:
    rng = town.rng
    centre = town.home()
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        title = f"{rng.choice(FIRMS)}{rng.choice(('', ' ' + rng.choice(TRADES), '-' + str(rng.randint(2, 99))))}"
        form = rng.choice(("ООО", "ООО", "АО", "ЗАО"))
        home = replace(centre, flat=rng.randint(1, 120))
        firm = Person(
            who=town.who(),
            kind="organisation",
            name=f"{form} «{title}»",
            phone=town.phone(),
            email=f"office{rng.randint(1, 99999)}@example.org" if rng.random() < 0.5 else "",
            tax_number=f"{rng.randint(10**9, 10**10 - 1)}" if rng.random() < 0.9 else "",
            address=home.written(rng),
        )
        yield firm
        if rng.random() < 0.3:  # its director, at home and reached under the firm's number
            yield replace(
                firm,
                who=town.who(),
                kind="person",
                name=_stranger(rng),
                tax_number="",
                address=town.home().written(rng),
            )
        if rng.random() < 0.15:
            name = rng.choice((f"{title} {form}", f"{form} {title}", _slip(rng, firm.name, title)))
            moved = rng.random() < 0.3
            yield replace(
                firm,
                name=name,
                phone=firm.phone if rng.random() < 0.7 else town.phone(),
                tax_number=firm.tax_number if rng.random() < 0.7 else "",
                address=(town.home() if moved else home).written(rng),
                trouble="moved" if moved else "spelt otherwise",
            )
