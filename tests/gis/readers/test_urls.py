"""Where a layer is when it is no plain path: file URLs, addresses in the net, databases - and their passwords."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phusong.gis.readers.url import file_of, is_database, redacted, scheme_of


@pytest.mark.parametrize(
    "address", ["http://example.com/a.csv", "HTTPS://u:secret@x/a.gpkg", "ftp://x/a.kml", "s3://b/a.fgb"]
)
def test_the_net_is_not_asked(world: Any, address: str) -> None:
    world.layers["sites"]["path"] = f'"{address}"'
    fault = next(f for f in world.faults() if f.layer == "sites")
    scheme = address.partition("://")[0].lower()
    assert fault.rule == f"phusong reads no {scheme}:// address: a run must give the same result tomorrow and offline"
    assert fault.remedy == "download the file and give its path"
    assert "secret" not in fault.line()


@pytest.mark.parametrize("written", ["plain", "quoted"])
def test_file_urls(world: Any, written: str) -> None:
    folder = world.folder / "Bình Phước"
    folder.mkdir()
    (world.folder / "sites.csv").rename(folder / "trạm 1.csv")
    path = str(folder / "trạm 1.csv")
    world.layers["sites"]["path"] = f'"file://{quote(path) if written == "quoted" else path}"'
    layers = world.read()
    assert len(layers.sites) == 4
    assert len(next(s.sha256 for s in layers.summaries if s.layer == "sites")) == 64


def test_a_file_url_to_nowhere(world: Any) -> None:
    world.layers["sites"]["path"] = f'"file://{world.folder}/nowhere.csv"'
    assert next(f for f in world.faults() if f.layer == "sites").rule == "the file does not exist"


def test_a_password_under_a_misspelt_key_is_not_shown(world: Any) -> None:
    from phusong.errors import InputError

    world.layers["sites"]["pat"] = '"postgresql://u:secret@h/db"'
    with pytest.raises(InputError) as caught:
        world.check()
    assert "secret" not in str(caught.value)
    assert [fault.value for fault in caught.value.faults if fault.column == "layers.sites.pat"] == [
        "postgresql://u:***@h/db"
    ]


def test_schemes() -> None:
    assert [scheme_of(p) for p in ("a.gpkg", "C:/a.gpkg", "C://a", "postgres://h/d")] == ["", "", "", "postgres"]
    assert [is_database(p) for p in ("postgres://h/d", "PostgreSQL://h/d", "postgresql.gpkg")] == [True, True, False]
    assert file_of("a b/c.gpkg") == Path("a b/c.gpkg")
    assert file_of("file://localhost/a%20b") == Path("/a b")


@given(st.text(st.characters(blacklist_categories=["Z", "C"]), min_size=12))
def test_no_password_survives(secret: str) -> None:
    for text in (f"postgresql://u:{secret}@h/db", f"x postgres://u:{quote(secret, safe='')}@h:1/db y"):
        shown = redacted(text)
        assert secret not in shown.replace("***", "")
        assert shown.count(":***@") == 1
