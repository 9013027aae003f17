"""The setting `channels`: what each kind needs, what is refused and how, what is hidden."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest

from api_performance.config import Config
from api_performance.config.channels import ChannelKind, ChannelSettings
from api_performance.errors import ConfigError
from tests.docs.blocks import ROOT

SECRET = "hunter2secret"
ADDRESS = f"https://user:{SECRET}@hooks.example:8443/services/{SECRET}?key={SECRET}#{SECRET}"
MAIL = {"sender": "shop@mail.example", "to": ["ops@mail.example"]}
KINDS: dict[str, dict[str, Any]] = {  # Any: a channel's own fields
    "webhook": {"address": ADDRESS, "secret": SECRET * 2, "headers": {"X-Key": SECRET}},
    "alertmanager": {"address": ADDRESS, "headers": {"Authorization": f"Bearer {SECRET}"}},
    "slack": {"address": ADDRESS},
    "email": {**MAIL, "address": f"smtp://user:{SECRET}@mail.example"},
    "pagerduty": {"secret": SECRET},
    "apprise": {"address": f"tgram://{SECRET}/{SECRET}"},
    "log": {},
}


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def config(**channel: Any) -> Config:  # Any: a channel's own fields
    return Config(channels={"ops": channel})


def refusal(**channel: Any) -> str:  # Any: as above
    with pytest.raises(ConfigError) as caught:
        config(**channel)
    text = str(caught.value)
    assert SECRET not in text
    return text


@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_of_a_channel_is_shown(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made = config(kind=kind, **KINDS[kind])
    channel = made.channels["ops"]
    shown = [repr(made), str(channel), made.model_dump_json(), channel.masked, caplog.text]
    assert not any(SECRET in text for text in shown)


@pytest.mark.parametrize("kind", KINDS)
def test_a_channel_in_clear_makes_the_same_channel_again(kind: str) -> None:
    given = config(kind=kind, **KINDS[kind]).channels["ops"]
    assert config(**given.in_clear()).channels["ops"] == given


@pytest.mark.parametrize(
    ("kind", "masked"),
    [
        ("webhook", "https://hooks.example:8443"),
        ("email", "smtp://mail.example"),
        ("apprise", "tgram://…"),
        ("pagerduty", ""),
    ],
)
def test_of_an_address_scheme_and_host_are_shown(kind: str, masked: str) -> None:
    assert config(kind=kind, **KINDS[kind]).channels["ops"].masked == masked


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ({"kind": "webhok", "address": ADDRESS}, "channels.ops.kind = 'webhok' (argument)"),
        ({"address": ADDRESS}, "channels.ops.kind"),
        ({"kind": "webhook", "adress": ADDRESS}, "did you mean channels.ops.address?"),
        ({"kind": "webhook"}, "kind = 'webhook' needs address"),
        ({"kind": "email", "address": "smtp://h"}, "needs sender and to"),
        ({"kind": "slack", "address": ADDRESS, "secret": SECRET}, "'slack' has no secret"),
        ({"kind": "log", "to": ["a@b"]}, "'log' has no to"),
        (
            {"kind": "slack", "address": f"ftp://{SECRET}"},
            "a slack channel begins with https:// or http:// and a host",
        ),
        ({"kind": "slack", "address": f"https:///{SECRET}"}, "and a host"),
        ({"kind": "slack", "address": f"https://h:{SECRET}/"}, "and a host"),
        ({"kind": "slack", "address": f"https://h/{SECRET} x"}, "a blank or a control character"),
        ({"kind": "webhook", "address": "https://h", "secret": "hunter2"}, "shorter than 16"),
        (
            {**MAIL, "kind": "email", "address": f"smtp+plain://u:{SECRET}@h"},
            "would send the password unencrypted",
        ),
        (
            {**MAIL, "kind": "email", "address": "smtp://h", "to": "a@b, c d"},
            "'c d' is no plain e-mail address",
        ),
        (
            {"kind": "webhook", "address": "https://h", "headers": {"X Y": SECRET}},
            "'X Y' is no name of a header",
        ),
        (
            {"kind": "webhook", "address": "https://h", "headers": {"X": f"{SECRET}\r\nY: z"}},
            "the header 'X' holds a character",
        ),
    ],
)
def test_a_wrong_channel_is_refused_with_what_to_do(channel: dict[str, Any], words: str) -> None:
    assert words in refusal(**channel)


@pytest.mark.parametrize("name", ["ops", "kind", "to"])
def test_of_what_is_no_table_nothing_is_shown(name: str) -> None:
    for value in (ADDRESS, [ADDRESS], {"to": [ADDRESS], "kind": "email"}, {"kind": ADDRESS}):
        with pytest.raises(ConfigError) as caught:
            Config(channels={name: value})
        assert SECRET not in str(caught.value)


def test_a_wrong_name_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"channels\.Ops Team = \(secret\)"):
        Config(channels={"Ops Team": {"kind": "log"}})


def test_a_channel_comes_from_file_and_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("api-performance.toml").write_text(
        '[channels.mail]\nkind = "email"\naddress = "smtp://mail.example"\n'
        'sender = "shop@mail.example"\nto = ["nobody@mail.example"]\n'
    )
    monkeypatch.setenv("API_PERFORMANCE_CHANNELS__MAIL__TO", "ops@mail.example, lead@mail.example")
    monkeypatch.setenv("API_PERFORMANCE_CHANNELS__MAIL__ADDRESS", f"smtp://u:{SECRET}@mail.example")
    channel = Config().channels["mail"]
    assert channel.to == ("ops@mail.example", "lead@mail.example")
    assert SECRET in channel.address.get_secret_value()


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PERFORMANCE_CHANNELS__OPS__KIND", "slack")
    with pytest.raises(ConfigError, match="environment variable API_PERFORMANCE_CHANNELS__OPS__"):
        Config()


def test_apprise_that_is_not_installed_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api_performance.config.channels.find_spec", lambda _: None)
    assert "pip install 'api-performance[notify]'" in refusal(kind="apprise", address="json://h")


def test_the_page_names_every_kind_and_every_field() -> None:
    page = (ROOT / "docs" / "notifications.md").read_text(encoding="utf-8")
    for name in (*ChannelKind, *ChannelSettings.model_fields):
        assert re.search(rf"`{name}`|^{name} =", page, re.MULTILINE), name
