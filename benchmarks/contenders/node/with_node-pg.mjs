// node-pg with named statements; with its pipelines where several statements are wanted at once.

import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

import * as frame from './benchmark_meter.mjs';

const poolSize = 16;
const { version } = createRequire(import.meta.url)('pg/package.json');

async function connect(address, options = {}) {
    const client = new pg.Client({ ...address, ...options });
    await client.connect();
    return client;
}

const world = (id) => ({ name: 'world', text: frame.selectWorld, values: [id] });

async function pointSelects(address, meter) {
    const client = await connect(address);
    const next = frame.idSequence();
    meter.begin();
    while (meter.running) meter.countWorld((await client.query(world(next()))).rows[0]);
}

async function manyTasks(on, meter) {
    const next = frame.idSequence();
    const ask = async () => {
        while (meter.running) meter.countWorld((await on.query(world(next()))).rows[0]);
    };
    meter.begin();
    await Promise.all(Array.from({ length: frame.tasks }, ask));
}

async function measurements(address, meter) {
    const client = await connect(address);
    meter.begin();
    while (meter.running)
        meter.countMeasurements((await client.query({ name: 'measurements', text: frame.selectMeasurements })).rows);
}

async function types(address, meter) {
    const clients = [];
    for (let i = 0; i < frame.typeConnections; ++i) clients.push(await connect(address));
    meter.begin();
    await Promise.all(
        clients.map(async (client) => {
            while (meter.running)
                meter.countTypes((await client.query({ name: 'types', text: frame.selectTypes, values: [-1, true] })).rows);
        }),
    );
}

async function copies(address, meter) {
    const client = await connect(address);
    const blocks = frame.copyBlocks();
    meter.begin();
    while (meter.running) {
        await client.query('truncate copytest');
        await pipeline(Readable.from(blocks), client.query(copyFrom('copy copytest(id, a, b, ts) from stdin')));
        meter.countLong();
    }
}

async function inserts(address, meter) {
    const client = await connect(address, { pipeline: true });
    const next = frame.idSequence();
    meter.begin();
    while (meter.running) {
        await client.query('begin');
        const sent = [];
        for (let i = 0; i < frame.insertsPerBatch; ++i)
            sent.push(client.query({ name: 'insert', text: frame.insertWorld, values: [next(), next()] }));
        await Promise.all(sent);
        await client.query('commit');
        meter.countLong();
    }
}

// Each statement has a Sync of its own.
async function requests(address, meter, selects) {
    const client = await connect(address, { pipeline: true });
    const next = frame.idSequence();
    meter.begin();
    while (meter.running) {
        const asked = Array.from({ length: selects }, () => client.query(world(next())));
        for (const { rows } of await Promise.all(asked)) meter.countWorld(rows[0]);
    }
}

await frame.runContender('node-pg', `node-pg ${version}, node ${process.versions.node}`, {
    W1: pointSelects,
    W2: (address, meter) => manyTasks(new pg.Pool({ ...address, max: poolSize }), meter),
    W3: async (address, meter) => manyTasks(await connect(address, { pipeline: true }), meter),
    'W3-batch': (address, meter) => requests(address, meter, frame.selectsPerBatch),
    W4: measurements,
    W5: types,
    W6: copies,
    W7: inserts,
    W8: (address, meter) => requests(address, meter, frame.selectsPerRequest),
});
