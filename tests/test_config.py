"""Settings: who outranks whom, what is refused and in which words, and the page that lists them."""

import subprocess
import sys
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

import pytest

from api_performance.config import Config, DashboardConfig
from api_performance.config.redis_address import parse_redis_address
from api_performance.errors import ConfigError
from api_performance.model import (
    PERFORMANCE_THRESHOLDS,
    RESPONSE_TIME_THRESHOLDS,
    THROUGHPUT_THRESHOLDS,
    MetricPriority,
    PerformanceThreshold,
)


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refusal(**arguments: object) -> str:
    """Return the words in which settings are refused."""
    with pytest.raises(ConfigError) as caught:
        Config(**arguments)
    return str(caught.value)


def write(text: str, name: str = "api-performance.toml") -> None:
    Path(name).write_text(text, encoding="utf-8")


def test_the_defaults_are_spec_s() -> None:
    config = Config()
    assert config.enabled and config.authentication and not config.debug_mode
    assert config.store == "sqlite:///./.api-performance/metrics.sqlite3"
    assert config.store_path == Path(".api-performance/metrics.sqlite3")
    assert config.retention == {1: 600, 10: 86_400, 60: 14 * 86_400, 3600: 400 * 86_400}
    assert config.max_store_bytes == 1 << 30
    assert config.max_endpoints == 2000
    assert (config.path, config.metrics_path) == ("/performance", "/metrics")
    assert config.default_priority is MetricPriority.MEDIUM
    assert config.response_time_thresholds == RESPONSE_TIME_THRESHOLDS
    assert config.throughput_thresholds == THROUGHPUT_THRESHOLDS
    assert config.performance_thresholds == PERFORMANCE_THRESHOLDS
    assert config.dashboard_config.model_dump() == {
        "refresh_interval": 5,
        "history_window": 3600,
        "max_data_points": 1000,
        "enable_real_time": True,
        "enable_alerts": True,
        "enable_optimizations": True,
    }
    assert config.optimization_config.model_dump() == {
        "batch_size": 100,
        "flush_interval": 1,
        "cache_size": 10_000,
        "worker_threads": 4,
    }


def test_arguments_outrank_variables_and_those_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write("max_endpoints = 1\nservice = 'file'\nversion = 'file'")
    monkeypatch.setenv("API_PERFORMANCE_MAX_ENDPOINTS", "2")
    monkeypatch.setenv("API_PERFORMANCE_SERVICE", "variable")
    config = Config(max_endpoints=3)
    assert (config.max_endpoints, config.service, config.version) == (3, "variable", "file")


def test_tables_are_merged_over_all_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    write("[dashboard_config]\nrefresh_interval = 9\nhistory_window = 900")
    monkeypatch.setenv("API_PERFORMANCE_DASHBOARD_CONFIG__HISTORY_WINDOW", "1800")
    dashboard = Config(dashboard_config={"max_data_points": 500}).dashboard_config
    assert dashboard == DashboardConfig(
        refresh_interval=9, history_window=1800, max_data_points=500
    )


def test_a_whole_table_can_come_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PERFORMANCE_OPTIMIZATION_CONFIG", '{"batch_size": 7}')
    monkeypatch.setenv("API_PERFORMANCE_OPTIMIZATION_CONFIG__WORKER_THREADS", "2")
    optimization = Config().optimization_config
    assert (optimization.batch_size, optimization.worker_threads) == (7, 2)


def test_lists_and_mappings_can_be_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PERFORMANCE_EXCLUDE", "/internal/*, get /ping")
    monkeypatch.setenv("API_PERFORMANCE_PRIORITIES", "POST /checkout=critical, /admin/*=LOW")
    monkeypatch.setenv("API_PERFORMANCE_TRUSTED_PROXIES", "10.0.0.0/8,::1")
    monkeypatch.setenv("API_PERFORMANCE_RETENTION", "1m=30d")
    config = Config()
    assert config.exclude == ("/internal/*", "GET /ping")
    assert config.priorities == {"POST /checkout": "critical", "/admin/*": "low"}
    assert config.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert config.retention[60] == 30 * 86_400


def test_lists_and_mappings_can_be_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PERFORMANCE_INCLUDE", '["GET /a,b"]')
    monkeypatch.setenv("API_PERFORMANCE_PRIORITIES", '{"/a,b": "high"}')
    config = Config()
    assert (config.include, config.priorities) == (("GET /a,b",), {"/a,b": "high"})


@pytest.mark.parametrize("text", ["false", "0", "off", "no", "False"])
def test_it_can_be_switched_off_by_a_variable(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("API_PERFORMANCE_ENABLED", text)
    assert not Config().enabled


def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PERFORMANCE_ENABLED", "")
    assert Config().enabled


def test_the_file_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    write("version = 'here'")
    write("version = 'named'", "other.toml")
    monkeypatch.setenv("API_PERFORMANCE_CONFIG", "other.toml")
    assert Config().version == "named"


def test_settings_can_live_in_pyproject() -> None:
    write("[tool.api-performance]\nversion = 'project'\n[tool.other]\nx = 1", "pyproject.toml")
    assert Config().version == "project"
    write("version = 'own'")
    assert Config().version == "own"


def test_a_pyproject_without_our_table_says_nothing() -> None:
    write("[tool.other]\nversion = 'theirs'", "pyproject.toml")
    assert Config().version == ""


OVERLAYS = """
version = "all"
[priorities]
"/pay" = "high"
[dashboard_config]
refresh_interval = 9
[environment.staging]
version = "staging"
[environment.staging.dashboard_config]
history_window = 600
[environment.production.priorities]
"/pay" = "critical"
"""


def test_the_environment_chooses_its_overlay(monkeypatch: pytest.MonkeyPatch) -> None:
    write(OVERLAYS)
    assert Config().version == "all"
    staging = Config(environment="staging")
    assert (staging.version, staging.environment) == ("staging", "staging")
    assert staging.dashboard_config == DashboardConfig(refresh_interval=9, history_window=600)
    monkeypatch.setenv("API_PERFORMANCE_ENVIRONMENT", "production")
    assert (Config().version, Config().priorities) == ("all", {"/pay": "critical"})


def test_an_environment_without_overlay_is_only_a_label() -> None:
    write(OVERLAYS)
    assert Config(environment="testing").version == "all"


def test_a_file_without_overlays_may_name_the_label() -> None:
    write("environment = 'testing'")
    assert Config().environment == "testing"


def test_an_overlay_must_be_a_table() -> None:
    write("[environment]\nstaging = 3")
    assert "environment.staging = 3 is no table" in refusal()


def test_a_wrong_value_is_named_with_its_source_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allowed = "is refused: input should be greater than or equal to 1; allowed: 1 to 100000"
    assert refusal(max_endpoints=0) == f"max_endpoints = 0 (argument) {allowed}"
    write("max_endpoints = -1")
    assert refusal() == f"max_endpoints = -1 (api-performance.toml) {allowed}"
    monkeypatch.setenv("API_PERFORMANCE_MAX_ENDPOINTS", "0")
    variable = "environment variable API_PERFORMANCE_MAX_ENDPOINTS"
    assert refusal() == f"max_endpoints = '0' ({variable}) {allowed}"


def test_every_wrong_value_has_its_own_line() -> None:
    lines = refusal(max_endpoints=0, path="performance").splitlines()
    assert lines[0] == "2 settings are wrong:"
    assert [line.partition(" ")[0] for line in lines[1:]] == ["max_endpoints", "path"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"store": "clickhouse://host"}, "clickhouse:// is no part of this version yet; all"),
        ({"store": "redis://a,b"}, "'redis://a,b' (argument) is refused: redis:// has one host"),
        ({"store": "redis://host:0"}, "the port of a host is no number from 1 to 65535"),
        ({"store": "redis://host/shop"}, "the database behind the host is no number"),
        ({"store": "redis+cluster://host/1"}, "a cluster has no database but 0"),
        ({"store": "redis+sentinel://host"}, "the name by which the sentinels know the service"),
        ({"store": "redis://host?nmaespace=a"}, "an option behind the ? is none of namespace;"),
        ({"store": "redis://host?namespace=a/b"}, "a namespace has letters, digits"),
        ({"store": "rediss://host?ssl_ca_certs="}, "an option behind the ? has no value"),
        ({"store": "rediss://host?ssl_check_hostname=no"}, "ssl_check_hostname is true or false"),
        ({"store_connections": 1}, "store_connections = 1 (argument) is refused"),
        ({"store": "redis://"}, "the host of the server is missing; allowed: `memory://`"),
        ({"store": "clickhouse://localhost"}, "clickhouse:// is no part of this version yet"),
        ({"store": "metrics.sqlite3"}, "no such store; allowed: `memory://`"),
        ({"store": "sqlite://metrics.sqlite3"}, "three slashes come before the path"),
        ({"store": "sqlite:///"}, "the path of the file is missing"),
        ({"store": "memory://x"}, "the memory store has no path"),
        ({"environment": "a b"}, "allowed: letters, digits"),
        ({"max_store_bytes": "1kB"}, "at least `10MiB`"),
        ({"retention": {"5s": "1h"}}, "there is no resolution of 5 s"),
        ({"retention": {"1m": "1h"}}, "windows of 60 s would be dropped after 3600 s, before"),
        ({"retention": {"1m": "soon"}}, "'soon' is no duration"),
        ({"retention": "1m"}, "expected NAME=VALUE"),
        ({"include": ["GET"]}, "'GET' is no pattern; allowed: patterns like `GET /api"),
        ({"include": [3]}, "include.0 = 3"),
        ({"minimum_priority": "urgent"}, "allowed: critical, high, medium, low"),
        ({"priorities": {"/pay": "urgent"}}, "priorities./pay = 'urgent'"),
        ({"priorities": {"a b c": "low"}}, "'a b c' is no pattern"),
        ({"trusted_proxies": ["10.0.0.300"]}, "'10.0.0.300' is neither an IP address nor a CIDR"),
        ({"path": "/performance/"}, "without a slash at its end"),
        ({"path": "/"}, "without a slash at its end"),
        ({"metrics_path": "/performance/metrics"}, "it lies under the page's path"),
        ({"metrics_path": "/performance"}, "it lies under the page's path"),
        ({"enabled": "perhaps"}, "allowed: true or false"),
        ({"dashboard_config": {"refresh_interval": 0}}, "dashboard_config.refresh_interval = 0"),
        ({"dashboard_config": 3}, "dashboard_config = 3"),
        ({"optimization_config": {"batch_size": 0}}, "allowed: 1 to 10000"),
    ],
)
def test_a_wrong_value_is_refused(arguments: Mapping[str, object], words: str) -> None:
    assert words in refusal(**arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"retenton": {}}, "retenton (argument) is no setting; did you mean retention?"),
        ({"zzz": 1}, "zzz (argument) is no setting; the settings are enabled, service, version"),
        (
            {"dashboard_config": {"refresh": 1}},
            "dashboard_config.refresh (argument) is no setting;"
            " did you mean dashboard_config.refresh_interval?",
        ),
    ],
)
def test_an_unknown_setting_is_refused_with_the_nearest(
    arguments: Mapping[str, object], words: str
) -> None:
    assert words in refusal(**arguments)


def test_an_unknown_variable_is_refused_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PERFORMANCE_SERVCE", "shop")
    variable = "environment variable API_PERFORMANCE_SERVCE"
    assert refusal() == f"servce ({variable}) is no setting; did you mean service?"


def test_an_unknown_setting_in_the_file_is_refused() -> None:
    write("[environment.staging]\nservce = 'shop'")
    assert "servce (api-performance.toml) is no setting" in refusal(environment="staging")


def test_the_variables_of_the_command_line_are_no_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("API_PERFORMANCE_TOKEN", "x")
    monkeypatch.setenv("API_PERFORMANCE_URL", "x")
    assert Config().enabled


def test_a_missing_or_broken_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    write("max_endpoints = ")
    assert refusal().startswith("api-performance.toml cannot be read as TOML: ")
    monkeypatch.setenv("API_PERFORMANCE_CONFIG", "absent.toml")
    assert refusal() == "API_PERFORMANCE_CONFIG='absent.toml' names no file; write it or unset it"


def test_a_refused_secret_is_not_shown() -> None:
    text = refusal(metrics_token="hunter2")
    assert "metrics_token = (secret)" in text and "hunter2" not in text
    assert "a-long-enough-secret" not in repr(Config(metrics_token="a-long-enough-secret"))


def test_spec_s_own_tables_are_taken_as_they_stand() -> None:
    config = Config(
        dashboard_config={"refresh_interval": 5, "history_window": 3600, "enable_alerts": True},
        optimization_config={"batch_size": 100, "flush_interval": 1, "cache_size": 10000},
        performance_thresholds={
            "critical_endpoints": {"response_time": 0.4, "throughput": 1000, "error_rate": 0.001}
        },
    )
    assert config.performance_thresholds["critical_endpoints"]["response_time"] == 0.4
    assert config.performance_thresholds["low_priority_endpoints"]["error_rate"] == 0.05


@pytest.mark.parametrize("key", [MetricPriority.CRITICAL, "critical", "CRITICAL"])
def test_thresholds_are_laid_over_the_defaults(key: str) -> None:
    config = Config(response_time_thresholds={key: {PerformanceThreshold.GOOD: 0.4}})
    critical = config.response_time_thresholds[MetricPriority.CRITICAL]
    assert list(critical.values()) == [0.1, 0.4, 1.0, 2.0]
    assert config.response_time_thresholds[MetricPriority.LOW][PerformanceThreshold.GOOD] == 5.0


def test_thresholds_that_are_out_of_order_are_refused() -> None:
    text = refusal(response_time_thresholds={"critical": {"good": 3}})
    assert "the bounds of critical do not rise: 0.1, 3, 1, 2" in text
    text = refusal(throughput_thresholds={"low": {"good": 300}})
    assert "the bounds of low do not fall: 100, 300, 10, 5" in text
    assert "not above zero" in refusal(throughput_thresholds={"low": {"critical": 0}})
    endless = {"critical": {"critical": float("inf")}}
    assert "is not a finite number" in refusal(response_time_thresholds=endless)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"critical": {}}, "there is no 'critical', but critical_endpoints"),
        ({"critical_endpoints": {"latency": 1}}, "there is no 'latency', but response_time"),
        ({"critical_endpoints": {"error_rate": 2}}, "is a ratio, from 0 to 1"),
        ({"critical_endpoints": {"response_time": 0}}, "not above zero"),
        ({"critical_endpoints": {"response_time": 7200}}, "is of seconds, 0.000001 to 3600"),
        ({"critical_endpoints": {"error_rate": float("nan")}}, "is not a finite number"),
    ],
)
def test_wrong_objectives_are_refused(chosen: object, words: str) -> None:
    assert words in refusal(performance_thresholds=chosen)


def test_ages_and_sizes_have_units() -> None:
    config = Config(retention={"1s": "5m", 10: 7200, "1m": "7d"}, max_store_bytes="2GiB")
    assert config.retention == {1: 300, 10: 7200, 60: 7 * 86_400, 3600: 400 * 86_400}
    assert config.max_store_bytes == 2 << 30


def test_the_memory_store_keeps_two_minutes_of_seconds() -> None:
    assert Config(store="memory://").retention[1] == 120
    assert Config(store="memory://", retention={"1s": "10m"}).retention[1] == 600
    assert Config(store="memory://").store_path is None


@pytest.mark.parametrize(
    "store",
    [
        "redis://ann:s3cret@host:port/1",
        "redis://ann:x/s3cret@host/1",
        "redis://ann:x?s3cret@host/1",
        "redis+cluster://ann:s3cret@a,ann:s3cret@b/1",
        "redis+sentinel://host/shop?sentinel_password=x@s3cret",
        "redis+sentinel://host/shop?password=s3cret",
    ],
)
def test_a_refused_address_shows_no_password(store: str) -> None:
    assert "s3cret" not in refusal(store=store)


def test_an_address_of_a_cluster_is_taken_apart() -> None:
    found = parse_redis_address(
        "rediss+cluster://ann:s%2Fc@a,[::1]:7001?namespace=shop&ssl_ca_certs=%2Fca.pem"
    )
    assert found.hosts == (("a", 6379), ("::1", 7001))
    assert (found.username, found.password, found.namespace) == ("ann", "s/c", "shop")
    assert (found.is_tls, found.tls_files) == (True, {"ssl_ca_certs": "/ca.pem"})


def test_a_namespace_is_shown_with_the_address() -> None:
    config = Config(store="redis://:s3cret@host/1?namespace=shop")
    assert config.store_name == "redis://host/1?namespace=shop"


def test_a_password_in_the_store_s_address_is_never_shown() -> None:
    config = Config(store="redis://ann:s3cret@host:6379/1")
    assert config.store_name == "redis://host:6379/1"
    assert config.store_path is None
    assert "s3cret" not in repr(config)
    assert "s3cret" not in refusal(store="clickhouse://ann:s3cret@host")


def test_a_store_whose_driver_is_missing_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)  # as if it were not installed
    assert "pip install 'api-performance[redis]'" in refusal(store="redis://localhost")


def test_a_store_s_path_may_be_absolute() -> None:
    assert Config(store="sqlite:////var/lib/metrics.db").store_path == Path("/var/lib/metrics.db")


def test_the_service_is_named_by_setting_then_title_then_directory(tmp_path: Path) -> None:
    assert Config(service="shop").service_name("Shop API") == "shop"
    assert Config().service_name("Shop API") == "Shop API"
    assert Config().service_name("FastAPI") == tmp_path.name
    assert Config().service_name() == tmp_path.name


def test_paths_can_be_switched_off() -> None:
    config = Config(path="", metrics_path="")
    assert (config.path, config.metrics_path) == ("", "")


def test_a_configuration_does_not_change() -> None:
    config = Config()
    with pytest.raises(ValueError, match="frozen"):
        config.max_endpoints = 3


def test_reading_the_configuration_loads_no_web_framework() -> None:
    script = "import sys, api_performance.config; print('fastapi' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout == "False\n"


def test_objectives_are_tables_of_the_file() -> None:
    write(
        "[[objectives]]\nid = 'checkout'\nkind = 'latency'\ntarget = 0.99\nbound = 0.3\n"
        "pattern = 'POST /checkout'\n"
        "[[objectives]]\nid = 'admin'\nkind = 'availability'\ntarget = 0.9\npriority = 'low'\n"
        "[objectives.errors]\n'429' = 'bad'\n"
    )
    checkout, admin = Config().objectives
    assert (checkout.bound, checkout.period_days, checkout.name) == (0.3, 30, "checkout")
    assert (admin.priority, admin.errors["429"], admin.errors["5xx"]) == ("low", "bad", "bad")


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"target": 99.9}, "target = 99.9 is refused: give a ratio such as 0.999"),
        ({"kind": "latency"}, "bound = None is refused: give seconds"),
        ({"kind": "latency", "bound": 1e-320}, "is refused: give seconds, 0.000001 to 3600"),
        ({"goal": 1}, "objectives.0.goal = 1"),
    ],
)
def test_a_wrong_objective_stops_the_start(chosen: dict[str, object], words: str) -> None:
    objective = {"id": "a", "kind": "availability", "target": 0.9, **chosen}
    assert words in refusal(objectives=[objective])


def test_two_objectives_of_one_id_are_refused() -> None:
    objective = {"id": "a", "kind": "availability", "target": 0.9}
    assert "two objectives have the id 'a'" in refusal(objectives=[objective, objective])
