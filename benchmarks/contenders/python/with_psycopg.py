"""psycopg 3, asynchronous, in binary, with prepared statements, and in pipeline mode where that pays."""

import asyncio
import functools

import psycopg
import psycopg_pool
import uvloop

import benchmark_meter as frame

POOL_SIZE = 16


def _placeholders(sql):
    return sql.replace("$1", "%b").replace("$2", "%b")


SELECT_WORLD = _placeholders(frame.SELECT_WORLD)
SETTINGS = {"autocommit": True, "prepare_threshold": 0}


async def connect(dsn):
    return await psycopg.AsyncConnection.connect(dsn, **SETTINGS)


async def point_selects(dsn, meter):
    ids = frame.ids()
    async with await connect(dsn) as connection:
        cursor = connection.cursor(binary=True)
        meter.begin()
        while meter.running:
            await cursor.execute(SELECT_WORLD, (next(ids),))
            meter.count_world(await cursor.fetchone())


async def pooled_selects(dsn, meter):
    ids = frame.ids()

    async def ask(pool):
        while meter.running:
            async with pool.connection() as connection:
                cursor = connection.cursor(binary=True)
                await cursor.execute(SELECT_WORLD, (next(ids),))
                meter.count_world(await cursor.fetchone())

    async with psycopg_pool.AsyncConnectionPool(dsn, min_size=POOL_SIZE, max_size=POOL_SIZE, kwargs=SETTINGS) as pool:
        await pool.wait()
        meter.begin()
        await asyncio.gather(*(ask(pool) for _ in range(frame.TASKS)))


async def pipelined(dsn, meter, selects):
    """Its pipelines have one Sync for all of their statements."""
    ids = frame.ids()
    async with await connect(dsn) as connection:
        meter.begin()
        while meter.running:
            cursors = [connection.cursor(binary=True) for _ in range(selects)]
            async with connection.pipeline():
                for cursor in cursors:
                    await cursor.execute(SELECT_WORLD, (next(ids),))
            for cursor in cursors:
                meter.count_world(await cursor.fetchone())


async def measurements(dsn, meter):
    async with await connect(dsn) as connection:
        meter.begin()
        while meter.running:
            cursor = await connection.execute(frame.SELECT_MEASUREMENTS, binary=True)
            meter.count_measurements(await cursor.fetchall())


async def types(dsn, meter):
    async def ask(connection):
        async with connection:
            while meter.running:
                cursor = await connection.execute(_placeholders(frame.SELECT_TYPES), (-1, True), binary=True)
                meter.count_types(await cursor.fetchall())

    connections = [await connect(dsn) for _ in range(frame.TYPE_CONNECTIONS)]
    meter.begin()
    await asyncio.gather(*(ask(connection) for connection in connections))


async def copies(dsn, meter):
    rows = frame.rows_to_copy()
    async with await connect(dsn) as connection:
        cursor = connection.cursor()
        meter.begin()
        while meter.running:
            await cursor.execute("truncate copytest")
            async with cursor.copy("copy copytest(id, a, b, ts) from stdin (format binary)") as copy:
                copy.set_types(["int8", "text", "float8", "timestamptz"])
                for row in rows:
                    await copy.write_row(row)
            meter.count_copy()


async def inserts(dsn, meter):
    ids = frame.ids()
    async with await connect(dsn) as connection:
        cursor = connection.cursor()
        meter.begin()
        while meter.running:
            async with connection.transaction():
                await cursor.executemany(_placeholders(frame.INSERT_WORLD), frame.worlds_to_insert(ids))
            meter.count_inserts()


uvloop.install()
frame.run_contender(
    "psycopg",
    f"psycopg {psycopg.__version__} ({psycopg.pq.__impl__})",
    {
        "W1": point_selects,
        "W2": pooled_selects,
        "W3-batch": functools.partial(pipelined, selects=frame.SELECTS_PER_BATCH),
        "W4": measurements,
        "W5": types,
        "W6": copies,
        "W7": inserts,
        "W8": functools.partial(pipelined, selects=frame.SELECTS_PER_REQUEST),
    },
)
