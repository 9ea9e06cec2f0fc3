"""PostGIS tables, against a PostgreSQL that the tests start for themselves."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import psycopg
import pytest
import shapely

from phusong.gis.findings import Findings
from phusong.gis.readers.postgis import read_postgis

SECRET = "b@d/Pa:ss w0rd"  # noqa: S105 - of a server that lives for one test run
QUOTED = "b%40d%2FPa%3Ass%20w0rd"
WEST, SOUTH = 568_000.0, 1_274_000.0


def _binaries() -> Path | None:
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(versions, key=lambda path: int(re.sub(r"\D", "", path.parts[4]) or 0))
    return found[-1].parent if found else None


def _as_user() -> list[str]:
    """Return how a program of PostgreSQL is started: not as root, which it refuses, and never to outlive its tests."""
    who = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *who, "--pdeathsig=INT"]


@contextmanager
def _running(binaries: Path, data: Path, port: str) -> Iterator[str]:
    """Run a server on a free port of this machine; yield the address of its first database."""
    options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
    words = [f"-c{key}={value}" for key, value in options.items()]
    command = [*_as_user(), str(binaries / "postgres"), "-D", str(data), *words]
    address = f"postgresql://keeper:{QUOTED}@127.0.0.1:{port}/postgres"
    with (data.parent / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        try:
            for _ in range(300):
                assert server.poll() is None, (data.parent / "log").read_text(encoding="utf-8", errors="replace")
                try:
                    psycopg.connect(address).close()
                    break
                except psycopg.OperationalError:
                    time.sleep(0.1)
            yield address
        finally:
            server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            server.wait(60)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Start a private cluster with two roles; return host and port."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server on this machine (apt install postgresql postgresql-15-postgis-3)")
    share = Path("/usr/share/postgresql") / binaries.parts[4] / "extension"
    if not (share / "postgis.control").exists():
        pytest.skip("PostgreSQL is here, PostGIS is not (apt install postgresql-15-postgis-3)")
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not here, which starts a server that ends with its tests (apt install util-linux)")
    folder = Path(tempfile.mkdtemp(prefix="phusong-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        (folder / "pw").write_text(SECRET, encoding="utf-8")
        (folder / "pw").chmod(0o644)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        auth = [
            "--auth=scram-sha-256",
            f"--pwfile={folder / 'pw'}",
            "--username=keeper",
            "--encoding=UTF8",
            "--locale=C",
        ]
        command = [*_as_user(), str(binaries / "initdb"), "-D", str(folder / "data"), *auth, "--no-sync"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        assert done.returncode == 0, (done.stdout, done.stderr)
        with _running(binaries, folder / "data", port) as address:
            with psycopg.connect(address, autocommit=True) as keeper:
                keeper.execute("CREATE DATABASE province")
                keeper.execute("CREATE DATABASE plain")
                keeper.execute("CREATE DATABASE old ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
                keeper.execute("CREATE ROLE reader LOGIN PASSWORD 'reader'")
            yield f"127.0.0.1:{port}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def url(server: str) -> str:
    """Return the URL of a database with PostGIS in a schema of its own, and all tables of these tests."""
    address = f"postgresql://keeper:{QUOTED}@{server}/province"
    with psycopg.connect(address, autocommit=True) as keeper:
        keeper.execute("CREATE SCHEMA gis; CREATE EXTENSION postgis SCHEMA gis; CREATE SCHEMA mạng")
        keeper.execute("SET search_path TO public, gis")
        keeper.execute(
            'CREATE TABLE mạng."Trạm BTS; --" (site_id text PRIMARY KEY, "Tên trạm" text, height_m numeric(6,2), '
            "shareable boolean, since date, geom geometry(Point, 9212))"
        )
        for number, (name, height, shared) in enumerate([("Lộc Ninh", 42.5, True), ("Bù Đốp", 30, None)]):
            keeper.execute(
                'INSERT INTO mạng."Trạm BTS; --" VALUES (%s, %s, %s, %s, %s, ST_SetSRID(ST_MakePoint(%s, %s), 9212))',
                [f"S{2 - number}", name, height, shared, "2020-01-02", WEST + 100 * number + 2000, SOUTH + 1000],
            )
        keeper.execute("CREATE TABLE two (id int PRIMARY KEY, a geometry(Point, 4326), b geography(Point, 4326))")
        keeper.execute("INSERT INTO two VALUES (1, ST_Point(106.9, 11.5, 4326), ST_Point(106.8, 11.6, 4326))")
        keeper.execute("CREATE TABLE curves (id int, geom geometry)")
        keeper.execute(
            "INSERT INTO curves VALUES (1, ST_GeomFromText('CIRCULARSTRING(0 0, 1 1, 2 0)', 9212)), "
            "(2, NULL), (3, ST_GeomFromText('LINESTRING(0 0, 1 1)', 9212))"
        )
        keeper.execute("CREATE TABLE mixed (id int PRIMARY KEY, geom geometry)")
        keeper.execute("INSERT INTO mixed VALUES (1, ST_Point(1, 2, 4326)), (2, ST_Point(1, 2, 9212))")
        keeper.execute("CREATE TABLE empty (id int PRIMARY KEY, geom geometry(Point, 4326))")
        keeper.execute(
            'CREATE VIEW tall AS SELECT site_id, height_m, geom FROM mạng."Trạm BTS; --" WHERE height_m > 40'
        )
        keeper.execute("CREATE TABLE census (code text, population int)")
        keeper.execute("INSERT INTO census VALUES ('25002', 3000), ('25001', 6000)")
        keeper.execute("CREATE TABLE secret (id int, geom geometry(Point, 4326))")
        keeper.execute("GRANT USAGE ON SCHEMA gis TO reader; GRANT SELECT ON census TO reader")
    return address


def read(url: str, layer: str | None, name: str = "sites", encoding: str = "auto") -> tuple[Any, Findings]:
    findings = Findings()
    return read_postgis(url, layer=layer, encoding=encoding, notes=findings.of(name, "db")), findings


def only(url: str, layer: str | None, name: str = "sites") -> Any:
    found, findings = read(url, layer, name)
    assert found is None
    assert [f.severity for f in findings.faults] == ["error"], [f.line() for f in findings.faults]
    return findings.faults[0]


def test_a_table_with_a_hostile_name_in_the_order_of_its_key(url: str) -> None:
    found, findings = read(url, "mạng.Trạm BTS; --")
    assert findings.faults == []
    assert list(found.index) == [1, 2]
    assert list(found["site_id"]) == ["S1", "S2"]
    assert list(found["Tên trạm"]) == ["Bù Đốp", "Lộc Ninh"]
    assert list(found["height_m"]) == [30.0, 42.5]
    assert list(found["shareable"]) == [None, True]
    assert list(found["since"]) == ["2020-01-02", "2020-01-02"]
    assert found.crs.to_epsg() == 9212
    assert [(p.x, p.y) for p in found.geometry] == [(WEST + 2100, SOUTH + 1000), (WEST + 2000, SOUTH + 1000)]
    assert found.attrs["records"] == 2
    assert findings.described == {"sites": ["PostgreSQL, table mạng.Trạm BTS; --, shapes in geom"]}


def test_the_digest_is_that_of_the_rows(url: str) -> None:
    first, second = read(url, "mạng.Trạm BTS; --")[1], read(url, "Trạm BTS; --")[1]
    assert re.fullmatch("[0-9a-f]{64}", first.digests["sites"])
    assert first.digests == second.digests
    assert read(url, "public.tall")[1].digests != first.digests


def test_a_view(url: str) -> None:
    found, findings = read(url, "tall")
    assert findings.faults == []
    assert list(found["site_id"]) == ["S2"]


def test_columns_of_shapes_are_named(url: str) -> None:
    fault = only(url, "two")
    assert fault.rule == "the table public.two has 2 columns of shapes: a, b"
    assert fault.remedy == 'name one: layer = "public.two.a"'
    found, _ = read(url, "public.two.b")
    assert (found.geometry[1].x, found.geometry[1].y) == (106.8, 11.6)
    assert found.crs.to_epsg() == 4326
    assert list(found.columns) == ["id", "geometry"]


def test_curves_are_linearised_and_said(url: str) -> None:
    found, findings = read(url, "curves", "fibre")
    assert found.geom_type.fillna("").tolist() == ["LineString", "", "LineString"]
    assert shapely.get_num_coordinates(found.geometry[1]) > 30
    assert [(r.what.split(":")[0], r.how_much) for r in findings.repairs] == [("linearised", "1 records")]


def test_several_srids(url: str) -> None:
    fault = only(url, "mixed")
    assert (fault.row, fault.column, fault.value) == (2, "geometry", "9212")
    assert fault.rule == "the table's shapes are in 2 coordinate systems: SRID 4326, 9212"


def test_an_empty_table(url: str) -> None:
    found, findings = read(url, "empty")
    assert isinstance(found, gpd.GeoDataFrame)
    assert (len(found), findings.faults) == (0, [])


def test_a_table_without_shapes_is_a_table(url: str) -> None:
    found, findings = read(url, "census", "census")
    assert not isinstance(found, gpd.GeoDataFrame)
    assert findings.faults == []
    assert found["population"].tolist() == [6000, 3000]  # without a key: in the order of the rows' text
    assert found["code"].tolist() == ["25001", "25002"]


def test_no_such_table(url: str) -> None:
    fault = only(url, "public.cenus")
    assert fault.rule.startswith("the database holds no table 'public.cenus'; it holds public.census, ")
    assert fault.remedy == 'write layer = "public.census"'
    assert fault.column == "layer"


def test_no_table_named(url: str) -> None:
    assert only(url, None).rule.startswith("the database holds 7 tables with shapes: ")


def test_injection_is_a_name_like_any_other(url: str) -> None:
    fault = only(url, "public.census; DROP TABLE census")
    assert fault.rule.startswith("the database holds no table")
    assert len(read(url, "census", "census")[0]) == 2


def test_no_right_to_read(url: str) -> None:
    fault = only(url.replace(f"keeper:{QUOTED}", "reader:reader"), "public.secret")
    assert "permission denied" in fault.rule
    assert len(read(url.replace(f"keeper:{QUOTED}", "reader:reader"), "census", "census")[0]) == 2


def test_no_postgis(url: str) -> None:
    plain = url.replace("/province", "/plain")
    assert only(plain, "x", "communes").rule == "the database has no PostGIS, so its tables hold no shapes"
    assert only(plain, "x", "sites").rule == "the database holds no table 'x'; it holds none that may be seen"


def test_a_database_that_does_not_know_its_encoding(url: str) -> None:
    old = url.replace("/province", "/old")
    names = ["Lộc Ninh", "Phước Long", "Bình Phước", "Đồng Xoài", "Hớn Quản"]
    with psycopg.connect(old, autocommit=True) as keeper:
        keeper.execute("CREATE TABLE viet (n int PRIMARY KEY, name text)")
        for number, name in enumerate(names):
            hexes = name.encode().hex() + ("80" if number == 9 else "")
            keeper.execute(
                "INSERT INTO viet VALUES (%s, convert_from(%s::bytea, 'SQL_ASCII'))", [number, f"\\x{hexes}"]
            )
    found, findings = read(old, "viet", "census")
    assert found["name"].tolist() == names
    assert found.attrs["records"] == 5
    assert "text UTF-8" in findings.described["census"]
    with psycopg.connect(old, autocommit=True) as keeper:
        keeper.execute("SET client_encoding TO 'SQL_ASCII'")
        western = b"CREATE TABLE tcvn (name text); INSERT INTO tcvn VALUES ('X\xb7 Ph\xad\xeang Th\xb8c M\xac')"
        keeper.execute(western)
    found, _ = read(old, "tcvn", "census")
    assert found["name"].tolist() == ["X· Ph\xadêng Th¸c M¬"]  # as Windows shows it; mended with all other text
    assert read(old, "tcvn", "census", "tcvn3")[0]["name"].tolist() == ["Xã Phường Thác Mơ"]


@pytest.mark.parametrize(
    ("change", "rule", "remedy"),
    [
        (lambda url: url.replace(QUOTED, "WrongSecret"), "password authentication failed", "PGPASSWORD"),
        (lambda url: url.replace("/province", "/nowhere"), "does not exist", "check the name of the database"),
        (lambda url: re.sub(r":\d+/", ":1/", url), "does not answer", "check that the server runs"),
        (lambda url: url + "?nonsense=1", "no address of a database", "postgresql://user@host/database"),
        (lambda url: url.replace("127.0.0.1", "[::zz]"), "", "host"),
    ],
)
def test_no_connection(url: str, change: Any, rule: str, remedy: str) -> None:
    fault = only(change(url), "census")
    assert rule in fault.rule
    assert remedy in fault.remedy
    assert fault.column == "path"
    for secret in (SECRET, QUOTED, "WrongSecret"):
        assert secret not in fault.line()


def test_a_whole_province_never_shows_the_password(url: str, world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.layers["sites"] = {"path": f'"{url}"', "layer": '"mạng.Trạm BTS; --"', "columns": '{ name = "Tên trạm" }'}
    world.table(
        "cells.csv",
        [["cell_id", "site_id", "operator", "technology"], ["C1", "S1", "A", "4G"], ["C2", "S2", "B", "3G"]],
    )
    layers = world.read()
    assert list(layers.sites.index) == ["S1", "S2"]
    summary = next(s for s in layers.summaries if s.layer == "sites")
    shown = url.replace(QUOTED, "***")
    assert summary.file == shown
    assert summary.sha256 == read(url, "Trạm BTS; --")[1].digests["sites"]
    assert (summary.rows, summary.used, summary.crs) == (2, 2, "EPSG:9212")
    for layer in ("nowhere", "public.mixed", "public.two"):
        world.layers["sites"]["layer"] = f'"{layer}"'
        findings, summaries = world.check()
        assert [f.layer for f in findings.faults if f.severity == "error" and f.layer == "sites"] == ["sites"]
        told = json.dumps([str(findings), str(summaries)], ensure_ascii=False)
        for secret in (SECRET, QUOTED, json.dumps(SECRET)[1:-1]):
            assert secret not in told
    world.layers["sites"] = {"path": f'"{shown.replace(":***", "")}"', "layer": '"mạng.Trạm BTS; --"'}
    assert any("does not answer" in fault.rule for fault in world.faults())
    monkeypatch.setenv("PGPASSWORD", SECRET)
    assert len(world.read().sites) == 2
