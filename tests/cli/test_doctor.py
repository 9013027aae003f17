"""`api-performance doctor` finds what is wrong, and names the remedy: ten planted faults."""

import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from api_performance.model import Instance
from api_performance.release import RELEASE
from api_performance.stores.base import FOLD_LEASE, Batch, InstanceState, Store
from api_performance.stores.redis import RedisStore
from api_performance.stores.sqlite import SQLiteStore
from tests.cli.diagnosed import doctor, doctor_of_its_own
from tests.cli.fake_redis import a_fake_redis
from tests.cli.servers import command
from tests.cli.stored import STORE, USER, fill, window
from tests.stores.disks import make_read_only, mounted
from tests.stores.redis_server import RedisServer, a_redis_server

needs_redis = pytest.mark.needs_system("redis-server")

FULL_BYTES = 4 << 20


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with a store that an application has just written."""
    (tmp_path / "filled").mkdir()
    fill(tmp_path / "filled")
    return tmp_path / "filled"


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    (tmp_path / "redis").mkdir()
    with a_redis_server(tmp_path / "redis") as server:
        yield server


def report(store: Store, seen_at: float, pid: int = 1, sequence: int = 1) -> None:
    """Have a process write a second to the store, by a clock that shows `seen_at`."""
    instance = Instance("shop", "1.0", "", "host", pid, seen_at - 60)
    windows = [(USER, window(seen_at, [0.01] * 5, failed=0))]
    store.append(Batch(InstanceState(instance, seen_at, sequence), sequence, windows))


# The ten faults


@needs_redis
def test_a_wrong_url_is_found(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        said = doctor(tmp_path, "--store", f"redis://127.0.0.1:{port}/0")
    assert said.code == 1
    level, text, remedy = said.of("Redis")
    assert level == "error" and f"127.0.0.1:{port}/0 does not answer" in text
    assert remedy.startswith("Start it, or mend the way to it")
    assert said.of("Processes")[:2] == ("not checked", "because the store must be mended first")


def test_a_url_that_is_none_is_found(tmp_path: Path) -> None:
    said = doctor(tmp_path, "--store", "reddis://cache:6379/0")
    assert said.code == 1
    level, text, remedy = said.of("Settings")
    assert level == "error" and "store = 'reddis://cache:6379/0' (argument) is refused" in text
    assert "redis://user:password@host:6379/0" in remedy
    assert said.of("Store")[:2] == ("not checked", "because the settings are wrong")


@needs_redis
@pytest.mark.parametrize("credentials", ["", "default:n0t-it@"])
def test_a_wrong_password_is_found_and_never_shown(
    tmp_path: Path, redis_server: RedisServer, credentials: str
) -> None:
    redis_server.stop()
    redis_server.start("--requirepass", "s3cret")
    address = redis_server.address().replace("//", f"//{credentials}")
    said = doctor(tmp_path, "--store", address)
    assert said.code == 1
    level, text, remedy = said.of("Redis")
    assert level == "error" and f"{redis_server.address()} refuses us" in text
    assert remedy == "Put a user and a password with all rights in the address."
    assert "n0t-it" not in str(said.findings)


@needs_redis
def test_a_full_memory_is_found(tmp_path: Path, redis_server: RedisServer) -> None:
    store = RedisStore(redis_server.address())
    report(store, time.time())
    store.close()
    with redis.Redis(port=redis_server.port) as client:
        client.set("ballast", b"x" * FULL_BYTES)
        client.config_set("maxmemory", FULL_BYTES)
    said = doctor(tmp_path, "--store", redis_server.address())
    assert said.code == 1
    level, text, remedy = said.of("Memory")
    assert level == "error" and "The server is full" in text and "4\u00a0MiB" in text
    assert remedy.startswith("Raise maxmemory") and "max_store_bytes" in remedy


def test_an_old_server_is_found(tmp_path: Path) -> None:
    with a_fake_redis("4.0.9") as address:
        said = doctor(tmp_path, "--store", address)
    assert said.code == 1
    level, text, remedy = said.of("Redis")
    assert level == "error" and "redis 4.0.9, older than 6.0" in text
    assert remedy.startswith("Upgrade it to 7.0 or newer")


@pytest.mark.parametrize(("ahead", "way"), [(120.0, "ahead of"), (-120.0, "behind")])
def test_a_servers_skewed_clock_is_found(tmp_path: Path, ahead: float, way: str) -> None:
    with a_fake_redis("7.2.4", ahead) as address:
        said = doctor(tmp_path, "--store", address)
    assert said.code == 1
    level, text, remedy = said.of("Clock")
    assert level == "error" and f"s {way} this host's" in text
    assert "NTP" in remedy


def test_the_skewed_clock_of_a_process_is_found(directory: Path) -> None:
    with closing(SQLiteStore(directory / STORE)) as store:
        report(store, time.time() + 90, pid=2)
    said = doctor(directory)
    assert said.code == 1
    level, text, remedy = said.of("Clocks")
    assert level == "error" and "The clock of host-2-" in text and "ahead of the store's" in text
    assert "NTP" in remedy


@pytest.mark.parametrize("name", ["metrics.sqlite3", "deep/er/metrics.sqlite3"])
def test_a_read_only_path_is_found(tmp_path: Path, name: str) -> None:
    with mounted(tmp_path / "disk", "size=2m") as disk:
        make_read_only(disk)
        said = doctor(tmp_path, "--store", f"sqlite:///{disk / name}")
    assert said.code == 1
    level, text, remedy = said.of("SQLite")
    assert level == "error" and "cannot be written" in text and "read-only" in text
    assert remedy.startswith("Give this user the right to write there, or name another place")


def test_a_port_in_use_is_found(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        said = doctor(tmp_path, "--port", str(port))
    assert said.code == 1
    level, text, remedy = said.of("Port")
    assert (level, text) == ("error", f"127.0.0.1:{port} is in use.")
    assert "End what listens there" in remedy and "another --port" in remedy


def test_a_stale_lease_is_found(directory: Path) -> None:
    with closing(SQLiteStore(directory / STORE)) as store:
        assert store.acquire(FOLD_LEASE, "gone-7-0", time.time() - 600, 15)
    said = doctor(directory)
    assert said.code == 1
    level, text, remedy = said.of("Lease")
    assert level == "error" and text.startswith("The lease is stale: gone-7-0 held it until 9")
    assert "Restart one application" in remedy


def test_a_missing_extra_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "without").mkdir()
    hidden = "import sys\nsys.modules['redis'] = None\n"
    (tmp_path / "without" / "sitecustomize.py").write_text(hidden)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "without"))
    said = doctor_of_its_own(tmp_path, "--store", "redis://127.0.0.1/0")
    assert said.code == 1
    level, text, remedy = said.of("Settings")
    assert level == "error" and "its driver is not installed" in text
    assert "pip install 'api-performance[redis]'" in remedy


def test_a_newer_schema_of_a_file_is_found(directory: Path) -> None:
    with closing(sqlite3.connect(directory / STORE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    said = doctor(directory)
    assert said.code == 1
    level, text, remedy = said.of("Schema")
    assert level == "error" and "has schema version 99, this api-performance knows" in text
    assert remedy.startswith("Upgrade api-performance here")


@needs_redis
def test_a_newer_layout_of_a_server_is_found(tmp_path: Path, redis_server: RedisServer) -> None:
    store = RedisStore(redis_server.address())
    report(store, time.time())
    store.close()
    with redis.Redis(port=redis_server.port) as client:
        client.hset("{api-performance}:layout", "version", 99)
    said = doctor(tmp_path, "--store", redis_server.address())
    assert said.code == 1
    level, text, remedy = said.of("Layout")
    assert level == "error" and "has layout version 99, this api-performance knows" in text
    assert remedy.startswith("Upgrade api-performance here")


# What else may be wrong


@needs_redis
@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_a_server_that_evicts_is_found(
    tmp_path: Path, redis_server: RedisServer, policy: str
) -> None:
    redis_server.stop()
    redis_server.start("--maxmemory", "2gb", "--maxmemory-policy", policy)
    said = doctor(tmp_path, "--store", redis_server.address())
    assert said.code == 1
    level, text, remedy = said.of("Eviction")
    assert level == "error" and policy in text and "deleted without a word" in text
    assert "maxmemory-policy noeviction" in remedy


@needs_redis
def test_a_replica_is_found(tmp_path: Path, redis_server: RedisServer) -> None:
    (tmp_path / "replica").mkdir()
    with a_redis_server(
        tmp_path / "replica", "--replicaof", f"127.0.0.1 {redis_server.port}"
    ) as replica:
        said = doctor(tmp_path, "--store", replica.address())
    assert said.code == 1
    level, _, remedy = said.of("Rights")
    assert (level, remedy) == ("error", f"Name the master: 127.0.0.1:{redis_server.port}.")


@needs_redis
def test_missing_rights_are_found(tmp_path: Path, redis_server: RedisServer) -> None:
    with redis.Redis(port=redis_server.port) as client:
        client.execute_command("ACL", "SETUSER", "reader", "on", ">pw", "~*", "+@read", "+info",
                               "+time", "+@connection")  # fmt: skip
    address = redis_server.address().replace("//", "//reader:pw@")
    said = doctor(tmp_path, "--store", address)
    assert said.code == 1
    level, text, remedy = said.of("Rights")
    assert level == "error" and "refuses us" in text and "'del'" in text
    assert remedy == "Put a user and a password with all rights in the address."


def test_a_corrupt_file_is_found_and_left_where_it_is(directory: Path) -> None:
    (directory / STORE).write_bytes(b"this is no database, " * 500)
    said = doctor(directory)
    assert said.code == 1
    level, text, remedy = said.of("Schema")
    assert level == "error" and "is corrupt" in text and "backup" in remedy
    assert (directory / STORE).read_bytes().startswith(b"this is no database")


def test_a_misspelt_variable_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PERFORMANCE_STROE", "memory://")
    said = doctor(tmp_path)
    assert said.code == 1
    level, text, remedy = said.of("Settings")
    assert level == "error" and "API_PERFORMANCE_STROE" in text
    assert remedy == "did you mean store?"


def test_every_wrong_setting_of_a_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "api-performance.toml").write_text('max_endpoints = 0\nexclud = ["/x"]\n')
    said = doctor(tmp_path)
    assert said.code == 1
    texts = [
        text for check, level, text, _ in said.findings if (check, level) == ("Settings", "error")
    ]
    assert len(texts) == 2
    assert "max_endpoints = 0" in texts[0] and "exclud" in texts[1]


@pytest.mark.parametrize(("host", "said"), [("127.0.0.1", "whoever"), ("0.0.0.0", "anybody")])
def test_a_page_without_sign_in_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, said: str
) -> None:
    monkeypatch.setenv("API_PERFORMANCE_AUTHENTICATION", "false")
    found = doctor(tmp_path, "--host", host)
    assert found.code == 0
    assert found.of("Sign-in")[0] == "warning" and said in found.of("Sign-in")[1]


def test_an_address_of_another_host_cannot_be_listened_on(tmp_path: Path) -> None:
    said = doctor(tmp_path, "--host", "192.0.2.1", "--port", "8000")
    assert said.code == 1
    assert said.of("Port")[0] == "error" and "127.0.0.1" in said.of("Port")[2]


# What is well, and left alone


def test_a_sound_store_is_well_and_every_line_says_so(directory: Path) -> None:
    with closing(SQLiteStore(directory / STORE)) as store:
        assert store.acquire(FOLD_LEASE, store.instances(0)[0].instance.id, time.time(), 15)
    said = doctor(directory)
    assert said.code == 0
    assert {level for _, level, _, _ in said.findings} == {"ok"}
    assert said.of("Lease")[1].endswith("holds it, and folds.")
    assert said.of("Versions")[1].startswith(f"api-performance {RELEASE} on Python ")


@needs_redis
def test_a_sound_server_is_well_and_nothing_is_written_there(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    said = doctor(tmp_path, "--store", redis_server.address())
    assert said.code == 0
    assert said.of("Layout")[1] == "Nothing was measured into this database yet."
    with redis.Redis(port=redis_server.port) as client:
        assert client.dbsize() == 0
        report(store := RedisStore(redis_server.address()), time.time())
        store.close()
        before = {key: client.dump(key) for key in client.scan_iter()}
        assert doctor(tmp_path, "--store", redis_server.address()).code == 0
        assert {key: client.dump(key) for key in client.scan_iter()} == before


def test_nothing_is_made_where_no_store_is(tmp_path: Path) -> None:
    said = doctor(tmp_path)
    assert said.code == 0
    assert said.of("Processes")[:2] == ("not checked", "because the store is empty")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_looked_at_stays_as_it_is(directory: Path) -> None:
    before = contents(directory)
    assert doctor(directory).code == 0
    assert contents(directory) == before


def test_what_a_killed_process_left_is_read_and_stays(directory: Path) -> None:
    script = (
        "import os, time; from api_performance.stores.sqlite import SQLiteStore\n"
        "from tests.cli.test_doctor import report\n"
        "store = SQLiteStore(os.sys.argv[1])\n"
        "for pid in (5, 6, 7): report(store, time.time(), pid=pid)\n"
        "os._exit(0)\n"
    )
    command = [sys.executable, "-c", script, str(directory / STORE)]
    subprocess.run(command, cwd=Path(__file__).parents[2], check=True)
    before = contents(directory)
    assert any(name.endswith("-wal") for name in before)
    said = doctor(directory)
    processes = said.of("Processes")[1].partition(" ")[0]
    assert processes in ("3", "4")  # the fixture's may have been silent for long meanwhile
    assert contents(directory) == before


def contents(directory: Path) -> dict[str, bytes]:
    """Return every file beside the database but the index of its log, which readers lock."""
    files = (directory / STORE).parent.iterdir()
    return {file.name: file.read_bytes() for file in files if not file.name.endswith("-shm")}


def test_the_memory_store_is_out_of_reach_and_says_so(tmp_path: Path) -> None:
    said = doctor(tmp_path, "--store", "memory://")
    assert said.code == 0
    assert said.of("Store")[0] == "note"


def test_a_pipe_gets_a_line_and_its_remedy_without_colours(tmp_path: Path) -> None:
    result = command(tmp_path, "doctor", "--store", "reddis://user:s3cret@cache:6379/0")
    assert result.returncode == 1
    assert "✗ error        Settings         store = 'reddis://cache:6379/0'" in result.stdout
    assert "→ allowed: `memory://`" in result.stdout
    assert result.stdout.endswith("\n1 error, no warnings: mend the errors.\n")
    assert "\x1b" not in result.stdout and "s3cret" not in result.stdout
