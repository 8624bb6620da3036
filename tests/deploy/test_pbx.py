"""The Asterisk of this checkout: its configuration and the real server made from it."""

from __future__ import annotations

import math
import re
import socket
import subprocess
from array import array
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from crm_core.settings import Settings
from deploy import melody, pbx
from tests.support.servers import AsteriskServer, node_settings
from tests.support.waiting import until


@pytest.mark.integration
def test_asterisk_boots_from_our_templates_without_a_complaint(asterisk: AsteriskServer) -> None:
    # It lets AMI know that it is booted before it says so itself.
    until(lambda: "Asterisk Ready." in asterisk.log(), 5, "Asterisk says that it is ready")
    boot, ready, _calls = asterisk.log().partition("Asterisk Ready.")
    complaints = [line for line in boot.splitlines() if re.search(r"\b(ERROR|WARNING)\b", line)]
    assert ready
    assert complaints == []


@pytest.mark.integration
def test_everything_that_can_be_reached_is_on_loopback(asterisk: AsteriskServer) -> None:
    sockets = psutil.Process(asterisk.pid).net_connections("inet")
    served = {asterisk.settings.sip_port, asterisk.settings.ami_port, asterisk.plan.http_port}
    elsewhere = {c.laddr.port for c in sockets if c.laddr.ip != "127.0.0.1"}
    listening = {c.laddr.port for c in sockets if c.status == psutil.CONN_LISTEN}
    assert listening == served - {asterisk.settings.sip_port}
    # What is left are the two client sockets of pjproject's own name resolver, which serve nobody.
    assert not elsewhere & served
    assert all(c.type == socket.SOCK_DGRAM for c in sockets if c.laddr.port in elsewhere)


@pytest.mark.integration
async def test_a_wrong_secret_is_refused(asterisk: AsteriskServer) -> None:
    wrong = asterisk.settings.model_copy(update={"ami_secret": "guess"})
    assert not await pbx.Pbx(wrong, asterisk.plan.program).is_ready()


@pytest.mark.integration
def test_each_test_has_a_database_and_an_empty_valkey(settings: Settings) -> None:
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as db:
        rows = db.execute("select count(*) from customers").fetchone()
        role = db.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    assert (rows, role) == ((0,), (False,))
    assert redis.Redis.from_url(settings.redis_url).dbsize() == 0


@pytest.fixture
def plan(tmp_path: Path) -> pbx.Pbx:
    program = pbx.Program(command=("asterisk",), modules=Path("/modules"), share=tmp_path, sbin=Path("/sbin"))
    return pbx.Pbx(node_settings(tmp_path, "postgresql://", "unix:///nowhere"), program)


def rendered(plan: pbx.Pbx, name: str) -> str:
    plan.initialise()
    return (plan.etc / name).read_text(encoding="utf-8")


@pytest.mark.unit
def test_the_floor_may_call_originate_and_queue_and_nothing_else(plan: pbx.Pbx) -> None:
    text = rendered(plan, "manager.conf")
    assert re.findall(r"^write = (.*)$", text, re.MULTILINE) == ["call,originate,agent"]
    assert re.findall(r"^read = (.*)$", text, re.MULTILINE) == ["system,call,agent,user"]
    assert "webenabled = no" in text
    assert text.count("secret = ") == 1
    assert plan.settings.ami_secret in text


@pytest.mark.unit
def test_nothing_that_runs_programs_is_loaded(plan: pbx.Pbx) -> None:
    modules = re.findall(r"^load = (.*)\.so$", rendered(plan, "modules.conf"), re.MULTILINE)
    assert not {"app_system", "func_shell", "func_env", "func_curl", "res_ari", "app_minivm"} & set(modules)
    assert "live_dangerously = no" in rendered(plan, "asterisk.conf")


@pytest.mark.unit
def test_every_telephone_has_a_password_of_its_own(plan: pbx.Pbx) -> None:
    text = rendered(plan, "pjsip_lines.conf")
    passwords = re.findall(r"^password = ([0-9a-f]{40})$", text, re.MULTILINE)
    assert len(passwords) == 2 * plan.settings.lines
    assert len(set(passwords)) == plan.settings.lines


@pytest.mark.unit
def test_every_address_in_the_configuration_is_loopback(plan: pbx.Pbx) -> None:
    plan.initialise()
    for file in plan.etc.iterdir():
        binds = re.findall(r"^bind(?:addr)? = ([^:\n]+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(binds) <= {"127.0.0.1"}, file.name


@pytest.mark.unit
@pytest.mark.parametrize("value", ["x\n[evil]", "x;comment", "a\rb", "x\0"])
def test_a_setting_cannot_leave_its_place_in_a_file(plan: pbx.Pbx, value: str) -> None:
    hostile = pbx.Pbx(plan.settings.model_copy(update={"ami_secret": value}), plan.program)
    with pytest.raises(pbx.NotForConfiguration):
        hostile.initialise()


@pytest.mark.unit
def test_rendering_twice_changes_nothing_and_a_new_port_is_noticed(plan: pbx.Pbx) -> None:
    assert plan.initialise() is True
    assert plan.initialise() is False
    assert pbx.Pbx(plan.settings.model_copy(update={"ami_port": 1}), plan.program).initialise() is True


@pytest.mark.unit
def test_the_waiting_music_is_soft_and_flows_into_itself() -> None:
    samples = array("h", melody.loop())
    level = 20 * math.log10(math.sqrt(sum(v * v for v in samples) / len(samples)) / 32767)
    assert -26 < level < -24
    assert max(map(abs, samples)) < 32767 // 2
    assert abs(samples[0] - samples[-1]) < 600


@pytest.mark.integration
def test_the_dialplan_uses_only_what_is_loaded(asterisk: AsteriskServer) -> None:
    def shown(what: str) -> set[str]:
        command = [*asterisk.plan.program.command, "-C", str(asterisk.plan.etc / "asterisk.conf"), "-rx", what]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return {line.split()[0].lower().rstrip(":") for line in said.splitlines() if line.strip()}

    dialplan = (asterisk.plan.etc / "extensions.conf").read_text(encoding="utf-8")
    applications = re.findall(r"^\s*(?:exten => [^,]+,|same => )[\w()]+,([A-Za-z]+)", dialplan, re.MULTILINE)
    conditional = re.findall(r"ExecIf\([^?]*\?([A-Za-z]+)", dialplan)
    functions = re.findall(r"\$\{([A-Z]+)\(|Set\((?:[A-Z_]*=)?([A-Z]+)\(", dialplan)
    assert {name.lower() for name in applications + conditional} <= shown("core show applications")
    assert {(a or b).lower() for a, b in functions} <= shown("core show functions")
    assert len(set(applications)) > 5
