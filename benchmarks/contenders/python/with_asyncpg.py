"""asyncpg on uvloop, as its documentation advises: prepared statements, a pool for many tasks."""

import asyncio

import asyncpg
import uvloop

import benchmark_meter as frame

POOL_SIZE = 16


async def point_selects(dsn, meter):
    connection = await asyncpg.connect(dsn)
    statement = await connection.prepare(frame.SELECT_WORLD)
    ids = frame.ids()
    meter.begin()
    while meter.running:
        meter.count_world(await statement.fetchrow(next(ids)))
    await connection.close()


async def pooled_selects(dsn, meter):
    ids = frame.ids()

    async def ask(pool):
        while meter.running:
            meter.count_world(await pool.fetchrow(frame.SELECT_WORLD, next(ids)))

    async with asyncpg.create_pool(dsn, min_size=POOL_SIZE, max_size=POOL_SIZE) as pool:
        meter.begin()
        await asyncio.gather(*(ask(pool) for _ in range(frame.TASKS)))


async def measurements(dsn, meter):
    connection = await asyncpg.connect(dsn)
    statement = await connection.prepare(frame.SELECT_MEASUREMENTS)
    meter.begin()
    while meter.running:
        meter.count_measurements(await statement.fetch())
    await connection.close()


async def types(dsn, meter):
    async def ask(connection):
        statement = await connection.prepare(frame.SELECT_TYPES)
        while meter.running:
            meter.count_types(await statement.fetch(-1, True))
        await connection.close()

    connections = [await asyncpg.connect(dsn) for _ in range(frame.TYPE_CONNECTIONS)]
    meter.begin()
    await asyncio.gather(*(ask(connection) for connection in connections))


async def copies(dsn, meter):
    connection = await asyncpg.connect(dsn)
    rows = frame.rows_to_copy()
    meter.begin()
    while meter.running:
        await connection.execute("truncate copytest")
        await connection.copy_records_to_table("copytest", records=rows, columns=frame.COPY_COLUMNS)
        meter.count_copy()
    await connection.close()


async def inserts(dsn, meter):
    connection = await asyncpg.connect(dsn)
    ids = frame.ids()
    meter.begin()
    while meter.running:
        await connection.executemany(frame.INSERT_WORLD, frame.worlds_to_insert(ids))
        meter.count_inserts()
    await connection.close()


async def requests(dsn, meter):
    """Before version 0.30 statements of a request have to take their turns."""
    connection = await asyncpg.connect(dsn)
    statement = await connection.prepare(frame.SELECT_WORLD)
    ids = frame.ids()
    meter.begin()
    while meter.running:
        wanted = [(next(ids),) for _ in range(frame.SELECTS_PER_REQUEST)]
        if hasattr(statement, "fetchmany"):
            rows = await statement.fetchmany(wanted)
        else:
            rows = [await statement.fetchrow(*arguments) for arguments in wanted]
        for row in rows:
            meter.count_world(row)
    await connection.close()


uvloop.install()
frame.run_contender(
    "asyncpg",
    f"asyncpg {asyncpg.__version__}",
    {
        "W1": point_selects,
        "W2": pooled_selects,
        "W4": measurements,
        "W5": types,
        "W6": copies,
        "W7": inserts,
        "W8": requests,
    },
)
