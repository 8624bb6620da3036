"""Every exception of this package; codes are API.

CrmError
├── DatabaseUnavailable   PostgreSQL cannot be reached or went away in the middle; worth trying again
├── DatabaseTooSlow       a statement or a lock took longer than it may; worth trying again later
├── MigrationRefused      the schema could not be brought up to date
├── NoSuchAccount         there is no such account
├── NoSuchCall            there is no such call on record
├── NoSuchUser            there is no such user
├── NoSuchDisposition     the disposition does not exist or is retired
├── AlreadyClosed         another operator has written this contact up
├── LoginTaken            a user of that login exists
├── NoFreeExtension       every provisioned telephone has an owner
├── BadValue              a value from outside cannot be stored as it is
├── NoSuchJob             there is no such background job
├── NoSuchToken           there is no such token
├── KeyReused             an idempotency key came again with another request
├── NoSuchCustomer        there is no such customer
├── NoSuchContact         there is no such contact, number, agreement or service point, or it has ended
├── ChangedMeanwhile      somebody else changed it since it was shown
├── NoSuchPair            there is no such pair of customers that may be one
├── PairDecided           what was decided about the pair before does not allow it
├── NoSuchMerge           there is no such merge
├── NeverOne              a firm and its people, other tax numbers: never one customer
├── AlreadyMerged         one of the two was merged into another customer
├── AlreadyUndone         the merge was undone before
└── LaterMerge            a later merge stands on this one
"""

from __future__ import annotations


class CrmError(Exception):
    """Base; never raised itself. `status` is the HTTP status a page answers with."""

    code = "crm"
    status = 500


class DatabaseUnavailable(CrmError):
    """PostgreSQL cannot be reached, or went away in the middle; nothing was changed by this transaction."""

    code = "database-unavailable"
    status = 503


class DatabaseTooSlow(CrmError):
    """A statement or the wait for a lock took longer than it may; nothing was changed."""

    code = "database-too-slow"
    status = 503


class MigrationRefused(CrmError):
    """The schema could not be brought up to date; the message says what to do."""

    code = "migration-refused"


class NoSuchAccount(CrmError):
    """There is no account of that id."""

    code = "no-such-account"
    status = 404


class NoSuchCall(CrmError):
    """There is no call of that id on record."""

    code = "no-such-call"
    status = 404


class NoSuchUser(CrmError):
    """There is no user of that id or login."""

    code = "no-such-user"
    status = 404


class NoSuchDisposition(CrmError):
    """The disposition does not exist, is retired, or is not for people to choose."""

    code = "no-such-disposition"
    status = 422


class AlreadyClosed(CrmError):
    """Another operator has written this contact up."""

    code = "already-closed"
    status = 409


class LoginTaken(CrmError):
    """A user of that login exists."""

    code = "login-taken"
    status = 409


class NoFreeExtension(CrmError):
    """Every provisioned telephone has an owner: raise `BUSBAR_LINES` or disable a user."""

    code = "no-free-extension"
    status = 409


class BadValue(CrmError):
    """A value from outside cannot be stored as it is; the message says which and why."""

    code = "bad-value"
    status = 422


# --- office and tokens ---------------------------------------------------------------------------


class NoSuchJob(CrmError):
    """There is no job of that id, or nobody performs jobs of that kind."""

    code = "no-such-job"
    status = 404


class NoSuchToken(CrmError):
    """There is no token of that id."""

    code = "no-such-token"
    status = 404


class KeyReused(CrmError):
    """An idempotency key came again with another request."""

    code = "key-reused"
    status = 422


# --- access and audit ---------------------------------------------------------------------------


# --- the card -----------------------------------------------------------------------------------


class NoSuchCustomer(CrmError):
    """There is no customer of that id."""

    code = "no-such-customer"
    status = 404


class NoSuchContact(CrmError):
    """There is no contact, number, agreement or service point of that id, or it has ended."""

    code = "no-such-contact"
    status = 404


class ChangedMeanwhile(CrmError):
    """Somebody else changed it since it was shown: what was sent is not written over that."""

    code = "changed-meanwhile"
    status = 409


# --- ledger -------------------------------------------------------------------------------------


# --- work ---------------------------------------------------------------------------------------


# --- exchange of files -------------------------------------------------------------------------


# --- search and duplicates ----------------------------------------------------------------------


class NoSuchPair(CrmError):
    """There is no such pair of customers that may be one."""

    code = "no-such-pair"
    status = 404


class PairDecided(CrmError):
    """What was decided about a pair does not go with what was decided before; look at it again."""

    code = "pair-decided"
    status = 409


class NoSuchMerge(CrmError):
    """There is no such merge."""

    code = "no-such-merge"
    status = 404


class NeverOne(CrmError):
    """Two records that are never one customer, whatever agrees: the kinds, tax numbers or birthdays differ."""

    code = "never-one"
    status = 409


class AlreadyMerged(CrmError):
    """One of the two was merged into another customer meanwhile."""

    code = "already-merged"
    status = 409


class AlreadyUndone(CrmError):
    """The merge was undone before."""

    code = "already-undone"
    status = 409


class LaterMerge(CrmError):
    """A later merge of the same customer stands on this one: undo that one first."""

    code = "later-merge"
    status = 409


# --- segments, fields, documents ----------------------------------------------------------------


# --- what all of them share -----------------------------------------------------------------------


def first_line(error: BaseException | None) -> str:
    """Return what an error says, without the lines that servers and drivers add for programmers."""
    return (str(error).strip().splitlines() or ["no reason given"])[0]
