"""The places of the office: what stands in its menu, for whom (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from workstation.access import Person, may
from workstation.routes import ROUTES
from workstation.sentences import N_


@dataclass(frozen=True, slots=True)
class Place:
    """One page of the menu."""

    path: str
    title: str
    """In English; templates translate it."""
    icon: str
    """Of `templates/icons.svg`."""


@dataclass(frozen=True, slots=True)
class Room:
    """Places that belong together."""

    title: str
    places: tuple[Place, ...]


MENU: tuple[Room, ...] = (
    Room(
        N_("Work"),
        (
            Place("/my/day", N_("My day"), "clock"),
            Place("/office/tasks", N_("Tasks"), "check"),
            Place("/office/applications", N_("Applications"), "file"),
            Place("/office/processes/board", N_("What is late"), "clock"),
            Place("/office/interactions", N_("Calls and letters"), "phone"),
            Place("/office/corrections", N_("Corrections"), "pen"),
            Place("/office/readings/held", N_("Readings held back"), "meter"),
            Place("/office/approvals", N_("To approve"), "scale"),
        ),
    ),
    Room(
        N_("Customers"),
        (
            Place("/office/segments", N_("Segments"), "person"),
            Place("/office/duplicates", N_("Duplicates"), "copy"),
            Place("/office/merges", N_("Merged"), "rejoin"),
            Place("/office/imports", N_("Files in"), "in"),
            Place("/office/exports", N_("Files out"), "out"),
        ),
    ),
    Room(
        N_("Debtors"),
        (
            Place("/office/campaigns", N_("Campaigns"), "phone"),
            Place("/office/campaigns/kept", N_("Promises kept"), "scale"),
            Place("/office/contact-law", N_("Contact law"), "clock"),
            Place("/office/do-not-call", N_("Not to be called"), "ban"),
        ),
    ),
    Room(
        N_("Figures"),
        (
            Place("/office/reports", N_("Reports"), "search"),
            Place("/office/reports/design", N_("Designer of reports"), "pen"),
            Place("/office/reports/schedules", N_("Reports by mail"), "out"),
            Place("/office/kpi", N_("Scores of teams"), "scale"),
        ),
    ),
    Room(
        N_("Workforce"),
        (
            Place("/office/workforce", N_("Forecast and shifts"), "meter"),
            Place("/office/leave", N_("Leave"), "home"),
            Place("/my/shifts", N_("My shifts"), "clock"),
        ),
    ),
    Room(
        N_("Rules"),
        (
            Place("/office/application-kinds", N_("Application forms"), "file"),
            Place("/office/processes", N_("Processes"), "rejoin"),
            Place("/office/dispositions", N_("Results of contacts"), "pen"),
            Place("/office/signals", N_("Signals"), "alert"),
            Place("/office/teams", N_("Teams and hours"), "clock"),
            Place("/office/rules/readings", N_("Reading rules"), "meter"),
            Place("/office/rules/money", N_("Money rules"), "coins"),
            Place("/office/tariffs", N_("Tariffs"), "coins"),
            Place("/office/fields", N_("Custom fields"), "pen"),
            Place("/office/templates", N_("Document templates"), "file"),
            Place("/office/guides", N_("Articles and scripts"), "bulb"),
            Place("/office/advice", N_("Next best actions"), "bulb"),
            Place("/office/offers", N_("Offers"), "star"),
        ),
    ),
    Room(
        N_("Telephone"),
        (
            Place("/office/flows", N_("Menus"), "keypad"),
            Place("/office/voices", N_("Prompts"), "ring"),
            Place("/office/queues", N_("Queues and hours"), "clock"),
            Place("/office/routing", N_("Routing rules"), "rejoin"),
            Place("/office/skills", N_("What operators can do"), "person"),
            Place("/office/callbacks", N_("Call-backs"), "phone"),
            Place("/office/recordings", N_("Recordings"), "mic"),
            Place("/office/transfer-numbers", N_("Numbers to pass on to"), "out"),
            Place("/office/recording-rules", N_("Recording rules"), "scale"),
            Place("/office/nodes", N_("Nodes and trunks"), "meter"),
        ),
    ),
    Room(
        N_("House"),
        (
            Place("/office/people", N_("People"), "person"),
            Place("/office/tokens", N_("Tokens"), "keypad"),
            Place("/office/jobs", N_("Background jobs"), "clock"),
            Place("/office/access", N_("Who may do what"), "scale"),
            Place("/office/audit", N_("Access log"), "search"),
            Place("/office/alerts", N_("Alerts"), "alert"),
            Place("/office/retention", N_("Retention"), "clock"),
            Place("/office/erasures", N_("Erasures"), "ban"),
        ),
    ),
)


def menu(person: Person) -> list[Room]:
    """Return the rooms and places that a person may enter."""
    rooms = (Room(room.title, tuple(place for place in room.places if _opens(place, person))) for room in MENU)
    return [room for room in rooms if room.places]


def _opens(place: Place, person: Person) -> bool:
    return ("GET", place.path) in ROUTES and may(person.role, "GET", place.path)
