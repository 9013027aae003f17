"""The REST API of alert rules: which there are, and what operators change of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api_performance.alerts.commands import LONGEST_AUTHOR
from api_performance.alerts.records import LONGEST_REASON
from api_performance.config.alert_rules import AlertRule
from api_performance.errors import ConfigError
from api_performance.queries.rules import AlertRuleShown, rules_shown, saved
from api_performance.server.alert_routes import alerts_are_on
from api_performance.server.context import Ask
from api_performance.server.guard import Operator, view_role
from api_performance.server.routing import api_routes

routes = api_routes("alert rules", [Depends(view_role), Depends(alerts_are_on)])

Id = Annotated[str, Path(max_length=100, description="An alert rule's id, as the list has it.")]
Author = Annotated[str, Query(min_length=1, max_length=LONGEST_AUTHOR, description="Who wants it.")]
Reason = Annotated[str, Query(max_length=LONGEST_REASON, description="Why.")]


class AlertRuleChange(BaseModel):
    """A rule to be kept, who wants it and why.

    What the rule does not name is as in the settings or the default of its id.
    """

    model_config = ConfigDict(extra="forbid")

    rule: AlertRule
    author: Annotated[str, Field(min_length=1, max_length=LONGEST_AUTHOR)] = "operator"
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


@routes.on("GET", "/alert-rules", responses={200: {"model": list[AlertRuleShown]}})
async def alert_rules(ask: Ask) -> Response:
    """Alert rules of defaults, settings and page, those that count first."""
    return await ask.answer("alert-rules", lambda: rules_shown(ask.queries.desk.rules), str, None)


@routes.on("PUT", "/alert-rules/{rule_id}", responses={200: {"model": AlertRuleShown}})
async def save(ask: Ask, _: Operator, rule_id: Id, body: AlertRuleChange) -> Response:
    """Keep an alert rule for every process: it holds from the next round of judging on."""
    if body.rule.id != rule_id:
        raise ConfigError(f"rule.id = {body.rule.id!r} is refused: the address says {rule_id!r}")
    book = ask.queries.desk.rules
    return await ask.answer(
        "alert-rule", lambda: saved(book, body.rule, body.author, body.reason), str, None
    )


@routes.on("DELETE", "/alert-rules/{rule_id}", status_code=204)
async def delete(
    ask: Ask, _: Operator, rule_id: Id, author: Author = "operator", reason: Reason = ""
) -> Response:
    """Take an alert rule of the page back: what it changed holds again."""
    book = ask.queries.desk.rules
    await ask.pool.run(lambda: book.delete(rule_id, author=author, reason=reason))
    return Response(status_code=204)
