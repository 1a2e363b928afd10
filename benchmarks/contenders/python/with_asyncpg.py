"""asyncpg on uvloop, as its documentation advises: prepared statements, a pool for many tasks."""

import asyncio
import functools

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


async def pooled_selects(dsn, meter, tasks=frame.TASKS, connections=POOL_SIZE):
    ids = frame.ids()

    async def ask(pool):
        while meter.running:
            meter.count_world(await pool.fetchrow(frame.SELECT_WORLD, next(ids)))

    async with asyncpg.create_pool(dsn, min_size=connections, max_size=connections) as pool:
        meter.begin()
        await asyncio.gather(*(ask(pool) for _ in range(tasks)))


async def measurements(dsn, meter):
    connection = await asyncpg.connect(dsn)
    statement = await connection.prepare(frame.SELECT_MEASUREMENTS)
    meter.begin()
    while meter.running:
        meter.count_measurements(await statement.fetch())
    await connection.close()


async def many_measurements(dsn, meter, size):
    connection = await asyncpg.connect(dsn)
    statement = await connection.prepare(frame.SELECT_MANY_MEASUREMENTS)
    count = meter.count_answer if size < frame.MEASUREMENT_ROWS else meter.count_long_answer
    meter.begin()
    while meter.running:
        rows = await statement.fetch(size)
        count(len(rows) == size and rows[-1][0] == size)
    await connection.close()


async def sum_of_parameters(dsn, meter, size):
    sql, values = frame.sum_of_parameters(size)
    connection = await asyncpg.connect(dsn)
    statement = await connection.prepare(sql)
    meter.begin()
    while meter.running:
        meter.count_answer(await statement.fetchval(*values) == sum(values))
    await connection.close()


async def on_ten_connections(dsn, meter, ask):
    """Runs `ask(connection)`, which goes on while the meter runs, on each of them."""
    connections = [await asyncpg.connect(dsn) for _ in range(frame.TYPE_CONNECTIONS)]
    meter.begin()
    await asyncio.gather(*(ask(connection) for connection in connections))
    for connection in connections:
        await connection.close()


async def types(dsn, meter):
    async def ask(connection):
        statement = await connection.prepare(frame.SELECT_TYPES)
        while meter.running:
            meter.count_types(await statement.fetch(-1, True))

    await on_ten_connections(dsn, meter, ask)


async def series(dsn, meter):
    async def ask(connection):
        statement = await connection.prepare(frame.SELECT_SERIES)
        while meter.running:
            rows = await statement.fetch(frame.SERIES_LENGTH)
            meter.count_answer(len(rows) == frame.SERIES_LENGTH and rows[-1][0] == frame.SERIES_LENGTH)

    await on_ten_connections(dsn, meter, ask)


async def blobs(dsn, meter):
    async def ask(connection):
        statement = await connection.prepare(frame.SELECT_BLOBS)
        while meter.running:
            rows = await statement.fetch()
            meter.count_answer(len(rows) == frame.BLOB_ROWS and len(rows[-1][0]) == frame.BLOB_SIZE)

    await on_ten_connections(dsn, meter, ask)


async def arrays(dsn, meter):
    async def ask(connection):
        statement = await connection.prepare(frame.SELECT_ARRAYS)
        while meter.running:
            rows = await statement.fetch()
            meter.count_answer(len(rows) == frame.ARRAY_ROWS and rows[-1][0][-1] == frame.ARRAY_LENGTH)

    await on_ten_connections(dsn, meter, ask)


async def wide_copies(dsn, meter):
    rows = frame.wide_rows_to_copy()

    async def ask(connection):
        while meter.running:
            tag = await connection.copy_records_to_table("copied_wide", records=rows)
            meter.count_long_answer(tag == f"COPY {frame.WIDE_ROWS}")

    await on_ten_connections(dsn, meter, ask)


async def batches(dsn, meter):
    ids = frame.ids()

    async def ask(connection):
        while meter.running:
            await connection.executemany(frame.INSERT_WORLD, frame.worlds_to_insert(ids))
            meter.count_inserts()

    await on_ten_connections(dsn, meter, ask)


async def sums(dsn, meter):
    async def ask(connection):
        statement = await connection.prepare(frame.SELECT_SUM)
        while meter.running:
            meter.count_answer(await statement.fetchval() == 2)

    await on_ten_connections(dsn, meter, ask)


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


async def requests(dsn, meter, selects):
    """Before version 0.30 statements of a request have to take their turns."""
    connection = await asyncpg.connect(dsn)
    statement = await connection.prepare(frame.SELECT_WORLD)
    ids = frame.ids()
    meter.begin()
    while meter.running:
        wanted = [(next(ids),) for _ in range(selects)]
        if hasattr(statement, "fetchmany"):
            rows = await statement.fetchmany(wanted)
        else:
            rows = [await statement.fetchrow(*arguments) for arguments in wanted]
        for row in rows:
            meter.count_world(row)
    await connection.close()


async def by_tasks(dsn, meter, size):
    await pooled_selects(dsn, meter, tasks=size)


async def by_connections(dsn, meter, size):
    await pooled_selects(dsn, meter, tasks=frame.TASKS_OF_CONNECTIONS, connections=size)


uvloop.install()
frame.run_contender(
    "asyncpg",
    f"asyncpg {asyncpg.__version__}",
    {
        "W1": point_selects,
        "W2": pooled_selects,
        "W3-batch": functools.partial(requests, selects=frame.SELECTS_PER_BATCH),
        "W4": measurements,
        "W5": types,
        "W6": copies,
        "W7": inserts,
        "W8": functools.partial(requests, selects=frame.SELECTS_PER_REQUEST),
        "M1": types,
        "M2": series,
        "M3": blobs,
        "M4": arrays,
        "M5": wide_copies,
        "M6": batches,
        "M7": sums,
    },
    {
        "tasks": by_tasks,
        "connections": by_connections,
        "rows": many_measurements,
        "parameters": sum_of_parameters,
    },
)
