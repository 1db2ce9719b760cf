"""The schema's scripts: applied once, in order, never edited; a database made by others is refused."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.postgres import PostgresServer
from tests.store.store_databases import Database, PostgresDatabase, Run
from tests.store.store_samples import PAYMENTS, SHOP, payment

from opentill.ports.store import Changes, StoreUnavailable
from opentill.services.kinds import KINDS
from opentill.store.migrations import Migration, pending, scripts

FIRST, SECOND, THIRD = (Migration(f"000{n}_x", "SELECT 1;", f"hash-{n}") for n in (1, 2, 3))
ALL = [FIRST, SECOND, THIRD]


@pytest.mark.parametrize(
    ("applied", "missing"),
    [
        ({}, ALL),
        ({"0001_x": "hash-1"}, [SECOND, THIRD]),
        ({"0001_x": "hash-1", "0002_x": "hash-2", "0003_x": "hash-3"}, []),
    ],
)
def test_what_is_missing_is_applied_in_order(applied: dict[str, str], missing: list[Migration]) -> None:
    assert pending(ALL, applied) == missing


@pytest.mark.parametrize(
    ("applied", "reason"),
    [
        ({"0001_x": "hash-1", "0004_x": "hash-4"}, "0004_x.*newer version"),
        ({"0001_x": "other"}, "0001_x is not the script that was applied"),
        ({"0001_x": "hash-1", "0003_x": "hash-3"}, "0002_x was never applied, although 0003_x"),
    ],
)
def test_what_is_not_ours_is_refused(applied: dict[str, str], reason: str) -> None:
    with pytest.raises(StoreUnavailable, match=reason):
        pending(ALL, applied)


def test_both_dialects_have_the_same_scripts() -> None:
    names = [migration.name for migration in scripts("sqlite")]
    assert names == [migration.name for migration in scripts("pg")]
    assert [name[:5] for name in names] == [f"{number:04d}_" for number in range(1, len(names) + 1)]


def test_line_ends_do_not_change_a_script(tmp_path: Path) -> None:
    (tmp_path / "0001_x.pg.sql").write_bytes(b"SELECT 1;\r\nSELECT 2;\r\n")
    [windows] = scripts("pg", tmp_path)
    (tmp_path / "0001_x.pg.sql").write_bytes(b"SELECT 1;\nSELECT 2;\n")
    [unix] = scripts("pg", tmp_path)
    assert windows == unix


def test_the_registry_of_kinds_fits_the_schema(database: Database, run: Run) -> None:
    store = database.open(KINDS)
    run(store.start())
    run(store.close())


TAMPERING = {
    "an edited script": ("UPDATE migrations SET hash = 'x'", "not the script that was applied"),
    "a newer version": ("INSERT INTO migrations (name, hash) VALUES ('9999_later', 'x')", "9999_later.*newer version"),
}


@pytest.mark.parametrize("case", TAMPERING)
def test_a_database_of_another_version_is_not_opened(database: Database, run: Run, case: str) -> None:
    sql, reason = TAMPERING[case]
    database.spoilt = True
    store = database.open()
    run(store.start())
    run(store.commit(Changes(inserts=[payment("ch_1")])))
    run(store.close())
    database.execute(sql)
    again = database.open()
    with pytest.raises(StoreUnavailable, match=reason):
        run(again.start())
    run(again.close())
    assert database.execute("SELECT id FROM charges") == [("ch_1",)]


def test_processes_that_start_together_migrate_once(postgres_database: PostgresDatabase, run: Run) -> None:
    postgres_database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    stores = [postgres_database.open(pool_size=2) for _ in range(5)]

    async def scenario() -> None:
        await asyncio.gather(*(store.start() for store in stores))
        commits = (store.commit(Changes(inserts=[payment(f"ch_{number}")])) for number, store in enumerate(stores))
        await asyncio.gather(*commits)
        assert len((await stores[0].page(PAYMENTS, SHOP, False, limit=9)).items) == 5
        await asyncio.gather(*(store.close() for store in stores))

    run(scenario())
    assert postgres_database.execute("SELECT count(*) FROM migrations") == [(str(len(scripts("pg"))),)]


# id → the configuration of a location that was there before locations had a column for it
SHOPS = {"tml_1": "tmc_1", "tml_2": None, "tml_3": "tmc_3"}
INSERT_SHOP = (
    "INSERT INTO terminal_locations (account, livemode, id, created, version, body) "
    "VALUES ('acct', {test}, '{id}', 1, 1, {body})"
)
CONFIGURATIONS = "SELECT id, configuration FROM terminal_locations ORDER BY id"


def shop_body(id: str) -> str:
    configuration = "" if SHOPS[id] is None else f',"configuration_overrides":"{SHOPS[id]}"'
    return f'{{"id":"{id}","display_name":"Caf\\u00e9 \\u0000"{configuration}}}'


def test_locations_that_were_there_are_found_by_their_configuration_in_sqlite() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        for migration in scripts("sqlite")[:2]:
            connection.executescript(migration.sql)
        for id in SHOPS:
            body = f"CAST('{shop_body(id)}' AS BLOB)"
            connection.execute(INSERT_SHOP.format(test=0, id=id, body=body))
        for migration in scripts("sqlite")[2:]:
            connection.executescript(migration.sql)
        assert dict(connection.execute(CONFIGURATIONS)) == SHOPS


def test_locations_that_were_there_are_found_by_their_configuration_in_postgres(
    postgres_server: PostgresServer,
) -> None:
    dsn = postgres_server.database()
    name = dsn.partition("@/")[2].partition("?")[0]
    for migration in scripts("pg")[:2]:
        postgres_server.execute(migration.sql, name)
    for id in SHOPS:
        body = f"convert_to('{shop_body(id)}', 'UTF8')"
        postgres_server.execute(INSERT_SHOP.format(test="false", id=id, body=body), name)
    for migration in scripts("pg")[2:]:
        postgres_server.execute(migration.sql, name)
    rows = postgres_server.execute(CONFIGURATIONS, name).splitlines()
    assert dict(row.split("|") for row in rows) == {id: known or "" for id, known in SHOPS.items()}
    postgres_server.drop(dsn)
