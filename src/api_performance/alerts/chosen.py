"""The rules in force: the defaults, what the settings change, and what the page changes of both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from pydantic import TypeAdapter, ValidationError

from api_performance.alerts.rule import PAGE, SETTINGS, Rule
from api_performance.alerts.rules.defaults import default_rules, laid_over
from api_performance.config import Config
from api_performance.config.alert_rules import AlertRule, check_ids
from api_performance.errors import ConfigError

_rules = TypeAdapter(tuple[AlertRule, ...])


def rules_of(config: Config, page: Sequence[AlertRule] = ()) -> list[Rule]:
    """Return every rule, switched off or not."""
    rules = default_rules(
        config.response_time_thresholds,
        config.performance_thresholds,
        config.throughput_thresholds,
    )
    chosen = laid_over(rules, [rule.chosen() for rule in config.alert_rules], SETTINGS)
    return laid_over(chosen, [rule.chosen() for rule in page], PAGE)


def read_rules(document: bytes) -> tuple[AlertRule, ...]:
    """Return the rules that the page keeps as one JSON list; none of an empty document.

    ConfigError names each rule that is none, its value, and what it has to be.
    """
    if not document:
        return ()
    try:
        return check_ids(_rules.validate_json(document))
    except ValidationError as error:
        raise ConfigError("\n".join(_lines(error))) from None
    except ValueError as error:
        raise ConfigError(f"alert rules of the page: {error}") from None


def _lines(error: ValidationError) -> Iterable[str]:
    for detail in error.errors(include_url=False):
        place = ".".join(str(part) for part in detail["loc"])
        reason = detail["msg"].removeprefix("Value error, ")
        yield f"alert rule {place} = {str(detail['input'])[:80]} is refused: {reason}"


def write_rules(rules: Sequence[AlertRule]) -> bytes:
    """Return rules as the page's document."""
    return json.dumps(
        [rule.model_dump(mode="json", exclude_unset=True) for rule in rules], ensure_ascii=False
    ).encode()
