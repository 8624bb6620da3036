"""Given names that many bear, as `names.key` folds them: two different ones are two people (pure).

They are needed because some are a letter apart: Maria and Marina, Alla and Anna, Alexander and Alexandra.
"""

# ruff: noqa: RUF001 -- names are written as people write them.
from __future__ import annotations

from crm_core import names

_CYRILLIC = """
    Александр Алексей Анатолий Андрей Антон Аркадий Арсений Артём Артур Богдан Борис Вадим Валентин Валерий Василий
    Виктор Виталий Владимир Владислав Вячеслав Геннадий Георгий Герман Глеб Григорий Давид Даниил Данила Денис Дмитрий
    Евгений Егор Ефим Иван Игнат Игорь Илья Иосиф Ислам Камиль Карим Кирилл Константин Лев Леонид Макар Максим Марат
    Марк Матвей Михаил Наиль Николай Никита Олег Павел Пётр Рамиль Расул Рашид Ренат Ринат Роберт Роман Ростислав
    Руслан Рустам Савелий Семён Сергей Станислав Степан Тарас Тимофей Тимур Фарид Фёдор Филипп Шамиль Эдуард Эльдар
    Эмиль Юлий Юрий Яков Ярослав
    Аделина Александра Алевтина Алина Алиса Алла Алсу Альбина Анастасия Ангелина Анжела Анна Антонина Арина Валентина
    Валерия Варвара Вера Вероника Виктория Галина Гульнара Дана Дарья Диана Дина Ева Евгения Екатерина Елена Елизавета
    Жанна Зинаида Злата Зоя Инна Ирина Карина Кира Клавдия Кристина Ксения Лариса Лейла Лиана Лидия Лилия Любовь
    Людмила Маргарита Марина Мария Марта Милана Милена Надежда Наталья Нина Оксана Олеся Ольга Полина Раиса Регина
    Рената Римма Роза Светлана Снежана София Таисия Тамара Татьяна Ульяна Фаина Эвелина Элина Эльвира Эмилия Юлия Яна
"""
_LATIN = """
    Adam Alina Amira Andrei Andreas Anna Anne Anton Arthur Beata Boris Carla Carl Clara Daniel Daniela Daria David
    Diana Dmitri Edith Elena Emil Emma Erik Erika Eva Eve Farid Felix Frank Franz Gleb Greta Hanna Hans Hugo Igor Ilya
    Ingrid Irina Ivan Jakob Jan Jana John Joan Karim Karina Kira Klara Lara Lars Laura Leila Leo Leon Lina Linda Lucas
    Lucia Maria Marina Mario Mark Martha Martin Martina Maya Michael Mila Mina Nadia Nicola Nikolai Nina Nora Oleg
    Olga Omar Oscar Paul Paula Pavel Peter Petra Rita Robert Roberta Roman Rosa Samir Samira Sara Sergei Simon Simone
    Sofia Stefan Stefania Tamara Thomas Timur Vadim Vera Victor Victoria Yana Yuri Zoe Zoya
"""
GIVEN_NAMES = frozenset(names.key(name) for name in (*_CYRILLIC.split(), *_LATIN.split()))
"""Keys of given names."""
