"""The schema's scripts: applied once, in order, never edited; a database made by others is refused."""

import asyncio
from pathlib import Path

import pytest
from store_databases import Database, PostgresDatabase, Run
from store_samples import PAYMENTS, SHOP, payment

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
