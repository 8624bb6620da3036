"""Who may ask for what: every route with the action it stands for, in one table (pure).

Which role may do which action is decided in `crm_core.access`. A route that is not in the table cannot be
added to the application, so nothing is public by accident.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from crm_core import access
from crm_core.access import Action, Role


class Door(StrEnum):
    """Routes that no single action stands for."""

    PUBLIC = "public"
    """For people who are not signed in yet, and for machines."""
    SIGNED_IN = "signed_in"
    """For everybody with a session."""


ROUTES: Mapping[tuple[str, str], Action | Door] = {
    ("GET", "/"): Door.PUBLIC,
    ("GET", "/health"): Door.PUBLIC,
    ("GET", "/sign-in"): Door.PUBLIC,
    ("POST", "/sign-in"): Door.PUBLIC,
    ("POST", "/sign-out"): Door.SIGNED_IN,
    ("GET", "/desk"): Action.TAKE_CALLS,
    ("GET", "/floor"): Action.SEE_FLOOR,
    ("GET", "/design"): Door.SIGNED_IN,
    ("GET", "/ws"): Action.TAKE_CALLS,
    ("GET", "/ws/floor"): Action.SEE_FLOOR,
    # A wallboard has a ticket of its own (workstation/walls.py).
    ("GET", "/wall"): Door.PUBLIC,
    ("GET", "/ws/wall"): Door.PUBLIC,
    ("POST", "/api/floor/wall"): Action.LEAD,
    ("GET", "/api/phone"): Action.TAKE_CALLS,
    ("GET", "/api/floor/phone"): Action.LISTEN,
    ("POST", "/api/floor/help"): Action.LISTEN,
    ("POST", "/api/floor/state"): Action.LEAD,
    ("POST", "/api/floor/say"): Action.LEAD,
    ("POST", "/api/floor/hand"): Action.LEAD,
    ("POST", "/api/floor/move"): Action.LEAD,
    ("GET", "/api/floor/skills"): Action.LEAD,
    ("POST", "/api/floor/skills"): Action.LEAD,
    ("GET", "/api/search"): Action.SEARCH,
    ("GET", "/api/card/{account_id}"): Action.SEE_CARD,
    ("GET", "/api/timeline/{account_id}"): Action.SEE_CARD,
    ("POST", "/api/readings"): Action.SUBMIT_READING,
    ("POST", "/api/calls/{call_id}/close"): Action.TAKE_CALLS,
    # forms of the one screen
    ("GET", "/api/panels/{account_id}/promise"): Action.RECORD_PROMISE,
    ("POST", "/api/panels/{account_id}/promise"): Action.RECORD_PROMISE,
    ("GET", "/api/panels/{account_id}/plan"): Action.RECORD_PROMISE,
    ("POST", "/api/panels/{account_id}/plan"): Action.RECORD_PROMISE,
    ("GET", "/api/panels/{account_id}/application"): Action.FILE_APPLICATION,
    ("POST", "/api/panels/{account_id}/application"): Action.FILE_APPLICATION,
    ("GET", "/api/panels/{account_id}/task"): Action.WORK_TASK,
    ("POST", "/api/panels/{account_id}/task"): Action.WORK_TASK,
    ("GET", "/api/panels/{account_id}/contact"): Action.CHANGE_CUSTOMER,
    ("POST", "/api/panels/{account_id}/contact"): Action.CHANGE_CUSTOMER,
    ("GET", "/api/panels/{account_id}/consent"): Action.CHANGE_CUSTOMER,
    ("POST", "/api/panels/{account_id}/consent"): Action.CHANGE_CUSTOMER,
    ("GET", "/api/panels/{account_id}/document"): Action.MAKE_DOCUMENT,
    ("POST", "/api/panels/{account_id}/document"): Action.MAKE_DOCUMENT,
    ("GET", "/api/panels/{account_id}/notice"): Action.SEND_MESSAGE,
    ("POST", "/api/panels/{account_id}/notice"): Action.SEND_MESSAGE,
    ("GET", "/api/notes"): Action.TAKE_CALLS,
    ("GET", "/api/notes/{account_id}"): Action.TAKE_CALLS,
    ("GET", "/api/guides"): Action.TAKE_CALLS,
    ("GET", "/api/guides/{guide_id}"): Action.TAKE_CALLS,
    ("POST", "/api/guides/{guide_id}/mark"): Action.TAKE_CALLS,
    ("POST", "/api/guides/{guide_id}/walk"): Action.TAKE_CALLS,
    ("POST", "/api/panels/{account_id}/advice"): Action.TAKE_CALLS,
    ("POST", "/api/keys"): Door.SIGNED_IN,
    ("GET", "/language"): Door.SIGNED_IN,
    ("POST", "/language"): Door.SIGNED_IN,
    ("GET", "/my/day"): Action.TAKE_CALLS,
    # office and tokens
    ("GET", "/office"): Door.SIGNED_IN,
    ("GET", "/office/jobs"): Door.SIGNED_IN,
    ("GET", "/office/jobs/{job_id}"): Door.SIGNED_IN,
    ("GET", "/office/jobs/{job_id}/events"): Door.SIGNED_IN,
    ("POST", "/office/jobs/{job_id}/cancel"): Door.SIGNED_IN,
    ("GET", "/office/tokens"): Action.MANAGE_TOKENS,
    ("POST", "/office/tokens"): Action.MANAGE_TOKENS,
    ("POST", "/office/tokens/{token_id}/end"): Action.MANAGE_TOKENS,
    # access and audit
    ("POST", "/api/reasons"): Action.SEE_CARD,
    ("POST", "/api/reveal"): Action.UNMASK,
    ("POST", "/office/reasons"): Action.SEE_CARD,
    ("GET", "/office/access"): Action.SEE_ACCESS_LOG,
    ("GET", "/office/audit"): Action.SEE_ACCESS_LOG,
    ("GET", "/office/alerts"): Action.SEE_ACCESS_LOG,
    ("POST", "/office/alerts/{alert_id}"): Action.ACKNOWLEDGE_ALERT,
    ("GET", "/office/retention"): Action.RETAIN,
    ("POST", "/office/retention/rules/{kind}"): Action.RETAIN,
    ("POST", "/office/retention/sweep"): Action.RETAIN,
    ("GET", "/office/retention/holds"): Action.RETAIN,
    ("POST", "/office/retention/holds"): Action.RETAIN,
    ("POST", "/office/retention/holds/{hold_id}/lift"): Action.RETAIN,
    ("GET", "/office/erasures"): Action.APPROVE_ERASURE,
    ("POST", "/office/erasures"): Action.ERASE,
    ("POST", "/office/erasures/{erasure_id}/{move}"): Action.APPROVE_ERASURE,
    ("GET", "/office/retention/answers"): Action.ANSWER_SUBJECT,
    ("POST", "/office/retention/answers"): Action.ANSWER_SUBJECT,
    ("GET", "/office/retention/answers/{answer_id}/file"): Action.ANSWER_SUBJECT,
    ("GET", "/office/people"): Action.MANAGE_USERS,
    ("POST", "/office/people"): Action.MANAGE_USERS,
    ("GET", "/office/people/{user_id}"): Action.MANAGE_USERS,
    ("POST", "/office/people/{user_id}"): Action.MANAGE_USERS,
    ("POST", "/office/people/{user_id}/disable"): Action.MANAGE_USERS,
    ("POST", "/office/people/{user_id}/enable"): Action.MANAGE_USERS,
    ("POST", "/office/people/{user_id}/link"): Action.MANAGE_USERS,
    ("GET", "/password/{token}"): Door.PUBLIC,
    ("POST", "/password/{token}"): Door.PUBLIC,
    # the card
    ("GET", "/office/customers/{customer_id}"): Action.SEE_CARD,
    ("POST", "/office/customers/{customer_id}"): Action.CHANGE_CUSTOMER,
    ("GET", "/office/customers/{customer_id}/contacts/new"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/customers/{customer_id}/contacts"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/customers/{customer_id}/consents"): Action.CHANGE_CUSTOMER,
    ("GET", "/office/customer-contacts/{contact_id}"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/customer-contacts/{contact_id}"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/customer-contacts/{contact_id}/verify"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/customer-contacts/{contact_id}/numbers"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/numbers/{number_id}"): Action.CHANGE_CUSTOMER,
    ("GET", "/office/accounts/{account_id}/agreements/new"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/accounts/{account_id}/agreements"): Action.CHANGE_CUSTOMER,
    ("GET", "/office/agreements/{agreement_id}"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/agreements/{agreement_id}"): Action.CHANGE_CUSTOMER,
    ("GET", "/office/accounts/{account_id}/points/new"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/accounts/{account_id}/points"): Action.CHANGE_CUSTOMER,
    ("GET", "/office/points/{point_id}"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/points/{point_id}"): Action.CHANGE_CUSTOMER,
    ("GET", "/office/accounts/{account_id}/billing"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/accounts/{account_id}/billing"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/accounts/{account_id}/pin"): Action.CHANGE_CUSTOMER,
    ("GET", "/office/premises/{premises_id}"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/premises/{premises_id}"): Action.CHANGE_CUSTOMER,
    ("GET", "/office/meters/{meter_id}"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/meters/{meter_id}"): Action.CHANGE_CUSTOMER,
    ("GET", "/office/tariffs"): Action.MANAGE_MONEY_RULES,
    ("POST", "/office/tariffs"): Action.MANAGE_MONEY_RULES,
    # ledger
    ("GET", "/office/accounts/{account_id}/ledger"): Action.SEE_LEDGER,
    ("POST", "/office/accounts/{account_id}/payments"): Action.POST_PAYMENT,
    ("POST", "/office/accounts/{account_id}/payments/{paid_on}/{seq}/reversal"): Action.POST_PAYMENT,
    ("POST", "/office/accounts/{account_id}/adjustments"): Action.POST_ADJUSTMENT,
    ("POST", "/office/accounts/{account_id}/penalties"): Action.POST_ADJUSTMENT,
    ("POST", "/office/accounts/{account_id}/promises"): Action.RECORD_PROMISE,
    ("POST", "/office/accounts/{account_id}/promises/{promise_id}/call-off"): Action.RECORD_PROMISE,
    ("POST", "/office/accounts/{account_id}/plans"): Action.RECORD_PROMISE,
    ("POST", "/office/accounts/{account_id}/plans/{plan_id}/call-off"): Action.RECORD_PROMISE,
    ("POST", "/office/accounts/{account_id}/notices"): Action.RECORD_PROMISE,
    ("POST", "/office/accounts/{account_id}/notices/{notice_id}/told"): Action.RECORD_PROMISE,
    ("GET", "/office/accounts/{account_id}/readings"): Action.SEE_LEDGER,
    ("POST", "/office/accounts/{account_id}/readings"): Action.CONFIRM_READING,
    ("POST", "/office/accounts/{account_id}/meters/{meter_id}/exchange"): Action.CONFIRM_READING,
    ("POST", "/office/accounts/{account_id}/meters/{meter_id}/no-reads"): Action.CONFIRM_READING,
    ("POST", "/office/accounts/{account_id}/disputes"): Action.RAISE_DISPUTE,
    ("POST", "/office/accounts/{account_id}/restrictions"): Action.ORDER_RESTRICTION,
    ("POST", "/office/accounts/{account_id}/restrictions/{order_id}/step"): Action.ORDER_RESTRICTION,
    ("POST", "/office/accounts/{account_id}/disputes/{dispute_id}/settlement"): Action.SETTLE_DISPUTE,
    ("GET", "/office/approvals"): Action.APPROVE_ADJUSTMENT,
    ("POST", "/office/approvals/{approval_id}"): Action.APPROVE_ADJUSTMENT,
    ("GET", "/office/readings/held"): Action.CONFIRM_READING,
    ("POST", "/office/readings/held/{held_id}"): Action.CONFIRM_READING,
    ("GET", "/office/rules/readings"): Action.MANAGE_MONEY_RULES,
    ("POST", "/office/rules/readings"): Action.MANAGE_MONEY_RULES,
    ("GET", "/office/rules/money"): Action.MANAGE_MONEY_RULES,
    ("POST", "/office/rules/money"): Action.MANAGE_MONEY_RULES,
    # work
    ("GET", "/office/applications"): Action.WORK_APPLICATION,
    ("GET", "/office/applications/new"): Action.FILE_APPLICATION,
    ("POST", "/office/applications/new"): Action.FILE_APPLICATION,
    ("GET", "/office/applications/{application_id}"): Action.WORK_APPLICATION,
    ("POST", "/office/applications/{application_id}/steps"): Action.WORK_APPLICATION,
    ("POST", "/office/applications/{application_id}/assignment"): Action.WORK_APPLICATION,
    ("POST", "/office/applications/{application_id}/deadline"): Action.WORK_APPLICATION,
    ("POST", "/office/applications/{application_id}/form"): Action.WORK_APPLICATION,
    ("POST", "/office/applications/{application_id}/comments"): Action.WORK_APPLICATION,
    ("POST", "/office/applications/{application_id}/files"): Action.WORK_APPLICATION,
    ("GET", "/office/applications/{application_id}/files/{file_id}"): Action.WORK_APPLICATION,
    ("GET", "/office/application-kinds"): Action.MANAGE_FORMS,
    ("GET", "/office/application-kinds/form"): Action.MANAGE_FORMS,
    ("POST", "/office/application-kinds/form"): Action.MANAGE_FORMS,
    ("POST", "/office/application-kinds/retirement"): Action.MANAGE_FORMS,
    ("GET", "/office/tasks"): Action.WORK_TASK,
    ("POST", "/office/tasks"): Action.WORK_TASK,
    ("GET", "/office/tasks/{task_id}"): Action.WORK_TASK,
    ("POST", "/office/tasks/{task_id}/steps"): Action.WORK_TASK,
    ("POST", "/office/tasks/{task_id}/assignment"): Action.WORK_TASK,
    ("GET", "/office/teams"): Action.MANAGE_FORMS,
    ("POST", "/office/teams"): Action.MANAGE_FORMS,
    ("POST", "/office/teams/hours"): Action.MANAGE_FORMS,
    ("POST", "/office/teams/days"): Action.MANAGE_FORMS,
    ("GET", "/office/signals"): Action.MANAGE_SIGNALS,
    ("GET", "/office/signals/form"): Action.MANAGE_SIGNALS,
    ("POST", "/office/signals/form"): Action.MANAGE_SIGNALS,
    ("GET", "/office/signals/{rule_id}"): Action.MANAGE_SIGNALS,
    ("POST", "/office/signals/{rule_id}/preview"): Action.MANAGE_SIGNALS,
    ("POST", "/office/signals/{rule_id}/switch"): Action.MANAGE_SIGNALS,
    ("GET", "/office/interactions"): Action.CORRECT_CONTACT,
    ("GET", "/office/interactions/new"): Action.CORRECT_CONTACT,
    ("POST", "/office/interactions/new"): Action.CORRECT_CONTACT,
    ("GET", "/office/interactions/{interaction_id}"): Action.SEE_CARD,
    ("POST", "/office/interactions/{interaction_id}/corrections"): Action.CORRECT_CONTACT,
    ("POST", "/office/interactions/{interaction_id}/corrections/{entry_id}"): Action.CORRECT_CONTACT,
    ("GET", "/office/corrections"): Action.CORRECT_CONTACT,
    ("GET", "/office/dispositions"): Action.MANAGE_FORMS,
    ("GET", "/office/dispositions/form"): Action.MANAGE_FORMS,
    ("POST", "/office/dispositions/form"): Action.MANAGE_FORMS,
    ("POST", "/office/dispositions/retirement"): Action.MANAGE_FORMS,
    # exchange of files
    ("GET", "/office/imports"): Action.IMPORT,
    ("POST", "/office/imports"): Action.IMPORT,
    ("GET", "/office/imports/{import_id}"): Action.IMPORT,
    ("GET", "/office/imports/{import_id}/rejected"): Action.IMPORT,
    ("GET", "/office/imports/{import_id}/kept"): Action.IMPORT,
    ("POST", "/office/imports/{import_id}/judge"): Action.IMPORT,
    ("POST", "/office/imports/{import_id}/commit"): Action.IMPORT,
    ("POST", "/office/imports/{import_id}/cancel"): Action.IMPORT,
    ("POST", "/office/imports/{import_id}/undo"): Action.IMPORT,
    ("GET", "/office/exports"): Action.EXPORT,
    ("POST", "/office/exports"): Action.EXPORT,
    ("GET", "/office/exports/{export_id}"): Action.EXPORT,
    ("POST", "/office/exports/{export_id}/approve"): Action.APPROVE_EXPORT,
    ("POST", "/office/exports/{export_id}/refuse"): Action.APPROVE_EXPORT,
    ("POST", "/office/exports/{export_id}/link"): Action.EXPORT,
    ("GET", "/office/exports/{export_id}/file/{token}"): Action.EXPORT,
    # search and duplicates
    ("GET", "/office/duplicates"): Action.MERGE,
    ("POST", "/office/duplicates/search"): Action.MERGE,
    ("GET", "/office/duplicates/{pair_id}"): Action.MERGE,
    ("POST", "/office/duplicates/{pair_id}/merge"): Action.MERGE,
    ("POST", "/office/duplicates/{pair_id}/decide"): Action.MERGE,
    ("GET", "/office/merges"): Action.MERGE,
    ("GET", "/office/merges/{merge_id}"): Action.MERGE,
    ("POST", "/office/merges/{merge_id}/undo"): Action.MERGE,
    # reports
    ("GET", "/office/reports"): Action.SEE_REPORTS,
    ("GET", "/office/reports/design"): Action.DESIGN_REPORTS,
    ("POST", "/office/reports/design"): Action.DESIGN_REPORTS,
    ("POST", "/office/reports/design/build"): Action.DESIGN_REPORTS,
    ("GET", "/office/reports/schedules"): Action.SCHEDULE_REPORTS,
    ("POST", "/office/reports/schedules"): Action.SCHEDULE_REPORTS,
    ("POST", "/office/reports/schedules/{schedule_id}/end"): Action.SCHEDULE_REPORTS,
    ("POST", "/office/reports/files/{file_id}"): Action.SEE_REPORTS,
    ("GET", "/office/reports/{code}"): Action.SEE_REPORTS,
    ("GET", "/office/reports/{code}/rows"): Action.SEE_REPORTS,
    ("POST", "/office/reports/{code}/file"): Action.EXPORT_REPORTS,
    ("GET", "/office/reports/{code}/shares"): Action.SHARE_REPORTS,
    ("POST", "/office/reports/{code}/shares"): Action.SHARE_REPORTS,
    ("POST", "/office/reports/{code}/retire"): Action.DESIGN_REPORTS,
    ("GET", "/report-files/{token}"): Door.PUBLIC,
    ("POST", "/report-files/{token}"): Door.PUBLIC,
    ("GET", "/office/kpi"): Action.SEE_REPORTS,
    ("GET", "/office/kpi/{code}"): Action.SEE_REPORTS,
    ("POST", "/office/kpi/{code}"): Action.MANAGE_KPI,
    # campaigns
    ("GET", "/office/campaigns"): Action.SEE_CAMPAIGN,
    ("GET", "/office/campaigns/new"): Action.MANAGE_CAMPAIGNS,
    ("POST", "/office/campaigns/new"): Action.MANAGE_CAMPAIGNS,
    ("POST", "/office/campaigns/broken-promises"): Action.MANAGE_CAMPAIGNS,
    ("POST", "/office/campaigns/files"): Action.MANAGE_CAMPAIGNS,
    ("GET", "/office/campaigns/kept"): Action.SEE_CAMPAIGN,
    ("GET", "/office/campaigns/{campaign_id}"): Action.SEE_CAMPAIGN,
    ("GET", "/office/campaigns/{campaign_id}/live"): Action.SEE_CAMPAIGN,
    ("GET", "/office/campaigns/{campaign_id}/edit"): Action.MANAGE_CAMPAIGNS,
    ("POST", "/office/campaigns/{campaign_id}/edit"): Action.MANAGE_CAMPAIGNS,
    ("POST", "/office/campaigns/{campaign_id}/segment"): Action.MANAGE_CAMPAIGNS,
    ("POST", "/office/campaigns/{campaign_id}/check"): Action.RUN_CAMPAIGN,
    ("POST", "/office/campaigns/{campaign_id}/steps"): Action.RUN_CAMPAIGN,
    ("GET", "/office/campaigns/{campaign_id}/ledger"): Action.SEE_CAMPAIGN,
    ("GET", "/office/campaigns/{campaign_id}/ledger.xlsx"): Action.SEE_CAMPAIGN,
    ("GET", "/office/campaigns/{campaign_id}/accounts/{account_id}"): Action.SEE_CAMPAIGN,
    ("GET", "/office/campaigns/{campaign_id}/accounts/{account_id}/evidence"): Action.SEE_CAMPAIGN,
    ("POST", "/office/campaigns/{campaign_id}/accounts/{account_id}/removal"): Action.MANAGE_CAMPAIGNS,
    ("POST", "/office/campaigns/{campaign_id}/accounts/{account_id}/outcome"): Action.RUN_CAMPAIGN,
    ("GET", "/office/contact-law"): Action.SEE_CAMPAIGN,
    ("GET", "/office/contact-law/{code}"): Action.SEE_CAMPAIGN,
    ("POST", "/office/contact-law/{code}"): Action.MANAGE_CONTACT_LAW,
    ("POST", "/office/contact-law/{code}/publish"): Action.MANAGE_CONTACT_LAW,
    ("GET", "/office/do-not-call"): Action.SEE_CAMPAIGN,
    ("POST", "/office/do-not-call"): Action.MANAGE_CONTACT_LAW,
    ("POST", "/office/do-not-call/lift"): Action.MANAGE_CONTACT_LAW,
    # workforce
    ("GET", "/office/workforce"): Action.PLAN_WORK,
    ("GET", "/office/workforce/days/{day}"): Action.PLAN_WORK,
    ("POST", "/office/workforce/days/{day}/shifts"): Action.PLAN_WORK,
    ("POST", "/office/workforce/forecast"): Action.PLAN_WORK,
    ("POST", "/office/workforce/roster"): Action.PLAN_WORK,
    ("POST", "/office/workforce/publish"): Action.PLAN_WORK,
    ("POST", "/office/workforce/discard"): Action.PLAN_WORK,
    ("GET", "/office/workforce/now"): Action.PLAN_WORK,
    ("GET", "/office/workforce/rules"): Action.PLAN_WORK,
    ("POST", "/office/workforce/rules"): Action.PLAN_WORK,
    ("GET", "/office/shift-patterns"): Action.PLAN_WORK,
    ("POST", "/office/shift-patterns"): Action.PLAN_WORK,
    ("POST", "/office/shift-patterns/{code}/retirement"): Action.PLAN_WORK,
    ("GET", "/office/leave"): Action.DECIDE_LEAVE,
    ("POST", "/office/leave/{row_id}"): Action.DECIDE_LEAVE,
    ("GET", "/my/shifts"): Action.TAKE_CALLS,
    ("GET", "/my/shifts/today"): Action.TAKE_CALLS,
    ("POST", "/my/leave"): Action.TAKE_CALLS,
    ("POST", "/my/leave/{row_id}/withdrawal"): Action.TAKE_CALLS,
    # segments, fields, documents
    ("GET", "/office/segments"): Action.SEE_SEGMENT,
    ("GET", "/office/segments/{segment_id}"): Action.SEE_SEGMENT,
    ("POST", "/office/segments/{segment_id}"): Action.MANAGE_SEGMENTS,
    ("POST", "/office/segments/{segment_id}/build"): Action.MANAGE_SEGMENTS,
    ("POST", "/office/segments/{segment_id}/retire"): Action.MANAGE_SEGMENTS,
    ("POST", "/office/segments/{segment_id}/lists"): Action.MANAGE_SEGMENTS,
    ("GET", "/office/fields"): Action.MANAGE_FIELDS,
    ("POST", "/office/fields"): Action.MANAGE_FIELDS,
    ("GET", "/office/fields/{field_id}"): Action.MANAGE_FIELDS,
    ("POST", "/office/fields/{field_id}"): Action.MANAGE_FIELDS,
    ("GET", "/office/accounts/{account_id}/fields"): Action.CHANGE_CUSTOMER,
    ("POST", "/office/accounts/{account_id}/fields"): Action.CHANGE_CUSTOMER,
    ("GET", "/office/templates"): Action.MANAGE_TEMPLATES,
    ("GET", "/office/templates/{template_id}"): Action.MANAGE_TEMPLATES,
    ("POST", "/office/templates/{template_id}"): Action.MANAGE_TEMPLATES,
    ("GET", "/office/accounts/{account_id}/documents"): Action.MAKE_DOCUMENT,
    ("POST", "/office/accounts/{account_id}/documents"): Action.MAKE_DOCUMENT,
    ("GET", "/office/accounts/{account_id}/documents/{document_id}"): Action.MAKE_DOCUMENT,
    ("GET", "/office/advice"): Action.MANAGE_ADVICE,
    ("POST", "/office/advice"): Action.MANAGE_ADVICE,
    ("GET", "/office/offers"): Action.MANAGE_ADVICE,
    ("GET", "/office/offers/{offer_id}"): Action.MANAGE_ADVICE,
    ("POST", "/office/offers/{offer_id}"): Action.MANAGE_ADVICE,
    ("GET", "/office/guides"): Action.MANAGE_GUIDES,
    ("GET", "/office/guides/{guide_id}"): Action.MANAGE_GUIDES,
    ("POST", "/office/guides/{guide_id}"): Action.MANAGE_GUIDES,
    # flows of the IVR
    ("GET", "/office/flows"): Action.MANAGE_FLOWS,
    ("GET", "/office/flows/new"): Action.MANAGE_FLOWS,
    ("POST", "/office/flows/new"): Action.MANAGE_FLOWS,
    ("GET", "/office/flows/events"): Action.MANAGE_FLOWS,
    ("POST", "/office/flows/events"): Action.MANAGE_FLOWS,
    ("POST", "/office/flows/events/{event_id}/end"): Action.MANAGE_FLOWS,
    ("GET", "/office/flows/{version_id}"): Action.MANAGE_FLOWS,
    ("POST", "/office/flows/{version_id}/publish"): Action.MANAGE_FLOWS,
    ("POST", "/office/flows/{version_id}/discard"): Action.MANAGE_FLOWS,
    # prompts and voices
    ("GET", "/office/voices"): Action.MANAGE_VOICES,
    ("GET", "/office/voices/{language}/{prompt}"): Action.MANAGE_VOICES,
    ("POST", "/office/voices/{language}/{prompt}"): Action.MANAGE_VOICES,
    ("GET", "/office/voices/{language}/{prompt}/sound"): Action.MANAGE_VOICES,
    ("POST", "/office/voices/{language}/{prompt}/recordings"): Action.MANAGE_VOICES,
    ("POST", "/office/voices/{language}/{prompt}/recordings/back"): Action.MANAGE_VOICES,
    ("POST", "/office/voices/{language}/{prompt}/versions/{version_id}"): Action.MANAGE_VOICES,
    # queues and routing rules
    ("GET", "/office/routing"): Action.MANAGE_ROUTING,
    ("GET", "/office/routing/new"): Action.MANAGE_ROUTING,
    ("POST", "/office/routing/new"): Action.MANAGE_ROUTING,
    ("GET", "/office/routing/{version_id}"): Action.MANAGE_ROUTING,
    ("POST", "/office/routing/{version_id}/publish"): Action.MANAGE_ROUTING,
    ("POST", "/office/routing/{version_id}/discard"): Action.MANAGE_ROUTING,
    ("POST", "/office/routing/{version_id}/trial"): Action.MANAGE_ROUTING,
    ("GET", "/office/routing/trials/{job_id}"): Action.MANAGE_ROUTING,
    ("GET", "/office/queues"): Action.MANAGE_ROUTING,
    ("GET", "/office/queues/new"): Action.MANAGE_ROUTING,
    ("POST", "/office/queues/new"): Action.MANAGE_ROUTING,
    ("GET", "/office/queues/{code}"): Action.MANAGE_ROUTING,
    ("POST", "/office/queues/{code}"): Action.MANAGE_ROUTING,
    ("GET", "/office/skills"): Action.MANAGE_ROUTING,
    ("POST", "/office/skills"): Action.MANAGE_ROUTING,
    # call-backs
    ("GET", "/office/callbacks"): Action.SEE_CALLBACKS,
    ("POST", "/office/callbacks"): Action.SEE_CALLBACKS,
    ("GET", "/office/callbacks/messages"): Action.SEE_CALLBACKS,
    ("GET", "/office/callbacks/messages/{message_id}/sound"): Action.SEE_CALLBACKS,
    ("GET", "/office/callbacks/{callback_id}"): Action.SEE_CALLBACKS,
    ("POST", "/office/callbacks/{callback_id}/cancel"): Action.SEE_CALLBACKS,
    ("POST", "/office/callbacks/{callback_id}/move"): Action.SEE_CALLBACKS,
    # transfers and conferences
    ("GET", "/api/transfer/targets"): Action.TAKE_CALLS,
    ("POST", "/api/calls/{call_id}/pass"): Action.TAKE_CALLS,
    ("GET", "/office/transfer-numbers"): Action.MANAGE_RECORDING,
    ("POST", "/office/transfer-numbers"): Action.MANAGE_RECORDING,
    ("POST", "/office/transfer-numbers/{row_id}"): Action.MANAGE_RECORDING,
    ("POST", "/office/transfer-numbers/{row_id}/removal"): Action.MANAGE_RECORDING,
    # recordings
    ("GET", "/office/recordings"): Action.HEAR_RECORDING,
    ("GET", "/office/recordings/{recording_id}"): Action.HEAR_RECORDING,
    ("GET", "/office/recordings/{recording_id}/audio"): Action.HEAR_RECORDING,
    ("POST", "/office/recordings/{recording_id}/finding"): Action.MANAGE_RECORDING,
    ("GET", "/office/recording-rules"): Action.MANAGE_RECORDING,
    ("POST", "/office/recording-rules"): Action.MANAGE_RECORDING,
    ("POST", "/office/recording-rules/{rule_id}/end"): Action.MANAGE_RECORDING,
    # nodes, trunks, endpoints
    ("GET", "/office/nodes"): Action.SEE_FLOOR,
    ("GET", "/office/nodes/telephones"): Action.SEE_FLOOR,
    ("GET", "/office/nodes/checks"): Action.SEE_FLOOR,
    ("GET", "/office/nodes/alerts"): Action.SEE_FLOOR,
    ("POST", "/office/nodes/queue"): Action.MANAGE_LINES,
    ("POST", "/office/nodes/telephones"): Action.MANAGE_LINES,
    ("GET", "/office/nodes/trunks/new"): Action.MANAGE_LINES,
    ("POST", "/office/nodes/trunks/new"): Action.MANAGE_LINES,
    ("GET", "/office/nodes/trunks/{trunk_id}"): Action.MANAGE_LINES,
    ("POST", "/office/nodes/trunks/{trunk_id}"): Action.MANAGE_LINES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is signed in, for the time of one session."""

    user_id: int
    login: str
    name: str
    role: Role
    extension: str
    """Telephone line, "" for people without one."""
    language: str
    """Of the screen."""
    languages: tuple[str, ...]
    """Spoken with callers."""
    skills: tuple[str, ...]
    csrf: str
    """Token of this session for unsafe methods."""
    token: str
    """The session's cookie; never shown, never logged."""

    @property
    def session(self) -> str:
        """What the access log calls this session: a beginning of the hash of its token."""
        return hashlib.sha256(self.token.encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def home(self) -> str:
        """Page this person works on."""
        if self.takes_calls:
            return "/desk"
        return "/floor" if self.sees_floor else "/office"

    @property
    def takes_calls(self) -> bool:
        """Whether this person sits at a desk."""
        return access.may(self.role, Action.TAKE_CALLS)

    @property
    def helps(self) -> bool:
        """Whether this person has a telephone by which operators are helped."""
        return access.may(self.role, Action.LISTEN)

    @property
    def sees_floor(self) -> bool:
        """Whether this person watches the floor."""
        return access.may(self.role, Action.SEE_FLOOR)


def may(role: Role | None, method: str, path: str) -> bool:
    """Say whether a role may use a route (`path` is the route's template).

    Args:
        role: of the signed-in person, None for nobody.
        method: HTTP method; HEAD is judged as GET.
        path: as in `ROUTES`.

    Raises:
        KeyError: the route is not in the table.

    """
    rule = ROUTES["GET" if method == "HEAD" else method, path]
    if isinstance(rule, Door):
        return rule is Door.PUBLIC or role is not None
    return role is not None and access.may(role, rule)
