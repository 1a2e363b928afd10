// postgres.js, which prepares and pipelines by itself.

import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import postgres from 'postgres';

import * as frame from './benchmark_meter.mjs';

const poolSize = 16;
const { version } = JSON.parse(readFileSync(new URL('node_modules/postgres/package.json', import.meta.url)));

async function connect(address, max) {
    const sql = postgres({ ...address, path: `${address.host}/.s.PGSQL.${address.port}`, max });
    await sql`select 1`;
    return sql;
}

const world = (sql, id) => sql`select id, randomnumber from world where id = ${id}`;

async function ask(sql, meter, tasks) {
    const next = frame.idSequence();
    const task = async () => {
        while (meter.running) meter.countWorld((await world(sql, next()))[0]);
    };
    meter.begin();
    await Promise.all(Array.from({ length: tasks }, task));
}

async function measurements(address, meter) {
    const sql = await connect(address, 1);
    meter.begin();
    while (meter.running) meter.countMeasurements(await sql.unsafe(frame.selectMeasurements, [], { prepare: true }));
}

async function types(address, meter) {
    const sql = await connect(address, frame.typeConnections);
    const task = async () => {
        while (meter.running) meter.countTypes(await sql.unsafe(frame.selectTypes, [-1, true], { prepare: true }));
    };
    meter.begin();
    await Promise.all(Array.from({ length: frame.typeConnections }, task));
}

async function copies(address, meter) {
    const sql = await connect(address, 1);
    const blocks = frame.copyBlocks();
    meter.begin();
    while (meter.running) {
        await sql`truncate copytest`;
        await pipeline(Readable.from(blocks), await sql`copy copytest(id, a, b, ts) from stdin`.writable());
        meter.countLong();
    }
}

async function inserts(address, meter) {
    const sql = await connect(address, 1);
    const next = frame.idSequence();
    meter.begin();
    while (meter.running) {
        await sql.begin((transaction) => {
            const sent = [];
            for (let i = 0; i < frame.insertsPerBatch; ++i)
                sent.push(transaction`insert into inserted (id, randomnumber) values (${next()}, ${next()})`);
            return Promise.all(sent);
        });
        meter.countLong();
    }
}

// Each statement has a Sync of its own.
async function requests(address, meter, selects) {
    const sql = await connect(address, 1);
    const next = frame.idSequence();
    meter.begin();
    while (meter.running) {
        const asked = Array.from({ length: selects }, () => world(sql, next()));
        for (const rows of await Promise.all(asked)) meter.countWorld(rows[0]);
    }
}

await frame.runContender('postgres.js', `postgres.js ${version}, node ${process.versions.node}`, {
    W1: async (address, meter) => ask(await connect(address, 1), meter, 1),
    W2: async (address, meter) => ask(await connect(address, poolSize), meter, frame.tasks),
    W3: async (address, meter) => ask(await connect(address, 1), meter, frame.tasks),
    'W3-batch': (address, meter) => requests(address, meter, frame.selectsPerBatch),
    W4: measurements,
    W5: types,
    W6: copies,
    W7: inserts,
    W8: (address, meter) => requests(address, meter, frame.selectsPerRequest),
});
