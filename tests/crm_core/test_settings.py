"""Settings, and that every one of them is documented."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from crm_core.settings import ROOT, Settings

pytestmark = pytest.mark.unit
NEEDED: dict[str, Any] = {
    "database_url": "postgresql:///busbar",
    "redis_url": "unix:///valkey.sock",
    "session_secret": "s",
    "sip_secret": "s",
}


def documented() -> dict[str, str]:
    rows = re.findall(
        r"^\| `([A-Z_]+)` \| ([^|]+) \|", (ROOT / "docs" / "settings.md").read_text("utf-8"), re.MULTILINE
    )
    return {name: default.strip() for name, default in rows}


def variable(name: str) -> str:
    alias = Settings.model_fields[name].validation_alias
    return str(alias) if alias else f"BUSBAR_{name.upper()}"


def test_every_setting_is_documented_and_no_other() -> None:
    assert set(documented()) == {variable(name) for name in Settings.model_fields}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_documented_default_is_the_default(name: str) -> None:
    told, default = documented()[variable(name)], Settings.model_fields[name].default
    if default is PydanticUndefined:
        assert told == "none"
    elif isinstance(default, tuple):
        assert json.loads(told.strip("`")) == list(default)
    elif str(default).startswith(str(ROOT)):
        assert told.split("`")[1] == str(default.relative_to(ROOT))
    else:
        assert told == (f"`{default}`" if default != "" else "empty")


def test_without_a_way_to_asterisk_there_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="deploy/run --setup"):
        Settings(_env_file=None, **NEEDED)


def test_one_node_or_many() -> None:
    one = Settings(_env_file=None, ami_secret="x", **NEEDED)
    assert [(node.node, node.secret) for node in one.nodes] == [("main", "x")]
    nodes = [{"node": name, "host": "127.0.0.1", "port": 5038, "user": "b", "secret": "y"} for name in ("n1", "n2")]
    many = Settings(_env_file=None, ami_nodes=nodes, **NEEDED)
    assert [node.node for node in many.nodes] == ["n1", "n2"]


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUSBAR_LANGUAGES", '["de"]')
    monkeypatch.setenv("DATABASE_URL", "postgresql:///other")
    settings = Settings(_env_file=None, ami_secret="x", **{k: v for k, v in NEEDED.items() if k != "database_url"})
    assert (settings.languages, settings.database_url) == (("de",), "postgresql:///other")
