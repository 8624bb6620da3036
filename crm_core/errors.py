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
├── NoSuchImport          there is no import of that number
├── NoSuchExport          there is no export of that number
├── ImportOutOfTurn       an import cannot do this step in its state
├── ExportOutOfTurn       an export cannot do this step in its state
├── UndoTooLate           the time in which an import can be taken back is over
├── OwnExport             who asked for an export cannot approve it
├── LinkUsed              an export's link was used once or is too old
├── FileRefused           a file cannot be taken as a whole
├── ExportTooLarge        more rows than may leave in one file
├── NeverWorked           the working week has no hours
├── NoSuchWork            there is no application, task, rule or contact of that key
├── NoSuchKind            there is no such kind of application
├── NoSuchProcess         there is no such version of a process, no such suggestion
├── WorkRefused           a move that cannot be made; its code says why
├── NoSuchField           there is no such custom field
├── FieldChanged          somebody else changed the field meanwhile
├── NoSuchSegment         there is no such segment
├── SegmentChanged        somebody else changed the segment meanwhile
├── SegmentBroken         a segment asks for what is not known any more
├── NoSuchCampaign        there is no such campaign, list or row of one
├── CampaignChanged       somebody else changed the campaign meanwhile
├── CampaignOutOfTurn     a campaign cannot do this step in its state
├── NoSuchTemplate        there is no such template
├── TemplateChanged       somebody else changed the template meanwhile
├── NoSuchReport          there is no such report, schedule, file or scheme for this person
├── ReportChanged         somebody else changed the report or the scheme meanwhile
├── ReportTooLarge        a report has more rows than one person may take away
├── NoSuchGuide           there is no such article, script or text for notes
├── GuideChanged          somebody else changed the guide meanwhile
├── NoSuchDocument        there is no such document on this account
├── NoSuchEvaluation      there is no such evaluation, form, rule of choosing, calibration or collection
├── EvaluationOutOfTurn   an evaluation, a form or a calibration was moved on meanwhile
├── NothingOwed           there is no debt to write about
├── BadValue              a value from outside cannot be stored as it is
├── NoSuchJob             there is no such background job
├── NoSuchToken           there is no such token
├── NoSuchAlert           there is no such alert that nobody has acknowledged
├── NotYours              who asked, or whom it is about, does not decide
├── OnHold                a legal hold keeps this customer's data
├── NoSuchHold            there is no such standing hold
├── NoSuchErasure         there is no such erasure, or it is not where this could be done
├── NoSuchCustomer        there is no such customer
├── NoSuchAnswer          there is no answer to a subscriber under this link any more
├── LinkOver              a link to set a password was used, or its time is over
├── BackupRefused         a backup or a restore cannot be done
├── KeyReused             an idempotency key came again with another request
├── NoSuchContact         there is no such contact, number, agreement, point, premises, meter, tariff, or it ended
├── ChangedMeanwhile      somebody else changed it since it was shown
├── NoSuchPair            there is no such pair of customers that may be one
├── PairDecided           what was decided about the pair before does not allow it
├── NoSuchMerge           there is no such merge
├── NeverOne              a firm and its people, other tax numbers: never one customer
├── AlreadyMerged         one of the two was merged into another customer
├── AlreadyUndone         the merge was undone before
├── LaterMerge            a later merge stands on this one
├── ErasureRuns           one of the two is being forgotten
├── NoSuchHeldReading     there is no such held reading
├── HeldDecided           somebody decided about a held reading already
└── NoSuchPosting         there is no such invoice, payment, adjustment, dispute, promise, plan, notice or approval
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


class NoSuchAlert(CrmError):
    """There is no alert of that id that nobody has acknowledged."""

    code = "no-such-alert"
    status = 404


class NotYours(CrmError):
    """A second person is needed: who asked, or whom it is about, does not decide."""

    code = "second-person"
    status = 403


class OnHold(CrmError):
    """A legal hold keeps this customer's data as they are."""

    code = "on-hold"
    status = 409


class NoSuchHold(CrmError):
    """There is no standing hold of that id."""

    code = "no-such-hold"
    status = 404


class NoSuchErasure(CrmError):
    """There is no erasure of that id that this could be done with."""

    code = "no-such-erasure"
    status = 404


class NoSuchCustomer(CrmError):
    """There is no customer of that id."""

    code = "no-such-customer"
    status = 404


class NoSuchAnswer(CrmError):
    """There is no answer to a subscriber under this link, or its time is over."""

    code = "no-such-answer"
    status = 404


class LinkOver(CrmError):
    """The link was used, or its time is over."""

    code = "link-over"
    status = 404


class BackupRefused(CrmError):
    """A backup or a restore cannot be done; the message says why and what to do."""

    code = "backup-refused"


# --- the card -----------------------------------------------------------------------------------


class NoSuchContact(CrmError):
    """There is no contact, number, agreement, service point, premises, meter or tariff of that id, or it has ended."""

    code = "no-such-contact"
    status = 404


class ChangedMeanwhile(CrmError):
    """Somebody else changed it since it was shown: what was sent is not written over that."""

    code = "changed-meanwhile"
    status = 409


# --- ledger -------------------------------------------------------------------------------------


class NoSuchHeldReading(CrmError):
    """There is no held reading of that id."""

    code = "no-such-held-reading"
    status = 404


class HeldDecided(CrmError):
    """Somebody decided about this held reading already, or a later reading overtook it."""

    code = "held-decided"
    status = 409


class NoSuchPosting(CrmError):
    """There is no such invoice, payment, adjustment, dispute, promise, plan, notice or approval."""

    code = "no-such-posting"
    status = 404


# --- work ---------------------------------------------------------------------------------------


class NeverWorked(CrmError):
    """The working week has no hours, so nothing can ever be due."""

    code = "never-worked"
    status = 409


class NoSuchWork(CrmError):
    """There is no application, task, rule or contact of that key."""

    code = "no-such-work"
    status = 404


class NoSuchKind(CrmError):
    """There is no such kind of application, or it is retired."""

    code = "no-such-kind"
    status = 422


class NoSuchProcess(CrmError):
    """There is no version of a process, no kind that could have one, or no suggestion, of that key."""

    code = "no-such-process"
    status = 404


class WorkRefused(CrmError):
    """What was wanted of an application, task or contact cannot be done; `code` says why, for each case its own.

    Args:
        code: one of those under "Work" in docs/errors.md.

    """

    code = "work-refused"
    status = 409

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# --- exchange of files -------------------------------------------------------------------------


class NoSuchImport(CrmError):
    """There is no import of that number."""

    code = "no-such-import"
    status = 404


class NoSuchExport(CrmError):
    """There is no export of that number, or none this person may know of."""

    code = "no-such-export"
    status = 404


class ImportOutOfTurn(CrmError):
    """The import is not in a state in which this can be done with it."""

    code = "import-out-of-turn"
    status = 409


class ExportOutOfTurn(CrmError):
    """The export is not in a state in which this can be done with it."""

    code = "export-out-of-turn"
    status = 409


class UndoTooLate(CrmError):
    """The time in which an import can be taken back is over."""

    code = "undo-too-late"
    status = 409


class OwnExport(CrmError):
    """Whoever asked for an export cannot approve it."""

    code = "own-export"
    status = 403


class LinkUsed(CrmError):
    """The link was used once, or its time is over."""

    code = "link-used"
    status = 410


class FileRefused(CrmError):
    """A file cannot be taken as a whole; the message says why and what would be right."""

    code = "file-refused"
    status = 422


class ExportTooLarge(CrmError):
    """The export has more rows than may leave in one file."""

    code = "export-too-large"
    status = 422


class ExportGrew(CrmError):
    """There are more rows by now than somebody was asked about."""

    code = "export-grew"
    status = 409


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


class ErasureRuns(CrmError):
    """One of two customers is being forgotten: nothing is merged until that is over."""

    code = "erasure-runs"
    status = 409


# --- segments, fields, documents ----------------------------------------------------------------


class NoSuchField(CrmError):
    """There is no custom field, or no entity it could belong to, of that key."""

    code = "no-such-field"
    status = 404


class FieldChanged(CrmError):
    """Somebody else changed the definition since it was read; nothing was overwritten."""

    code = "field-changed"
    status = 409


class NoSuchSegment(CrmError):
    """There is no segment, or no frozen list of one, of that key."""

    code = "no-such-segment"
    status = 404


class SegmentChanged(CrmError):
    """Somebody else changed the segment since it was read; nothing was overwritten."""

    code = "segment-changed"
    status = 409


class SegmentBroken(CrmError):
    """A saved segment asks for what is not known any more; the message says for what."""

    code = "segment-broken"
    status = 409


class NoSuchCampaign(CrmError):
    """There is no campaign, no list or no row of one of that key."""

    code = "no-such-campaign"
    status = 404


class CampaignChanged(CrmError):
    """Somebody else changed the campaign meanwhile; nothing was changed."""

    code = "campaign-changed"
    status = 409


class CampaignOutOfTurn(CrmError):
    """A campaign cannot do this step in its state; nothing was changed."""

    code = "campaign-out-of-turn"
    status = 409


class NoSuchTemplate(CrmError):
    """There is no template of that key, or it is retired."""

    code = "no-such-template"
    status = 404


class TemplateChanged(CrmError):
    """Somebody else changed the template since it was read; nothing was overwritten."""

    code = "template-changed"
    status = 409


class NoSuchReport(CrmError):
    """There is no report, schedule or file of that key, or it is another person's."""

    code = "no-such-report"
    status = 404


class ReportChanged(CrmError):
    """Somebody else changed the report or the scheme since it was shown."""

    code = "report-changed"
    status = 409


class ReportTooLarge(CrmError):
    """More rows than one person may take away alone."""

    code = "report-too-large"
    status = 422


class NoSuchGuide(CrmError):
    """There is no article, script or text for notes of that key and version."""

    code = "no-such-guide"
    status = 404


class NoSuchOffer(CrmError):
    """There is no offer of that key."""

    code = "no-such-offer"
    status = 404


class GuideChanged(CrmError):
    """Somebody else changed the guide since it was shown."""

    code = "guide-changed"
    status = 409


class NoSuchDocument(CrmError):
    """There is no document of that key on this account, or its bytes are gone."""

    code = "no-such-document"
    status = 404


class NothingOwed(CrmError):
    """A notice or an arrangement was asked for an account that owes nothing."""

    code = "nothing-owed"
    status = 422


# --- flows of the IVR ------------------------------------------------------------------------


class NoSuchFlow(CrmError):
    """There is no version of a flow, or no mass event, of that key."""

    code = "no-such-flow"
    status = 404


class FlowOutOfTurn(CrmError):
    """The version is at another place of its life, or another one was published since the page was shown."""

    code = "flow-out-of-turn"
    status = 409


# --- prompts and voices ----------------------------------------------------------------------


class NoSuchPrompt(CrmError):
    """There is no prompt of that name and language, or no version of one of that key."""

    code = "no-such-prompt"
    status = 404


class PromptChanged(CrmError):
    """Somebody else changed the prompt since it was read; nothing was overwritten."""

    code = "prompt-changed"
    status = 409


# --- queues and routing rules ----------------------------------------------------------------


class NoSuchPolicy(CrmError):
    """There is no version of the routing rules of that key."""

    code = "no-such-policy"
    status = 404


class PolicyOutOfTurn(CrmError):
    """The version is at another place of its life, or another one was published since the page was shown."""

    code = "policy-out-of-turn"
    status = 409


class NoSuchAlertWay(CrmError):
    """There is no way of that key to tell alerts."""

    code = "no-such-alert-way"
    status = 404


class NoSuchQueue(CrmError):
    """There is no queue of that name."""

    code = "no-such-queue"
    status = 404


class NoSuchOperator(CrmError):
    """There is no operator of that key who may serve callers."""

    code = "no-such-operator"
    status = 404


# --- call-backs ------------------------------------------------------------------------------


class NoSuchCallback(CrmError):
    """There is no call-back, or no message, of that key."""

    code = "no-such-callback"
    status = 404


class CallbackOutOfTurn(CrmError):
    """The call-back is at another place of its life by now."""

    code = "callback-out-of-turn"
    status = 409


# --- transfers and conferences ---------------------------------------------------------------


class NoSuchTransferNumber(CrmError):
    """There is no number of that key to pass callers on to, or not for this operator."""

    code = "no-such-transfer-number"
    status = 404


class TransferNumberTaken(CrmError):
    """The number stands on the list already."""

    code = "transfer-number-taken"
    status = 409


# --- recordings ------------------------------------------------------------------------------


class NoSuchRecording(CrmError):
    """There is no recording, or no rule, of that key; one that was shredded is none any more."""

    code = "no-such-recording"
    status = 404


class RecordingKeyMissing(CrmError):
    """The key that recordings are sealed with is not set, or one that seals old ones was taken away."""

    code = "recording-key-missing"
    status = 503


class RecordingSpoiled(CrmError):
    """A sealed recording is gone, cut off, or not what it was when it was sealed."""

    code = "recording-spoiled"
    status = 500


class RecordingOutOfTurn(CrmError):
    """The recording is at another place of its life, or the rule was changed since the page was shown."""

    code = "recording-out-of-turn"
    status = 409


# --- nodes, trunks, endpoints ----------------------------------------------------------------


class NoSuchTrunk(CrmError):
    """There is no trunk of that key, or no alert of the line."""

    code = "no-such-trunk"
    status = 404


class TrunkTaken(CrmError):
    """Another trunk has this name."""

    code = "trunk-taken"
    status = 409


# --- workforce -------------------------------------------------------------------------------


class NoSuchShift(CrmError):
    """There is no such shift, kind of shift or request for leave."""

    code = "no-such-shift"
    status = 404


class LeaveOutOfTurn(CrmError):
    """The request for leave was decided or withdrawn meanwhile."""

    code = "leave-out-of-turn"
    status = 409


# --- quality of calls -------------------------------------------------------------------------


class NoSuchEvaluation(CrmError):
    """There is no such evaluation, form, rule of choosing, calibration or collection for this person."""

    code = "no-such-evaluation"
    status = 404


class EvaluationOutOfTurn(CrmError):
    """The evaluation, form or calibration was moved on meanwhile."""

    code = "evaluation-out-of-turn"
    status = 409


# --- what all of them share -----------------------------------------------------------------------


def first_line(error: BaseException | None) -> str:
    """Return what an error says, without the lines that servers and drivers add for programmers."""
    return (str(error).strip().splitlines() or ["no reason given"])[0]
