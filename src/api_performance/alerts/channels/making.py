"""Channels as the settings name them; each kind is loaded where it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from api_performance.alerts.channels.base import Channel
from api_performance.clock import Clock
from api_performance.config.channels import ChannelKind, ChannelSettings, with_log
from api_performance.errors import ChannelUnknown


def make_channels(settings: Mapping[str, ChannelSettings], clock: Clock) -> dict[str, Channel]:
    """Return every channel by its name, the log among them whatever the settings are."""
    return {name: make_channel(name, each, clock) for name, each in with_log(settings).items()}


def chosen_channel(name: str, settings: Mapping[str, ChannelSettings], clock: Clock) -> Channel:
    """Return the channel of a name. ChannelUnknown."""
    named = with_log(settings)
    if name not in named:
        raise ChannelUnknown(f"there is no channel {name!r}; there is {', '.join(named)}")
    return make_channel(name, named[name], clock)


def make_channel(name: str, settings: ChannelSettings, clock: Clock) -> Channel:
    """Return one channel."""
    return _MAKERS[settings.kind](name, settings, clock)


def _webhook(name: str, settings: ChannelSettings, clock: Clock) -> Channel:
    from api_performance.alerts.channels.http import Receiver
    from api_performance.alerts.channels.webhook import Webhook

    secret = settings.secret.get_secret_value()
    receiver = Receiver(_address(settings), _headers(settings), secrets=[secret])
    return Webhook(name, receiver, clock, secret)


def _alertmanager(name: str, settings: ChannelSettings, clock: Clock) -> Channel:
    from api_performance.alerts.channels.alertmanager import PATH, Alertmanager
    from api_performance.alerts.channels.http import Receiver

    base = _address(settings).rstrip("/").removesuffix(PATH)
    return Alertmanager(name, Receiver(f"{base}{PATH}", _headers(settings)), clock)


def _slack(name: str, settings: ChannelSettings, _: Clock) -> Channel:
    from api_performance.alerts.channels.http import Receiver
    from api_performance.alerts.channels.slack import Slack

    return Slack(name, Receiver(_address(settings)))


def _pagerduty(name: str, settings: ChannelSettings, _: Clock) -> Channel:
    from api_performance.alerts.channels.http import Receiver
    from api_performance.alerts.channels.pagerduty import ADDRESS, PagerDuty

    routing_key = settings.secret.get_secret_value()
    receiver = Receiver(_address(settings) or ADDRESS, secrets=[routing_key])
    return PagerDuty(name, receiver, routing_key)


def _email(name: str, settings: ChannelSettings, _: Clock) -> Channel:
    from api_performance.alerts.channels.email import Email

    return Email(name, _address(settings), settings.sender, settings.to)


def _apprise(name: str, settings: ChannelSettings, _: Clock) -> Channel:
    from api_performance.alerts.channels.apprise import Apprise

    return Apprise(name, _address(settings))


def _log(name: str, _: ChannelSettings, __: Clock) -> Channel:
    from api_performance.alerts.channels.log import Log

    return Log(name)


def _address(settings: ChannelSettings) -> str:
    return settings.address.get_secret_value()


def _headers(settings: ChannelSettings) -> dict[str, str]:
    return {name: value.get_secret_value() for name, value in settings.headers.items()}


_MAKERS: Final[Mapping[ChannelKind, Callable[[str, ChannelSettings, Clock], Channel]]] = {
    ChannelKind.WEBHOOK: _webhook,
    ChannelKind.ALERTMANAGER: _alertmanager,
    ChannelKind.SLACK: _slack,
    ChannelKind.PAGERDUTY: _pagerduty,
    ChannelKind.EMAIL: _email,
    ChannelKind.APPRISE: _apprise,
    ChannelKind.LOG: _log,
}
