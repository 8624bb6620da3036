"""Names, streets and towns of the sample base: made up, in two scripts (pure)."""

# ruff: noqa: RUF001 -- both scripts are what this module is about.
from __future__ import annotations

from collections.abc import Sequence

from crm_core import names


def _words(text: str) -> tuple[str, ...]:
    """Part a list of words, or of names of several words by semicolons."""
    return tuple(word.strip() for word in text.split(";" if ";" in text else None))


GIVEN = _words(
    """
    Adam Alina Amira Andrei Anna Anton Arthur Beata Boris Carla Clara Daniel Daria David Diana Dmitri Edith
    Elena Emil Erik Eva Farid Felix Gleb Greta Hannah Hugo Igor Ilya Ingrid Irina Ivan Jakob Jana Karim Karina
    Kira Klara Lars Leila Leon Lina Lucas Maria Marina Mark Martin Maya Mikhail Mila Nadia Nikolai Nina Nora
    Oleg Olga Omar Oscar Pavel Petra Rita Robert Roman Rosa Samira Sergei Simon Sofia Stefan Tamara Timur
    Vadim Vera Victor Yana Yuri Zoya
    """
)
SURNAME = _words(
    """
    Abbott Aldermann Amberley Andreas Ashgrove Barlow Bellamy Berger Birkholm Blackwood Brandt Calloway Carden
    Castell Corbin Dalgaard Darrow Delmar Dorset Eastman Edler Ellery Fairburn Falk Farrow Fielding Fontaine
    Garland Gessler Grantham Greenhill Halvorsen Harlow Hartmann Hawthorne Heller Holm Ibsen Jarvis Kallas
    Karsten Keller Kestrel Kirchner Lambert Langley Larkin Lindqvist Lorimer Lund Maddox Marlowe Mayfield
    Merrick Moreau Norden Northcott Oakes Olsen Orlan Pacek Palmgren Penrose Pickard Quill Radcliffe Ravens
    Ridley Rosen Sandberg Sawyer Selwyn Sheldon Sorrel Stark Sundell Tarrant Thorne Tilden Torres Ulrich Vance
    Varga Vesely Wainwright Walden Westerby Whitlock Winther Yardley Zeller Zielinski
    """
)
MALE = _words(
    """
    Александр Алексей Андрей Антон Арсений Артём Борис Вадим Василий Виктор Владимир Глеб Григорий Денис
    Дмитрий Евгений Егор Иван Игорь Илья Кирилл Константин Максим Михаил Николай Олег Павел Пётр Роман Сергей
    Степан Тимур Фёдор Юрий Ярослав
    """
)
FEMALE = _words(
    """
    Александра Алина Алла Анастасия Анна Валентина Варвара Вера Галина Дарья Диана Евгения Екатерина Елена
    Жанна Зинаида Инна Ирина Кира Ксения Лариса Людмила Маргарита Марина Мария Надежда Наталья Нина Оксана
    Ольга Полина Светлана София Тамара Татьяна Юлия
    """
)
FATHER = _words(
    """
    Александров Алексеев Андреев Борисов Вадимов Васильев Викторов Глебов Денисов Евгеньев Иванов Константинов
    Леонидов Максимов Михайлов Николаев Олегов Павлов Петров Романов Сергеев Степанов Фёдоров Юрьев
    """
)
"""Stems of patronymics: `-ich` for men, `-na` for women."""
FAMILY = _words(
    """
    Абрикосов Астахов Берестов Бирюзов Боровиков Васильков Вересаев Ветров Воронцов Вязов Голубев Горелов
    Гречихин Дубровин Дымов Жаворонков Зарубин Зимин Ивлев Калинин Каменев Кедров Клёнов Ковылин Колосов
    Кречетов Лебедев Листьев Лугов Малахов Медведев Мельников Мохов Нестеров Облаков Овсянников Орехов Осокин
    Парусов Полынин Пшеницын Речкин Рябинин Самоцветов Северов Снегирёв Соколов Солнцев Стрельцов Тополев
    Туманов Ужов Фиалков Хмелев Цветков Чайкин Шиповников Щеглов Юрьин Яблоков Ясенев
    """
)
"""Family names of men; women's end in a vowel more."""
FORM, FORM_RU = ("LLC",), ("ООО",)
"""Legal form of organisations."""
FIRM = _words(
    """
    Amber Anchor Arctic Aurora Birch Cedar Copper Delta Falcon Granite Harbour Juniper Lantern Maple Meridian
    Nordic Orchard Pine Quarry River Silver Summit Sunrise Vega Willow
    """
)
TRADE = _words(
    """
    Bakery; Cold Store; Workshop; Logistics; Dental Clinic; Garden Centre; Print House; Sawmill; School;
    Dairy; Hotel; Pharmacy; Car Service; Greenhouse; Housing Cooperative; Laundry; Brewery; Fitness Club;
    Poultry Farm; Market
    """
)
FIRM_RU = _words(
    """
    Северный Южный Янтарный Гранитный Медный Сосновый Речной Полярный Рассветный Озёрный Кедровый Липовый
    Ясный Каменный Лесной Садовый Луговой Морской Степной Горный
    """
)
TRADE_RU = _words(
    """
    Дом; Хлебозавод; Склад; Двор; Мебельный Цех; Рынок; Санаторий; Комбинат; Автосервис; Питомник;
    Молокозавод; Отель; Лицей; Магазин; Медцентр; Посёлок
    """
)
STREET = _words(
    """
    Acacia Alder Apple Ash Barley Bridge Brook Canal Chapel Cherry Church Clover Coal Elm Fern Field Foundry
    Garden Hazel Heron Hill Ivy Lake Lime Linden Mason Mill Orchard Park Pear Poplar Quay Railway Rowan School
    Spring Station Sunny Swan Tannery Tower Valley Victory Vine Wharf Willow Windmill Wood
    """
)
STREET_RU = _words(
    """
    Берёзовая Вишнёвая Водопроводная Восточная Дачная Зелёная Заводская Каштановая Кленовая Кузнечная Липовая
    Лесная Луговая Мельничная Мира Молодёжная Озёрная Песчаная Полевая Почтовая Речная Родниковая
    Рябиновая Садовая Северная Солнечная Сосновая Строителей Тихая Тополиная Цветочная Школьная Энергетиков
    Яблоневая Ясеневая
    """
)
TOWNS = (
    ("Port Amber", "Янтарный Порт", "Europe/Kaliningrad"),
    ("Northgate", "Северные Ворота", "Europe/Moscow"),
    ("Linden Hills", "Липовые Холмы", "Europe/Moscow"),
    ("Millbrook", "Мельничный Ручей", "Europe/Moscow"),
    ("Old Quarry", "Старый Карьер", "Europe/Moscow"),
    ("Whitewater", "Белая Вода", "Europe/Moscow"),
    ("Steppe Wells", "Степные Колодцы", "Europe/Samara"),
    ("Ironvale", "Железный Дол", "Asia/Yekaterinburg"),
    ("Cedar Bend", "Кедровая Излучина", "Asia/Krasnoyarsk"),
)
"""Town in Latin and Cyrillic script with its time zone."""


def _person(kind: str, shown: Sequence[str]) -> tuple[str, Sequence[str], Sequence[str]]:
    """Return a list of words for people's names with each word in the other script."""
    to = names.cyrillic if shown[0].isascii() else names.latin
    return kind, shown, [to(word) for word in shown]


LISTS: tuple[tuple[str, Sequence[str], Sequence[str]], ...] = (
    _person("given", GIVEN), _person("surname", SURNAME), _person("male", MALE), _person("female", FEMALE),
    _person("father", FATHER), _person("family", FAMILY),
    ("form", FORM, ()), ("form_ru", FORM_RU, ()), ("firm", FIRM, ()), ("trade", TRADE, ()), ("firm_ru", FIRM_RU, ()),
    ("trade_ru", TRADE_RU, ()), ("street", STREET, ()), ("street_ru", STREET_RU, ()),
    ("town", [town[0] for town in TOWNS], ()), ("town_ru", [town[1] for town in TOWNS], ()),
)  # fmt: skip
"""Name of each list, its words, and the same words in the other script where the sample writes them so."""
