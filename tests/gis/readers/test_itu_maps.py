"""The ITU's maps of refractivity as a planner may bring them; those here are made up, the real ones are not ours."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.gis.findings import Findings
from phusong.gis.readers.itu_maps import SHAPE, STEP_DEG, ItuMaps, read_itu_maps

LAT = 90.0 - STEP_DEG * np.arange(SHAPE[0])
LON = STEP_DEG * np.arange(SHAPE[1])


def made_up() -> tuple[np.ndarray, np.ndarray]:
    """Return maps that are linear in latitude, and meet at 360°."""
    wave = 5.0 * np.cos(np.radians(LON))
    return 50.0 + LAT[:, None] / 10.0 + wave, 340.0 - LAT[:, None] / 3.0 + wave


def write(folder: Path, dn50: object, n050: object, *, names: tuple[str, str] = ("DN50.TXT", "N050.TXT")) -> Path:
    """Write both maps; an array as the ITU does, a text as it stands."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in zip(names, (dn50, n050), strict=True):
        if isinstance(values, str):
            (folder / name).write_text(values, encoding="utf-8")
        else:
            np.savetxt(folder / name, np.asarray(values), fmt="%10.3f")
    return folder


def read(path: Path) -> tuple[ItuMaps | None, Findings]:
    findings = Findings()
    return read_itu_maps(path, notes=findings.of("climate", path.name)), findings


def test_the_folder_the_zip_the_npz_and_one_of_the_files_are_the_same_maps(tmp_path: Path) -> None:
    dn50, n050 = made_up()
    folder = write(tmp_path / "bản đồ ITU", dn50, n050, names=("dn50.txt", "N050.TXT"))
    with zipfile.ZipFile(tmp_path / "R-REC-P.1812.zip", "w") as archive:
        archive.write(folder / "dn50.txt", "maps/DN50.TXT")
        archive.write(folder / "N050.TXT", "maps/N050.TXT")
        archive.writestr("maps/LAT.TXT", "0 0 0")
        archive.writestr("__MACOSX/maps/DN50.TXT", "no map")
    np.savez(tmp_path / "maps.npz", DN50=dn50, n050=n050.astype(np.float32), lats=LAT)
    for path in (folder, folder / "N050.TXT", tmp_path / "R-REC-P.1812.zip", tmp_path / "maps.npz"):
        maps, findings = read(path)
        assert maps is not None, findings.faults
        assert not findings.faults
        np.testing.assert_allclose(maps.dn50, dn50, atol=6e-4)
        np.testing.assert_allclose(maps.n050, n050, atol=6e-4)
    assert "121 x 241" in findings.described["climate"][0]


def test_grid_points_come_out_exact_and_the_middle_of_a_square_is_the_mean_of_its_corners() -> None:
    rng = np.random.default_rng(7)
    dn50 = rng.uniform(20.0, 80.0, SHAPE)
    dn50[:, -1] = dn50[:, 0]
    maps = ItuMaps(dn50, dn50 + 300.0, "made up")
    lon, lat = np.meshgrid(LON, LAT)
    found, n0 = maps.at(lon, lat)
    np.testing.assert_allclose(found, dn50, rtol=0, atol=1e-12)
    np.testing.assert_allclose(n0, dn50 + 300.0, rtol=0, atol=1e-12)
    middle, _ = maps.at(LON[:-1] + 0.75, np.full(SHAPE[1] - 1, LAT[40] - 0.75))
    np.testing.assert_allclose(middle, (dn50[40, :-1] + dn50[40, 1:] + dn50[41, :-1] + dn50[41, 1:]) / 4.0)
    # P.1144's formula by hand, 0.3 of a square down and 0.8 to the right: weights 0.14, 0.06, 0.56, 0.24.
    by_hand = 0.14 * dn50[10, 20] + 0.06 * dn50[11, 20] + 0.56 * dn50[10, 21] + 0.24 * dn50[11, 21]
    assert maps.at(30.0 + 1.2, 75.0 - 0.45)[0] == pytest.approx(by_hand, abs=1e-9)


def test_poles_and_the_meridians_where_the_map_ends() -> None:
    dn50, n050 = made_up()
    maps = ItuMaps(dn50, n050, "made up")
    assert maps.at(17.0, 90.0)[0] == pytest.approx(np.interp(17.0, LON, dn50[0]))
    assert maps.at(17.0, -90.0)[0] == pytest.approx(np.interp(17.0, LON, dn50[-1]))
    for lon in (0.0, 360.0, 720.0, -360.0, -1e-18):
        assert maps.at(lon, 12.0)[0] == pytest.approx(float(maps.at(0.0, 12.0)[0]), abs=1e-9)
    assert maps.at(-120.0, 12.0)[1] == maps.at(240.0, 12.0)[1]
    assert maps.at(359.25, 0.0)[0] == pytest.approx((dn50[60, 239] + dn50[60, 240]) / 2.0)


@given(lon=st.floats(-720.0, 720.0), lat=st.floats(-90.0, 90.0), turns=st.integers(-2, 2))
@settings(deadline=None)
def test_nothing_is_higher_or_lower_than_the_map_and_a_turn_changes_nothing(lon: float, lat: float, turns: int) -> None:
    dn50, n050 = made_up()
    maps = ItuMaps(dn50, n050, "made up")
    found, _ = maps.at(lon, lat)
    assert dn50.min() - 1e-9 <= found <= dn50.max() + 1e-9
    assert maps.at(lon + 360.0 * turns, lat)[0] == pytest.approx(float(found), abs=1e-6)


@pytest.mark.parametrize("place", [(106.0, 90.5), (106.0, -91.0), (106.0, np.nan), (np.inf, 10.0)])
def test_no_place_on_earth(place: tuple[float, float]) -> None:
    maps = ItuMaps(*made_up(), "made up")
    with pytest.raises(ValueError, match="no place on Earth"):
        maps.at(*place)


def test_files_that_are_no_maps(tmp_path: Path) -> None:
    dn50, n050 = made_up()
    lines = "\n".join(" ".join(f"{value:.3f}" for value in row) for row in dn50)
    hole = dn50.copy()
    hole[3, 4] = np.nan
    rules = {
        "swapped": (n050, dn50, "these are values of N050", "exchanged: give each its own name back"),
        "turned": (dn50.T, n050, "241 x 121 values, not 121 lines of 241; rows and columns are exchanged", "DN50.TXT"),
        "short": (dn50[:-1], n050, "120 x 241 values", "DN50.TXT"),
        "empty": ("", n050, "0 x 0 values", "DN50.TXT"),
        "hole": (hole, n050, "1 values of the map are no number, the first in line 4, column 5", "DN50.TXT"),
        "infinite": (lines.replace("59.000", "1e999", 1), n050, "are no number", "DN50.TXT"),
        "ragged": (lines + " 3.0", n050, "has 242 values in line 121 and 241 in line 1", "DN50.TXT"),
        "comma": (lines.replace(".", ","), n050, "holds '64,000' in line 1, which is no number", "DN50.TXT"),
        "words": ("độ cao", n050, "holds a byte that is no plain text", "DN50.TXT"),
        "other": (dn50 * 1000.0, n050, "lies within 0 to 150", "DN50.TXT"),
    }
    for name, (one, other, rule, remedy) in rules.items():
        maps, findings = read(write(tmp_path / name, one, other))
        assert maps is None, name
        assert [fault.severity for fault in findings.faults] == ["error"] * (2 if name == "swapped" else 1), name
        assert rule in findings.faults[0].rule, name
        assert remedy in findings.faults[0].remedy, name


def test_places_without_maps(tmp_path: Path) -> None:
    write(tmp_path / "half", *made_up())
    (tmp_path / "half" / "N050.TXT").unlink()
    write(tmp_path / "twice", *made_up())
    (tmp_path / "twice" / "dn50.txt").write_text("1", encoding="utf-8")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 no zip")
    (tmp_path / "broken.npz").write_bytes(b"no npz")
    (tmp_path / "other.dat").write_bytes(b"0")
    np.savez(tmp_path / "words.npz", dn50=np.array(["a"]), n050=made_up()[1])
    np.savez(tmp_path / "object.npz", dn50=np.array([{}], dtype=object), n050=made_up()[1])
    (tmp_path / "huge").mkdir()
    (tmp_path / "huge" / "DN50.TXT").write_bytes(b"1 " * 3_000_000)
    (tmp_path / "huge" / "N050.TXT").write_bytes(b"1")
    rules = {
        "half": "N050.TXT is not in the folder half",
        "twice": "DN50.TXT is more than once in the folder twice",
        "nowhere": "there are no ITU maps at this place",
        "other.dat": "this is none of the ITU's maps",
        "broken.zip": "the ITU's maps cannot be read",
        "broken.npz": "the ITU's maps cannot be read",
        "words.npz": "the map holds <U1, not numbers",
        "object.npz": "the ITU's maps cannot be read",
        "huge": "it has more than 4 MB",
    }
    for name, rule in rules.items():
        maps, findings = read(tmp_path / name)
        assert maps is None, name
        assert len(findings.faults) == 1, name
        assert rule in findings.faults[0].rule, name
        assert findings.faults[0].remedy
