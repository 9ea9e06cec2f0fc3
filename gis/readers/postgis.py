"""PostGIS: one table or view of a PostgreSQL database, read through ``postgresql://`` in one consistent look."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

import geopandas as gpd
import pandas as pd
import psycopg
import shapely
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from phusong.gis.readers.bytes_text import text_of
from phusong.gis.readers.url import redacted

if TYPE_CHECKING:
    from phusong.gis.findings import Notes

__all__ = ["read_postgis"]

_CONNECT_S = 10
_STATEMENT_S = 600
_BATCH = 5_000
_MOST_ROWS = 20_000_000
# Layers that are nothing without shapes.
_SHAPED = frozenset({"communes", "roads", "industrial_parks", "buildings"})
_CHECK_URL = 'write path = "postgresql://user@host/database"; the password may stand in PGPASSWORD or ~/.pgpass'

_TABLES: LiteralString = """
    SELECT n.nspname, c.relname, array_remove(array_agg(a.attname ORDER BY a.attnum) FILTER (
               WHERE t.typname IN ('geometry', 'geography')), NULL)
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
          AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    GROUP BY n.nspname, c.relname ORDER BY 1, 2
"""
_COLUMNS: LiteralString = """
    SELECT a.attname, t.typname, t.typcategory::text
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_KEY: LiteralString = """
    SELECT a.attname FROM pg_catalog.pg_index i
    CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY k.place
"""
_POSTGIS: LiteralString = """
    SELECT n.nspname FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'
"""
_CRS: LiteralString = "SELECT auth_name, auth_srid, srtext FROM {} WHERE srid = %s"


@dataclass(frozen=True, slots=True)
class _Table:
    """A table, and which of its columns holds the shapes."""

    schema: str
    name: str
    shapes: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)


def read_postgis(url: str, *, layer: str | None, notes: Notes, encoding: str = "auto") -> pd.DataFrame | None:
    """Read one table or view.

    Parameters
    ----------
    url : str
        ``postgresql://user@host:port/database``; a password that is not in it comes from PGPASSWORD or ~/.pgpass.
    layer : str or None
        ``"schema.table"``, ``"table"``, or ``"schema.table.column"`` where a table has several columns of shapes.
        May be left out where the database has one table with shapes.
    notes : Notes
        Where faults go, never with the password; the table's digest goes there too.
    encoding : str
        Of text in a database that does not know its encoding (SQL_ASCII).

    Returns
    -------
    GeoDataFrame or DataFrame or None
        A plain table where it has no shapes. Rows in the order of the primary key, else of their text; index
        ``row`` from 1; ``attrs["records"]`` = rows.
    """
    try:
        settings = conninfo_to_dict(url)
    except psycopg.Error as err:
        notes.fault(
            f"this is no address of a database ({_line(err, url)})", _CHECK_URL, column="path", value=redacted(url)
        )
        return None
    settings.setdefault("connect_timeout", str(_CONNECT_S))
    settings.setdefault("application_name", "phusong")
    try:
        connection = psycopg.connect(**settings)  # type: ignore[arg-type]
    except (psycopg.Error, OSError, ValueError) as err:
        notes.fault(
            f"the database does not answer ({_line(err, url)})", _remedy(err), column="path", value=redacted(url)
        )
        return None
    try:
        with connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            return _read(connection, layer, encoding, notes)
    except psycopg.errors.InsufficientPrivilege as err:
        notes.fault(f"the database refuses ({_line(err, url)})", "ask its keeper for the right to read the table")
    except psycopg.errors.QueryCanceled:
        notes.fault(
            f"the database needs more than {_STATEMENT_S} s for the table", "save it as a GeoPackage and give that"
        )
    except (psycopg.Error, OSError, ValueError, MemoryError, shapely.errors.ShapelyError) as err:
        notes.fault(f"the table cannot be read ({_line(err, url)})", "check the table, or save it as a GeoPackage")
    return None


def _line(err: BaseException, url: str) -> str:
    """Return the first line of an error, without anything that the URL keeps secret."""
    text = next(iter(str(err).strip().splitlines()), "") or type(err).__name__
    shown = redacted(text.replace(url, redacted(url)))
    try:
        secret = str(conninfo_to_dict(url).get("password") or "")
    except psycopg.Error:
        secret = ""
    return shown.replace(secret, "***") if secret else shown


def _remedy(err: BaseException) -> str:
    text = str(err).casefold()
    if "password" in text or "authentication" in text or "no pg_hba" in text:
        return "check user and password; the password may stand in the environment variable PGPASSWORD or in ~/.pgpass"
    if "does not exist" in text:
        return "check the name of the database and of the user"
    return "check that the server runs and can be reached, its host and its port"


def _read(connection: psycopg.Connection[Any], layer: str | None, encoding: str, notes: Notes) -> pd.DataFrame | None:
    connection.execute(sql.SQL("SET statement_timeout = {}").format(sql.Literal(_STATEMENT_S * 1000)))
    connection.execute("SET TimeZone TO 'UTC'")  # times as text, and so the digest, are the same on every machine
    connection.execute("SET DateStyle TO 'ISO'")
    raw = _name((connection.execute("SHOW server_encoding").fetchone() or ("",))[0]) == "SQL_ASCII"
    if raw:  # such a server hands out the bytes it was given; psycopg then gives bytes too
        connection.execute("SET client_encoding TO 'SQL_ASCII'")
    else:
        connection.execute("SET client_encoding TO 'UTF8'")
    home = connection.execute(_POSTGIS).fetchone()
    table = _chosen(connection, layer, shaped=notes.layer in _SHAPED, postgis=home is not None, notes=notes)
    if table is None:
        return None
    frame = _frame(connection, table, None if home is None else _name(home[0]), notes)
    if frame is None or not raw:
        return frame
    return _decoded(frame, encoding, notes)


def _name(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def _chosen(
    connection: psycopg.Connection[Any], layer: str | None, *, shaped: bool, postgis: bool, notes: Notes
) -> _Table | None:
    """Return the table to read; one fault where it is not there or not certain."""
    rows = connection.execute(_TABLES).fetchall()
    tables = [_Table(_name(s), _name(t), tuple(_name(c) for c in columns or ())) for s, t, columns in rows]
    if shaped and not postgis:
        notes.fault(
            "the database has no PostGIS, so its tables hold no shapes", "CREATE EXTENSION postgis, or give a file"
        )
        return None
    if layer is None:
        with_shapes = [table for table in tables if table.shapes]
        if len(with_shapes) != 1:
            listed = ", ".join(table.path for table in with_shapes[:20]) or "none"
            rule = f"the database holds {len(with_shapes)} tables with shapes: {listed}"
            notes.fault(rule, 'name the table: layer = "schema.table"', column="layer")
            return None
        found = with_shapes
    else:
        found = [table for table in tables if layer in {table.path, table.name}]
        for table in tables if not found else ():
            column = next((c for c in table.shapes if layer in {f"{table.path}.{c}", f"{table.name}.{c}"}), None)
            if column is not None:
                found.append(_Table(table.schema, table.name, (column,)))
    if len(found) != 1:
        near = [t.path for t in found] or difflib.get_close_matches(
            layer or "", [t.path for t in tables], n=5, cutoff=0.0
        )
        what = f"{len(found)} tables" if found else "no table"
        remedy = f'write layer = "{near[0]}"' if near else "check the database"
        rule = f"the database holds {what} {layer!r}; it holds {', '.join(near) or 'none that may be seen'}"
        notes.fault(rule, remedy, column="layer", value=layer)
        return None
    table = found[0]
    if len(table.shapes) > 1:
        notes.fault(
            f"the table {table.path} has {len(table.shapes)} columns of shapes: {', '.join(table.shapes)}",
            f'name one: layer = "{table.path}.{table.shapes[0]}"',
            column="layer",
            value=layer,
        )
        return None
    return table


def _frame(connection: psycopg.Connection[Any], table: _Table, home: str | None, notes: Notes) -> pd.DataFrame | None:
    """Return a table's rows, its shapes as shapely geometries; note the digest of all of it."""
    place = table.quoted.as_string(connection)
    columns = [(_name(c), _name(kind), _name(group)) for c, kind, group in connection.execute(_COLUMNS, [place])]
    shape = table.shapes[0] if table.shapes else None
    plain = [(c, kind, group) for c, kind, group in columns if kind not in {"geometry", "geography"}]
    picked = [_expression(c, kind, group) for c, kind, group in plain]
    if shape is not None:
        picked += _shape_expressions(shape, str(home))
    order = [sql.Identifier(_name(c)) for (c,) in connection.execute(_KEY, [place])]
    # Without a key a row's own text is the only order that is the same every time.
    by = sql.SQL(", ").join(order) if order else sql.SQL('({}::text) COLLATE "C"').format(sql.Identifier("t"))
    query = sql.SQL("SELECT {} FROM {} AS t ORDER BY {}").format(sql.SQL(", ").join(picked), table.quoted, by)
    names = [c for c, _, _ in plain]
    digest = hashlib.sha256(repr(columns).encode("utf-8", "surrogateescape"))
    rows: list[tuple[Any, ...]] = []
    with connection.cursor(name="phusong") as cursor:
        cursor.itersize = _BATCH
        for row in cursor.execute(query):
            digest.update(b"\x1e".join(_canonical(value) for value in row) + b"\x1d")
            rows.append(row)
            if len(rows) > _MOST_ROWS:
                notes.fault(f"the table has more than {_MOST_ROWS:,} rows", "give a view that holds the province")
                return None
    notes.findings.digests[notes.page] = digest.hexdigest()
    notes.describe(f"PostgreSQL, table {table.path}" + (f", shapes in {shape}" if shape else ", without shapes"))
    index = pd.RangeIndex(1, len(rows) + 1, name="row")
    frame = pd.DataFrame(
        [row[: len(names)] for row in rows], columns=pd.Index(names, dtype=object), index=index, dtype=object
    )
    if shape is not None:
        placed = _with_shapes(connection, frame, [row[len(names) :] for row in rows], str(home), notes)
        if placed is None:
            return None
        frame = placed
    frame.attrs["records"] = len(rows)
    return frame


def _expression(column: str, kind: str, group: str) -> sql.Composable:
    """Return how a column is fetched: numbers and true/false as they are, all else as the database writes it."""
    name = sql.Identifier("t", column)
    if kind in {"int2", "int4", "int8", "float4", "float8", "bool"}:
        return name
    if kind == "numeric":
        return sql.SQL("{}::float8").format(name)
    return name if group == "S" and kind != "char" else sql.SQL("{}::text").format(name)


def _shape_expressions(column: str, home: str) -> list[sql.Composable]:
    """Return WKB, SRID and whether there were arcs; every function by its full name, whatever the search path says."""
    shape = sql.SQL("{}::{}").format(sql.Identifier("t", column), sql.Identifier(home, "geometry"))
    as_binary, srid = sql.Identifier(home, "st_asbinary"), sql.Identifier(home, "st_srid")
    arcs, straight = sql.Identifier(home, "st_hasarc"), sql.Identifier(home, "st_curvetoline")
    return [
        sql.SQL("CASE WHEN {}({}) THEN {}({}({})) ELSE {}({}) END").format(
            arcs, shape, as_binary, straight, shape, as_binary, shape
        ),
        sql.SQL("{}({})").format(srid, shape),
        sql.SQL("{}({})").format(arcs, shape),
    ]


def _canonical(value: Any) -> bytes:
    if value is None:
        return b"\x00"
    if isinstance(value, (bytes, memoryview)):
        return b"b" + bytes(value)
    return type(value).__name__[:1].encode() + str(value).encode("utf-8", "surrogateescape")


def _with_shapes(
    connection: psycopg.Connection[Any],
    frame: pd.DataFrame,
    found: list[tuple[Any, ...]],
    home: str,
    notes: Notes,
) -> gpd.GeoDataFrame | None:
    """Return the table with its shapes in the CRS of their SRID; several SRIDs in one column are a fault."""
    srids = sorted({srid for wkb, srid, _ in found if wkb is not None})
    if len(srids) > 1:
        first = next(
            row for row, (wkb, srid, _) in zip(frame.index, found, strict=True) if wkb is not None and srid == srids[1]
        )
        notes.fault(
            f"the table's shapes are in {len(srids)} coordinate systems: SRID {', '.join(map(str, srids))}",
            "bring them into one with ST_Transform",
            row=first,
            column="geometry",
            value=srids[1],
        )
        return None
    curved = sum(bool(arcs) for _, _, arcs in found)
    if curved:
        notes.repair(
            "linearised: curved shapes are read as chains of short straight lines",
            how_much=f"{curved} records",
            remedy="nothing: the lines leave the curve by less than a thousandth of its radius",
        )
    shapes = shapely.from_wkb([None if wkb is None else bytes(wkb) for wkb, _, _ in found], on_invalid="ignore")
    for row, shape, (wkb, _, _) in zip(frame.index, shapes, found, strict=True):
        if shape is None and wkb is not None:
            notes.fault("the shape cannot be built", "correct it", row=row, column="geometry", severity="warning")
    return gpd.GeoDataFrame(frame, geometry=list(shapes), crs=_crs(connection, srids, home))


def _crs(connection: psycopg.Connection[Any], srids: list[int], home: str) -> str | None:
    """Return the CRS of an SRID as the database describes it; None for 0, which says nothing."""
    if not srids or not srids[0]:
        return None
    query = sql.SQL(_CRS).format(sql.Identifier(home, "spatial_ref_sys"))
    about = connection.execute(query, [srids[0]]).fetchone()
    if about is None:
        return f"EPSG:{srids[0]}"
    authority, code, text = (None if part is None else part if isinstance(part, int) else _name(part) for part in about)
    return f"{authority}:{code}" if authority else str(text)


def _decoded(frame: pd.DataFrame, encoding: str, notes: Notes) -> pd.DataFrame | None:
    """Return a table whose text came as bytes, because its database does not know its encoding."""
    attrs = dict(frame.attrs)
    names = [name for name in frame if name != "geometry"]
    pieces = [value if isinstance(value, bytes) else None for name in names for value in frame[name]]
    texts = text_of(pieces, encoding, None, notes=notes)
    if texts is None:
        return None
    for number, name in enumerate(names):
        new = texts[number * len(frame) : (number + 1) * len(frame)]
        old = list(frame[name])
        frame[name] = pd.Series(
            [o if n is None else n for n, o in zip(new, old, strict=True)], frame.index, dtype=object
        )
    frame.attrs.update(attrs)
    return frame
