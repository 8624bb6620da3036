"""What the stage answers for the parts under the call: invented colleagues, messages and work."""
# ruff: noqa: RUF001 -- names of people, in Russian

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from routing.views import OperatorState
from workstation.messages import Colleague, Note

if TYPE_CHECKING:
    from tests.desk.stage import Stage

NUMBERS = [
    {"key": "number:1", "title": "Аварийная газовая служба", "number": "+74951234567"},
    {"key": "number:2", "title": "Горводоканал, диспетчер", "number": "+74957654321"},
]
PEOPLE = [("person:8", "Борис Титов"), ("person:9", "Вера Ильина"), ("person:21", "Софья Лебедева")]


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def colleague(  # noqa: PLR0917 -- one row
    key: int, name: str, extension: str, state: OperatorState, minutes: float, reason: str = ""
) -> Colleague:
    return Colleague(
        operator_id=key, name=name, extension=extension, state=state, reason=reason, since=ago(minutes), phone_ok=True
    )


def colleagues() -> list[Colleague]:
    """One in each state."""
    return [
        colleague(8, "Борис Титов", "102", OperatorState.READY, 2),
        colleague(9, "Вера Ильина", "103", OperatorState.TALKING, 4.5),
        colleague(10, "Галина Сорокина", "104", OperatorState.NOT_READY, 17, "lunch"),
        colleague(11, "Денис Орлов", "105", OperatorState.OFFLINE, 300),
    ]


def note(key: int, thread: str, who: str, text: str, minutes: float, *, mine: bool = False) -> Note:
    return Note(message_id=key, thread=thread, title=who, from_name=who, at=ago(minutes), text=text, mine=mine)


def lines(thread: str) -> list[Note]:
    """What was said in a thread, the newest first."""
    return [
        note(12, thread, "Софья Лебедева", "Пришлите, пожалуйста, номер заявки.", 3),
        note(11, thread, "Ольга Крылова", "Абонент просит перенести замену счётчика.", 6, mine=True),
    ]


def work() -> list[dict[str, Any]]:
    """Late, soon, later, and without a clock."""
    row = {"code": "", "account_id": 4711, "account": "100200305", "customer": "Смирнова Анна", "owner_id": 7,
           "owner": "Ольга Крылова", "away": False, "team": "", "given": True, "page": "/office/tasks/1"}  # fmt: skip
    return [
        row | {"kind": "task", "id": 1, "title": "Перезвонить о перерасчёте", "due_at": ago(150).isoformat(),
               "since": ago(900).isoformat(), "late": True},
        row | {"kind": "application", "id": 2, "title": "A-2214 Замена счётчика", "due_at": ago(-40).isoformat(),
               "since": ago(3000).isoformat(), "late": False},
        row | {"kind": "callback", "id": 3, "title": "", "code": "debt", "due_at": ago(-190).isoformat(),
               "since": ago(30).isoformat(), "late": False, "given": False, "page": ""},
        row | {"kind": "reading", "id": 4, "title": "", "code": "too-high", "due_at": "",
               "since": ago(4000).isoformat(), "late": False, "given": False, "page": "/office/readings/held"},
    ]  # fmt: skip


def routes(stage: Stage) -> list[Route]:
    """Return the stage's routes for them."""

    async def directory(_request: Request) -> Response:
        last = [{"key": "operator:8", "title": "Борис Титов", "said": "102", "at": ago(20).isoformat(),
                 "subscriber": False}]  # fmt: skip
        told = {"colleagues": [one.model_dump(mode="json") for one in colleagues()], "numbers": NUMBERS,
                "kept": ["number:1"], "last": last, "floor": True}  # fmt: skip
        return JSONResponse(told)

    async def posted(request: Request) -> Response:
        async with request.form() as form:
            sent = {name: str(value) for name, value in form.items()}
        what = request.url.path.removeprefix("/api/")
        stage.posted.put_nowait((what, sent))
        if stage.refusing:
            return JSONResponse(stage.refusing, status_code=422)
        return JSONResponse({"done": True, "kept": ["number:1", sent.get("to", "")]})

    async def threads(_request: Request) -> Response:
        newest = lines("person:21")[0]
        told = {
            "threads": [{"thread": "person:21", "title": "Софья Лебедева", "unread": 2,
                         "last": newest.model_dump(mode="json")}],
            "people": [{"thread": key, "title": name} for key, name in PEOPLE],
            "teams": [{"thread": "team:field", "title": "Выездная служба"}],
        }  # fmt: skip
        return JSONResponse(told)

    async def thread(request: Request) -> Response:
        found = lines(request.query_params["with"])
        return JSONResponse({"messages": [one.model_dump(mode="json") for one in found], "more": False})

    async def roster(request: Request) -> Response:
        rows = work() if request.query_params.get("whose") == "mine" else []
        told = {"rows": rows, "more": "", "mine": 4, "late": 1,
                "people": [{"key": "owner:7", "title": "Ольга Крылова"}, {"key": "owner:8", "title": "Борис Титов"}],
                "teams": [{"key": "team:field", "title": "Выездная служба"}]}  # fmt: skip
        return JSONResponse(told)

    return [
        Route("/api/directory", directory),
        Route("/api/directory/{what}", posted, methods=["POST"]),
        Route("/api/messages", threads),
        Route("/api/messages", posted, methods=["POST"]),
        Route("/api/messages/thread", thread),
        Route("/api/messages/read", posted, methods=["POST"]),
        Route("/api/roster", roster),
        Route("/api/roster/assignment", posted, methods=["POST"]),
    ]
