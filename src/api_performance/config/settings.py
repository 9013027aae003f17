"""The settings themselves: names, defaults, what each does and what it may be."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from api_performance.config import values
from api_performance.config.advice_rules import ALLOWED as ADVICE_ALLOWED
from api_performance.config.advice_rules import ChosenAdvice
from api_performance.config.alert_rules import ALLOWED as RULES_ALLOWED
from api_performance.config.alert_rules import AlertRule, check_ids
from api_performance.config.channels import ALLOWED as CHANNELS_ALLOWED
from api_performance.config.channels import Channels
from api_performance.config.refusal import refuse
from api_performance.config.routes import NotifyRoute, check_channels
from api_performance.config.sources import PREFIX, SettingsFile, Variables
from api_performance.model import MetricPriority, PerformanceThreshold
from api_performance.objective import Objective

Pattern = Annotated[str, AfterValidator(values.check_pattern)]
Patterns = Annotated[tuple[Pattern, ...], BeforeValidator(values.parse_list)]
Priority = Annotated[
    MetricPriority, BeforeValidator(lambda text: text.lower() if isinstance(text, str) else text)
]
Networks = Annotated[
    tuple[IPv4Network | IPv6Network, ...],
    BeforeValidator(values.parse_networks),
    BeforeValidator(values.parse_list),
]
Integrations = Annotated[
    tuple[Annotated[str, AfterValidator(values.check_integration)], ...],
    BeforeValidator(values.parse_list),
]
Graded = Annotated[
    Mapping[MetricPriority, Mapping[PerformanceThreshold, float]],
    BeforeValidator(values.lower_keys),
]

_PATTERNS = "patterns like `GET /api/users/{user_id}`, `/admin/*` or `POST *`"
_PRIORITIES = "critical, high, medium, low"
_MAX_SECONDS = 400 * 86_400
_SHORTEST_BLOCK_SECONDS = 0.01


def _setting(default: Any, description: str, allowed: str, **limits: Any) -> Any:
    """Describe a setting. Any: what pydantic's own `Field` takes and claims to return."""
    return Field(default, description=description, json_schema_extra={"allowed": allowed}, **limits)


class DashboardConfig(BaseModel):
    """SPEC.md's DASHBOARD_CONFIG: how much the page shows, and how often."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    refresh_interval: float = _setting(
        5.0,
        "Seconds between two polls of the page while no push reaches it; the longest between two"
        " pushes.",
        "0.5 to 3600 seconds",
        ge=0.5,
        le=3600,
    )
    history_window: float = _setting(
        3600.0,
        "The time range that every read covers unless asked for another, in seconds. The page"
        " begins with a shorter one while the service is younger.",
        f"10 to {_MAX_SECONDS} seconds",
        ge=10,
        le=_MAX_SECONDS,
    )
    max_data_points: int = _setting(
        1000, "The most points any series has.", "10 to 10000", ge=10, le=10_000
    )
    enable_real_time: bool = _setting(
        True, "Push new numbers to the page by WebSocket; false leaves it polling.", "true or false"
    )
    enable_alerts: bool = _setting(
        True, "Evaluate and show alerts; false does neither.", "true or false"
    )
    enable_optimizations: bool = _setting(
        True, "Show recommendations; false refuses their widget.", "true or false"
    )


class OptimizationConfig(BaseModel):
    """SPEC.md's OPTIMIZATION_CONFIG: how the measured windows reach the store."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    batch_size: int = _setting(
        100, "Windows written in one transaction.", "1 to 10000", ge=1, le=10_000
    )
    flush_interval: float = _setting(
        1.0,
        "Seconds between two flushes of what was measured; what a kill -9 can lose.",
        "0.1 to 60 seconds",
        ge=0.1,
        le=60,
    )
    cache_size: int = _setting(
        10_000, "Query results kept in memory; 0 keeps none.", "0 to 1000000", ge=0, le=1_000_000
    )
    worker_threads: int = _setting(
        4, "Threads for the store's I/O and for queries.", "1 to 64", ge=1, le=64
    )


class Config(BaseSettings):
    """All settings, checked and frozen.

    Each comes from the arguments here, else its variable `API_PERFORMANCE_NAME`, else the TOML
    file, else its default; tables are merged key by key. ConfigError names every wrong one.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
    )

    enabled: bool = _setting(
        True, "Measure at all; false leaves the app exactly as it was.", "true or false"
    )
    service: str = _setting(
        "",
        "The service that the endpoints belong to; empty takes the app's title, else the name of"
        " the working directory.",
        "up to 100 characters",
        max_length=100,
    )
    version: str = _setting(
        "",
        "The deployed version, a label; empty takes the app's own version.",
        "up to 100 characters",
        max_length=100,
    )
    environment: str = _setting(
        "",
        "A label such as `staging`; it also chooses the file's table `[environment.staging]`.",
        "letters, digits, `.`, `_` and `-`, up to 100",
        pattern=r"^[A-Za-z0-9._-]{0,100}$",
    )
    store: Annotated[str, AfterValidator(values.check_store)] = _setting(
        "sqlite:///./.api-performance/metrics.sqlite3",
        "Where windows are kept. Workers share a file, hosts a Redis; the memory store is of one"
        " process.",
        "`memory://`, `sqlite:///relative/path`, `sqlite:////absolute/path`,"
        " `redis://user:password@host:6379/0`, `redis+sentinel://host:26379,host/service/0`,"
        " `redis+cluster://host:6379,host`; `rediss` for TLS, `?namespace=name` to share one",
        repr=False,
    )
    store_connections: int = _setting(
        8,
        "The most connections that one process has to a Redis; in a cluster, to each node.",
        "2 to 1000",
        ge=2,
        le=1000,
    )
    retention: Annotated[Mapping[int, float], BeforeValidator(values.parse_retention)] = _setting(
        {},
        "How long windows of each resolution are kept: 1 s for 10 min (2 min in the memory store),"
        " 10 s for 24 h, 1 min for 14 days, 1 h for 400 days; what is not named keeps its default.",
        'resolutions 1s, 10s, 1m, 1h, each with an age: `{"1m" = "14d"}`, coarser at least as long',
    )
    max_store_bytes: ByteSize = _setting(
        ByteSize(1 << 30),
        "The size bound of the store; past it the oldest detail is dropped first.",
        "at least `10MiB`, as bytes or with a unit",
        ge=10 << 20,
    )
    max_endpoints: int = _setting(
        2000,
        "Endpoints told apart; the rest is counted as `(other)`.",
        "1 to 100000",
        ge=1,
        le=100_000,
    )
    max_buffered_requests: int = _setting(
        50_000,
        "Requests one process buffers between two flushes; past it they are dropped and counted.",
        "100 to 10000000",
        ge=100,
        le=10_000_000,
    )
    max_buffered_batches: int = _setting(
        60,
        "Batches one process keeps while the store does not answer; the oldest is dropped first.",
        "1 to 100000",
        ge=1,
        le=100_000,
    )
    include: Patterns = _setting((), "What is monitored; empty means every endpoint.", _PATTERNS)
    exclude: Patterns = _setting((), "What is not monitored, whatever includes it.", _PATTERNS)
    minimum_priority: Priority = _setting(
        MetricPriority.LOW, "Endpoints of less priority are not monitored.", _PRIORITIES
    )
    default_priority: Priority = _setting(
        MetricPriority.MEDIUM,
        "The priority of endpoints that nothing else gives one"
        " (health, metrics and documentation paths are low).",
        _PRIORITIES,
    )
    priorities: Annotated[Mapping[Pattern, Priority], BeforeValidator(values.parse_pairs)] = (
        _setting(
            {},
            "Priorities by pattern; the most specific pattern that matches decides.",
            f'{_PATTERNS}, each with one of {_PRIORITIES}: `{{"POST /checkout" = "critical"}}`',
        )
    )
    response_time_thresholds: Annotated[Graded, AfterValidator(values.merge_response_times)] = (
        _setting(
            {},
            "Upper bounds of the response time in seconds, by priority and grade;"
            " what is not named keeps its default.",
            f"{_PRIORITIES}, each with excellent, good, warning, critical: seconds that rise",
        )
    )
    throughput_thresholds: Annotated[Graded, AfterValidator(values.merge_throughputs)] = _setting(
        {},
        "Lower bounds of the throughput in requests per second, by priority and grade;"
        " what is not named keeps its default.",
        f"{_PRIORITIES}, each with excellent, good, warning, critical: rates that fall",
    )
    performance_thresholds: Annotated[
        Mapping[str, Mapping[str, float]],
        BeforeValidator(values.lower_keys),
        AfterValidator(values.merge_objectives),
    ] = _setting(
        {},
        "SPEC.md's PERFORMANCE_THRESHOLDS, the default objectives;"
        " what is not named keeps its default.",
        "critical_endpoints, high_priority_endpoints, medium_priority_endpoints,"
        " low_priority_endpoints, each with response_time (s), throughput (req/s),"
        " error_rate (0 to 1)",
    )
    objectives: Annotated[tuple[Objective, ...], AfterValidator(values.check_ids)] = _setting(
        (),
        "Objectives of your own; one with the id of a default (`critical-latency`,"
        " `low-availability`) takes its place.",
        "tables with id, kind (latency, availability, throughput), target (0 to 1), bound (s or"
        " req/s), and any of name, pattern, priority, period_days, errors, minimum_events, alerts,"
        " enabled",
    )
    integrations: Integrations = _setting(
        values.INTEGRATIONS,
        "Client libraries whose calls are told apart by themselves, once the app imports them;"
        " an empty list follows none.",
        ", ".join(values.INTEGRATIONS),
    )
    steps: bool = _setting(
        False,
        "Tell FastAPI's dependencies, endpoint function, serialization and wait for a thread apart,"
        " in a share of the requests.",
        "true or false",
    )
    trusted_proxies: Networks = _setting(
        (),
        "Proxies whose X-Forwarded-For and X-Request-Start are believed.",
        "IP addresses and CIDR ranges",
    )
    path: Annotated[str, AfterValidator(values.check_address_path)] = _setting(
        "/performance",
        "Where the page and the REST API are served; empty serves neither.",
        "a path such as `/performance`, without a slash at its end, or empty",
    )
    metrics_path: Annotated[str, AfterValidator(values.check_address_path)] = _setting(
        "/metrics",
        "Where Prometheus scrapes; empty leaves that path to the app.",
        "a path such as `/metrics`, apart from `path`, or empty",
    )
    metrics_token: SecretStr | None = _setting(
        None,
        "A bearer token that a scrape must show; without it `metrics_path` is open.",
        "16 characters or more",
        min_length=16,
    )
    authentication: bool = _setting(
        True, "Ask for a token before the page and the REST API answer.", "true or false"
    )
    analysis: Literal["off", "thread", "process"] = _setting(
        "process",
        "Where the holder of the store's lease judges what was measured, and raises alerts: in a"
        " process of its own, in the thread that writes, or nowhere.",
        "`off`, `thread` or `process`",
    )
    alert_rules: Annotated[tuple[AlertRule, ...], AfterValidator(check_ids)] = _setting(
        (),
        "Rules that raise alerts: those with the id of a default rule change it, others are new.",
        RULES_ALLOWED,
    )
    advice_rules: ChosenAdvice = _setting(
        {}, "Rules of advice switched off, or with thresholds of your own.", ADVICE_ALLOWED
    )
    channels: Channels = _setting(
        {},
        "Where people are told, by name ([how](notifications.md)); `log` is always there.",
        CHANNELS_ALLOWED,
    )
    notify: tuple[NotifyRoute, ...] = _setting(
        (),
        "Which channels are told of which incidents, when, and how often again; without any,"
        " everything goes to the channel `log` at once, and again every four hours.",
        "a list of tables `[[notify]]` with channels, priorities, severities, after, every",
    )
    loop_blocked_seconds: float = _setting(
        0.05,
        "An event loop that runs nothing else for longer is reported, with the line that blocked"
        " it; 0 watches no loop, no pool of threads and no collection of garbage.",
        "0, or 0.01 to 60 seconds",
        ge=0,
        le=60,
    )
    debug_mode: bool = _setting(
        False, "A DEBUG line per request on the logger `api_performance`.", "true or false"
    )
    dashboard_config: DashboardConfig = _setting(
        DashboardConfig(), "SPEC.md's DASHBOARD_CONFIG.", "a table of the settings below"
    )
    optimization_config: OptimizationConfig = _setting(
        OptimizationConfig(), "SPEC.md's OPTIMIZATION_CONFIG.", "a table of the settings below"
    )

    def __init__(self, **arguments: object) -> None:
        try:
            super().__init__(**arguments)  # type: ignore[arg-type] # pydantic checks each of them
        except ValidationError as error:
            # Not "from error": pydantic's own text quotes values, secrets among them.
            raise refuse(error, Config, arguments) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 # the signature is the library's
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Say who outranks whom, first to last."""
        return init_settings, Variables(settings_cls), SettingsFile(settings_cls)

    @field_validator("retention")
    @classmethod
    def _complete_retention(
        cls, chosen: Mapping[int, float], info: ValidationInfo
    ) -> Mapping[int, float]:
        return values.merge_retention(chosen, str(info.data.get("store", "")))

    @field_validator("loop_blocked_seconds")
    @classmethod
    def _refuse_too_short(cls, seconds: float) -> float:
        if 0 < seconds < _SHORTEST_BLOCK_SECONDS:
            raise ValueError("a loop that is only busy would be reported")
        return seconds

    @field_validator("notify")
    @classmethod
    def _name_channels(
        cls, notify: tuple[NotifyRoute, ...], info: ValidationInfo
    ) -> tuple[NotifyRoute, ...]:
        return check_channels(notify, info.data.get("channels"))

    @field_validator("metrics_path")
    @classmethod
    def _keep_apart(cls, metrics_path: str, info: ValidationInfo) -> str:
        path = info.data.get("path") or ""
        if path and f"{metrics_path}/".startswith(f"{path}/"):
            raise ValueError(f"it lies under the page's path {path!r}")
        return metrics_path

    @property
    def store_path(self) -> Path | None:
        """The file of a SQLite store; None for any other."""
        scheme, _, path = self.store.partition(":///")
        return Path(path) if scheme == "sqlite" else None

    @property
    def store_name(self) -> str:
        """The store's address as it may be shown: no user, no password."""
        return values.without_password(self.store)

    def service_name(self, app_title: str = "") -> str:
        """Return the chosen service, else the app's title, else the working directory's name."""
        is_chosen = app_title not in ("", "FastAPI")  # FastAPI's own default says nothing
        return self.service or (app_title if is_chosen else "") or Path.cwd().name or "default"
