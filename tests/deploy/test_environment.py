"""The settings file of a checkout: generated secrets, private, free ports."""

from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest

from crm_core.settings import Settings
from deploy import environment, ports


def provide(folder: Path) -> dict[str, str]:
    return environment.provide(folder, lambda _: None)


@pytest.mark.unit
def test_every_checkout_has_secrets_of_its_own(tmp_path: Path) -> None:
    one, other = provide(tmp_path / "one"), provide(tmp_path / "other")
    for name in environment.SECRETS:
        assert len(one[name]) >= 32
        assert one[name] != other[name]


@pytest.mark.unit
def test_a_second_set_up_keeps_what_the_first_one_wrote(tmp_path: Path) -> None:
    assert provide(tmp_path) == provide(tmp_path)


@pytest.mark.unit
def test_only_the_owner_reads_the_settings(tmp_path: Path) -> None:
    provide(tmp_path)
    assert stat.S_IMODE(environment.path(tmp_path).stat().st_mode) == 0o600


@pytest.mark.unit
def test_the_file_makes_complete_settings(tmp_path: Path) -> None:
    written = provide(tmp_path)
    settings = Settings(_env_file=environment.path(tmp_path))  # type: ignore[call-arg]
    assert settings.ami_secret == written["BUSBAR_AMI_SECRET"]
    assert settings.database_url == environment.database_url(tmp_path)
    assert settings.espeak == written["BUSBAR_ESPEAK"]


@pytest.mark.unit
def test_no_secret_has_a_default() -> None:
    fields = Settings.model_fields
    assert all(fields[name].is_required() for name in ("session_secret", "sip_secret", "database_url", "redis_url"))
    assert fields["ami_secret"].default == ""


@pytest.mark.unit
def test_a_moved_checkout_gets_its_paths_anew_and_keeps_its_secrets(tmp_path: Path) -> None:
    before = provide(tmp_path / "before")
    (tmp_path / "before").rename(tmp_path / "after")
    after = provide(tmp_path / "after")
    assert after["DATABASE_URL"] == environment.database_url(tmp_path / "after")
    assert after["BUSBAR_SIP_SECRET"] == before["BUSBAR_SIP_SECRET"]


@pytest.mark.integration
def test_a_taken_port_is_replaced_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        monkeypatch.setitem(environment.PORTS, "BUSBAR_WEB_PORT", taken)
        written = environment.provide(tmp_path, said.append)
    assert written["BUSBAR_WEB_PORT"] != str(taken)
    assert any(str(taken) in line and written["BUSBAR_WEB_PORT"] in line for line in said)


@pytest.mark.integration
def test_a_port_is_free_again_when_its_server_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not ports.is_free(port)
    assert ports.is_free(port)
