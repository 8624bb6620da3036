"""The form that the house ships with, for calls of a utility; migration 0032 publishes it (pure)."""

from __future__ import annotations

from typing import Any, Final

CODE: Final = "calls"
TITLES: Final = {"en": "Calls of subscribers", "ru": "Звонки абонентов"}


def _item(  # noqa: PLR0913 -- one line of the form
    code: str, english: str, russian: str, weight: int, *, most: int = 1, marks: str = ""
) -> dict[str, Any]:
    return {
        "code": code, "kind": "yes_no" if most == 1 else "scale", "titles": {"en": english, "ru": russian},
        "most": most, "weight": weight, "fatal": "fatal" in marks, "optional": "optional" in marks,
    }  # fmt: skip


SECTIONS: Final[list[dict[str, Any]]] = [
    {
        "code": "opening", "titles": {"en": "Opening", "ru": "Начало"}, "weight": 15, "items": [
            _item("greeting", "Names the utility and the own name", "Называет организацию и своё имя", 1),
            _item("request", "Lets the caller finish, and repeats the request in own words",
                  "Даёт договорить и повторяет просьбу своими словами", 2, most=2),
        ],
    },
    {
        "code": "identity", "titles": {"en": "Who is calling", "ru": "Кто звонит"}, "weight": 20, "items": [
            _item("verified", "Tells nothing of the account before the caller is verified",
                  "Не сообщает данных счёта, пока звонящий не подтверждён", 2, marks="fatal"),  # noqa: RUF001
            _item("contacts", "Checks that telephone and address are right", "Сверяет телефон и адрес", 1,
                  marks="optional"),
        ],
    },
    {
        "code": "matter", "titles": {"en": "The matter", "ru": "Существо вопроса"}, "weight": 40, "items": [
            _item("right", "What is said is right and complete", "Сказанное верно и полно", 3, most=4),
            _item("readings", "Reads readings back digit by digit", "Повторяет показания по цифрам", 1,
                  marks="optional"),
            _item("safety", "Danger (smell of gas, a fallen wire): the safety steps at once",
                  "Опасность (запах газа, обрыв провода): сразу меры безопасности", 2, marks="fatal optional"),
            _item("promise", "A promise to pay has a day and a sum", "У обещания оплатить есть день и сумма", 1,  # noqa: RUF001
                  marks="optional"),
            _item("next", "Says what happens next, and by when", "Говорит, что будет дальше и в какой срок", 2),
        ],
    },
    {
        "code": "manner", "titles": {"en": "Manner", "ru": "Общение"}, "weight": 15, "items": [
            _item("respect", "Respectful throughout", "Уважителен на протяжении всего разговора", 2, marks="fatal"),
            _item("clear", "Clear, without words of the trade", "Ясно, без служебных слов", 1, most=4),
            _item("silence", "Announces silence, and thanks for waiting", "Предупреждает о паузе и благодарит", 1,  # noqa: RUF001
                  marks="optional"),
        ],
    },
    {
        "code": "closing", "titles": {"en": "Closing", "ru": "Завершение"}, "weight": 10, "items": [
            _item("summary", "Sums up what was agreed", "Подводит итог договорённостей", 1),
            _item("record", "The contact is written up as it was", "Обращение записано так, как было", 2),
        ],
    },
]  # fmt: skip
