"""How a column writes its numbers: marks, thousands, units, angles; what cannot be told stays unclear."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phusong.gis.columns.notation import Numbers, read_numbers
from phusong.gis.schemas import layer_columns

HEIGHT = layer_columns("sites")["height_m"]
X = layer_columns("sites")["x_m"]
LON = layer_columns("sites")["lon"]
PEOPLE = layer_columns("census")["population"]


def read(*texts: str, column: object = HEIGHT, decimal: str = "auto") -> Numbers:
    return read_numbers(texts, [1] * len(texts), column=column, decimal=decimal)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("texts", "values", "how"),
    [
        (("30", "42.5", "-1e1"), (30, 42.5, -10), {}),
        (("30,5", "42"), (30.5, 42), {"comma": [0]}),
        (("1.234,5", "42"), (1234.5, 42), {"comma": [0], "groups": [0]}),
        (("1,234.5", "42"), (1234.5, 42), {"groups": [0]}),
        (("30 m", "42,5m", "7 mét"), (30, 42.5, 7), {"unit": [0, 1, 2], "comma": [1]}),
        (("1 234 567", "42"), (1234567, 42), {"groups": [0]}),
        (("cao", "", "4.2.1"), (np.nan, np.nan, np.nan), {}),
    ],
)
def test_one_way_of_writing(texts: tuple[str, ...], values: tuple[float, ...], how: dict[str, list[int]]) -> None:
    found = read(*texts)
    np.testing.assert_array_equal(found.values, values)
    assert {key: list(which) for key, which in found.how.items() if which} == how
    assert (found.unclear, found.odd) == ((), frozenset())


def test_the_column_decides_for_its_doubtful_values() -> None:
    """1.500 is one and a half beside 30.5, and fifteen hundred beside 30,5."""
    assert read("1.500", "30.5").values.tolist() == [1.5, 30.5]
    comma = read("1.500", "30,5", "2.000,5", column=X)
    assert comma.values.tolist() == [1500, 30.5, 2000.5]
    # A single value in the other notation is odd, and no number.
    odd = read("30,5", "31,5", "12.5")
    np.testing.assert_array_equal(odd.values, [30.5, 31.5, np.nan])
    assert odd.odd == {2}


def test_what_nothing_decides_is_unclear() -> None:
    found = read("1,500", "2,500", column=X)
    assert found.unclear == (0, 1)
    assert np.isnan(found.values).all()
    # A range decides: no mast is 1,500 m high.
    assert read("1,500").values.tolist() == [1.5]
    # People are whole: 12.345 are twelve thousand.
    assert read("12.345", column=PEOPLE).values.tolist() == [12345]


def test_a_stated_mark_is_kept_to() -> None:
    np.testing.assert_array_equal(read("30,5", "30.5", decimal=",").values, [30.5, np.nan])
    np.testing.assert_array_equal(read("30,5", "30.5", decimal=".").values, [np.nan, 30.5])


def test_angles_only_where_angles_belong() -> None:
    found = read("106°54′00″", "106.9", column=LON)
    np.testing.assert_allclose(found.values, [106.9, 106.9])
    assert found.how["angle"] == [0]
    assert np.isnan(read("106°54′00″").values[0])


@given(st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 2)), min_size=2, max_size=8))
def test_the_same_numbers_under_either_mark(numbers: list[float]) -> None:
    """Two decimals and no thousands tell the mark beyond doubt."""
    texts = [f"{number:.2f}" for number in [*numbers, 0.25]]
    np.testing.assert_array_equal(read(*texts, column=X).values, [*numbers, 0.25])
    commas = [text.replace(".", ",") for text in texts]
    np.testing.assert_array_equal(read(*commas, column=X).values, [*numbers, 0.25])
