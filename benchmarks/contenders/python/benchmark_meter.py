"""The frame in which a contender in Python runs: what meter.hpp and workloads.hpp are to those in C++."""

import argparse
import asyncio
import datetime
import functools
import json
import re
import resource
import sys
import time

SELECT_WORLD = "select id, randomnumber from world where id = $1"
SELECT_MEASUREMENTS = (
    "select i as id, 'name-' || i as name, i * 1.5::float8 as value, now() as at from generate_series(1, 1000) i"
)
SELECT_TYPES = (
    "select typname, typnamespace, typowner, typlen, typbyval, typcategory, typispreferred, typisdefined, typdelim, "
    "typrelid, typelem, typarray from pg_type where typtypmod = $1 and typisdefined = $2"
)
INSERT_WORLD = "insert into inserted (id, randomnumber) values ($1, $2)"
COPY_COLUMNS = ["id", "a", "b", "ts"]
SELECT_SERIES = "select i from generate_series(1, $1) as i"
SELECT_BLOBS = "select b from blobs"
SELECT_ARRAYS = "select a from int_arrays"
SELECT_SUM = "select 1 + 1"
SELECT_MANY_MEASUREMENTS = SELECT_MEASUREMENTS.replace("1000", "$1")

WORLD_ROWS = 10_000
MEASUREMENT_ROWS = 1000
LEAST_TYPE_ROWS = 100
COPIED_ROWS = 200_000
INSERTS_PER_BATCH = 1000
SELECTS_PER_REQUEST = 20
SELECTS_PER_BATCH = 64
TASKS = 64  # of W2
TYPE_CONNECTIONS = 10  # of W5 and M1 to M7
TASKS_OF_CONNECTIONS = 256  # of connections-N
SERIES_LENGTH = 1000
BLOB_ROWS, BLOB_SIZE = 100, 1024
ARRAY_ROWS, ARRAY_LENGTH = 100, 100
WIDE_ROWS = 10_000

NOT_OFFERED = 3  # what a program returns for a workload that it has no form for
_OPERATIONS_BETWEEN_LOOKS = 16


def ids():
    """The ids that every contender asks for (Marsaglia's xorshift)."""
    state = 88_172_645
    while True:
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        yield 1 + state % WORLD_ROWS


def rows_to_copy():
    start = datetime.datetime.fromtimestamp(1_700_000_000, datetime.timezone.utc)
    step = datetime.timedelta(milliseconds=1)
    return [(i, f"row number {i}", i / 7, start + i * step) for i in range(COPIED_ROWS)]


def wide_rows_to_copy():
    start = datetime.datetime.fromtimestamp(1_700_000_000, datetime.timezone.utc)
    step = datetime.timedelta(milliseconds=1)
    return [
        (i, i * 1_000_003, i / 7, i % 2 == 0, f"name {i}", f"a longer text, such as a description, of row {i}", start + i * step)
        for i in range(WIDE_ROWS)
    ]


def sum_of_parameters(count):
    """The statement and its arguments."""
    return "select " + " + ".join(f"${i}::int4" for i in range(1, count + 1)), range(1, count + 1)


def worlds_to_insert(source):
    return [(next(source), next(source)) for _ in range(INSERTS_PER_BATCH)]


class Meter:
    """Counts operations, and measures what the client spends on those between the warm-up and the end."""

    def __init__(self, options):
        self._options = options
        self._done = 0
        self._look_at = 0
        self._from = None
        self._to = None
        self._warm_until = 0.0
        self.running = True

    def begin(self):
        """Everything is connected and prepared."""
        self._warm_until = time.monotonic() + self._options.warm_up

    def count_world(self, row):
        """An operation is done: its row has been read."""
        self.count_answer(1 <= row[0] <= WORLD_ROWS and 1 <= row[1] <= WORLD_ROWS)

    def count_answer(self, right):
        """Whatever else was asked for is done; right: the answer is what it has to be."""
        if not right:
            raise RuntimeError("a wrong answer")
        self._done += 1
        if self._done >= self._look_at and self.running:
            self._look_at = self._done + _OPERATIONS_BETWEEN_LOOKS
            self._look()

    def count_measurements(self, rows):
        if len(rows) != MEASUREMENT_ROWS or rows[0][0] != 1 or rows[-1][1] != "name-1000" or rows[-1][2] != 1500:
            raise RuntimeError("rows were lost")
        self._count_long_one()

    def count_types(self, rows):
        if len(rows) < LEAST_TYPE_ROWS or not rows[-1][0] or rows[-1][7] is not True:
            raise RuntimeError("rows were lost")
        self._count_long_one()

    def count_copy(self):
        self._count_long_one()

    def count_inserts(self):
        self._count_long_one()

    def count_long_answer(self, right):
        if not right:
            raise RuntimeError("a wrong answer")
        self._count_long_one()

    def report(self, contender, client):
        """Prints the result as one line of JSON."""
        (start, before, begun), (end, after, done) = self._from, self._to
        print(
            json.dumps(
                {
                    "contender": contender,
                    "client": client,
                    "workload": self._options.workload,
                    "operations": done - begun,
                    "seconds": end - start,
                    "user_seconds": after.ru_utime - before.ru_utime,
                    "system_seconds": after.ru_stime - before.ru_stime,
                    "peak_memory_kib": _peak_memory_kib(),
                }
            )
        )

    def _count_long_one(self):
        """The clock is looked at after each."""
        self._done += 1
        if self.running:
            self._look()

    def _look(self):
        now = time.monotonic()
        if now < self._warm_until:
            return
        if self._from is None:
            self._from = self._sample()
        elif now >= self._from[0] + self._options.seconds:
            self._to = self._sample()
            self.running = False

    def _sample(self):
        return time.monotonic(), resource.getrusage(resource.RUSAGE_SELF), self._done


def _peak_memory_kib():
    with open("/proc/self/status", encoding="ascii") as status:
        return int(re.search(r"^VmHWM:\s*(\d+)", status.read(), re.MULTILINE).group(1))


def _offered(name, workloads, growing):
    if name in workloads:
        return workloads[name]
    family, _, size = name.partition("-")
    if family in growing and size.isdigit():
        return functools.partial(growing[family], size=int(size))
    return None


def run_contender(contender, client, workloads, growing=None):
    """The main function of a contender: `workloads` are its coroutines `(dsn, meter)` by name, `growing` those with a
    `size` by their family."""
    parser = argparse.ArgumentParser(prog=contender)
    parser.add_argument("--workload", required=True)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--warm-up", type=float, default=0.3)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    workload = _offered(options.workload, workloads, growing or {})
    if workload is None:
        sys.exit(NOT_OFFERED)
    meter = Meter(options)
    asyncio.run(workload(options.dsn, meter))
    meter.report(contender, client)
