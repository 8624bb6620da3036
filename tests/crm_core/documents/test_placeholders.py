"""Templates: what they may say, and what is refused before it is saved (AC31)."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError

from crm_core.documents.placeholders import COLLECTIONS, FAULTS, LONGEST, SCALARS
from crm_core.documents.render import Sandbox, judge
from crm_core.documents.shipped import shipped
from crm_core.documents.wording import Wording
from tests.crm_core.documents.test_printing import drawn

FACTS = drawn("balance", "en").content
pytestmark = pytest.mark.unit


def codes(body: str) -> list[str]:
    return [fault.code for fault in judge(body)]


def test_the_templates_that_come_with_the_house_say_nothing_they_may_not() -> None:
    found = shipped()
    assert len(found) == 8
    assert {(one.code, one.language): judge(one.body) for one in found if judge(one.body)} == {}
    assert all(one.title for one in found)


def test_every_listed_placeholder_may_be_named() -> None:
    for name, attributes in SCALARS.items():
        for attribute in attributes:
            assert codes(f"{{{{ {name}.{attribute} }}}}") == []
    for name, attributes in COLLECTIONS.items():
        for attribute in attributes:
            assert codes(f"{{% for one in {name} %}}{{{{ one.{attribute} }}}}{{% endfor %}}") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{{7*7}}", "template-not-allowed"),
        ("{{ 49 }}", "template-not-allowed"),
        ("{{ 'x' }}", "template-not-allowed"),
        ("{{ customer.secret }}", "template-attribute"),
        ("{{ customer.__class__ }}", "template-attribute"),
        ("{{ customer.__class__.__mro__ }}", "template-not-allowed"),
        ("{{ ''.__class__ }}", "template-not-allowed"),
        ("{{ account['number'] }}", "template-not-allowed"),
        ("{{ account.number.upper() }}", "template-not-allowed"),
        ("{{ lipsum() }}", "template-not-allowed"),
        ("{{ cycler }}", "template-placeholder"),
        ("{{ config.items }}", "template-placeholder"),
        ("{{ self._TemplateReference__context }}", "template-placeholder"),
        ("{{ account.number|attr('x') }}", "template-filter"),
        ("{{ account.number|safe }}", "template-filter"),
        ("{{ invoices|map('x') }}", "template-filter"),
        ("{{ account.balance|money('USD') }}", "template-filter"),
        ("{{ 'a' ~ 'b' }}", "template-not-allowed"),
        ("{{ account.number if 1 else 2 }}", "template-not-allowed"),
        ("{% for x in customer %}{% endfor %}", "template-loop"),
        ("{% for x in 'abc' %}{% endfor %}", "template-loop"),
        ("{% for x in range(9) %}{% endfor %}", "template-loop"),
        ("{% for a, b in invoices %}{% endfor %}", "template-loop"),
        ("{% for x in invoices if x.amount %}{% endfor %}", "template-loop"),
        ("{% for x in invoices %}{% for y in payments %}{% endfor %}{% endfor %}", "template-loop"),
        ("{% for account in invoices %}{% endfor %}", "template-loop"),
        ("{% for x in invoices %}{{ loop.index }}{% endfor %}", "template-placeholder"),
        ("{% set x = 1 %}", "template-not-allowed"),
        ("{% macro a() %}{% endmacro %}", "template-not-allowed"),
        ("{% include 'x' %}", "template-not-allowed"),
        ("{% import 'x' as y %}", "template-not-allowed"),
        ("{% extends 'x' %}", "template-not-allowed"),
        ("{% filter upper %}x{% endfilter %}", "template-not-allowed"),
        ("{% with x = 1 %}{% endwith %}", "template-not-allowed"),
        ("{% if x is defined %}{% endif %}", "template-not-allowed"),
        ("{% if ().__class__ %}{% endif %}", "template-not-allowed"),
        ("{% for %}", "template-syntax"),
        ("{{ account.number", "template-syntax"),
        ("<script>alert(1)</script>", "template-tag"),
        ("<img src=x onerror=alert(1)>", "template-tag"),
        ("<p onclick='x'>a</p>", "template-tag"),
        ("<p class='evil'>a</p>", "template-tag"),
        ("<a href='javascript:x'>a</a>", "template-tag"),
        ("<!-- x -->", "template-tag"),
        ("<!DOCTYPE html>", "template-tag"),
        ("<?php x ?>", "template-tag"),
        ("<p>a", "template-unclosed"),
        ("a</p>", "template-unclosed"),
        ("   ", "template-empty"),
        ("x" * (LONGEST + 1), "template-too-long"),
    ],
)
def test_everything_else_is_refused(body: str, code: str) -> None:
    assert code in codes(body)
    assert code in FAULTS


ESCAPES = (
    "{{ 7*7 }}", "{{ 'x' * 999999999 }}", "{{ -1 }}", "{{ 2 ** 99999 }}", "{{ 'a' ~ customer.__class__ }}",
    "{{ customer.__class__ }}", "{{ customer.__class__.__mro__ }}", "{{ customer['__class__'] }}",
    "{{ ''.__class__.__base__.__subclasses__() }}", "{{ account.number.format }}", "{{ account.number.upper() }}",
    "{{ '{0.__class__}'.format(customer) }}", "{{ '%s' % customer }}", "{{ account.balance.__init__.__globals__ }}",
    "{{ invoices.__len__() }}", "{{ (invoices|list)[0] }}", "{{ account.number|attr('__class__') }}",
    "{{ account.number|safe }}", "{{ config }}", "{{ range(9) }}", "{{ lipsum.__globals__ }}", "{{ cycler }}",
    "{{ self.__init__ }}", "{{ self._TemplateReference__context }}", "{{ today.replace(year=1) }}",
    "{% include '/etc/passwd' %}", "{% import 'os' as os %}", "{% extends 'x' %}",
    "{% for x in invoices %}{{ loop.index }}{% endfor %}", "{% for x in [1,2] %}{{ x.real }}{% endfor %}",
    "{% if today is callable %}x{% endif %}", "{% set x = ''.join %}{{ x([]) }}",
    "{% macro a() %}x{% endmacro %}{{ a() }}", "{% call a() %}{% endcall %}",
)  # fmt: skip


@pytest.mark.parametrize("body", ESCAPES)
def test_the_sandbox_gives_way_to_nothing_even_where_nobody_judged(body: str) -> None:
    """The second wall by itself: what reaches the renderer unjudged shows nothing but an error (AC31)."""
    assert judge(body)
    named = {field.name: getattr(FACTS, field.name) for field in dataclasses.fields(FACTS)}
    with pytest.raises((TemplateError, TypeError, AttributeError)):
        Sandbox(Wording("en", "RUB")).from_string(body).render(named)


def test_what_a_sandbox_lets_through_is_what_was_listed() -> None:
    """What people are called is never read as a template, nor as markup."""
    body = "{{ customer.name }}{% for one in payments %}{{ one.paid_on|day }}{% endfor %}"
    named = {field.name: getattr(FACTS, field.name) for field in dataclasses.fields(FACTS)}
    shown = Sandbox(Wording("en", "RUB")).from_string(body).render(named)
    assert shown.startswith("Анна &lt;b&gt;x&lt;/b&gt; {{7*7}} &lt;script&gt;")


def test_the_fault_names_its_line() -> None:
    (fault,) = judge("fine\n{{ account.number }}\n{{ secret }}\n")
    assert (fault.line, fault.detail) == (3, "secret")


PARTS = st.sampled_from(["{{", "}}", "{%", "%}", "for", "if", "in", "account", ".", "number", "|", "money", "__", "7*7", "<", ">", "p", "/", " ", "'", "(", ")", "[", "]", "x", "\n", "end"])  # fmt: skip  # noqa: E501


@given(parts=st.lists(PARTS, max_size=25))
@settings(max_examples=200, deadline=None)
def test_no_template_breaks_the_judge(parts: list[str]) -> None:
    assert isinstance(judge("".join(parts)), list)
